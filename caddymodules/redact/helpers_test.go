package redact

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/logging"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"sekisho/caddymodules/observe"
)

// canary is what must never come out; it is long enough to stand nowhere by
// chance, and made like a key.
const canary = "Kn4ry7Zebraq9"

func init() {
	observe.DeclareHarmless("/user/list", false, "sid")
	observe.DeclareHarmless("/ydits-api/ydits-account/auth.php", false, "step")
	observe.DeclareHarmless("/api/v2/Cloak", true, "cloakid")
	observe.DeclareHarmless("/avatar/v1/Avatar/{avatarId}/FittingRoom", false, "limit")
	observe.DeclareHarmless("/avatar/v1/Avatar/{avatarId}/FittingRoom/Select", false, "itemId")
}

// logged is a logger in the format redact around JSON, and what it wrote.
func logged(t testing.TB) (*zap.Logger, *bytes.Buffer) {
	t.Helper()
	return loggedBy(t, new(Encoder))
}

func loggedBy(t testing.TB, e *Encoder) (*zap.Logger, *bytes.Buffer) {
	t.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	t.Cleanup(cancel)
	if err := e.Provision(ctx); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	return zap.New(zapcore.NewCore(e, zapcore.AddSync(&out), zap.DebugLevel)), &out
}

// only is the single entry that was written.
func only(t testing.TB, out *bytes.Buffer) map[string]any {
	t.Helper()
	var entry map[string]any
	if err := json.Unmarshal(out.Bytes(), &entry); err != nil {
		t.Fatalf("not one JSON entry: %v\n%s", err, out)
	}
	return entry
}

func mustHide(t testing.TB, what string, out *bytes.Buffer) {
	t.Helper()
	if strings.Contains(strings.ToLower(out.String()), strings.ToLower(canary)) {
		t.Errorf("%s: the canary came out:\n%s", what, out)
	}
}

// request is what Caddy hands to its loggers for a request.
func request(method, uri string, header http.Header) caddyhttp.LoggableHTTPRequest {
	if header == nil {
		header = http.Header{}
	}
	r := &http.Request{
		Method: method, RequestURI: uri, Proto: "HTTP/1.1", Host: "shop.example.com",
		RemoteAddr: "192.0.2.1:40000", Header: header,
	}
	vars := map[string]any{caddyhttp.ClientIPVarKey: "192.0.2.7"}
	r = r.WithContext(context.WithValue(context.Background(), caddyhttp.VarsCtxKey, vars))
	return caddyhttp.LoggableHTTPRequest{Request: r, ShouldLogCredentials: true}
}

// accessFields are those of Caddy's access log.
func accessFields(responded http.Header) []zap.Field {
	return []zap.Field{
		zap.Int("bytes_read", 12), zap.String("user_id", ""), zap.Duration("duration", 1500000),
		zap.Int("size", 345), zap.Int("status", 200),
		zap.Object("resp_headers", caddyhttp.LoggableHTTPHeader{Header: responded, ShouldLogCredentials: true}),
	}
}

func plainJSON(t testing.TB) zapcore.Encoder {
	t.Helper()
	plain := new(logging.JSONEncoder)
	if err := plain.Provision(caddy.Context{}); err != nil {
		t.Fatal(err)
	}
	return plain
}
