package ydits

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"sekisho/backends/kit"
	"sekisho/backends/kit/kittest/cheaphash"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores/storetest"
)

// Whatever a stranger sends, each operation's decoder gives either values that
// keep the documented limits, or a refusal with resultcode 400 that quotes
// nothing of what was sent.
func FuzzParameters(f *testing.F) {
	media, multipart := multipartForm(f, "uuid", "u", "softname", "s", "key", "k", "softid", "i")
	for _, seed := range []struct{ query, media, body string }{
		{"step=1", jsonBody, `{"mail":"example@example.com","pass":"example_a"}`},
		{"step=2", jsonBody, `{"uuid":"uuid","softname":"SoftName","key":"softkey"}`},
		{"step=3", formBody, "uuid=uuid&key=softkey"},
		{"step=2", media, multipart},
		{"g=false&name=n", formBody, "mail=a..b.%40docomo.ne.jp&pass=%00"},
		{"uuid=%ff&uuid=1", "", ""},
		{"", jsonBody, `{"uuid":{"a":[]},"key":null,"pass":true,"name":1e400}`},
		{"", "text/plain", " {\"mail\":\"\\ud83d\\ude00\"}"},
		{"mail=" + strings.Repeat("%E3%81%82", 51), "", "["},
	} {
		f.Add(seed.query, seed.media, []byte(seed.body))
	}
	decoders := map[string]func(kit.Params) ([]string, error){
		"mail pass": func(p kit.Params) ([]string, error) {
			c, err := readCredentials(p)
			return []string{c.mail, c.pass}, err
		},
		"name mail pass": func(p kit.Params) ([]string, error) {
			n, err := readNewcomer(p)
			return []string{n.name, n.mail, n.pass}, err
		},
		"uuid softname key softid": func(p kit.Params) ([]string, error) {
			sw, err := readSoftware(p)
			return []string{sw.uuid, sw.softname, sw.key, sw.softid}, err
		},
		"uuid key": func(p kit.Params) ([]string, error) {
			uuid, key, err := readRight(p)
			return []string{uuid, key}, err
		},
	}
	f.Fuzz(func(t *testing.T, query, media string, body []byte) {
		for names, decode := range decoders {
			r := httptest.NewRequest(http.MethodPost, pathAuth, bytes.NewReader(body))
			r.URL.RawQuery = query
			r.Header.Set("Content-Type", media)
			params, err := kit.ReadParams(httptest.NewRecorder(), r, policy)
			var values []string
			if err == nil {
				values, err = decode(params)
			}
			if err != nil {
				checkRefusal(t, fault.Of(err))
				continue
			}
			for i, name := range strings.Fields(names) {
				if v := values[i]; v == "" && name != "softid" || !utf8.ValidString(v) || strings.ContainsRune(v, 0) || utf8.RuneCountInString(v) > longest[name] {
					t.Errorf("%s is %q", name, v)
				}
			}
		}
		usableMail(string(body))
	})
}

func checkRefusal(t *testing.T, f *fault.Fault) {
	t.Helper()
	answer := refused(f)
	if answer.ResultCode != http.StatusBadRequest {
		t.Errorf("%v is answered %d", f, answer.ResultCode)
	}
	known := f.Subject == ""
	for name := range longest {
		known = known || f.Subject == name
	}
	if !known || !strings.Contains(answer.Result, f.Subject) {
		t.Errorf("%q is about %q", answer.Result, f.Subject)
	}
}

// Nobody learns who exists by the work that a refusal takes: each costs one
// Argon2 hash, which is known by the 19 MiB that it fills.
func TestUnknownUsersCostAHash(t *testing.T) {
	cheaphash.Off(t)
	s := storetest.Open(t, storetest.Embedded)
	g := gateway(t, s, "limits {\nper_address 6 5m\n}")
	newcomerUUID(t, g, "known@example.com", "pass")
	disabled := newcomerUUID(t, g, "disabled@example.com", "pass")
	if err := (store{s.SQL}).setDisabled(context.Background(), disabled, true); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, mail, pass string
		hashes           uint64
	}{
		{"right", "known@example.com", "pass", 1},
		{"wrong password", "known@example.com", "wrong", 1},
		{"unknown user", "unknown@example.com", "pass", 1},
		{"disabled user", "disabled@example.com", "pass", 1},
		{"missing password", "known@example.com", "", 0},
		{"over-long password", "known@example.com", strings.Repeat("x", 21), 0},
	} {
		for name, ask := range map[string]func() answered{
			"step 1":  func() answered { return issue(t, g, test.mail, test.pass) },
			"inquiry": func() answered { return inquire(t, g, test.mail, test.pass) },
		} {
			if got := hashesOf(func() { ask() }); got != test.hashes {
				t.Errorf("%s at %s: %d hashes, want %d", test.name, name, got, test.hashes)
			}
		}
	}
	for range 6 {
		issue(t, g, "flooded@example.com", "wrong")
	}
	if got := hashesOf(func() { issue(t, g, "flooded@example.com", "wrong") }); got != 0 {
		t.Errorf("a refused attempt still costs %d hashes", got)
	}
}

// hashesOf is how many Argon2 hashes do made, told by the memory it took.
func hashesOf(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / (19 << 20)
}
