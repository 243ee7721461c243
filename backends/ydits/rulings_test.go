package ydits

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

const (
	wordsMailUnknown       = "このメールアドレスは登録されていません。"
	wordsUserUnknown       = "このユーザーは登録されていません。"
	wordsAlreadyRegistered = "このソフトはすでに登録されています"
	wordsNotRegistered     = "このソフトは利用登録されていません"
	wordsTooMany           = "試行回数が多すぎます。しばらくしてからもう一度お試しください。"
	wordsMailTaken         = "同じメールアドレスが存在します。"
)

// JSON, form, multipart form and query say the same.
func TestTransports(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		g := gateway(t, s)
		newcomerUUID(t, g, "a+b@example.com", "p&=%+ 日本")
		pairs := []string{"mail", "a+b@example.com", "pass", "p&=%+ 日本"}
		media, multipart := multipartForm(t, pairs...)
		for name, a := range map[string]answered{
			"JSON":                   post(t, g, "auth.php?step=1", jsonBody, object(pairs...)),
			"JSON with a charset":    post(t, g, "auth.php?step=1", "application/json; charset=utf-8", object(pairs...)),
			"JSON said to be a form": post(t, g, "auth.php?step=1", formBody, "  "+object(pairs...)),
			"JSON said to be text":   post(t, g, "auth.php?step=1", "text/plain", object(pairs...)),
			"JSON said to be nought": post(t, g, "auth.php?step=1", "", object(pairs...)),
			"form":                   post(t, g, "auth.php?step=1", formBody, form(pairs...)),
			"multipart":              post(t, g, "auth.php?step=1", media, multipart),
			"query":                  post(t, g, "auth.php?step=1&"+form(pairs...), "", ""),
			"query before JSON":      post(t, g, "auth.php?step=1&"+form("pass", "p&=%+ 日本"), jsonBody, object("mail", "a+b@example.com", "pass", "wrong")),
			"half and half":          post(t, g, "auth.php?step=1&"+form("mail", "a+b@example.com"), formBody, form("pass", "p&=%+ 日本")),
			"the last one wins":      post(t, g, "auth.php?step=1", formBody, "pass=wrong&"+form(pairs...)),
			"unknown ones ignored":   post(t, g, "auth.php?step=1&x=%ff", jsonBody, `{"y":[1],`+object(pairs...)[1:]),
		} {
			if a.ResultCode != 200 || a.status != 200 || len(a.Key) != 43 {
				t.Errorf("%s: %+v", name, a)
			}
		}
	})
}

// SQL fragments, markup and anything else that is text comes back as it came.
func TestAnyTextIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		g := gateway(t, s)
		for i, text := range []string{"'; --", `\x00 ?`, "<b>&amp;", "😀\u2028\t\n", "ｿﾌﾄ~∥①"} {
			mail := fmt.Sprintf("u%d@example.com", i)
			uuid := newcomerUUID(t, g, mail, text)
			a := register(t, g, uuid, text, text)
			if a.ResultCode != 200 || a.Key != text || a.UUID != uuid {
				t.Errorf("%q: %+v", text, a)
			}
			if a := authenticate(t, g, uuid, text); a.ResultCode != 200 {
				t.Errorf("%q: %+v", text, a)
			}
		}
	})
}

func TestMethodsAndPaths(t *testing.T) {
	g := gateway(t, storetest.Open(t, storetest.Embedded), "http_status mirror")
	for _, test := range []struct {
		method, target string
		status         int
		allow          string
	}{
		{"GET", pathAuth + "?step=1", 405, "POST"},
		{"HEAD", pathAuth + "?step=1", 405, "POST"},
		{"DELETE", pathAuth, 405, "POST"},
		{"PUT", pathRegist + "?g=true", 405, "GET, HEAD, POST"},
		{"GET", pathRegist + "?g=false", 405, "POST"},
		{"HEAD", pathInquiry + "?g=false", 405, "POST"},
		{"GET", pathRegist, 400, ""},
		{"GET", pathRegist + "?g=true", 200, ""},
		{"GET", pathRegist + "/?g=true", 200, ""},
		{"HEAD", pathInquiry + "?g=true", 200, ""},
		{"POST", strings.ToUpper(pathAuth), 404, ""},
		{"POST", pathAuth + "/x", 404, ""},
		{"GET", "/ydits-api/", 404, ""},
		{"GET", "/", 404, ""},
	} {
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequest(test.method, test.target, nil))
		if w.Code != test.status || w.Header().Get("Allow") != test.allow {
			t.Errorf("%s %s: %d, Allow %q, want %d, %q", test.method, test.target, w.Code, w.Header().Get("Allow"), test.status, test.allow)
		}
	}
}

