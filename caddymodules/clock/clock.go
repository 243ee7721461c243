// Package clock is the one clock that everything in the house asks, so that a
// test can step through a lifetime instead of waiting for it.
package clock

import (
	"sync/atomic"
	"time"
	_ "time/tzdata" // Asia/Tokyo on machines that carry no time zones
)

// Japan is the time zone of every time in an answer.
var Japan = mustLoad("Asia/Tokyo")

var offset atomic.Int64 // nanoseconds that Step has moved the clock

// Now is the present moment.
func Now() time.Time {
	return time.Now().Add(time.Duration(offset.Load()))
}

// Step moves the clock by d, for tests, and returns what moves it back. It
// moves it for the whole process: a test that steps must not run in parallel.
func Step(d time.Duration) (back func()) {
	offset.Add(int64(d))
	return func() { offset.Add(-int64(d)) }
}

// Stepped is how far Step has moved the clock: 0 outside tests. Only what leaves
// a lifetime to another clock (Redis) needs it.
func Stepped() time.Duration {
	return time.Duration(offset.Load())
}

func mustLoad(name string) *time.Location {
	location, err := time.LoadLocation(name)
	if err != nil {
		panic("loading time zone " + name + ": " + err.Error())
	}
	return location
}
