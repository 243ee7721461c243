package oauth2

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

const (
	missing     = `{"error":"invalid_request","error_description":"リクエストに必要なパラメーターが含まれていません。"}`
	repeated    = `{"error":"invalid_request","error_description":"パラメーターが重複しています。"}`
	abnormal    = `{"error":"invalid_request","error_description":"リクエストに異常値が設定されています。"}`
	badClient   = `{"error":"invalid_client","error_description":"クライアント認証に失敗しました。"}`
	badGrant    = `{"error":"unsupported_grant_type","error_description":"グラントタイプが認可サーバーによってサポートされていません。"}`
	badPassword = `{"error":"invalid_grant","error_description":"ユーザーIDまたはパスワードが正しくありません。"}`
	badRefresh  = `{"error":"invalid_grant","error_description":"リフレッシュトークンが無効です。"}`
	badMethod   = `{"error":"invalid_request","error_description":"サポートされないHTTPメソッドです。"}`
	serverError = `{"error":"server_error","error_description":"サーバー内部でエラーが発生しました。"}`
)

// tokenAnswer is the documented answer: these keys, in this order. What is left of the
// hour is 3599 seconds, on a busy machine a little less: TestExpiresIn has the number.
var tokenAnswer = regexp.MustCompile(`^\{"access_token":"[A-Za-z0-9_-]{55}","token_type":"bearer","expires_in":35[0-9]{2},"refresh_token":"[0-9a-f]{32}"\}$`)

// littleLess says whether so many seconds are left of most, or a few less: a busy
// machine has taken them.
func littleLess[seconds int | int64](left, most seconds) bool { return left <= most && left > most-60 }

func head(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Type":           "application/json; charset=utf-8",
		"Content-Length":         fmt.Sprint(w.Body.Len()),
		"Cache-Control":          "no-cache",
		"Pragma":                 "no-cache",
		"Expires":                "-1",
		"X-Content-Type-Options": "nosniff",
	} {
		if got := w.Header().Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// The document's request, on both paths, whatever their case.
func TestDocumentedRequest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		gateway := storetest.Gateway(t, s, "oauth2_token {\npaths /api/v2/auth/token /oauth2/token\nmembers fake "+publish(t, newFake())+"\n}\nrespond \"the old host\"")
		for _, path := range []string{"/api/v2/auth/token", "/api/v2/auth/token/", "/API/V2/Auth/Token", "/oauth2/token", "/OAuth2/Token/"} {
			r := httptest.NewRequest("POST", path, strings.NewReader("grant_type=password&username=m1@example.com&password=pass m1"))
			r.Header.Set("Authorization", basic("app:s3cret"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			gateway.ServeHTTP(w, r)
			if w.Code != 200 || !tokenAnswer.MatchString(w.Body.String()) {
				t.Errorf("%s answers %d %s", path, w.Code, w.Body)
			}
			head(t, w)
		}
		for _, path := range []string{"/", "/api/v2/auth", "/api/v2/auth/token/x", "/api/v2/auth/token//", "/oauth2/tokens"} {
			w := httptest.NewRecorder()
			gateway.ServeHTTP(w, httptest.NewRequest("POST", path, strings.NewReader(passwordOfM1)))
			if w.Body.String() != "the old host" {
				t.Errorf("%s answers %s", path, w.Body)
			}
		}
	})
}

