package observe

import (
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// What several modules of a configuration count is shown once.
func TestWhatIsCounted(t *testing.T) {
	reg, m := prometheus.NewPedanticRegistry(), New()
	mustRegister(t, m, reg)
	mustRegister(t, m, reg)
	customers, ydits, crm := m.Serves("customers", nil, nil), m.Serves("ydits", nil, nil), m.Serves("crm", nil, nil)
	customers.Answered("list", "ok", "200", 3*time.Millisecond)
	customers.Answered("list", "ok", "200", 3*time.Second)
	ydits.Answered("issue", "too_many", "429", time.Millisecond)
	ydits.Answered("issue", "gone", "", time.Millisecond)
	ydits.Answered("issue", "internal", "500", time.Millisecond)
	customers.Checked("unauthorized")
	customers.Checked("unauthorized")
	m.Attempted("ydits", "wrong")
	m.Refused("ydits", "per_address")
	crm.Begun()
	defer crm.Ended()
	crm.Begun()
	crm.Ended()

	want := map[string]float64{
		"sekisho_requests_total api=customers code=200 operation=list outcome=ok":    2,
		"sekisho_requests_total api=ydits code=429 operation=issue outcome=too_many": 1,
		"sekisho_requests_total api=ydits code= operation=issue outcome=gone":        1,
		"sekisho_request_duration_seconds api=customers operation=list":              2,
		"sekisho_requests_total api=ydits code=500 operation=issue outcome=internal": 1,
		"sekisho_failures_total api=ydits operation=issue":                           1,
		"sekisho_request_duration_seconds api=ydits operation=issue":                 3,
		"sekisho_requests_in_flight api=crm":                                         1,
		"sekisho_requests_in_flight api=customers":                                   0,
		"sekisho_requests_in_flight api=ydits":                                       0,
		"sekisho_guard_checks_total api=customers outcome=unauthorized":              2,
		"sekisho_guess_attempts_total door=ydits outcome=wrong":                      1,
		"sekisho_guess_refusals_total door=ydits limit=per_address":                  1,
	}
	if got := series(t, reg); !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// The first failure is a step from zero.
func TestWhatMayComeIsShownAtZero(t *testing.T) {
	reg, m := prometheus.NewPedanticRegistry(), New()
	mustRegister(t, m, reg)
	m.Serves("crm", []string{"auth"}, []string{"ok"})
	m.Limits("crm_auth", []string{"wrong"}, []string{"address"})
	want := map[string]float64{
		"sekisho_requests_in_flight api=crm":                       0,
		"sekisho_failures_total api=crm operation=auth":            0,
		"sekisho_guard_checks_total api=crm outcome=ok":            0,
		"sekisho_guess_attempts_total door=crm_auth outcome=wrong": 0,
		"sekisho_guess_refusals_total door=crm_auth limit=address": 0,
	}
	if got := series(t, reg); !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// Each configuration has a registry of its own; a reload makes nothing forgotten,
// also of what the old configuration still counts.
func TestAReloadForgetsNothing(t *testing.T) {
	before, after, m := prometheus.NewPedanticRegistry(), prometheus.NewPedanticRegistry(), New()
	mustRegister(t, m, before)
	m.Refused("door", "limit")
	mustRegister(t, m, after)
	m.Refused("door", "limit")
	for name, reg := range map[string]prometheus.Gatherer{"before": before, "after": after} {
		if got := series(t, reg)["sekisho_guess_refusals_total door=door limit=limit"]; got != 2 {
			t.Errorf("%s shows %v of 2 refusals", name, got)
		}
	}
}

func TestRegisterRefusesAnotherCollectorOfThatName(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	options := prometheus.Opts{Name: "taken", Help: "h"}
	first := prometheus.NewCounter(prometheus.CounterOpts(options))
	if err := Register(reg, first, first); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]prometheus.Collector{
		"other labels": prometheus.NewCounterVec(prometheus.CounterOpts(options), []string{"l"}),
		"the same":     prometheus.NewCounter(prometheus.CounterOpts(options)),
	} {
		if err := Register(reg, c); err == nil {
			t.Errorf("two collectors of one name with %s", what)
		}
	}
}

func TestManyModulesAtOnce(t *testing.T) {
	reg, m := prometheus.NewPedanticRegistry(), New()
	served := m.Serves("api", nil, nil)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := m.Register(reg); err != nil {
				t.Error(err)
				return
			}
			for range 100 {
				served.Answered("operation", "ok", "200", time.Millisecond)
			}
		})
	}
	all.Wait()
	if got := series(t, reg)["sekisho_requests_total api=api code=200 operation=operation outcome=ok"]; got != 800 {
		t.Errorf("%v of 800 answers are counted", got)
	}
}

// BenchmarkAnswered counts one answer of a request whose series are known.
func BenchmarkAnswered(b *testing.B) {
	m := New()
	served := m.Serves("api", []string{"operation"}, []string{"ok"})
	b.Run("at-hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			served.Answered("operation", "ok", "200", time.Millisecond)
		}
	})
	b.Run("by-labels", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.requests.WithLabelValues("api", "operation", "ok", "200").Inc()
			m.duration.WithLabelValues("api", "operation").Observe(0.001)
		}
	})
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
			all[name] = metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + float64(metric.GetHistogram().GetSampleCount())
		}
	}
	return all
}

func mustRegister(t *testing.T, m *Metrics, reg prometheus.Registerer) {
	t.Helper()
	if err := m.Register(reg); err != nil {
		t.Fatal(err)
	}
}
