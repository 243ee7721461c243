package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/observe"
)

// A house serves a table the way Caddy would, and keeps what came of it.
type house struct {
	server   *Server
	registry *prometheus.Registry
	logs     *observer.ObservedLogs
	leased   int
	dispatch string // what a dispatching module before the backend chose
	guard    identity.Check
}

func newHouse(t *testing.T, operations ...Operation) *house {
	t.Helper()
	h := &house{registry: prometheus.NewRegistry()}
	metrics := observe.New()
	if err := metrics.Register(h.registry); err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zap.DebugLevel)
	h.logs = logs
	h.server = &Server{
		API: &API{
			Name:       "tea",
			Operations: operations,
			Refuse: func(w http.ResponseWriter, _ *http.Request, op *Operation, f *fault.Fault) {
				status := map[fault.Kind]int{fault.Internal: 500, fault.MethodNotAllowed: 405, fault.TooMany: 429}[f.Kind]
				if status == 0 {
					status = 400
				}
				_ = Write(w, status, "text/plain", fmt.Appendf(nil, "%s at %s", f.Kind, operationName(op)))
			},
		},
		Metrics: metrics.Serves("tea", nil, nil),
		Log:     zap.New(core),
		Lease:   func() func() { h.leased++; return func() { h.leased-- } },
	}
	return h
}

func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := context.WithValue(r.Context(), caddyhttp.VarsCtxKey, map[string]any{})
	if h.dispatch != "" {
		caddyhttp.SetVar(ctx, OperationVar, h.dispatch)
	}
	if h.guard != nil {
		ctx = identity.WithCheck(ctx, h.server.API.Name, h.guard)
	}
	behind := caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, "the old host")
		return err
	})
	if err := h.server.ServeHTTP(w, r.WithContext(ctx), behind); err != nil {
		panic(err)
	}
}

func (h *house) ask(method, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w
}

// outcomes gives what was counted, as "operation outcome".
func (h *house) outcomes(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, m := range h.series(t, "sekisho_requests_total") {
		labels := map[string]string{}
		for _, pair := range m.GetLabel() {
			labels[pair.GetName()] = pair.GetValue()
		}
		all = append(all, strings.TrimSpace(labels["operation"]+" "+labels["outcome"]+" "+labels["code"]))
	}
	return all
}

func (h *house) series(t *testing.T, name string) []*dto.Metric {
	t.Helper()
	families, err := h.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == name {
			return family.GetMetric()
		}
	}
	return nil
}

func says(text string) func(http.ResponseWriter, *http.Request, identity.Caller) error {
	return func(w http.ResponseWriter, _ *http.Request, _ identity.Caller) error {
		return Write(w, http.StatusOK, "text/plain", []byte(text))
	}
}

func TestOperationsAreFoundByPathAndMethod(t *testing.T) {
	h := newHouse(t,
		Operation{Name: "list", Method: "GET", Path: "/tea/list", Reads: true, Handle: says("list")},
		Operation{Name: "drop", Method: "GET", Path: "/tea/drop", Handle: says("drop")},
		Operation{Name: "see", Method: "GET", Path: "/tea/cup", Reads: true, Handle: says("see")},
		Operation{Name: "pour", Method: "POST", Path: "/tea/cup", Handle: says("pour")},
	)
	tests := []struct {
		method, target string
		status         int
		body, allow    string
	}{
		{"GET", "/tea/list", 200, "list", ""},
		{"GET", "/tea/list/", 200, "list", ""},
		{"GET", "/tea/list?x=1", 200, "list", ""},
		{"HEAD", "/tea/list", 200, "list", ""}, // the server behind drops the body
		{"GET", "/tea/cup", 200, "see", ""},
		{"POST", "/tea/cup", 200, "pour", ""},

		{"POST", "/tea/list", 405, "method_not_allowed at none", "GET, HEAD"},
		{"HEAD", "/tea/drop", 405, "method_not_allowed at none", "GET"},
		{"DELETE", "/tea/cup", 405, "method_not_allowed at none", "GET, HEAD, POST"},

		{"GET", "/", 200, "the old host", ""},
		{"GET", "/tea", 200, "the old host", ""},
		{"GET", "/tea/list//", 200, "the old host", ""},
		{"GET", "/tea/list/x", 200, "the old host", ""},
		{"GET", "/Tea/List", 200, "the old host", ""},
		{"DELETE", "/coffee", 200, "the old host", ""},
	}
	for _, test := range tests {
		w := h.ask(test.method, test.target)
		if w.Code != test.status || w.Body.String() != test.body || w.Header().Get("Allow") != test.allow {
			t.Errorf("%s %s: %d %q, Allow %q", test.method, test.target, w.Code, w.Body, w.Header().Get("Allow"))
		}
	}
	if h.leased != 0 {
		t.Errorf("%d leases were not given back", h.leased)
	}
}

