package stores

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// calls tell how the calls of one store fare, in metrics and, where a request is
// traced, in spans. Neither shows what was asked: bun writes values into the
// statements, and keys are somebody's.
type calls struct {
	store    string
	system   string // what the store is, in OpenTelemetry's words
	duration *prometheus.HistogramVec
	errors   *prometheus.CounterVec
}

// newCalls makes those of a store, with the failures of each kind of call at zero.
func newCalls(store, system string, kinds ...string) *calls {
	labels := prometheus.Labels{"store": store}
	c := &calls{
		store:  store,
		system: system,
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:        "sekisho_store_call_duration_seconds",
			Help:        "How long a call of a store took, by store (sql, redis, blobs) and call.",
			Buckets:     []float64{.0001, .0005, .001, .005, .01, .05, .1, .5, 1, 2},
			ConstLabels: labels,
		}, []string{"call"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name:        "sekisho_store_errors_total",
			Help:        "Calls of a store that failed, by store and call. What is not there, or there already, is no failure.",
			ConstLabels: labels,
		}, []string{"call"}),
	}
	for _, kind := range kinds {
		c.errors.WithLabelValues(kind)
	}
	return c
}

func (c *calls) collectors() []prometheus.Collector {
	return []prometheus.Collector{c.duration, c.errors}
}

// begin begins the span of a call where its request is traced.
func (c *calls) begin(ctx context.Context, call string) (context.Context, trace.Span) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, nil
	}
	return parent.TracerProvider().Tracer("sekisho/caddymodules/stores").Start(ctx, c.store+" "+call,
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("db.system.name", c.system), attribute.String("db.operation.name", call)))
}

// done counts a call, and ends its span where it has one.
func (c *calls) done(call string, began time.Time, span trace.Span, failed bool) {
	c.duration.WithLabelValues(call).Observe(time.Since(began).Seconds())
	if failed {
		c.errors.WithLabelValues(call).Inc()
	}
	if span == nil {
		return
	}
	if failed {
		span.SetStatus(codes.Error, "") // the cause, which may quote a value, is in the redacted log
	}
	span.End()
}
