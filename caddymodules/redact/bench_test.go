package redact

import (
	"net/http"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// BenchmarkAccessLog encodes an entry of the access log in plain JSON and
// redacted, side by side.
func BenchmarkAccessLog(b *testing.B) {
	r := zap.Object("request", request("GET", "/user/list?sid=3&key=00000000", http.Header{
		"Accept": {"*/*"}, "Accept-Encoding": {"gzip"}, "User-Agent": {"EC-CUBE/2.13"}, "Cookie": {"a=b"}, "X-Shop": {"1"},
	}))
	fields := append([]zap.Field{r}, accessFields(http.Header{
		"Content-Type": {"application/json"}, "Server": {"Caddy"}, "X-Content-Type-Options": {"nosniff"},
	})...)
	entry := zapcore.Entry{Message: "handled request", LoggerName: "http.log.access"}
	for _, format := range []struct {
		name    string
		encoder zapcore.Encoder
	}{{"json", plainJSON(b)}, {"redact", loggedEncoder(b)}} {
		b.Run(format.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				encoded, err := format.encoder.EncodeEntry(entry, fields)
				if err != nil {
					b.Fatal(err)
				}
				encoded.Free()
			}
		})
	}
}