func TestOldMicrosoftPathsHaveNoLetterCase(t *testing.T) {
	h := newHouse(t, Operation{Name: "auth", Method: "POST", Path: "/Auth.aspx", Handle: says("auth")})
	h.server.API.FoldCase = true
	if w := h.ask("POST", "/AUTH.ASPX/"); w.Body.String() != "auth" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}

func TestDispatchedOperations(t *testing.T) {
	h := newHouse(t,
		Operation{Name: "first", Method: "POST", Path: "/tea", Dispatched: true, Handle: says("first")},
		Operation{Name: "second", Method: "POST", Path: "/tea", Dispatched: true, Handle: says("second")},
	)
	h.dispatch = "second"
	if w := h.ask("POST", "/tea"); w.Body.String() != "second" {
		t.Errorf("dispatched to second: %q", w.Body)
	}
	h.dispatch = "third"
	if w := h.ask("POST", "/tea"); w.Body.String() != "internal at none" || h.logs.Len() != 1 { // the Caddyfile's fault
		t.Errorf("dispatched to what is not there: %q, %d lines logged", w.Body, h.logs.Len())
	}
	h.dispatch = ""
	if w := h.ask("POST", "/tea"); w.Body.String() != "internal at none" || h.logs.Len() != 2 {
		t.Errorf("not dispatched: %q, %d lines logged", w.Body, h.logs.Len())
	}
}

func TestUnknownPathTouchesNeitherGuardNorStores(t *testing.T) {
	h := newHouse(t, Operation{Name: "list", Method: "GET", Path: "/tea", Guarded: true, Handle: says("list")})
	h.guard = func(context.Context) (identity.Caller, error) {
		t.Error("the guard was asked")
		return identity.Caller{}, nil
	}
	h.server.Lease = func() func() {
		t.Error("the stores were leased")
		return func() {}
	}
	h.ask("GET", "/coffee")
	if counted := h.outcomes(t); len(counted) != 0 {
		t.Errorf("counted: %q", counted)
	}
}

func TestGuardedOperations(t *testing.T) {
	var caller identity.Caller
	operation := Operation{
		Name: "list", Method: "GET", Path: "/tea", Guarded: true,
		Handle: func(_ http.ResponseWriter, _ *http.Request, c identity.Caller) error {
			caller = c
			return nil
		},
	}

	h := newHouse(t, operation)
	h.guard = func(context.Context) (identity.Caller, error) { return identity.Caller{ID: "site 3"}, nil }
	if h.ask("GET", "/tea"); caller.ID != "site 3" {
		t.Errorf("the operation saw caller %q", caller.ID)
	}

	h.guard = func(context.Context) (identity.Caller, error) {
		return identity.Caller{}, &fault.Fault{Kind: fault.TooMany, RetryAfter: 1500 * time.Millisecond}
	}
	if w := h.ask("GET", "/tea"); w.Body.String() != "too_many at list" || w.Header().Get("Retry-After") != "2" {
		t.Errorf("refused: %q, Retry-After %q", w.Body, w.Header().Get("Retry-After"))
	}

	h.guard = nil
	if w := h.ask("GET", "/tea"); w.Body.String() != "internal at list" || h.logs.Len() != 1 {
		t.Errorf("no guard before it: %q, %d lines logged", w.Body, h.logs.Len())
	}
}

