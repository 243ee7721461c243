package observe

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Served are the series of one API, with those at hand that were counted before:
// finding a series by its labels anew costs as much again as counting twice, see
// BenchmarkAnswered. It is safe for use by many at once.
type Served struct {
	metrics  *Metrics
	api      string
	inFlight prometheus.Gauge

	mu       sync.RWMutex
	answered map[answerLabels]answerSeries
	checked  map[string]prometheus.Counter // by outcome
}

// answerLabels are those of an answer. They are of closed sets, so that there are
// few.
type answerLabels struct{ operation, outcome, code string }

type answerSeries struct {
	requests prometheus.Counter
	duration prometheus.Observer
}

// Serves gives the series of an API, and shows at zero what may come to be counted
// of it: a rate knows nothing of a series that begins with its first failure.
// outcomes are those of a guard, where it has one.
func (m *Metrics) Serves(api string, operations, outcomes []string) *Served {
	for _, operation := range operations {
		m.failures.WithLabelValues(api, operation)
	}
	for _, outcome := range outcomes {
		m.checks.WithLabelValues(api, outcome)
	}
	return &Served{
		metrics: m, api: api, inFlight: m.inFlight.WithLabelValues(api),
		answered: map[answerLabels]answerSeries{}, checked: map[string]prometheus.Counter{},
	}
}

// Begun counts a request as being answered until Ended.
func (s *Served) Begun() { s.inFlight.Inc() }

// Ended ends what Begun began.
func (s *Served) Ended() { s.inFlight.Dec() }

// Answered counts one answer. The outcome is "ok", a fault.Kind's name, or "gone"
// where the client left before it had its answer; code is the one that the
// API's clients read in it, of those that its documents name.
func (s *Served) Answered(operation, outcome, code string, took time.Duration) {
	series := s.answers(answerLabels{operation, outcome, code})
	series.requests.Inc()
	if outcome == internal {
		s.metrics.failures.WithLabelValues(s.api, operation).Inc()
	}
	series.duration.Observe(took.Seconds())
}

func (s *Served) answers(labels answerLabels) answerSeries {
	s.mu.RLock()
	series, there := s.answered[labels]
	s.mu.RUnlock()
	if there {
		return series
	}
	series = answerSeries{
		requests: s.metrics.requests.WithLabelValues(s.api, labels.operation, labels.outcome, labels.code),
		duration: s.metrics.duration.WithLabelValues(s.api, labels.operation),
	}
	s.mu.Lock()
	s.answered[labels] = series
	s.mu.Unlock()
	return series
}

// Checked counts one caller that the API's guard was asked about. The outcome is
// "ok" or a fault.Kind's name.
func (s *Served) Checked(outcome string) {
	s.mu.RLock()
	counter := s.checked[outcome]
	s.mu.RUnlock()
	if counter == nil {
		counter = s.metrics.checks.WithLabelValues(s.api, outcome)
		s.mu.Lock()
		s.checked[outcome] = counter
		s.mu.Unlock()
	}
	counter.Inc()
}
