package oauth2

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/golden"
	"sekisho/caddymodules/stores/storetest"
)

func TestCaddyfiles(t *testing.T) { golden.Caddyfiles(t) }

// Options that came by JSON are held to the same bounds.
func TestOptionsAreChecked(t *testing.T) {
	for _, test := range []struct{ options, want string }{
		{`{"paths":["/token"]}`, ""},
		{`{"paths":["/token"],"access_lifetime":"1m","refresh_lifetime":"1m","refresh_grace":"1m"}`, ""},
		{`{"paths":["/token"],"access_lifetime":"24h","refresh_lifetime":"9600h","refresh_grace":"1h"}`, ""},
		{`{}`, "paths"},
		{`{"paths":["token"]}`, "token"},
		{`{"paths":["/"]}`, "not a path"},
		{`{"paths":["/token","/Token/"]}`, "twice"},
		{`{"paths":["/token"],"access_lifetime":"59s"}`, "access_lifetime"},
		{`{"paths":["/token"],"access_lifetime":"25h"}`, "access_lifetime"},
		{`{"paths":["/token"],"access_lifetime":-1}`, "access_lifetime"},
		{`{"paths":["/token"],"refresh_lifetime":"59m"}`, "refresh_lifetime"},
		{`{"paths":["/token"],"refresh_lifetime":"9601h"}`, "refresh_lifetime"},
		{`{"paths":["/token"],"refresh_grace":"999ms"}`, "refresh_grace"},
		{`{"paths":["/token"],"refresh_grace":"61m"}`, "refresh_grace"},
		{`{"paths":["/token"],"access_lifetime":"1m","refresh_lifetime":"1m","refresh_grace":"2m"}`, "refresh_grace must not be longer"},
	} {
		token := new(Token)
		if err := json.Unmarshal([]byte(test.options), token); err != nil {
			t.Fatal(err)
		}
		err := token.check()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", test.options, err, test.want)
		}
	}
}

// A guest that is missing, or knows no members, refuses the configuration.
func TestGuestsAreChecked(t *testing.T) {
	ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
	defer cancel()
	for raw, want := range map[string]string{
		``:                      "members <module>",
		`[]`:                    "reading which module",
		`{"source":"nobody"}`:   "nobody",
		`{"source":"stranger"}`: "does not know members",
	} {
		b := &Bearer{MembersRaw: json.RawMessage(raw)}
		if _, _, err := loadMembers(ctx, b, b.MembersRaw); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", raw, err, want)
		}
	}
}

// FuzzTokenRequest reads whatever comes as a token request: nothing but a right
// password gets a token, every answer has the documented shape, and nothing is
// our failure.
func FuzzTokenRequest(f *testing.F) {
	h := newHouse(f, storetest.Open(f, storetest.Embedded))
	const form = "application/x-www-form-urlencoded"
	f.Add(form, basic("app:s3cret"), passwordOfM1)
	f.Add(form, basic("%61pp:%"), "grant_type=refresh_token&refresh_token=0123456789abcdef0123456789abcdef")
	f.Add(form, "", "client_id=app&client_secret=s3cret&grant_type=password&username=x&password=%ff")
	f.Add("multipart/form-data; boundary=b", "basic", "--b\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\npassword\r\n--b--\r\n")
	f.Add("text/plain; charset", basic(":"), "\x00")
	f.Fuzz(func(t *testing.T, contentType, authorization, body string) {
		h.t = t
		w := h.post(body, func(r *http.Request) {
			r.Header.Set("Content-Type", contentType)
			r.Header.Set("Authorization", authorization)
		})
		got := replyOf(t, w)
		if got.status == 200 {
			if !strings.Contains(body, "m") || len(got.AccessToken) != accessLength {
				t.Errorf("%q got %+v", body, got)
			}
			return
		}
		if got.status != 400 || got.Error == "" || got.ErrorDescription == "" || got.Error == "server_error" {
			t.Errorf("%q %q %q: %+v", contentType, authorization, body, got)
		}
	})
}

// FuzzBasic reads whatever comes as Basic credentials.
func FuzzBasic(f *testing.F) {
	f.Add("app:s3cret", "")
	f.Add("a%2Bb:%zz+:", "a+b")
	f.Fuzz(func(t *testing.T, plain, other string) {
		shown, err := readCredentials(http.Header{"Authorization": {basic(plain)}}, form{"client_id": {other}}, nil)
		if err != nil {
			if !fault.Is(err, fault.Unauthorized) {
				t.Errorf("%q: %v", plain, err)
			}
			return
		}
		if shown.raw.id+":"+shown.raw.secret != plain || shown.raw.id == "" || shown.raw.secret == "" {
			t.Errorf("%q is read as %+v", plain, shown)
		}
		if other != "" && other != shown.raw.id && other != shown.unescaped.id {
			t.Errorf("%q is taken beside %q", plain, other)
		}
	})
}

func BenchmarkToken(b *testing.B) {
	h := newHouse(b, storetest.Open(b, storetest.Embedded))
	b.Run("password", func(b *testing.B) {
		for b.Loop() {
			h.login()
		}
	})
	token := h.login().RefreshToken
	b.Run("refresh", func(b *testing.B) {
		for b.Loop() {
			token = h.refreshed(token).RefreshToken
		}
	})
}

// A client that closes its half of the connection is answered, and what began
// is done to the end.
func TestGoneClients(t *testing.T) {
	h := embedded(t)
	r := httptest.NewRequest("POST", "/oauth2/token", strings.NewReader(passwordOfM1))
	ctx, leave := context.WithCancel(r.Context())
	leave()
	r = r.WithContext(ctx)
	r.Header.Set("Authorization", basic("app:s3cret"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// expires_in is what is left, in whole seconds, and never less than none.
func TestExpiresIn(t *testing.T) {
	for left, want := range map[time.Duration]int64{
		time.Hour:                        3599,
		time.Hour - 900*time.Millisecond: 3599,
		time.Hour - time.Second:          3598,
		time.Second:                      0,
		0:                                0,
		-time.Minute:                     0,
	} {
		now := time.UnixMilli(1_700_000_000_000)
		if got := expiresIn(pair{Expires: now.Add(left).UnixMilli()}, now); got != want {
			t.Errorf("%v: %d, want %d", left, got, want)
		}
	}
}
