package kit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores/storetest"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
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

// unheard is for tests that do not ask what became of a chore.
func unheard(string, time.Duration, error) {}

// Stopping breaks off what is being done, and waits until it is.
func TestChoresStop(t *testing.T) {
	began, ended := make(chan bool), atomic.Bool{}
	running := startChores(zap.NewNop(), func() func() { return func() {} }, []Chore{{Do: func(ctx context.Context) error {
		close(began)
		<-ctx.Done()
		time.Sleep(20 * time.Millisecond)
		ended.Store(true)
		return ctx.Err()
	}, Every: time.Hour}}, unheard)
	<-began
	running.Stop()
	if !ended.Load() {
		t.Error("it was not waited for")
	}
}

// A chore is never done twice at a time, an outage does not flood the log, and
// a bug does not end the gateway.
func TestChoresThatFail(t *testing.T) {
	core, logged := observer.New(zapcore.InfoLevel)
	var runs, at, told atomic.Int64
	lease := func() func() {
		if at.Add(1) > 1 {
			t.Error("done twice at a time")
		}
		return func() { at.Add(-1) }
	}
	running := startChores(zap.New(core), lease, []Chore{{Name: "sweep", Every: time.Millisecond, Failure: "it failed", Do: func(context.Context) error {
		if runs.Add(1)%2 == 0 {
			panic("secret")
		}
		return errors.New("the disk is full")
	}}}, func(name string, _ time.Duration, err error) {
		if name != "sweep" || err == nil {
			t.Errorf("told of %s: %v", name, err)
		}
		told.Add(1)
	})
	eventually(t, "ten runs", func() bool { return runs.Load() >= 10 })
	running.Stop()
	if runs.Load()-told.Load() > 1 { // the last may have been broken off
		t.Errorf("%d runs, %d of them told of", runs.Load(), told.Load())
	}
	all := logged.All()
	if len(all) != 1 || all[0].Message != "it failed" || all[0].Level != zapcore.WarnLevel || all[0].ContextMap()["error"] != "the disk is full" {
		t.Errorf("logged: %+v", all)
	}
	broken := Chore{Do: func(context.Context) error { panic("secret") }}
	err := broken.once(t.Context(), func() func() { return func() {} })
	if err == nil || !strings.Contains(err.Error(), "panic of type string") || strings.Contains(err.Error(), "secret") {
		t.Errorf("a panic is %v", err)
	}
}

// Stopped before its time has come, a chore was never done.
func TestChoresBeforeTheirTime(t *testing.T) {
	running := startChores(zap.NewNop(), func() func() { return func() {} }, []Chore{{First: time.Hour, Do: func(context.Context) error {
		t.Error("done")
		return nil
	}}}, unheard)
	running.Stop()
}

// Over a reload a chore is told of as before. Once no configuration has it any
// more, nothing says that it is late; when it comes back its time begins anew.
func TestChoresOverReloads(t *testing.T) {
	opened := storetest.Open(t, storetest.Embedded)
	sweep := Chore{Name: "sweep", First: time.Hour, Every: time.Hour}
	load := func(all ...Chore) (*Chores, caddy.Context) {
		t.Helper()
		ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
		t.Cleanup(cancel)
		running, err := StartChores(ctx, opened, "shop", all...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(running.Stop)
		return running, ctx
	}
	lasts := func(ctx caddy.Context) (lasts []float64) {
		t.Helper()
		families, err := ctx.GetMetricsRegistry().Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			if family.GetName() != "sekisho_chore_last_success_timestamp_seconds" {
				continue
			}
			for _, metric := range family.GetMetric() {
				lasts = append(lasts, metric.GetGauge().GetValue())
			}
		}
		return lasts
	}
	first, ctx := load(sweep)
	began := lasts(ctx)
	defer clock.Step(time.Hour)()
	second, ctx := load(sweep)
	first.Stop()
	first.Stop() // again, as a Cleanup may
	if got := lasts(ctx); len(began) != 1 || !slices.Equal(got, began) {
		t.Errorf("after a reload the last success is %v, before it was %v", got, began)
	}
	third, ctx := load()
	second.Stop()
	if got := lasts(ctx); len(got) != 0 {
		t.Errorf("a chore that nobody has is told of: %v", got)
	}
	_, ctx = load(sweep)
	third.Stop()
	if got := lasts(ctx); len(got) != 1 || got[0] < began[0]+3600 {
		t.Errorf("a chore that came back last succeeded at %v; it was first started at %v", got, began)
	}
}