// An open operation is for everybody, but who shows something wrong is refused.
func TestOpenOperations(t *testing.T) {
	h := newHouse(t, Operation{Name: "see", Method: "GET", Path: "/tea/cup", Open: true, Handle: func(w http.ResponseWriter, _ *http.Request, caller identity.Caller) error {
		return Write(w, http.StatusOK, "text/plain", []byte("caller <"+caller.ID+">"))
	}})
	for name, c := range map[string]struct {
		caller identity.Caller
		err    error
		want   string
	}{
		"a known caller":       {caller: identity.Caller{ID: "member 7"}, want: "caller <member 7>"},
		"nothing shown":        {err: fault.New(fault.Missing, "Authorization"), want: "caller <>"},
		"something wrong":      {err: fault.New(fault.Unauthorized, ""), want: "unauthorized at see"},
		"two things shown":     {err: fault.New(fault.Malformed, "Authorization"), want: "malformed at see"},
		"the guard is failing": {err: fault.Because(errors.New("no store")), want: "internal at see"},
	} {
		t.Run(name, func(t *testing.T) {
			h.guard = func(context.Context) (identity.Caller, error) { return c.caller, c.err }
			if w := h.ask("GET", "/tea/cup"); w.Body.String() != c.want {
				t.Errorf("%q, want %q", w.Body, c.want)
			}
		})
	}
	h.guard = nil
	if w := h.ask("GET", "/tea/cup"); w.Body.String() != "internal at see" {
		t.Errorf("no guard before it: %q", w.Body)
	}
}

// A failure before the first byte is a refusal in the family's shape, without
// what the operation had already said about its body.
func TestFailureBeforeTheAnswer(t *testing.T) {
	failures := map[string]func() error{
		"an error":     func() error { return errors.New("the kettle is cold") },
		"a panic":      func() error { panic("password canary") },
		"a nil map":    func() error { map[string]map[string]int{}["none"]["canary"] = 1; return nil },
		"a bad index":  func() error { var s []int; _ = s[len(s)]; return nil },
		"a wrong type": func() error { var v any = "canary"; _ = v.(int); return nil },
	}
	for name, fail := range failures {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, Operation{Name: "brew", Method: "GET", Path: "/tea", Handle: func(w http.ResponseWriter, _ *http.Request, _ identity.Caller) error {
				w.Header().Set("Cache-Control", "public, immutable")
				w.Header().Set("Content-Length", "1000")
				return fail()
			}})
			w := h.ask("GET", "/tea")
			if w.Code != 500 || w.Body.String() != "internal at brew" || w.Header().Get("Cache-Control") != "" || w.Header().Get("Content-Length") != "16" {
				t.Errorf("answered %d %q with %v", w.Code, w.Body, w.Header())
			}
			if got := h.outcomes(t); len(got) != 1 || got[0] != "brew internal 500" {
				t.Errorf("counted %q", got)
			}
			lines := h.logs.All()
			if len(lines) != 1 || lines[0].Message != "answering failed" {
				t.Fatalf("logged %v", lines)
			}
			if logged := fmt.Sprint(lines[0].ContextMap()); strings.Contains(logged, "canary") {
				t.Errorf("the log quotes what a panic was raised with: %s", logged)
			}
			if h.leased != 0 {
				t.Error("the lease was not given back")
			}
		})
	}
}

func TestRefusalKeepsTheOperatorsHeaders(t *testing.T) {
	h := newHouse(t, Operation{Name: "brew", Method: "GET", Path: "/tea", Handle: func(w http.ResponseWriter, _ *http.Request, _ identity.Caller) error {
		w.Header().Set("Cache-Control", "immutable")
		return fault.New(fault.NotFound, "")
	}})
	w := httptest.NewRecorder()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-House", "sekisho")
	h.ServeHTTP(w, httptest.NewRequest("GET", "/tea", nil))
	if got := w.Header(); got.Get("Cache-Control") != "no-store" || got.Get("X-House") != "sekisho" {
		t.Errorf("%v", got)
	}
}

