package observe

import (
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Two modules of one configuration count into the same series.
func TestModulesOfOneConfigurationShareTheSeries(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	customers, ydits := mustNew(t, reg), mustNew(t, reg)
	customers.Answered("customers", "list", "ok", 3*time.Millisecond)
	ydits.Answered("customers", "list", "ok", 3*time.Second)
	ydits.Answered("ydits", "issue", "too_many", time.Millisecond)
	ydits.Refused("ydits", "per_address")

	want := map[string]float64{
		"sekisho_requests_total api=customers operation=list outcome=ok":    2,
		"sekisho_requests_total api=ydits operation=issue outcome=too_many": 1,
		"sekisho_request_duration_seconds api=customers operation=list":     2,
		"sekisho_request_duration_seconds api=ydits operation=issue":        1,
		"sekisho_guess_refusals_total door=ydits limit=per_address":         1,
	}
	if got := series(t, reg); !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// Each configuration has a registry of its own and begins at zero.
func TestConfigurationsShareNothing(t *testing.T) {
	before, after := prometheus.NewPedanticRegistry(), prometheus.NewPedanticRegistry()
	mustNew(t, before).Refused("door", "limit")
	mustNew(t, after)
	if got := series(t, after); len(got) != 0 {
		t.Errorf("the new configuration begins with %v", got)
	}
}

func TestRegisterRefusesAnotherCollectorOfThatName(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	options := prometheus.Opts{Name: "taken", Help: "h"}
	if _, err := Register(reg, prometheus.NewCounter(prometheus.CounterOpts(options))); err != nil {
		t.Fatal(err)
	}
	if _, err := Register(reg, prometheus.NewCounterVec(prometheus.CounterOpts(options), []string{"l"})); err == nil {
		t.Error("two collectors of one name with different labels")
	}
}

func TestManyModulesAtOnce(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			m, err := New(reg)
			if err != nil {
				t.Error(err)
				return
			}
			for range 100 {
				m.Answered("api", "operation", "ok", time.Millisecond)
			}
		})
	}
	all.Wait()
	if got := series(t, reg)["sekisho_requests_total api=api operation=operation outcome=ok"]; got != 800 {
		t.Errorf("%v of 800 answers are counted", got)
	}
}

// series are the counts of a registry, by name and labels.
func series(t *testing.T, reg prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			name := family.GetName()
			for _, label := range metric.GetLabel() {
				name += " " + label.GetName() + "=" + label.GetValue()
			}
			all[name] = metric.GetCounter().GetValue() + float64(metric.GetHistogram().GetSampleCount())
		}
	}
	return all
}

func mustNew(t *testing.T, reg prometheus.Registerer) *Metrics {
	t.Helper()
	m, err := New(reg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
