package redact

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func TestAccessLogShowsWhatIsHarmless(t *testing.T) {
	log, out := logged(t)
	log = log.WithLazy(zap.Object("request", request("GET", "/user/list?sid=3&key="+canary, http.Header{
		"Accept":                    {"*/*"},
		"Accept-Language":           {"ja,en;q=0.5"},
		"Authorization":             {"Bearer " + canary},
		"Content-Type":              {"multipart/form-data; boundary=" + canary},
		"Cookie":                    {"session=" + canary, canary},
		"Referer":                   {"https://" + canary + ".example.com/"},
		"Token":                     {canary},
		"User-Agent":                {"DoCoMo/2.0 N905i(c100;TB;W24H16)"},
		"X-Forwarded-For":           {"192.0.2.7, 2001:db8::1"},
		"X-Photocloaktoken":         {canary},
		"X-Unknown":                 {canary},
		"Strange Name " + canary:    {"x"},
		strings.Repeat("N", 65):     {canary},
		"X-Forwarded-Proto":         {canary},
		"If-None-Match":             {`"33a64df5"`},
		"Proxy-Authorization":       {canary},
		"Accept-Charset":            {"utf-8\x00" + canary},
		"Upgrade":                   {"https://h/?" + canary},
		"Sec-Websocket-Key":         {canary},
		"X-Amz-Content-Sha256-Long": {canary},
	})))
	log.Info("handled request", accessFields(http.Header{
		"Content-Type": {"application/json; charset=utf-8"},
		"Location":     {"/login?token=" + canary},
		"Set-Cookie":   {"a=" + canary},
		"Server":       {"Caddy"},
		"X-Key":        {canary},
	})...)

	mustHide(t, "access log", out)
	entry := only(t, out)
	r := entry["request"].(map[string]any)
	for field, want := range map[string]any{
		"method": "GET", "uri": "/user/list?sid=3&key=***", "host": "shop.example.com",
		"proto": "HTTP/1.1", "remote_ip": "192.0.2.1", "client_ip": "192.0.2.7",
	} {
		if r[field] != want {
			t.Errorf("request.%s is %v, want %v", field, r[field], want)
		}
	}
	headers := r["headers"].(map[string]any)
	for name, want := range map[string]string{
		"Accept": "*/*", "Accept-Language": "ja,en;q=0.5", "User-Agent": "DoCoMo/2.0 N905i(c100;TB;W24H16)",
		"X-Forwarded-For": "192.0.2.7, 2001:db8::1", "If-None-Match": `"33a64df5"`,
		"Content-Type": "multipart/form-data; ***", "Authorization": Hidden, "X-Unknown": Hidden, "Referer": Hidden,
	} {
		if got := headers[name]; !reflect.DeepEqual(got, []any{want}) {
			t.Errorf("header %s is %v, want %v", name, got, want)
		}
	}
	if got := headers["Cookie"]; !reflect.DeepEqual(got, []any{Hidden, Hidden}) {
		t.Errorf("Cookie is %v", got)
	}
	answered := entry["resp_headers"].(map[string]any)
	if !reflect.DeepEqual(answered["Content-Type"], []any{"application/json; charset=utf-8"}) ||
		!reflect.DeepEqual(answered["Location"], []any{Hidden}) {
		t.Errorf("headers of the answer: %v", answered)
	}
	if entry["user_id"] != "" || entry["status"] != 200.0 || entry["msg"] != "handled request" {
		t.Errorf("the rest of the entry: %v", entry)
	}
}

