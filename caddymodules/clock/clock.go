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

// Nanoseconds that the clock was moved by Step and by Skew.
var offset, skew atomic.Int64

// Now is the present moment.
func Now() time.Time {
	return time.Now().Add(time.Duration(offset.Load() + skew.Load()))
}

// Step moves the clock by d, for tests, and returns what moves it back. It
// moves it for the whole process: a test that steps must not run in parallel.
func Step(d time.Duration) (back func()) {
	offset.Add(int64(d))
	return func() { offset.Add(-int64(d)) }
}

// Skew moves the clock by d like Step, for tests in which this machine's clock is
// wrong and those of the servers are right.
func Skew(d time.Duration) (back func()) {
	skew.Add(int64(d))
	return func() { skew.Add(-int64(d)) }
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
