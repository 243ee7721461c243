package stores

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/uptrace/bun"
)

// observedCounters are counters whose lag is shown.
type observedCounters struct {
	Counters
	drained *prometheus.CounterVec
	pending *prometheus.GaugeVec
}

func observeCounters(c Counters) *observedCounters {
	return &observedCounters{
		Counters: c,
		drained: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sekisho_counters_drained_total",
			Help: "Counts that were moved where they belong, by set.",
		}, []string{"set"}),
		pending: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sekisho_counters_pending",
			Help: "Counts that waited to be moved where they belong when that was last tried, by set.",
		}, []string{"set"}),
	}
}

// Drain implements [Counters].
func (c *observedCounters) Drain(ctx context.Context, set string, apply func(ctx context.Context, tx bun.Tx, deltas map[string]int64) error) (int, error) {
	n, err := c.Counters.Drain(ctx, set, apply)
	c.drained.WithLabelValues(set).Add(float64(n))
	if waiting, err := c.Pending(ctx, set); err == nil {
		c.pending.WithLabelValues(set).Set(float64(waiting))
	}
	return n, err
}

func (c *observedCounters) close() error {
	return pooled{c.Counters}.Destruct()
}
