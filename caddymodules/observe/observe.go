// Package observe is what the house shows of itself: metrics with closed label
// sets, and the table of parameters that are harmless in a log.
package observe

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the series that every API shares. They belong to the stores, which
// outlive a reload, while each Caddy configuration has a registry of its own:
// each registers the same ones, so that nothing that was counted is lost.
type Metrics struct {
	requests *prometheus.CounterVec
	failures *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight *prometheus.GaugeVec
	checks   *prometheus.CounterVec
	attempts *prometheus.CounterVec
	refusals *prometheus.CounterVec
}

// internal is the outcome of what failed through a fault of ours.
const internal = "internal"

// New makes the shared series.
func New() *Metrics {
	return &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sekisho_requests_total",
			Help: "Requests answered, by API, operation, outcome (ok, gone, or the kind of fault) and the code in the answer that old clients read.",
		}, []string{"api", "operation", "outcome", "code"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sekisho_failures_total",
			Help: "Requests that failed through a fault of ours (outcome internal), by API and operation. It begins at zero, so that the first one is seen.",
		}, []string{"api", "operation"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "sekisho_request_duration_seconds",
			Help:    "Time from the first byte of a request's handling to the last byte of its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 5, 10},
		}, []string{"api", "operation"}),
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sekisho_requests_in_flight",
			Help: "Requests that are being answered, by API.",
		}, []string{"api"}),
		checks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sekisho_guard_checks_total",
			Help: "Callers that a guard was asked about, by API and outcome (ok, or the kind of fault).",
		}, []string{"api", "outcome"}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sekisho_guess_attempts_total",
			Help: "Secrets tried at a door that limits guessing, by door and outcome (right, wrong, or void: a failure of ours).",
		}, []string{"door", "outcome"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sekisho_guess_refusals_total",
			Help: "Attempts refused by the limits on guessing, by door and limit.",
		}, []string{"door", "limit"}),
	}
}

// Register shows the series in reg, the registry of a configuration. Several
// modules of one configuration may do so.
func (m *Metrics) Register(reg prometheus.Registerer) error {
	return Register(reg, m.requests, m.failures, m.duration, m.inFlight, m.checks, m.attempts, m.refusals)
}

// Register registers collectors with reg. One that is there already is no error;
// another one of its name is.
func Register(reg prometheus.Registerer, all ...prometheus.Collector) error {
	for _, c := range all {
		err := reg.Register(c)
		var there prometheus.AlreadyRegisteredError
		if errors.As(err, &there) && there.ExistingCollector == c {
			continue
		}
		if err != nil {
			return fmt.Errorf("registering metrics: %w", err)
		}
	}
	return nil
}

// Limits shows a door at zero, with the outcomes of its attempts and its limits.
func (m *Metrics) Limits(door string, outcomes, limits []string) {
	for _, outcome := range outcomes {
		m.attempts.WithLabelValues(door, outcome)
	}
	for _, limit := range limits {
		m.refusals.WithLabelValues(door, limit)
	}
}

// Attempted counts one secret that was tried at a door: "right", "wrong" or
// "void".
func (m *Metrics) Attempted(door, outcome string) {
	m.attempts.WithLabelValues(door, outcome).Inc()
}

// Attempts is the count of a door's attempts with an outcome.
func (m *Metrics) Attempts(door, outcome string) prometheus.Counter {
	return m.attempts.WithLabelValues(door, outcome)
}

// Refused counts one attempt that a limit on guessing refused.
func (m *Metrics) Refused(door, limit string) {
	m.refusals.WithLabelValues(door, limit).Inc()
}
