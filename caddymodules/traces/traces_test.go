package traces

import (
	"os"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp/tracing"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// exported gives spans as they leave the house.
func exported(t *testing.T, record func(trace.Tracer)) tracetest.SpanStubs {
	t.Helper()
	kept := tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(sdk.WithSyncer(&exporter{meant: kept, resource: named("")}))
	record(provider.Tracer("test"))
	return kept.GetSpans()
}

func TestAttributes(t *testing.T) {
	for _, c := range []struct {
		sent attribute.KeyValue
		want string
	}{
		{attribute.String("http.request.method", "GET"), "GET"},
		{attribute.Int("http.response.status_code", 404), "404"},
		{attribute.String("sekisho.operation", "list"), "list"},
		{attribute.String("url.path", "/user/list"), "/user/list"},
		{attribute.String("url.path", "/user/list;key=canary"), "/user/list;key=***"},
		{attribute.String("url.full", "https://a.example/user/list?sid=3&key=canary"), "https://a.example/user/list?sid=***&key=***"},
		{attribute.String("user_agent.original", "curl/8"), "curl/8"},
		{attribute.String("user_agent.original", "x\x00canary"), "***"},
		{attribute.String("client.address", "192.0.2.7"), "192.0.2.7"},
		{attribute.String("client.address", "canary, 192.0.2.7"), "***"},
		{attribute.String("server.address", "api.example.com"), "api.example.com"},
		{attribute.String("http.request.method_original", "canary"), "***"},
		{attribute.String("http.request.header.cookie", "canary"), "***"},
		{attribute.StringSlice("whatever", []string{"canary"}), "***"},
		{attribute.Int("whatever", 42), "***"},
		{attribute.String("whatever", ""), ""},
	} {
		spans := exported(t, func(tracer trace.Tracer) {
			_, span := tracer.Start(t.Context(), "x", trace.WithAttributes(c.sent))
			span.AddEvent("e", trace.WithAttributes(c.sent))
			span.End()
		})
		for where, got := range map[string]attribute.KeyValue{"span": spans[0].Attributes[0], "event": spans[0].Events[0].Attributes[0]} {
			if got.Key != c.sent.Key || got.Value.String() != c.want {
				t.Errorf("%s=%q is shown as %q in a %s, want %q", c.sent.Key, c.sent.Value.String(), got.Value.String(), where, c.want)
			}
		}
	}
}

// What a client sends as its trace's state, and what an error says, may be
// anything.
func TestNamesStatesAndErrors(t *testing.T) {
	spans := exported(t, func(tracer trace.Tracer) {
		state, err := trace.ParseTraceState("vendor=canary")
		if err != nil {
			t.Fatal(err)
		}
		remote := trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled, TraceState: state, Remote: true,
		})
		_, span := tracer.Start(trace.ContextWithSpanContext(t.Context(), remote), "GET /x?key=canary",
			trace.WithLinks(trace.Link{SpanContext: remote, Attributes: []attribute.KeyValue{attribute.String("a", "canary")}}))
		span.AddEvent("password=canary")
		span.SetStatus(codes.Error, "token: canary")
		span.End()
	})
	s := spans[0]
	if name, _ := s.Resource.Set().Value("service.name"); name.AsString() != "sekisho" {
		t.Errorf("the service is called %q", name.AsString())
	}
	if s.SpanContext.TraceID() != (trace.TraceID{1}) || s.Parent.SpanID() != (trace.SpanID{2}) {
		t.Errorf("the client's trace is lost: %v below %v", s.SpanContext, s.Parent)
	}
	said := strings.Join([]string{
		s.Name, s.SpanContext.TraceState().String(), s.Parent.TraceState().String(), s.Events[0].Name, s.Status.Description,
		s.Links[0].SpanContext.TraceState().String(), s.Links[0].Attributes[0].Value.AsString(),
	}, "|")
	if want := "GET /x?***|||password=***|||***"; said != want {
		t.Errorf("shown is %q, want %q", said, want)
	}
	if s.Status.Code != codes.Error {
		t.Errorf("the status is %v", s.Status.Code)
	}
}

func TestPrepare(t *testing.T) {
	for _, c := range []struct {
		name, exporter, endpoint string
		wanted                   bool
		refused                  string
	}{
		{name: "nothing asks for traces"},
		{name: "an endpoint", endpoint: "http://127.0.0.1:4318", wanted: true},
		{name: "an exporter", exporter: "console", wanted: true},
		{name: "an endpoint, switched off", exporter: "none", endpoint: "http://127.0.0.1:4318"},
		{name: "no exporter", exporter: "zipkin", wanted: true, refused: `OTEL_TRACES_EXPORTER is "zipkin"; it must be otlp, console or none`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(exporterVariable, c.exporter)
			t.Setenv(meantVariable, "")
			t.Setenv("OTEL_PROPAGATORS", "")
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.endpoint)
			for range 2 { // a process may start another
				if wanted := Prepare(); wanted != c.wanted {
					t.Errorf("wanted: %v", wanted)
				}
			}
			if propagators := os.Getenv("OTEL_PROPAGATORS"); propagators != "none" {
				t.Errorf("%q are followed", propagators)
			}
			if !c.wanted {
				return
			}
			made, err := autoexport.NewSpanExporter(t.Context())
			if c.refused != "" {
				if err == nil || err.Error() != c.refused {
					t.Errorf("made %v, %v", made, err)
				}
				return
			}
			if _, ours := made.(*exporter); err != nil || !ours {
				t.Errorf("Caddy makes %T, %v", made, err)
			}
			_ = made.Shutdown(t.Context())
		})
	}
}

// Caddy's directive takes the exporter of the environment: with one that nobody
// knows a configuration is refused.
func TestCaddyTakesOurExporter(t *testing.T) {
	t.Setenv(exporterVariable, "")
	t.Setenv(meantVariable, "")
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier pigeon")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "")
	Prepare()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
	defer cancel()
	_, err := ctx.LoadModuleByID("http.handlers.tracing", []byte("{}"))
	if err == nil || !strings.Contains(err.Error(), "carrier pigeon") {
		t.Errorf("the directive tracing: %v", err)
	}
}
