package storetest

import (
	"testing"
	"time"
)

// hang is longer than anything takes that is bounded, however busy the machine.
const hang = 20 * time.Second

// InTime holds do to a promise: one of three runs ends within it, and none
// hangs, that is, takes twenty seconds or more. A busy machine may slow a run
// down; that no timeout works, or that a failure is tried again and again, shows
// in each of them. What do checks itself, it checks in each run.
func InTime(t testing.TB, what string, promise time.Duration, do func()) {
	t.Helper()
	var all []time.Duration
	for range 3 {
		began := time.Now()
		do()
		took := time.Since(began)
		all = append(all, took)
		if took >= hang {
			break
		}
		if took <= promise {
			return
		}
	}
	t.Errorf("%s: it took %v, want at most %v", what, all, promise)
}
