package guard

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// begin begins attempts, which leave their seats when the test ends.
func begin(t testing.TB, d *Door, times int, account, address string) []*Attempt {
	t.Helper()
	var begun []*Attempt
	for range times {
		a, err := d.Begin(t.Context(), account, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = a.Void(context.Background()) })
		begun = append(begun, a)
	}
	return begun
}

// beginLater begins an attempt on the test's own account that cannot but wait,
// and makes sure it does.
func beginLater(t *testing.T, ctx context.Context, d *Door) (answer func() (*Attempt, error)) {
	t.Helper()
	var (
		attempt *Attempt
		err     error
		done    = make(chan struct{})
	)
	go func() {
		defer close(done)
		attempt, err = d.Begin(ctx, t.Name(), home)
	}()
	select {
	case <-done:
		t.Fatalf("the attempt did not wait: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	return func() (*Attempt, error) { <-done; return attempt, err }
}

// wantRefusedAtOnce begins an attempt on the test's own account that cannot pass
// and need not wait.
func wantRefusedAtOnce(t *testing.T, d *Door) {
	t.Helper()
	storetest.InTime(t, "the refusal", patience/2, func() {
		_, err := d.Begin(t.Context(), t.Name(), home)
		wantRefused(t, err, 5*time.Minute)
	})
}

// While ten are undecided an eleventh waits, and what they prove decides.
func TestWaiting(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		t.Run("one proves right", func(t *testing.T) {
			d := newDoor(t, s, People)
			d.patience = time.Minute
			begun := begin(t, d, 10, t.Name(), home)
			answer := beginLater(t, t.Context(), d)
			if err := begun[3].Right(t.Context()); err != nil {
				t.Fatal(err)
			}
			eleventh, err := answer()
			if err != nil {
				t.Fatalf("after one proved right: %v, want a pass", err)
			}
			for _, a := range append(begun, eleventh) {
				if err := a.Right(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		})
		t.Run("all prove wrong", func(t *testing.T) {
			d := newDoor(t, s, People)
			begun := begin(t, d, 10, t.Name(), home)
			answer := beginLater(t, t.Context(), d)
			for _, a := range begun {
				if err := a.Wrong(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			_, err := answer()
			wantRefused(t, err, 5*time.Minute)
			wantRefusedAtOnce(t, d)
		})
		t.Run("nothing is decided", func(t *testing.T) {
			runs := 0
			storetest.InTime(t, "waiting", patience+time.Second, func() {
				runs++ // undecided ones are failures before long: each run has an account of its own
				d, account := newDoor(t, s, People), fmt.Sprint(t.Name(), runs)
				begin(t, d, 10, account, home)
				began := time.Now()
				_, err := d.Begin(t.Context(), account, home)
				wantRefused(t, err, 5*time.Minute)
				if took := time.Since(began); took < patience {
					t.Errorf("waited %v, want %v", took, patience)
				}
			})
		})
		t.Run("the client hangs up", func(t *testing.T) {
			d := newDoor(t, s, People)
			begin(t, d, 10, t.Name(), home)
			ctx, hangUp := context.WithCancel(t.Context())
			answer := beginLater(t, ctx, d)
			hangUp()
			_, err := answer()
			wantRefused(t, err, 5*time.Minute)
		})
		t.Run("no place is left to wait", func(t *testing.T) {
			d := newDoor(t, s, People)
			d.waiting = make(chan struct{}, 1)
			d.patience = time.Minute // who waits stays there
			begin(t, d, 10, t.Name(), home)
			ctx, hangUp := context.WithCancel(t.Context())
			answer := beginLater(t, ctx, d)
			for began := time.Now(); len(d.waiting) == 0 && time.Since(began) < time.Minute; {
				time.Sleep(time.Millisecond)
			}
			wantRefusedAtOnce(t, d)
			hangUp()
			_, _ = answer()
		})
	})
}

// Who hangs up right after a right secret was right, and after a wrong one
// wrong.
func TestDecidedAfterHangingUp(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		d := newDoor(t, s, People)
		guess(t, d, 9, member, home)
		gone, hangUp := context.WithCancel(t.Context())
		hangUp()
		if err := begin(t, d, 1, member, home)[0].Right(gone); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			if err := d.Settle(gone, member, home, false); err != nil {
				t.Fatal(err)
			}
		}
		wantRefused(t, d.Settle(t.Context(), member, home, true), 5*time.Minute)
	})
}

// Only the first word on an attempt counts, so that a deferred Wrong is safe.
func TestDecidedOnce(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		d := newDoor(t, s, People)
		for range 20 {
			a := begin(t, d, 1, member, home)[0]
			if err := errors.Join(a.Right(t.Context()), a.Wrong(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		for range 10 {
			a := begin(t, d, 1, member, home)[0]
			if err := errors.Join(a.Wrong(t.Context()), a.Right(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		wantRefused(t, d.Settle(t.Context(), member, home, true), 5*time.Minute)
	})
}

// atOnce runs n of do at the same time.
func atOnce(n int, do func(i int)) {
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			do(i)
		})
	}
	done.Wait()
}

// 64 guesses at once are 64, at one gateway and at two: ten get to the check.
func TestGuessesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		doors := []*Door{newDoor(t, s, People), newDoor(t, s, People)}
		t.Run("checked slowly", func(t *testing.T) {
			var checked, refused atomic.Int64
			atOnce(64, func(i int) {
				a, err := doors[i%2].Begin(t.Context(), member, home)
				if fault.Is(err, fault.TooMany) {
					refused.Add(1)
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				checked.Add(1)
				time.Sleep(10 * time.Millisecond)
				if err := a.Wrong(t.Context()); err != nil {
					t.Error(err)
				}
			})
			if checked.Load() != 10 || refused.Load() != 54 {
				t.Errorf("%d checked and %d refused, want 10 and 54", checked.Load(), refused.Load())
			}
		})
		t.Run("settled in one step", func(t *testing.T) {
			var checked atomic.Int64
			atOnce(64, func(i int) {
				err := doors[i%2].Settle(t.Context(), member, away, false)
				if err == nil {
					checked.Add(1)
				} else if !fault.Is(err, fault.TooMany) {
					t.Error(err)
				}
			})
			if checked.Load() != 10 {
				t.Errorf("%d checked, want 10", checked.Load())
			}
		})
		t.Run("over all addresses", func(t *testing.T) {
			var checked atomic.Int64
			atOnce(128, func(i int) {
				a, err := doors[i%2].Begin(t.Context(), "taro@example.com", fmt.Sprint("10.0.0.", i))
				if fault.Is(err, fault.TooMany) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				checked.Add(1)
				if err := a.Wrong(t.Context()); err != nil {
					t.Error(err)
				}
			})
			if checked.Load() != 100 {
				t.Errorf("%d checked, want 100", checked.Load())
			}
		})
	})
}

// A family behind one address, or an app with many threads, is not refused for
// coming all at once.
func TestLoginsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		doors := []*Door{newDoor(t, s, People), newDoor(t, s, People)}
		for _, d := range doors {
			d.patience = time.Minute
		}
		atOnce(64, func(i int) {
			a, err := doors[i%2].Begin(t.Context(), member, home)
			if err != nil {
				t.Errorf("login %d: %v", i, err)
				return
			}
			time.Sleep(10 * time.Millisecond)
			if err := a.Right(t.Context()); err != nil {
				t.Error(err)
			}
		})
		guess(t, doors[0], 10, member, home) // nothing was left behind
	})
}