// Of several steps the last counts, also for what a refusal says about it.
func TestSteps(t *testing.T) {
	g := gateway(t, storetest.Open(t, storetest.Embedded))
	const missing, wrong = "stepが指定されていません。", "stepが正しくありません。"
	for query, words := range map[string]string{
		"":                       missing,
		"step":                   missing,
		"STEP=1":                 missing,
		"step=9&step=":           missing,
		"step=&step=9":           wrong,
		"step=1;x":               wrong,
		"step=1&step=%":          wrong,
		"%73tep=9":               wrong,
		"step=9&step=3":          "uuidが指定されていません。",
		"step=9&%73tep=3&x=%zz;": "uuidが指定されていません。",
	} {
		expect(t, query, post(t, g, "auth.php?"+query, jsonBody, "{}"), 400, words)
	}
}

// Without ydits_step before it the backend cannot know the step: that is our
// fault, not the client's.
func TestUndispatched(t *testing.T) {
	g := kittest.Described(t, storetest.Gateway(t, storetest.Open(t, storetest.Embedded), "ydits"), openAPI)
	expect(t, "step 1", issue(t, g, "a@example.com", "pass"), 500, refused(fault.Because(nil)).Result)
}

// A failure of ours has the family's shape too, and tells nobody its cause. A
// request whose time is over stands for a database that does not answer.
func TestOutage(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	g := gateway(t, s)
	err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "DROP TABLE ydits_registrations; DROP TABLE ydits_users")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for target, body := range map[string]string{
		pathAuth + "?step=1":       object("mail", "a@example.com", "pass", "p"),
		pathAuth + "?step=2":       object("uuid", "u", "softname", "s", "key", "k"),
		pathAuth + "?step=3":       object("uuid", "u", "key", "k"),
		pathRegist + "?g=false":    object("name", "n", "mail", "a@example.com", "pass", "p"),
		pathInquiry + "?g=false":   object("mail", "a@example.com", "pass", "p"),
		pathInquiry + "?g=true&x=": object("mail", "a@example.com", "pass", "p"),
	} {
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequest(http.MethodPost, target, strings.NewReader(body)))
		got := w.Body.String()
		if strings.Contains(target, "g=true") {
			if !strings.Contains(got, "サーバーでエラーが発生しました。") || !strings.HasPrefix(got, "<!DOCTYPE html>") {
				t.Errorf("%s: %s", target, got)
			}
			continue
		}
		if want := `{"result":"サーバーでエラーが発生しました。しばらくしてからもう一度お試しください。","resultcode":500}`; w.Code != 200 || got != want {
			t.Errorf("%s: %d %s", target, w.Code, got)
		}
	}
}

func TestHTTPStatusMirror(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	ok, mirror := gateway(t, s), gateway(t, s, "http_status mirror")
	uuid := newcomerUUID(t, ok, "a@example.com", "pass")
	for _, code := range []struct {
		want int
		send func(http.Handler) answered
	}{
		{200, func(g http.Handler) answered { return issue(t, g, "a@example.com", "pass") }},
		{400, func(g http.Handler) answered { return issue(t, g, "", "pass") }},
		{406, func(g http.Handler) answered { return authenticate(t, g, uuid, "wrong") }},
		{409, func(g http.Handler) answered { return signUp(t, g, "n", "a@example.com", "pass") }},
	} {
		if a := code.send(ok); a.status != 200 || a.ResultCode != code.want {
			t.Errorf("ok: %d with resultcode %d, want 200 with %d", a.status, a.ResultCode, code.want)
		}
		if a := code.send(mirror); a.status != code.want || a.ResultCode != code.want {
			t.Errorf("mirror: %d with resultcode %d, want %d", a.status, a.ResultCode, code.want)
		}
	}
}

// An issued key waits a day; one issued later does not replace it.
func TestIssuedKeysLastADay(t *testing.T) {
	for _, combination := range []string{storetest.Embedded, storetest.Postgres} {
		t.Run(combination, func(t *testing.T) {
			g := gateway(t, storetest.Open(t, combination), "own_keys off")
			uuid := newcomerUUID(t, g, "a@example.com", "pass")
			first, second := issue(t, g, "a@example.com", "pass"), issue(t, g, "a@example.com", "pass")
			if first.Key == second.Key {
				t.Fatal("the same key was issued twice")
			}
			defer clock.Step(23 * time.Hour)()
			if a := register(t, g, uuid, "first", first.Key); a.ResultCode != 200 {
				t.Errorf("the earlier key after 23 hours: %+v", a)
			}
			defer clock.Step(2 * time.Hour)()
			expect(t, "the later key after 25 hours", register(t, g, uuid, "second", second.Key), 406, wordsNotRegistered)
			if a := authenticate(t, g, uuid, first.Key); a.ResultCode != 200 {
				t.Errorf("a registration does not last: %+v", a)
			}
		})
	}
}

