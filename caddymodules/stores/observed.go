package stores

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sekisho/caddymodules/observe"
)

// show shows in reg how the stores fare. What counts belongs to what is open, so
// that it goes on counting over a reload.
func (s *Stores) show(reg prometheus.Registerer) error {
	all := append(s.SQL.calls.collectors(), sqlPools{s.SQL}, &up{ping: s.Ping, lease: s.Lease})
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

// up asks the stores whether they answer each time that somebody looks, one asking
// at a time.
type up struct {
	ping  func(context.Context) map[string]error
	lease func() (release func())

	mu     sync.Mutex
	asking chan struct{}    // closed when the present asking is over; nil if there is none
	out    map[string]error // as it was found last
}

var storeUp = prometheus.NewDesc("sekisho_store_up", "Whether a store answers: 1 or 0, by store (sql, sessions, blobs).", []string{"store"}, nil)

// upPatience is how long a store may take: whoever looks at the metrics does not
// wait long either.
const upPatience = time.Second

// Describe implements [prometheus.Collector].
func (u *up) Describe(to chan<- *prometheus.Desc) { to <- storeUp }

// Collect implements [prometheus.Collector]. A store that hangs, and whatever is
// asked beside it, is not up.
func (u *up) Collect(to chan<- prometheus.Metric) {
	out, told := u.look()
	for _, store := range []string{"sql", "sessions", "blobs"} {
		answers := 0.0
		if told && out[store] == nil {
			answers = 1
		}
		to <- prometheus.MustNewConstMetric(storeUp, prometheus.GaugeValue, answers, store)
	}
}

// look gives the stores that do not answer, if that can be told in time.
func (u *up) look() (out map[string]error, told bool) {
	u.mu.Lock()
	asking := u.asking
	if asking == nil {
		asking = make(chan struct{})
		u.asking = asking
		go u.ask(asking)
	}
	u.mu.Unlock()
	select {
	case <-asking:
		u.mu.Lock()
		defer u.mu.Unlock()
		return u.out, true
	case <-time.After(upPatience + upPatience/10): // the grace lets one that ends just in time be heard
		return nil, false
	}
}

func (u *up) ask(asking chan struct{}) {
	defer u.lease()()
	ctx, cancel := context.WithTimeout(context.Background(), upPatience)
	defer cancel()
	out := u.ping(ctx)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.out, u.asking = out, nil
	close(asking)
}
