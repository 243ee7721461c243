package certificates

import (
	"crypto/tls"
	"crypto/x509"
	"maps"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/certmagic"
	"github.com/prometheus/client_golang/prometheus"

	"sekisho/caddymodules/observe"
)

// until is a certificate that runs out at a Unix time, 900 seconds old then.
func until(seconds int64) certmagic.Certificate {
	leaf := &x509.Certificate{NotBefore: time.Unix(seconds-900, 0), NotAfter: time.Unix(seconds, 0)}
	return certmagic.Certificate{Certificate: tls.Certificate{Leaf: leaf}}
}

func TestMetrics(t *testing.T) {
	m := newMetrics()
	m.expiries.of = func(name string) []certmagic.Certificate {
		return map[string][]certmagic.Certificate{
			"renewed.example":  {until(1000), until(3000), until(2000)},
			"one.example":      {until(4000)},
			"stranger.example": {until(5000)}, // of a name that is served no more
			"empty.example":    {{}},
		}[name]
	}
	first := registryOf(t, m)
	fail(t, m)
	expect(t, "before the start", first, map[string]float64{"sekisho_certificate_failures_total": 1})

	m.expiries.names.Store(&map[string]bool{"renewed.example": true, "one.example": true, "none.example": true, "empty.example": true})
	fail(t, m)
	started := map[string]float64{
		"sekisho_certificate_start_timestamp_seconds renewed.example":  2100,
		"sekisho_certificate_start_timestamp_seconds one.example":      3100,
		"sekisho_certificate_failures_total":                           2,
		"sekisho_certificate_expiry_timestamp_seconds renewed.example": 3000,
		"sekisho_certificate_expiry_timestamp_seconds one.example":     4000,
	}
	expect(t, "started", first, started)
	expect(t, "after a reload", registryOf(t, m), started)

	m.expiries.names.Store(&map[string]bool{"one.example": true})
	delete(started, "sekisho_certificate_expiry_timestamp_seconds renewed.example")
	delete(started, "sekisho_certificate_start_timestamp_seconds renewed.example")
	expect(t, "with a host less", registryOf(t, m), started)
}

// registryOf is the registry of a configuration that shows the metrics, in which
// two storages may stand.
func registryOf(t *testing.T, m *metrics) *prometheus.Registry {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	for range 2 {
		if err := observe.Register(registry, m.failures, m.expiries); err != nil {
			t.Fatal(err)
		}
	}
	return registry
}

func fail(t *testing.T, m *metrics) {
	t.Helper()
	if err := (failed{m}).Handle(t.Context(), caddy.Event{}); err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, when string, registry *prometheus.Registry, want map[string]float64) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			name := family.GetName()
			for _, label := range metric.GetLabel() {
				name += " " + label.GetValue()
			}
			got[name] = metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", when, got, want)
	}
}
