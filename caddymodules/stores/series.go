package stores

import (
	"github.com/prometheus/client_golang/prometheus"

	"sekisho/caddymodules/observe"
)

// Metrics are the series that every API shares, shown in reg: the registry of
// the configuration that a module is provisioned in. They go on counting over a
// reload.
func (s *Stores) Metrics(reg prometheus.Registerer) (*observe.Metrics, error) {
	m, err := Keep(s, "metrics", observe.New)
	if err != nil {
		return nil, err
	}
	return m, m.Register(reg)
}

// Series are a module's own series, shown in reg. make makes them the first time
// that name is asked for; they go on counting over a reload. All of a name have
// one type.
func Series[C prometheus.Collector](s *Stores, reg prometheus.Registerer, name string, make func() C) (C, error) {
	c, err := Keep(s, "series "+name, make)
	if err != nil {
		return c, err
	}
	return c, observe.Register(reg, c)
}
