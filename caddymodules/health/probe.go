package health

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"sekisho/caddymodules/clock"
)

const (
	patience = time.Second // how long a store may take to answer
	interval = time.Second // between the beginnings of two probes
)

// unanswered is what is out when the stores' ping itself does not come back.
const unanswered = "stores"

// probe asks the stores whether they answer, one asking at a time and once an
// interval at most; everybody in between gets the last answer.
type probe struct {
	ping func(context.Context) map[string]error
	log  *zap.Logger

	mu      sync.Mutex
	began   time.Time     // of the last asking
	running chan struct{} // closed when the present asking is over; nil if there is none
	last    []string      // kinds of store that were out when last asked, in order
}

func newProbe(ping func(context.Context) map[string]error, log *zap.Logger) *probe {
	return &probe{ping: ping, log: log}
}

// out gives the kinds of store that do not answer, in alphabetical order. It
// takes no longer than a store may take.
func (p *probe) out(ctx context.Context) []string {
	running := p.start()
	if running == nil {
		return p.answer()
	}
	// The grace lets an asking that ends just in time be heard.
	timer := time.NewTimer(patience + patience/10)
	defer timer.Stop()
	select {
	case <-running:
		return p.answer()
	case <-timer.C:
	case <-ctx.Done():
	}
	return []string{unanswered}
}

// start begins an asking if it is time, and gives what is closed when the
// present asking is over, or nil if there is none.
func (p *probe) start() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := clock.Now()
	if p.running == nil && now.Sub(p.began) >= interval {
		p.began, p.running = now, make(chan struct{})
		go p.ask()
	}
	return p.running
}

func (p *probe) answer() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

// ask outlives the request that began it: others wait for it too.
func (p *probe) ask() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	causes := p.ping(ctx)
	maps.DeleteFunc(causes, func(_ string, cause error) bool { return cause == nil })
	out := slices.Sorted(maps.Keys(causes))

	p.report(p.answer(), causes)

	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = out
	close(p.running)
	p.running = nil
}

// report logs what changed, so that an outage is told once and not each second.
func (p *probe) report(before []string, causes map[string]error) {
	for kind, cause := range causes {
		if !slices.Contains(before, kind) {
			p.log.Error("store does not answer", zap.String("store", kind), zap.Error(cause))
		}
	}
	for _, kind := range before {
		if _, out := causes[kind]; !out {
			p.log.Info("store answers again", zap.String("store", kind))
		}
	}
}
