// Package traces redacts what Caddy's `tracing` exports: what is not known to be
// harmless leaves the house neither in a log nor in a span.
//
// Caddy makes its exporter of what the environment says (OTEL_TRACES_EXPORTER,
// OTEL_EXPORTER_OTLP_ENDPOINT, …). [Prepare] puts ours in its place, which hands
// redacted spans on to the one that the operator meant.
package traces

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"github.com/caddyserver/caddy/v2"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.26.0"
	"go.uber.org/zap"
)

const (
	exporterVariable = "OTEL_TRACES_EXPORTER"
	meantVariable    = "SEKISHO_TRACES_EXPORTER"
	exporterName     = "sekisho" // what OTEL_TRACES_EXPORTER is set to
)

func init() {
	autoexport.RegisterSpanExporter(exporterName, func(ctx context.Context) (sdk.SpanExporter, error) {
		meant, err := newMeant(ctx)
		if err != nil {
			return nil, err
		}
		return &exporter{meant: meant, resource: named(os.Getenv("OTEL_SERVICE_NAME"))}, nil
	})
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		caddy.Log().Named("sekisho.traces").Warn("tracing failed", zap.Error(err))
	}))
}

// Prepare puts our exporter before the one that the environment names, and says
// whether it asks for traces at all: by an endpoint, or by an exporter other than
// none. It is called before a configuration is loaded.
func Prepare() (wanted bool) {
	meant := os.Getenv(exporterVariable)
	if meant == exporterName { // by a process before this one
		meant = os.Getenv(meantVariable)
	}
	os.Setenv(meantVariable, meant)
	if os.Getenv("OTEL_PROPAGATORS") == "" {
		// A stranger's traceparent would decide which requests are traced, and as what.
		os.Setenv("OTEL_PROPAGATORS", "none")
	}
	os.Setenv(exporterVariable, exporterName)
	switch meant {
	case "none":
		return false
	case "":
		return os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
	}
	return true
}

// newMeant makes the exporter that the operator meant. Its own variables are those
// of OpenTelemetry.
func newMeant(ctx context.Context) (sdk.SpanExporter, error) {
	switch meant := os.Getenv(meantVariable); meant {
	case "", "otlp":
		return newOTLP(ctx)
	case "console":
		return stdouttrace.New()
	default:
		return nil, fmt.Errorf("%s is %q; it must be otlp, console or none", exporterVariable, meant)
	}
}

func newOTLP(ctx context.Context) (sdk.SpanExporter, error) {
	protocol := os.Getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
	if protocol == "" {
		protocol = os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL")
	}
	switch protocol {
	case "", "http/protobuf":
		return otlptracehttp.New(ctx)
	case "grpc":
		return otlptracegrpc.New(ctx)
	}
	return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL is %q; it must be http/protobuf or grpc", protocol)
}

// exporter hands spans on, redacted.
type exporter struct {
	meant    sdk.SpanExporter
	resource *resource.Resource // what the spans are of
}

// named is this program under a name, its own unless another is given. What
// OpenTelemetry takes for its name was found before any of this ran.
func named(name string) *resource.Resource {
	service := resource.NewSchemaless(semconv.ServiceName(cmp.Or(name, "sekisho")))
	merged, err := resource.Merge(resource.Default(), service)
	if err != nil {
		return service // two schemas that do not fit; the name is what counts
	}
	return merged
}

// ExportSpans implements [sdk.SpanExporter].
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	redacted := make([]sdk.ReadOnlySpan, len(spans))
	for i, one := range spans {
		redacted[i] = span{one, e.resource}
	}
	return e.meant.ExportSpans(ctx, redacted)
}

// Shutdown implements [sdk.SpanExporter].
func (e *exporter) Shutdown(ctx context.Context) error { return e.meant.Shutdown(ctx) }
