package health

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores/storetest"
)

// gateway asks a handler whose stores answer as ping says.
type gateway struct {
	handler *Handler
	log     *bytes.Buffer
}

func newGateway(ping func(context.Context) map[string]error) *gateway {
	log := new(bytes.Buffer)
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(log), zap.DebugLevel)
	return &gateway{handler: &Handler{probe: newProbe(ping, zap.New(core))}, log: log}
}

func (g *gateway) ask(t *testing.T, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	next := caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusTeapot)
		return nil
	})
	if err := g.handler.ServeHTTP(w, httptest.NewRequest(method, path, http.NoBody), next); err != nil {
		t.Fatal(err)
	}
	return w
}

func healthy(context.Context) map[string]error { return nil }

func broken(context.Context) map[string]error {
	return map[string]error{
		"sql": errors.New("dial tcp 10.0.0.5:5432: refused"), "blobs": errors.New("no bucket photos"), "sessions": nil,
	}
}

func TestWhatIsAnswered(t *testing.T) {
	for _, c := range []struct {
		name, method, path string
		ping               func(context.Context) map[string]error
		status             int
		body               string
	}{
		{"alive", "GET", "/healthz/live", healthy, 200, "ok\n"},
		{"alive with stores out", "GET", "/healthz/live", broken, 200, "ok\n"},
		{"alive, trailing slash", "GET", "/healthz/live/", healthy, 200, "ok\n"},
		{"ready", "GET", "/healthz/ready", healthy, 200, "ok\n"},
		{"ready, without the body", "HEAD", "/healthz/ready", healthy, 200, ""},
		{"not ready", "GET", "/healthz/ready", broken, 503, "out: blobs, sql\n"},
		{"not ready, without the body", "HEAD", "/healthz/ready", broken, 503, ""},
		{"wrong method", "POST", "/healthz/ready", healthy, 405, "GET and HEAD only\n"},
		{"another path", "GET", "/healthz", healthy, 418, ""},
		{"a longer path", "GET", "/healthz/live/x", healthy, 418, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newGateway(c.ping).ask(t, c.method, c.path)
			if w.Code != c.status || w.Body.String() != c.body {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, c.status, c.body)
			}
			if got := w.Header().Get("Content-Type"); c.status != 418 && got != "text/plain; charset=utf-8" {
				t.Errorf("Content-Type is %q", got)
			}
			if allow := w.Header().Get("Allow"); (allow == "GET, HEAD") != (c.status == 405) {
				t.Errorf("Allow is %q", allow)
			}
		})
	}
}

func TestAServerThatStopsDrains(t *testing.T) {
	g := newGateway(healthy)
	for stopping, want := range map[bool]string{false: "ok\n", true: "draining\n"} {
		replacer := caddy.NewReplacer()
		replacer.Set("http.shutting_down", stopping)
		r := httptest.NewRequest("GET", "/healthz/ready", http.NoBody)
		r = r.WithContext(context.WithValue(r.Context(), caddy.ReplacerCtxKey, replacer))
		w := httptest.NewRecorder()
		if err := g.handler.ServeHTTP(w, r, nil); err != nil || w.Body.String() != want || (w.Code == 503) != stopping {
			t.Errorf("stopping %v: %d %q (%v)", stopping, w.Code, w.Body, err)
		}
	}
}

func TestStoresAreAskedOnceASecond(t *testing.T) {
	var asked atomic.Int32
	g := newGateway(func(context.Context) map[string]error { asked.Add(1); return nil })
	for range 20 {
		g.ask(t, "GET", "/healthz/ready")
	}
	if n := asked.Load(); n != 1 {
		t.Fatalf("asked %d times", n)
	}
	defer clock.Step(time.Second)()
	g.ask(t, "GET", "/healthz/ready")
	if n := asked.Load(); n != 2 {
		t.Errorf("asked %d times a second later", n)
	}
}

