package storetest

import (
	"testing"
	"testing/synctest"
	"time"
)

// watched sees whether a test would have failed.
type watched struct {
	testing.TB
	failed bool
}

func (w *watched) Helper()               {}
func (w *watched) Errorf(string, ...any) { w.failed = true }

func TestInTime(t *testing.T) {
	const promise = 200 * time.Millisecond
	for name, c := range map[string]struct {
		takes  []time.Duration // each run
		failed bool
	}{
		"just in time":       {[]time.Duration{promise}, false},
		"late, then at once": {[]time.Duration{promise + 1, 0}, false},
		"late each time":     {[]time.Duration{promise + 1, promise + 1, promise + 1}, true},
		"a hang":             {[]time.Duration{hang}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, runs := &watched{TB: t}, 0
				InTime(w, "waiting", promise, func() {
					time.Sleep(c.takes[runs])
					runs++
				})
				if w.failed != c.failed || runs != len(c.takes) {
					t.Errorf("failed: %v after %d runs; want %v after %d", w.failed, runs, c.failed, len(c.takes))
				}
			})
		})
	}
}
