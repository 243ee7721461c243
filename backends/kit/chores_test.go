package photocloak

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

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
		running := startChores(h.service, func() func() {
			leased.Add(1)
			return func() { leased.Add(-1) }
		})
		h.post("", lookPath, query("cd", i.ID)).wantEmpty(t, "looking")
		eventually(t, "the view in SQL", func() bool { return h.imageViews(i.ID) == 1 })
		running.stop()
		if n := leased.Load(); n != 0 {
			t.Errorf("%d leases were not given back", n)
		}
		eventually(t, "no goroutine left", func() bool { return runtime.NumGoroutine() <= before })
		running.stop() // again, as a Cleanup may
	})
}

// Stopping breaks off what is being done, and waits until it is.
func TestChoresStop(t *testing.T) {
	began, ended := make(chan bool), atomic.Bool{}
	running := start(zap.NewNop(), func() func() { return func() {} }, chore{do: func(ctx context.Context) error {
		close(began)
		<-ctx.Done()
		time.Sleep(20 * time.Millisecond)
		ended.Store(true)
		return ctx.Err()
	}, every: time.Hour})
	<-began
	running.stop()
	if !ended.Load() {
		t.Error("it was not waited for")
	}
}

// A chore is never done twice at a time, an outage does not flood the log, and
// a bug does not end the gateway.
func TestChoresThatFail(t *testing.T) {
	core, logged := observer.New(zapcore.InfoLevel)
	var runs, at atomic.Int64
	lease := func() func() {
		if at.Add(1) > 1 {
			t.Error("done twice at a time")
		}
		return func() { at.Add(-1) }
	}
	running := start(zap.New(core), lease, chore{every: time.Millisecond, failure: "it failed", do: func(context.Context) error {
		if runs.Add(1)%2 == 0 {
			panic("secret")
		}
		return errors.New("the disk is full")
	}})
	eventually(t, "ten runs", func() bool { return runs.Load() >= 10 })
	running.stop()
	all := logged.All()
	if len(all) != 1 || all[0].Message != "it failed" || all[0].Level != zapcore.WarnLevel || all[0].ContextMap()["error"] != "the disk is full" {
		t.Errorf("logged: %+v", all)
	}
	broken := chore{do: func(context.Context) error { panic("secret") }}
	err := broken.once(t.Context(), func() func() { return func() {} })
	if err == nil || !strings.Contains(err.Error(), "panic of type string") || strings.Contains(err.Error(), "secret") {
		t.Errorf("a panic is %v", err)
	}
}

// Stopped before its time has come, a chore was never done.
func TestChoresBeforeTheirTime(t *testing.T) {
	running := start(zap.NewNop(), func() func() { return func() {} }, chore{first: time.Hour, do: func(context.Context) error {
		t.Error("done")
		return nil
	}})
	running.stop()
}