// Bodies, with the client's Basic credentials, and what they get.
func TestBodies(t *testing.T) {
	h := embedded(t)
	const password = "grant_type=password&username=m1%40example.com&password="
	token := h.login().RefreshToken
	for _, test := range []struct{ what, body, want string }{
		{"as documented", passwordOfM1, ""},
		{"other names", "GRANT_TYPE=password&UserName=m1%40example.com&+Password+=pass+m1", ""},
		{"the user's name in capitals", "grant_type=password&username=M1@EXAMPLE.COM&password=pass+m1", ""},
		{"unescaped", "grant_type=password&username=m1@example.com&password=pass%20m1", ""},
		{"unknown parameters", passwordOfM1 + "&scope=all&device=%E6%A2%85&audience=x&resource=y", ""},
		{"the client's id beside", passwordOfM1 + "&client_id=app", ""},
		{"a secret beside that does not count", passwordOfM1 + "&client_id=app&client_secret=x", ""},
		{"an assertion that nobody reads", passwordOfM1 + "&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=x", ""},
		{"empty", "", missing},
		{"no grant", "username=m1%40example.com&password=pass+m1", missing},
		{"an empty grant", "grant_type=&username=m1%40example.com&password=pass+m1", missing},
		{"no name", "grant_type=password&password=pass+m1", missing},
		{"an empty name", "grant_type=password&username=&password=pass+m1", missing},
		{"no password", "grant_type=password&username=m1%40example.com", missing},
		{"an empty password", password, missing},
		{"no refresh token", "grant_type=refresh_token", missing},
		{"an empty refresh token", "grant_type=refresh_token&refresh_token=", missing},
		{"a grant nobody knows", "grant_type=client_credentials", badGrant},
		{"another grant nobody knows", "grant_type=Password&username=m1%40example.com&password=pass+m1", badGrant},
		{"two grants at once", "grant_type=password+refresh_token&username=m1%40example.com&password=pass+m1&refresh_token=" + token, badGrant},
		{"a parameter twice", passwordOfM1 + "&password=pass+m1", repeated},
		{"in another case", passwordOfM1 + "&Password=pass+m1", repeated},
		{"an unknown one twice", passwordOfM1 + "&x=1&x=1", repeated},
		{"the grant twice", "grant_type=x&grant_type=y", repeated},
		{"a wrong password", password + "pass+m2", badPassword},
		{"a password in another case", password + "PASS+M1", badPassword},
		{"a name that nobody has", "grant_type=password&username=nobody&password=pass+m1", badPassword},
		{"an unknown refresh token", "grant_type=refresh_token&refresh_token=0123456789abcdef0123456789abcdef", badRefresh},
		{"one in capitals", "grant_type=refresh_token&refresh_token=" + strings.ToUpper(token) + "A", badRefresh},
		{"one that is too short", "grant_type=refresh_token&refresh_token=" + token[1:], badRefresh},
		{"one that is very long", "grant_type=refresh_token&refresh_token=" + strings.Repeat("a", 32<<10), badRefresh},
		{"no UTF-8", password + "%ff", abnormal},
		{"no UTF-8 in a name", passwordOfM1 + "&%ff=1", abnormal},
		{"NUL", password + "pass+m1%00", abnormal},
		{"a long name", "grant_type=password&password=x&username=" + strings.Repeat("n", 256), abnormal},
		{"a long password", password + strings.Repeat("p", 1025), abnormal},
		{"a long grant", "grant_type=" + strings.Repeat("g", 256), abnormal},
		{"many parameters", passwordOfM1 + strings.Repeat("&a=b", 100), abnormal},
		{"a body over 1 MiB", passwordOfM1 + "&x=" + strings.Repeat("x", 1<<20), abnormal},
	} {
		t.Run(test.what, func(t *testing.T) {
			w := h.post(test.body)
			head(t, w)
			if got := w.Body.String(); test.want == "" {
				if w.Code != 200 || !tokenAnswer.MatchString(got) {
					t.Errorf("%d %s", w.Code, got)
				}
			} else if w.Code != 400 || got != test.want {
				t.Errorf("%d %s, want %s", w.Code, got, test.want)
			}
		})
	}
}

func multi(body string) string { return strings.ReplaceAll(body, "\n", "\r\n") }

