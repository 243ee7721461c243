package kit

import (
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/prometheus/client_golang/prometheus"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
)

// choreSeries tell how the chores of every API fare. They go on over a reload; of
// a chore that no configuration has any more nothing is told but the past.
type choreSeries struct {
	runs *prometheus.CounterVec
	took *prometheus.HistogramVec
	last *prometheus.GaugeVec
	each *prometheus.GaugeVec

	mu      sync.Mutex
	running map[[2]string]int // configurations that have a chore, by API and name
}

// choreSeriesOf are those of a gateway, shown in the registry of a configuration.
func choreSeriesOf(ctx caddy.Context, opened *stores.Stores) (*choreSeries, error) {
	s, err := stores.Keep(opened, "chore series", newChoreSeries)
	if err != nil {
		return nil, err
	}
	return s, observe.Register(ctx.GetMetricsRegistry(), s.runs, s.took, s.last, s.each)
}

func newChoreSeries() *choreSeries {
	return &choreSeries{
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sekisho_chore_runs_total",
			Help: "What a gateway does besides answering: how often, by API, chore and outcome (ok, failed).",
		}, []string{"api", "chore", "outcome"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "sekisho_chore_duration_seconds",
			Help:    "How long a chore took, by API and chore.",
			Buckets: []float64{.01, .1, 1, 10, 60, 600},
		}, []string{"api", "chore"}),
		last: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sekisho_chore_last_success_timestamp_seconds",
			Help: "When a chore last succeeded or, where it never did, was started, as Unix time, by API and chore.",
		}, []string{"api", "chore"}),
		each: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sekisho_chore_interval_seconds",
			Help: "How long after its end a chore is done again, by API and chore.",
		}, []string{"api", "chore"}),
		running: map[[2]string]int{},
	}
}

// starts shows a chore that a configuration has, before it is done the first time:
// that it never succeeds shall be seen.
func (s *choreSeries) starts(api string, c Chore) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[[2]string{api, c.Name}]++; s.running[[2]string{api, c.Name}] == 1 {
		s.last.WithLabelValues(api, c.Name).Set(now())
	}
	s.each.WithLabelValues(api, c.Name).Set(c.Every.Seconds())
	s.runs.WithLabelValues(api, c.Name, "ok")
	s.runs.WithLabelValues(api, c.Name, "failed")
}

// stops takes a chore away with the last configuration that has it: it is not late
// when nobody wants it done.
func (s *choreSeries) stops(api string, c Chore) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[[2]string{api, c.Name}]--; s.running[[2]string{api, c.Name}] > 0 {
		return
	}
	s.last.DeleteLabelValues(api, c.Name)
	s.each.DeleteLabelValues(api, c.Name)
}

// done counts one time that a chore was done to its end.
func (s *choreSeries) done(api, chore string, took time.Duration, err error) {
	s.took.WithLabelValues(api, chore).Observe(took.Seconds())
	if err != nil {
		s.runs.WithLabelValues(api, chore, "failed").Inc()
		return
	}
	s.runs.WithLabelValues(api, chore, "ok").Inc()
	s.last.WithLabelValues(api, chore).Set(now())
}

// now is the Unix time.
func now() float64 { return float64(clock.Now().UnixMilli()) / 1000 }
