package oauth2

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// house is a token endpoint and a guard over the same stores, as one gateway
// has them.
type house struct {
	t        testing.TB
	stores   *stores.Stores
	fake     *fakeMembers
	sessions *spy
	token    *Token
	bearer   *Bearer
	logs     *observer.ObservedLogs
}

// newHouse opens them in the realm "house".
func newHouse(t testing.TB, s *stores.Stores, options ...func(*Token)) *house {
	t.Helper()
	h := &house{t: t, stores: s, fake: newFake(), sessions: &spy{Sessions: s.Sessions}, bearer: new(Bearer)}
	h.token = &Token{Paths: []string{"/api/v2/auth/token", "/oauth2/token/"}}
	for _, option := range options {
		option(h.token)
	}
	metrics := observe.New()
	if err := h.token.check(); err != nil {
		t.Fatal(err)
	}
	if err := h.token.open(s, h.sessions, h.fake, "house", metrics); err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zapcore.DebugLevel)
	h.logs = logs
	h.token.server.Log = zap.New(core)
	if err := h.bearer.open(s, h.sessions, h.fake, "house"); err != nil {
		t.Fatal(err)
	}
	return h
}

// embedded is a house over embedded stores.
func embedded(t testing.TB, options ...func(*Token)) *house {
	t.Helper()
	return newHouse(t, storetest.Open(t, storetest.Embedded), options...)
}

func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := context.WithValue(r.Context(), caddyhttp.VarsCtxKey, map[string]any{})
	behind := caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		_, err := w.Write([]byte("the next handler"))
		return err
	})
	if err := h.token.ServeHTTP(w, r.WithContext(ctx), behind); err != nil {
		h.t.Error(err)
	}
}

// post sends a body to the token endpoint; change may alter the request.
func (h *house) post(body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/api/v2/auth/token", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", basic("app:s3cret"))
	for _, change := range change {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func basic(credentials string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(credentials))
}

func as(credentials string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", basic(credentials)) }
}

func from(address string) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = address + ":40000" }
}

const passwordOfM1 = "grant_type=password&username=m1%40example.com&password=pass+m1"

// reply is what the token endpoint answers.
type reply struct {
	AccessToken      string `json:"access_token"`
	TokenType        string `json:"token_type"`
	ExpiresIn        int    `json:"expires_in"`
	RefreshToken     string `json:"refresh_token"`
	Error            string `json:"error"`
	ErrorDescription string `json:"error_description"`

	status int
}

func replyOf(t testing.TB, w *httptest.ResponseRecorder) reply {
	t.Helper()
	var r reply
	decoder := json.NewDecoder(w.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		t.Fatalf("answered %d: %v", w.Code, err)
	}
	r.status = w.Code
	return r
}

// tokens are the tokens of a reply.
func (r reply) tokens() string { return r.AccessToken + " " + r.RefreshToken }

// login is a password grant of m1.
func (h *house) login() reply {
	h.t.Helper()
	r := replyOf(h.t, h.post(passwordOfM1))
	if r.status != 200 {
		h.t.Fatalf("logging in: %+v", r)
	}
	return r
}

// refresh shows a refresh token.
func (h *house) refresh(token string, change ...func(*http.Request)) reply {
	h.t.Helper()
	return replyOf(h.t, h.post(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}.Encode(), change...))
}

// refreshed is refresh where a pair is expected.
func (h *house) refreshed(token string) reply {
	h.t.Helper()
	r := h.refresh(token)
	if r.status != 200 {
		h.t.Fatalf("refreshing: %+v", r)
	}
	return r
}

// caller asks the guard: "m1", or the fault.
func (h *house) caller(accessToken string) string {
	return h.callerOf(http.Header{"Authorization": {"Bearer " + accessToken}})
}

func (h *house) callerOf(header http.Header) string {
	caller, err := h.bearer.check(context.Background(), header)
	if err != nil {
		return fault.Of(err).Error()
	}
	return caller.ID
}

func minutes(n int) caddy.Duration { return caddy.Duration(time.Duration(n) * time.Minute) }

// plainText remembers all that is kept.
type plainText struct {
	stores.Sessions

	mu   sync.Mutex
	text strings.Builder
}

func (p *plainText) note(key string, value []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text.WriteString(key + "=" + string(value) + "\n")
}

func (p *plainText) Put(ctx context.Context, key string, value []byte, lifetime time.Duration) error {
	p.note(key, value)
	return p.Sessions.Put(ctx, key, value, lifetime)
}

func (p *plainText) Add(ctx context.Context, key string, value []byte, lifetime time.Duration) (bool, error) {
	p.note(key, value)
	return p.Sessions.Add(ctx, key, value, lifetime)
}