// With own_keys off, a key must have been issued to this very user; it is used
// up by a registration, and by nothing else.
func TestOwnKeysOff(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		g := gateway(t, s, "own_keys off")
		alice, bob := newcomerUUID(t, g, "alice@example.com", "a"), newcomerUUID(t, g, "bob@example.com", "b")
		key := issue(t, g, "alice@example.com", "a").Key
		expect(t, "own key", register(t, g, alice, "soft", "softkey"), 406, wordsNotRegistered)
		expect(t, "another's key", register(t, g, bob, "soft", key), 406, wordsNotRegistered)
		if a := post(t, g, "auth.php?step=2", jsonBody, object("uuid", alice, "key", key)); a.ResultCode != 400 {
			t.Errorf("without a softname: %+v", a)
		}
		if a := register(t, g, alice, "soft", key); a.ResultCode != 200 {
			t.Errorf("issued key: %+v", a)
		}
		expect(t, "sent again", register(t, g, alice, "soft", key), 406, wordsAlreadyRegistered)
		expect(t, "used up", register(t, g, alice, "other", key), 406, wordsAlreadyRegistered)

		unused := issue(t, g, "alice@example.com", "a").Key
		expect(t, "softname taken", register(t, g, alice, "soft", unused), 406, wordsAlreadyRegistered)
		if a := register(t, g, alice, "other", unused); a.ResultCode != 200 {
			t.Errorf("a refused registration used the key up: %+v", a)
		}
	})
}

// The same key and the same softname may be another user's too.
func TestUsersDoNotCollide(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		g := gateway(t, s)
		alice, bob := newcomerUUID(t, g, "alice@example.com", "a"), newcomerUUID(t, g, "bob@example.com", "b")
		for _, uuid := range []string{alice, bob} {
			if a := register(t, g, uuid, "soft", "key"); a.ResultCode != 200 {
				t.Errorf("%+v", a)
			}
		}
		register(t, g, alice, "hers", "her key")
		expect(t, "bob with alice's key", authenticate(t, g, bob, "her key"), 406, wordsNotRegistered)
	})
}

// A disabled user is, at every operation, one who was never there, and their
// mail address stays theirs.
func TestDisabled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		g := gateway(t, s)
		uuid := newcomerUUID(t, g, "a@example.com", "pass")
		register(t, g, uuid, "soft", "key")
		if err := (store{s.SQL}).setDisabled(context.Background(), uuid, true); err != nil {
			t.Fatal(err)
		}
		expect(t, "step 1", issue(t, g, "a@example.com", "pass"), 406, wordsMailUnknown)
		expect(t, "step 2", register(t, g, uuid, "other", "other key"), 406, wordsUserUnknown)
		expect(t, "step 3", authenticate(t, g, uuid, "key"), 406, wordsNotRegistered)
		expect(t, "inquiry", inquire(t, g, "a@example.com", "pass"), 406, wordsMailUnknown)
		expect(t, "regist", signUp(t, g, "n", "a@example.com", "pass"), 409, wordsMailTaken)
		if err := (store{s.SQL}).setDisabled(context.Background(), uuid, false); err != nil {
			t.Fatal(err)
		}
		if a := authenticate(t, g, uuid, "key"); a.ResultCode != 200 {
			t.Errorf("enabled again: %+v", a)
		}
	})
}

func TestDemoTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		var first string
		for range 2 {
			if err := loadDemo(context.Background(), s); err != nil {
				t.Fatal(err)
			}
			if first == "" {
				first = everything(t, s)
			}
		}
		if again := everything(t, s); again != first {
			t.Errorf("loading again changed it:\n%s\n%s", first, again)
		}
		a := inquire(t, gateway(t, s), "example@example.com", "example_a")
		if a.UserData != (userData{demoUUID, "example@example.com", "exampleUser"}) {
			t.Errorf("the demo's user: %+v", a)
		}
	})
}

// What may be logged is declared; nobody, secret or not, is named in a log.
func TestHarmless(t *testing.T) {
	for name, harmless := range map[string]bool{
		"step": true, "g": false, "uuid": false, "key": false, "mail": false, "pass": false, "softname": false, "Step": false,
	} {
		if got := observe.IsHarmless(pathAuth, name); got != harmless {
			t.Errorf("%s: %v, want %v", name, got, harmless)
		}
	}
	for _, path := range []string{pathRegist, pathInquiry} {
		if !observe.IsHarmless(path, "g") || observe.IsHarmless(path, "mail") {
			t.Errorf("%s: g may be logged, mail not", path)
		}
	}
}
