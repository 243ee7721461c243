// Package observe is what the house shows of itself: metrics with closed label
// sets, and the table of parameters that are harmless in a log.
package observe

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the series that every API shares. Each Caddy configuration has a
// registry of its own, so every module makes Metrics anew in Provision.
type Metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	refusals *prometheus.CounterVec
}

// New registers the shared series with reg, or takes those that another module
// of the same configuration registered before.
func New(reg prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sekisho_requests_total",
			Help: "Requests answered, by API, operation and outcome (ok, or the kind of fault).",
		}, []string{"api", "operation", "outcome"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "sekisho_request_duration_seconds",
			Help:    "Time from the first byte of a request's handling to the last byte of its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 5, 10},
		}, []string{"api", "operation"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sekisho_guess_refusals_total",
			Help: "Attempts refused by the limits on guessing, by door and limit.",
		}, []string{"door", "limit"}),
	}
	var err1, err2, err3 error
	m.requests, err1 = Register(reg, m.requests)
	m.duration, err2 = Register(reg, m.duration)
	m.refusals, err3 = Register(reg, m.refusals)
	return m, errors.Join(err1, err2, err3)
}

// Register registers c with reg, or returns the equal collector that is there
// already.
func Register[C prometheus.Collector](reg prometheus.Registerer, c C) (C, error) {
	err := reg.Register(c)
	var there prometheus.AlreadyRegisteredError
	if errors.As(err, &there) {
		if existing, ok := there.ExistingCollector.(C); ok {
			return existing, nil
		}
	}
	return c, err
}

// Answered counts one answer. The outcome is "ok", a fault.Kind's name, or "gone"
// where the client left before it had its answer.
func (m *Metrics) Answered(api, operation, outcome string, took time.Duration) {
	m.requests.WithLabelValues(api, operation, outcome).Inc()
	m.duration.WithLabelValues(api, operation).Observe(took.Seconds())
}

// Refused counts one attempt that a limit on guessing refused.
func (m *Metrics) Refused(door, limit string) {
	m.refusals.WithLabelValues(door, limit).Inc()
}
