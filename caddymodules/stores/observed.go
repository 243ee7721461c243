package stores

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sekisho/caddymodules/observe"
)

// show shows in reg how the stores fare. What counts belongs to what is open, so
// that it goes on counting over a reload.
func (s *Stores) show(reg prometheus.Registerer) error {
	all := append(s.SQL.calls.collectors(), sqlPools{s.SQL}, up{s})
	if s.Redis != nil {
		all = append(append(all, s.Redis.calls.collectors()...), redisPool{s.Redis.Client})
	}
	if blobs, ok := s.Blobs.(*observedBlobs); ok {
		all = append(all, blobs.calls.collectors()...)
	}
	if counters, ok := s.Counters.(*observedCounters); ok {
		all = append(all, counters.drained, counters.pending)
	}
	return observe.Register(reg, all...)
}

// up asks the stores whether they answer each time that somebody looks.
type up struct{ stores *Stores }

var storeUp = prometheus.NewDesc("sekisho_store_up", "Whether a store answers: 1 or 0, by store (sql, sessions, blobs).", []string{"store"}, nil)

// upPatience is how long a store may take: whoever looks at the metrics does not
// wait long either.
const upPatience = time.Second

// Describe implements [prometheus.Collector].
func (u up) Describe(to chan<- *prometheus.Desc) { to <- storeUp }

// Collect implements [prometheus.Collector].
func (u up) Collect(to chan<- prometheus.Metric) {
	defer u.stores.Lease()()
	ctx, cancel := context.WithTimeout(context.Background(), upPatience)
	defer cancel()
	failures := u.stores.Ping(ctx)
	for _, store := range []string{"sql", "sessions", "blobs"} {
		answers := 1.0
		if failures[store] != nil {
			answers = 0
		}
		to <- prometheus.MustNewConstMetric(storeUp, prometheus.GaugeValue, answers, store)
	}
}