func TestPanicWhileRefusingBreaksTheConnection(t *testing.T) {
	h := newHouse(t, Operation{Name: "brew", Method: "GET", Path: "/tea", Handle: func(http.ResponseWriter, *http.Request, identity.Caller) error {
		return fault.New(fault.NotFound, "")
	}})
	h.server.API.Refuse = func(http.ResponseWriter, *http.Request, *Operation, *fault.Fault) { panic("canary") }
	server := httptest.NewServer(h)
	defer server.Close()
	if response, err := http.Get(server.URL + "/tea"); err == nil {
		t.Errorf("answered %s", response.Status)
	}
	if h.logs.Len() != 1 {
		t.Errorf("%d lines logged", h.logs.Len())
	}
}

func TestEveryAnswerIsTimed(t *testing.T) {
	h := newHouse(t, Operation{Name: "list", Method: "GET", Path: "/tea", Handle: says("list")})
	h.ask("GET", "/tea")
	h.ask("POST", "/tea")
	if got := h.outcomes(t); len(got) != 2 || got[0] != "list ok 200" || got[1] != "none method_not_allowed 405" {
		t.Errorf("counted %q", got)
	}
	if timed := h.series(t, "sekisho_request_duration_seconds"); len(timed) != 2 {
		t.Errorf("timed %v", timed)
	}
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	h := newHouse(t, Operation{Name: "list", Method: "GET", Path: "/tea", Reads: true, Handle: says("sencha")})
	server := httptest.NewServer(h)
	defer server.Close()
	response, err := server.Client().Head(server.URL + "/tea")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if response.StatusCode != 200 || response.ContentLength != 6 || len(body) != 0 || err != nil {
		t.Errorf("%s, Content-Length %d, body %q, %v", response.Status, response.ContentLength, body, err)
	}
}

// noted is a census that writes down what it is told.
type noted []string

func (n *noted) Saw(_ time.Time, api, operation, caller, userAgent string) {
	*n = append(*n, strings.Join([]string{api, operation, caller, userAgent}, " | "))
}

func TestTheCensusHearsOfEveryCall(t *testing.T) {
	h := newHouse(t,
		Operation{Name: "list", Method: "GET", Path: "/tea", Guarded: true, Handle: says("list")},
		Operation{Name: "pour", Method: "POST", Path: "/tea", Handle: func(w http.ResponseWriter, _ *http.Request, _ identity.Caller) error {
			NoteCaller(w, "shop/till")
			NoteCode(w, "0")
			return Write(w, http.StatusOK, "text/plain", nil)
		}},
	)
	var census noted
	h.server.Census = &census
	h.guard = func(context.Context) (identity.Caller, error) {
		return identity.Caller{ID: "member 7", Program: "app 3"}, nil
	}
	h.ask("GET", "/tea")
	h.ask("POST", "/tea")
	h.ask("PUT", "/tea")
	h.guard = func(context.Context) (identity.Caller, error) {
		return identity.Caller{}, fault.New(fault.Unauthorized, "")
	}
	h.ask("GET", "/tea")
	h.ask("GET", "/coffee") // is the old host's
	want := noted{"tea | list | app 3 | ", "tea | pour | shop/till | ", "tea | none |  | ", "tea | list |  | "}
	if !slices.Equal(census, want) {
		t.Errorf("heard %q, want %q", census, want)
	}
	counted := []string{"list ok 200", "list unauthorized 400", "none method_not_allowed 405", "pour ok 0"}
	if got := slices.Sorted(slices.Values(h.outcomes(t))); !slices.Equal(got, counted) {
		t.Errorf("counted %q, want %q", got, counted)
	}
}