// credentials are what a caller can bring a secret in, beside a query.
func TestNoFieldShowsASecret(t *testing.T) {
	type account struct {
		Password string
		Nested   map[string]any
		Notes    []string
		PIN      int `json:"pin_key"`
	}
	secretURL := "postgres://sekisho:" + canary + "@db/x"
	for name, field := range map[string]zap.Field{
		"user id":               zap.String("user_id", canary),
		"error":                 zap.Error(errors.New("opening " + secretURL)),
		"joined errors":         zap.Error(errors.Join(errors.New("Bearer "+canary), errors.New("x?"+canary))),
		"errors":                zap.Errors("errors", []error{errors.New("password=" + canary)}),
		"rewritten":             zap.String("uri", "/x?"+canary),
		"upstream URL":          zap.String("upstream_url", "http://h/?a="+canary),
		"stringer":              zap.Stringer("upstream", &url.URL{Scheme: "http", User: url.User(canary), Host: "h"}),
		"string list":           zap.Strings("addresses", []string{"a", "redis://:" + canary + "@cache"}),
		"bytes":                 zap.Binary("raw", []byte(canary)),
		"byte text":             zap.ByteString("text", []byte("token="+canary)),
		"secret by name":        zap.String("client_secret", canary),
		"secret list by name":   zap.Strings("tokens_token", []string{canary}),
		"mistaken wire name":    zap.String("user_pasword", canary),
		"panic":                 zap.Any("panic", errors.New(canary)),
		"struct":                zap.Any("module", account{Password: canary}),
		"struct, nested":        zap.Any("module", account{Nested: map[string]any{"token": map[string]any{"x": canary}, "uri": "/a?" + canary}}),
		"struct, texts":         zap.Any("module", &account{Notes: []string{"Basic " + canary}}),
		"map with secret keys":  zap.Any("seen", map[string]int{"http://h/?" + canary: 1}),
		"headers by type":       zap.Any("sent", http.Header{"X-Any": {canary}}),
		"headers by name":       zap.Reflect("headers", map[string][]string{"X-Any": {canary}}),
		"headers within":        zap.Any("hook", map[string]any{"headers": map[string]any{"X-Any": []string{canary}, "Y": canary}}),
		"headers as text":       zap.String("headers", "X-Any: "+canary),
		"header list":           zap.Strings("headers", []string{"X-Any: " + canary}),
		"form":                  zap.Any("form", url.Values{"any": {canary}}),
		"URL value":             zap.Any("target", url.URL{Path: "/x", RawQuery: canary}),
		"dictionary":            zap.Dict("inner", zap.String("uri", "/x?"+canary), zap.Dict("headers", zap.String("X-Any", canary))),
		"within a hidden field": zap.Dict("body", zap.String("x", canary), zap.Dict("y", zap.Strings("z", []string{canary})), zap.Reflect("r", []string{canary})),
		"objects":               zap.Objects("requests", []caddyhttp.LoggableHTTPRequest{request("GET", "/?"+canary, http.Header{"X": {canary}})}),
		"inline":                zap.Inline(request("GET", "/?"+canary, http.Header{"X": {canary}})),
		"method":                zap.Object("request", request(canary, "/", nil)),
		"cannot be marshalled":  zap.Any("f", brokenJSON{}),
	} {
		t.Run(name, func(t *testing.T) {
			for how, write := range map[string]func(*zap.Logger){
				"field":     func(l *zap.Logger) { l.Info("m", field) },
				"context":   func(l *zap.Logger) { l.With(field).Info("m") },
				"lazy":      func(l *zap.Logger) { l.WithLazy(field).Info("m") },
				"namespace": func(l *zap.Logger) { l.With(zap.Namespace("n")).Info("m", zap.Namespace("o"), field) },
				"inline": func(l *zap.Logger) {
					l.Info("m", zap.Inline(zapcore.ObjectMarshalerFunc(func(to zapcore.ObjectEncoder) error { field.AddTo(to); return nil })))
				},
			} {
				log, out := logged(t)
				write(log)
				mustHide(t, how, out)
				only(t, out)
			}
		})
	}
}

type brokenJSON struct{}

func (brokenJSON) MarshalJSON() ([]byte, error) { return nil, errors.New("token=" + canary) }

func TestNamespacesHideWhatTheirNameHides(t *testing.T) {
	for _, namespace := range []string{"body", "headers", "client_secret"} {
		log, out := logged(t)
		log.With(zap.Namespace(namespace)).With(zap.String("A", canary)).Info("m", zap.String("B", canary))
		log.Info("m", zap.Namespace(namespace), zap.Strings("A", []string{canary}))
		mustHide(t, namespace, out)
	}
}

func TestMessageAndStackAreCleaned(t *testing.T) {
	var out bytes.Buffer
	log := zap.New(zapcore.NewCore(loggedEncoder(t), zapcore.AddSync(&out), zap.DebugLevel),
		zap.AddStacktrace(zap.ErrorLevel))
	log.Error(`parsing "/x?` + canary + `"`)
	log.Error("http: panic serving 192.0.2.1:1: " + canary + "\n\ngoroutine 1 [running]:\n")
	mustHide(t, "message", &out)
	if !strings.Contains(out.String(), "TestMessageAndStackAreCleaned") {
		t.Errorf("the stack trace is gone:\n%s", &out)
	}

	entry := zapcore.Entry{Message: "m", Stack: "main.f(?" + canary + ")"}
	encoded, err := loggedEncoder(t).EncodeEntry(entry, nil)
	if err != nil || strings.Contains(encoded.String(), canary) {
		t.Errorf("stack: %v %s", err, encoded)
	}
}

