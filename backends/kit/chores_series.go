package kit

import (
	"errors"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

// choreSeries tell how the chores of every API fare.
type choreSeries struct {
	runs *prometheus.CounterVec
	last *prometheus.GaugeVec
	took *prometheus.HistogramVec
	each *prometheus.GaugeVec
}

func newChoreSeries(ctx caddy.Context, opened *stores.Stores) (s choreSeries, err error) {
	reg := ctx.GetMetricsRegistry()
	var errs [4]error
	s.runs, errs[0] = stores.Series(opened, reg, "chore runs", func() *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sekisho_chore_runs_total",
			Help: "What a gateway does besides answering: how often, by API, chore and outcome (ok, failed).",
		}, []string{"api", "chore", "outcome"})
	})
	s.last, errs[1] = stores.Series(opened, reg, "chore successes", func() *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sekisho_chore_last_success_timestamp_seconds",
			Help: "When a chore last succeeded or, where it never did, was started, as Unix time, by API and chore.",
		}, []string{"api", "chore"})
	})
	s.took, errs[2] = stores.Series(opened, reg, "chore durations", func() *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "sekisho_chore_duration_seconds",
			Help:    "How long a chore took, by API and chore.",
			Buckets: []float64{.01, .1, 1, 10, 60, 600},
		}, []string{"api", "chore"})
	})
	s.each, errs[3] = stores.Series(opened, reg, "chore intervals", func() *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sekisho_chore_interval_seconds",
			Help: "How long after its end a chore is done again, by API and chore.",
		}, []string{"api", "chore"})
	})
	return s, errors.Join(errs[:]...)
}

// starts shows a chore before it is done the first time. Since then it has not
// failed: that it never succeeds shall be seen.
func (s choreSeries) starts(api string, c Chore) {
	s.each.WithLabelValues(api, c.Name).Set(c.Every.Seconds())
	s.runs.WithLabelValues(api, c.Name, "ok")
	s.runs.WithLabelValues(api, c.Name, "failed")
	last := s.last.WithLabelValues(api, c.Name)
	var before dto.Metric // of the configuration before a reload
	if err := last.Write(&before); err == nil && before.GetGauge().GetValue() == 0 {
		last.Set(now())
	}
}

// done counts one time that a chore was done to its end.
func (s choreSeries) done(api, chore string, took time.Duration, err error) {
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
