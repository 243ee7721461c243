package certificates

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddytls"
	"github.com/caddyserver/certmagic"
	"github.com/prometheus/client_golang/prometheus"

	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
)

// metrics are those of certificates. They outlive a reload: each configuration
// shows the same ones in its own registry.
type metrics struct {
	failures prometheus.Counter
	expiries *expiries
}

func newMetrics() *metrics {
	return &metrics{
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sekisho_certificate_failures_total",
			Help: "Attempts at a certificate, new or renewed, that no authority granted.",
		}),
		expiries: &expiries{of: caddytls.AllMatchingCertificates},
	}
}

// show shows the metrics in the configuration's registry, and subscribes to the
// events that they follow.
func show(ctx caddy.Context, s *stores.Stores, events *caddyevents.App) error {
	m, err := stores.Keep(s, "certificate metrics", newMetrics)
	if err != nil {
		return err
	}
	if err := observe.Register(ctx.GetMetricsRegistry(), m.failures, m.expiries); err != nil {
		return err
	}
	if err := errors.Join(events.On("cert_failed", failed{m}), events.On("started", starter{m, ctx})); err != nil {
		return fmt.Errorf("subscribing to what becomes of certificates: %w", err)
	}
	return nil
}

// failed counts the attempts that failed.
type failed struct{ metrics *metrics }

// Handle hears of one.
func (f failed) Handle(context.Context, caddy.Event) error {
	f.metrics.failures.Inc()
	return nil
}

// starter finds the host names of a configuration once all of it has started:
// the storage is there before anything that is served.
type starter struct {
	metrics *metrics
	ctx     caddy.Context
}

// Handle hears that the configuration has started.
func (s starter) Handle(context.Context, caddy.Event) error {
	names := map[string]bool{}
	module, err := s.ctx.AppIfConfigured("http")
	switch {
	case errors.Is(err, caddy.ErrNotConfigured): // no HTTP, no host names
	case err != nil:
		return fmt.Errorf("looking for host names: %w", err)
	default:
		for _, server := range module.(*caddyhttp.App).Servers {
			addHosts(names, server.Routes)
		}
	}
	s.metrics.expiries.names.Store(&names)
	return nil
}

func addHosts(names map[string]bool, routes caddyhttp.RouteList) {
	for _, route := range routes {
		for _, set := range route.MatcherSets {
			for _, matcher := range set {
				if match, ok := matcher.(*caddyhttp.MatchHost); ok {
					for _, host := range *match {
						names[host] = true
					}
				}
			}
		}
		for _, handler := range route.Handlers {
			if nested, ok := handler.(*caddyhttp.Subroute); ok {
				addHosts(names, nested.Routes)
			}
		}
	}
}

var expiryDesc = prometheus.NewDesc("sekisho_certificate_expiry_timestamp_seconds",
	"When the certificate of a host name runs out; a name without a certificate has no series.",
	[]string{"name"}, nil)

var startDesc = prometheus.NewDesc("sekisho_certificate_start_timestamp_seconds",
	"When the life of the certificate of a host name began; what is left of it is compared with the whole.",
	[]string{"name"}, nil)

// expiries say when the certificates of the configuration's host names run out.
// Each time they are read they look into Caddy's cache, where a certificate is
// that was obtained here, came from another gateway or was kept over a reload.
type expiries struct {
	names atomic.Pointer[map[string]bool] // nil before the first start
	of    func(name string) []certmagic.Certificate
}

// Describe gives the two metrics.
func (*expiries) Describe(descs chan<- *prometheus.Desc) { descs <- expiryDesc; descs <- startDesc }

// Collect gives both for each host name that has a certificate.
func (e *expiries) Collect(series chan<- prometheus.Metric) {
	names := e.names.Load()
	if names == nil {
		return
	}
	for name := range *names {
		var first, last time.Time // of several certificates, the one that lasts longest
		for _, certificate := range e.of(name) {
			if certificate.Leaf != nil && certificate.Leaf.NotAfter.After(last) {
				first, last = certificate.Leaf.NotBefore, certificate.Leaf.NotAfter
			}
		}
		if !last.IsZero() {
			series <- prometheus.MustNewConstMetric(expiryDesc, prometheus.GaugeValue, float64(last.Unix()), name)
			series <- prometheus.MustNewConstMetric(startDesc, prometheus.GaugeValue, float64(first.Unix()), name)
		}
	}
}

// Interface guards
var (
	_ caddyevents.Handler  = failed{}
	_ caddyevents.Handler  = starter{}
	_ prometheus.Collector = (*expiries)(nil)
)