func TestOrdinaryFieldsPass(t *testing.T) {
	log, out := logged(t)
	log.Info("provisioned", zap.String("file", "Caddyfile"), zap.Int("number", 7), zap.Bool("yes", true),
		zap.Strings("domains", []string{"a.example", "b.example"}), zap.Any("nothing", nil), zap.Ints("ints", []int{1, 2}),
		zap.Any("struct", struct {
			A int
			B string
		}{1, "<b>"}), zap.Namespace("inner"), zap.Float64("f", 0.5))
	entry := only(t, out)
	for _, key := range []string{"ts", "level"} {
		if entry[key] == nil {
			t.Errorf("%s is gone", key)
		}
		delete(entry, key)
	}
	want := map[string]any{
		"msg": "provisioned", "file": "Caddyfile", "number": 7.0, "yes": true, "nothing": nil,
		"domains": []any{"a.example", "b.example"}, "ints": []any{1.0, 2.0},
		"struct": map[string]any{"A": 1.0, "B": "<b>"}, "inner": map[string]any{"f": 0.5},
	}
	if !reflect.DeepEqual(entry, want) {
		t.Errorf("got  %v\nwant %v", entry, want)
	}
}

func TestHeadersAreBounded(t *testing.T) {
	log, out := logged(t)
	many := http.Header{"Accept": make([]string, 1000)}
	for i := range 1000 {
		many[fmt.Sprintf("X-%d", i)] = []string{"x"}
	}
	log.Info("m", zap.Object("request", request("GET", "/", many)), zap.Any("again", many))
	entry := only(t, out)
	for _, headers := range []any{entry["request"].(map[string]any)["headers"], entry["again"]} {
		headers := headers.(map[string]any)
		if len(headers) != maxHeaders {
			t.Errorf("%d headers are logged", len(headers))
		}
		if values, ok := headers["Accept"].([]any); ok && len(values) > maxHeaderValues {
			t.Errorf("%d values of one header are logged", len(values))
		}
	}
}

func TestLargeValuesAreNotReflected(t *testing.T) {
	log, out := logged(t)
	log.Info("m", zap.Reflect("large", []string{strings.Repeat("x", maxReflected)}))
	if got := only(t, out)["large"]; got != "*** (65541 bytes)" {
		t.Errorf("large is %.50v", got)
	}
}

// A clone starts with the fields of its original, and neither sees what is added
// to the other from then on.
func TestClonesShareNothing(t *testing.T) {
	original := loggedEncoder(t)
	original.AddString("common", "1")
	left, right := original.Clone(), original.Clone()
	left.AddString("left", "1")
	right.AddString("right", "1")
	for want, encoder := range map[string]zapcore.Encoder{
		`"common":"1"}`: original, `"common":"1","left":"1"}`: left, `"common":"1","right":"1"}`: right,
	} {
		for range 2 { // writing an entry leaves nothing behind
			encoded, err := encoder.EncodeEntry(zapcore.Entry{Message: "m"}, []zap.Field{zap.Skip()})
			if err != nil || !strings.HasSuffix(strings.TrimSpace(encoded.String()), want) {
				t.Errorf("got %s (%v), want …%s", encoded, err, want)
			}
		}
	}
}

func TestManyWriteAtOnce(t *testing.T) {
	var mu sync.Mutex
	var out bytes.Buffer
	core := zapcore.NewCore(loggedEncoder(t), zapcore.AddSync(lockedWriter{&mu, &out}), zap.DebugLevel)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			log := zap.New(core).With(zap.Int("worker", i))
			for range 50 {
				log.Info("m", zap.Object("request", request("GET", "/user/list?sid=3&key="+canary, http.Header{"X": {canary}})),
					zap.Any("any", map[string]any{"token": canary}))
			}
		})
	}
	all.Wait()
	mustHide(t, "at once", &out)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 16*50 {
		t.Fatalf("%d entries", len(lines))
	}
	for _, line := range lines {
		only(t, bytes.NewBufferString(line))
		if strings.Count(line, "?sid=3&key=***") != 1 {
			t.Fatalf("mixed up: %s", line)
		}
	}
}

type lockedWriter struct {
	mu  *sync.Mutex
	out *bytes.Buffer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}

func loggedEncoder(t testing.TB) *Encoder {
	t.Helper()
	e := new(Encoder)
	loggedBy(t, e)
	return e
}
