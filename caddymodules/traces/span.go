package traces

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"sekisho/caddymodules/redact"
)

// span is a span as it may leave the house.
type span struct {
	sdk.ReadOnlySpan
	of *resource.Resource
}

// Resource is the program whose span it is.
func (s span) Resource() *resource.Resource { return s.of }

// Name is what the house or the Caddyfile calls it; the latter may hold
// placeholders.
func (s span) Name() string { return redact.Text(s.ReadOnlySpan.Name()) }

// SpanContext is without what a client sent as its tracestate.
func (s span) SpanContext() trace.SpanContext { return withoutState(s.ReadOnlySpan.SpanContext()) }

// Parent is without it too.
func (s span) Parent() trace.SpanContext { return withoutState(s.ReadOnlySpan.Parent()) }

func withoutState(c trace.SpanContext) trace.SpanContext { return c.WithTraceState(trace.TraceState{}) }

// Attributes are those that are harmless, and the names of the others.
func (s span) Attributes() []attribute.KeyValue { return shown(s.ReadOnlySpan.Attributes()) }

// Events keep their names and their harmless attributes.
func (s span) Events() []sdk.Event {
	events := append([]sdk.Event(nil), s.ReadOnlySpan.Events()...)
	for i := range events {
		events[i].Name = redact.Text(events[i].Name)
		events[i].Attributes = shown(events[i].Attributes)
	}
	return events
}

// Links keep their harmless attributes.
func (s span) Links() []sdk.Link {
	links := append([]sdk.Link(nil), s.ReadOnlySpan.Links()...)
	for i := range links {
		links[i].SpanContext = withoutState(links[i].SpanContext)
		links[i].Attributes = shown(links[i].Attributes)
	}
	return links
}

// Status is without its text, which may quote a value.
func (s span) Status() sdk.Status { return sdk.Status{Code: s.ReadOnlySpan.Status().Code} }

// harmless are the attributes that may be shown as they are, made by us, by
// Caddy, or of numbers and closed sets of words.
var harmless = map[attribute.Key]bool{
	"http.request.method":       true,
	"http.request.body.size":    true,
	"http.response.status_code": true,
	"http.response.body.size":   true,
	"http.route":                true,
	"url.scheme":                true,
	"server.port":               true,
	"network.peer.address":      true,
	"network.peer.port":         true,
	"network.protocol.name":     true,
	"network.protocol.version":  true,
	"client.port":               true,
	"db.system.name":            true,
	"db.operation.name":         true,
	"error.type":                true,
	"sekisho.api":               true,
	"sekisho.operation":         true,
	"sekisho.outcome":           true,
	"sekisho.code":              true,
}

// redacted are those of which something may be shown.
var redacted = map[attribute.Key]func(string) string{
	"url.path":            redact.Address,
	"url.full":            redact.Address,
	"user_agent.original": func(v string) string { return redact.Header("User-Agent", v) },
	"client.address":      func(v string) string { return redact.Header("X-Real-Ip", v) },
	"server.address":      func(v string) string { return redact.Header("Host", v) },
}

func shown(all []attribute.KeyValue) []attribute.KeyValue {
	kept := make([]attribute.KeyValue, 0, len(all))
	for _, one := range all {
		switch show := redacted[one.Key]; {
		case harmless[one.Key]:
		case show != nil:
			one.Value = attribute.StringValue(show(one.Value.String()))
		case one.Value.Type() == attribute.STRING && strings.TrimSpace(one.Value.AsString()) == "":
		default:
			one.Value = attribute.StringValue(redact.Hidden)
		}
		kept = append(kept, one)
	}
	return kept
}