func TestManyShareOneAsking(t *testing.T) {
	var asked atomic.Int32
	hold := make(chan struct{})
	g := newGateway(func(context.Context) map[string]error {
		asked.Add(1)
		<-hold
		return map[string]error{"sql": errors.New("out")}
	})
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if w := g.ask(t, "GET", "/healthz/ready"); w.Body.String() != "out: sql\n" {
				t.Errorf("got %q", w.Body)
			}
		})
	}
	close(hold)
	all.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestStoresThatHangAreOutWithinTwoSeconds(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	storetest.InTime(t, "GET /healthz/ready", 2*time.Second, func() {
		g := newGateway(func(context.Context) map[string]error { <-release; return nil })
		if w := g.ask(t, "GET", "/healthz/ready"); w.Code != 503 || w.Body.String() != "out: stores\n" {
			t.Errorf("got %d %q", w.Code, w.Body)
		}
	})
}

func TestAnOutageIsLoggedOnceWithItsCause(t *testing.T) {
	var out atomic.Bool
	out.Store(true)
	g := newGateway(func(context.Context) map[string]error {
		if out.Load() {
			return map[string]error{"sql": errors.New("connection refused")}
		}
		return nil
	})
	back := func() {}
	for range 3 {
		g.ask(t, "GET", "/healthz/ready")
		step := clock.Step(time.Second)
		previous := back
		back = func() { step(); previous() }
	}
	defer func() { back() }()
	if w := g.ask(t, "GET", "/healthz/ready"); strings.Contains(w.Body.String(), "refused") {
		t.Errorf("the cause is told to strangers: %q", w.Body)
	}
	defer clock.Step(time.Second)()
	out.Store(false)
	if w := g.ask(t, "GET", "/healthz/ready"); w.Code != 200 {
		t.Errorf("not ready after the outage: %d %q", w.Code, w.Body)
	}
	log := g.log.String()
	if strings.Count(log, "connection refused") != 1 || strings.Count(log, "store answers again") != 1 {
		t.Errorf("the log says\n%s", log)
	}
}

func TestADirectiveWithAnythingBehindItIsRefused(t *testing.T) {
	for source, want := range map[string]string{
		"sekisho_health":                       "",
		"sekisho_health now":                   `sekisho_health takes no argument, found "now", at Testfile:1`,
		"sekisho_health {\n\tpath /healthz\n}": `sekisho_health has no options, found "path", at Testfile:2`,
	} {
		err := new(Handler).UnmarshalCaddyfile(caddyfile.NewTestDispenser(source))
		if got := errorText(err); got != want {
			t.Errorf("%s\ngot  %q\nwant %q", source, got, want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// The server of the health paths may listen before the others do.
func TestNotReadyBeforeEveryServerListens(t *testing.T) {
	g := newGateway(healthy)
	g.handler.starting.Store(true)
	if w := g.ask(t, "GET", "/healthz/ready"); w.Code != http.StatusServiceUnavailable || w.Body.String() != "starting\n" {
		t.Errorf("while starting: %d %q", w.Code, w.Body)
	}
	if w := g.ask(t, "GET", "/healthz/live"); w.Code != http.StatusOK {
		t.Errorf("while starting it lives: %d", w.Code)
	}
	if err := (starter{g.handler}).Handle(t.Context(), caddy.Event{}); err != nil {
		t.Fatal(err)
	}
	if w := g.ask(t, "GET", "/healthz/ready"); w.Code != http.StatusOK {
		t.Errorf("once started: %d %q", w.Code, w.Body)
	}
}

// The directive within Caddy, over real stores.
func TestInAGateway(t *testing.T) {
	gateway := storetest.Gateway(t, storetest.Open(t, storetest.Embedded), "sekisho_health\nrespond \"behind\" 404")
	for path, want := range map[string]string{"/healthz/live": "ok\n", "/healthz/ready": "ok\n", "/other": "behind"} {
		w := httptest.NewRecorder()
		gateway.ServeHTTP(w, httptest.NewRequest("GET", path, http.NoBody))
		if w.Body.String() != want {
			t.Errorf("GET %s: %d %q", path, w.Code, w.Body)
		}
	}
}
