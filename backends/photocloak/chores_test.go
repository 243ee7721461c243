package photocloak

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"sekisho/caddymodules/stores"
)

// eventually waits until something is so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for began := time.Now(); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > time.Minute { // on the busiest machine
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

// A gateway writes views back within two seconds, and no chore outlives it.
func TestChores(t *testing.T) {
	eachInTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		c := h.addCloak(nil)
		i := h.mustUpload(umiyama, c.ID, drawJPEG(t, 20, 10, 1))
		before := runtime.NumGoroutine()
		var leased atomic.Int64
		running := h.service.startChores(func() func() {
			leased.Add(1)
			return func() { leased.Add(-1) }
		})
		h.post("", lookPath, query("cd", i.ID)).wantEmpty(t, "looking")
		eventually(t, "the view in SQL", func() bool { return h.imageViews(i.ID) == 1 })
		running.Stop()
		if n := leased.Load(); n != 0 {
			t.Errorf("%d leases were not given back", n)
		}
		eventually(t, "no goroutine left", func() bool { return runtime.NumGoroutine() <= before })
		running.Stop() // again, as a Cleanup may
	})
}