// What a body is said to be.
func TestContentTypes(t *testing.T) {
	h := embedded(t)
	const whole = "--b\nContent-Disposition: form-data; name=\"grant_type\"\n\npassword\n--b\nContent-Disposition: form-data; name=\"UserName\"\n\nm1@example.com\n" +
		"--b\nContent-Disposition: form-data; name=\"f\"; filename=\"password\"\n\nx\n--b\nContent-Disposition: form-data; name=password\n\npass m1\n--b--\n"
	for _, test := range []struct{ what, contentType, body, want string }{
		{"with a charset", "application/x-www-form-urlencoded; charset=UTF-8", passwordOfM1, ""},
		{"with a broken attribute", "Application/X-WWW-Form-Urlencoded; charset", passwordOfM1, ""},
		{"multipart", "multipart/form-data; boundary=b", multi(whole), ""},
		{"multipart, cut short", "multipart/form-data; boundary=b", multi(whole[:len(whole)-5]), abnormal},
		{"multipart without a boundary", "multipart/form-data", multi(whole), abnormal},
		{"multipart, empty", "multipart/form-data; boundary=b", "", missing},
		{"multipart with NUL", "multipart/form-data; boundary=b", strings.ReplaceAll(multi(whole), "pass m1", "\x00"), abnormal},
		{"multipart, a name twice", "multipart/form-data; boundary=b", multi(strings.Replace(whole, "UserName", "Password", 1)), repeated},
		{"JSON", "application/json", `{"grant_type":"password","username":"m1@example.com","password":"pass m1"}`, missing},
		{"none", "", passwordOfM1, ""},
		{"text", "text/plain", passwordOfM1, ""},
		{"a form called JSON", "application/json", passwordOfM1, ""},
	} {
		t.Run(test.what, func(t *testing.T) {
			w := h.post(test.body, func(r *http.Request) { r.Header.Set("Content-Type", test.contentType) })
			if got := w.Body.String(); test.want == "" && w.Code != 200 || test.want != "" && (w.Code != 400 || got != test.want) {
				t.Errorf("%d %s, want %s", w.Code, got, test.want)
			}
		})
	}
	w := h.post("", func(r *http.Request) { r.URL.RawQuery = passwordOfM1 })
	if got := w.Body.String(); got != missing {
		t.Errorf("the query is read: %s", got)
	}
	w = h.post(passwordOfM1, func(r *http.Request) { r.URL.RawQuery = "password=x&grant_type=y&client_id=z" })
	if w.Code != 200 {
		t.Errorf("the query counts: %s", w.Body)
	}
	w = h.post(passwordOfM1, func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") })
	if got := w.Body.String(); w.Code != 400 || got != abnormal {
		t.Errorf("a packed body: %d %s", w.Code, got)
	}
}

func TestOtherMethods(t *testing.T) {
	h := embedded(t)
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"} {
		w := h.post(passwordOfM1, func(r *http.Request) { r.Method = method })
		head(t, w)
		if w.Code != 405 || w.Header().Get("Allow") != "POST" || w.Body.String() != badMethod {
			t.Errorf("%s: %d, Allow %q, %s", method, w.Code, w.Header().Get("Allow"), w.Body)
		}
	}
}

// A panic of the guest is our failure, says nothing, and locks nobody out.
func TestPanic(t *testing.T) {
	h := embedded(t)
	for range 20 { // more than one address may have under way
		w := h.post("grant_type=password&username=m1%40example.com&password=panic")
		head(t, w)
		if w.Code != 500 || w.Body.String() != serverError {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if h.logs.Len() != 20 {
		t.Errorf("%d lines are logged", h.logs.Len())
	}
	h.login()
}

// Nothing secret is logged, and none is in an error.
func TestNothingSecretIsLogged(t *testing.T) {
	h := embedded(t)
	token := h.login().RefreshToken
	h.fake.setFailure(errAway)
	h.post(passwordOfM1, as("unseen:s3cret"))
	h.fake.setFailure(nil)
	h.sessions.failing(func(int, string) (before, after bool) { return true, false })
	for _, body := range []string{passwordOfM1, "grant_type=refresh_token&refresh_token=" + token} {
		if w := h.post(body); w.Code != 500 || w.Body.String() != serverError {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if h.logs.Len() != 3 {
		t.Errorf("%d lines are logged", h.logs.Len())
	}
	for _, entry := range h.logs.All() {
		text := entry.Message + fmt.Sprint(entry.ContextMap())
		for _, secret := range []string{token, "s3cret", "pass m1", "m1@example"} {
			if strings.Contains(text, secret) {
				t.Errorf("%q is logged: %s", secret, text)
			}
		}
		if !strings.Contains(text, errAway.Error()) {
			t.Errorf("the cause is not logged: %s", text)
		}
	}
}
