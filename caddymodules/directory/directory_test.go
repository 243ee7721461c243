package directory

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestGet looks once for many calls, and anew after three seconds. What is not
// there is remembered too.
func TestGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept, looks := map[string]string{"3": "shop"}, 0
		d := New(func(_ context.Context, key string) (string, error) {
			looks++
			return kept[key], nil
		})
		want := func(key, value string, looked int) {
			t.Helper()
			if got, err := d.Get(t.Context(), key); got != value || err != nil || looks != looked {
				t.Errorf("%q, %v after %d looks; want %q after %d", got, err, looks, value, looked)
			}
		}
		want("3", "shop", 1)
		want("4", "", 2)
		kept["3"], kept["4"] = "closed", "opened"
		time.Sleep(RememberFor - time.Nanosecond)
		want("3", "shop", 2)
		want("4", "", 2)
		time.Sleep(time.Nanosecond)
		want("3", "closed", 3)
		want("4", "opened", 4)
	})
}

// TestSlowLook is as old as its question: what it found may have changed since.
func TestSlowLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		d := New(func(context.Context, int64) (int, error) {
			looks++
			time.Sleep(RememberFor - time.Nanosecond)
			return looks, nil
		})
		for want := range 3 {
			if got, err := d.Get(t.Context(), 3); got != want+1 || err != nil {
				t.Errorf("%d, %v; want %d", got, err, want+1)
			}
			time.Sleep(time.Nanosecond)
		}
	})
}

// TestOneLook lets 64 calls ask for a key at once: one looks, all get the
// answer, also when the first has gone away.
func TestOneLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Int64
		answer := make(chan struct{})
		d := New(func(ctx context.Context, _ int64) (string, error) {
			looks.Add(1)
			<-answer
			return "shop", ctx.Err()
		})
		results := make(chan string, 65)
		get := func(ctx context.Context) {
			found, err := d.Get(ctx, 3)
			results <- fmt.Sprint(found, err)
		}
		gone, leave := context.WithCancel(t.Context())
		go get(gone)
		synctest.Wait()
		leave()
		for range 64 {
			go get(t.Context())
		}
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := d.Get(impatient, 3); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an impatient call got %v", err)
		}
		close(answer)
		for range 65 {
			if got := <-results; got != "shop<nil>" {
				t.Errorf("a call got %s", got)
			}
		}
		if n := looks.Load(); n != 1 {
			t.Errorf("%d looks", n)
		}
	})
}

// TestFailure is told, and not remembered.
func TestFailure(t *testing.T) {
	away := errors.New("the database is away")
	fail := away
	d := New(func(context.Context, int64) (string, error) { return "shop", fail })
	if _, err := d.Get(t.Context(), 3); !errors.Is(err, away) {
		t.Errorf("during an outage: %v", err)
	}
	fail = nil
	if got, err := d.Get(t.Context(), 3); got != "shop" || err != nil {
		t.Errorf("after an outage: %q, %v", got, err)
	}
}

// TestPanic in a look leaves nobody waiting.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trip := make(chan struct{})
		d := New(func(context.Context, int64) (string, error) {
			<-trip
			panic("a bug")
		})
		go func() {
			defer func() { _ = recover() }()
			_, _ = d.Get(t.Context(), 3)
		}()
		synctest.Wait()
		waiting := make(chan error)
		go func() {
			_, err := d.Get(t.Context(), 3)
			waiting <- err
		}()
		synctest.Wait()
		close(trip)
		if err := <-waiting; !errors.Is(err, errBrokenOff) {
			t.Errorf("who waited got %v", err)
		}
		if len(d.entries) != 0 {
			t.Error("a look that broke off is remembered")
		}
	})
}

// TestBounds guesses more keys than are remembered: those that are outlived are
// forgotten first.
func TestBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := map[int]int{}
		d := New(func(_ context.Context, key int) (int, error) {
			looks[key]++
			return key, nil
		})
		get := func(key int) {
			t.Helper()
			if got, err := d.Get(t.Context(), key); got != key || err != nil {
				t.Fatalf("%d: %d, %v", key, got, err)
			}
			if len(d.entries) > most {
				t.Fatalf("%d keys are remembered", len(d.entries))
			}
		}
		for key := range most {
			if key == most/2 {
				time.Sleep(RememberFor)
			}
			get(key)
		}
		get(most)
		if n := len(d.entries); n != most/2+1 {
			t.Errorf("%d keys are remembered, want those that are not outlived", n)
		}
		for key := range 3 * most {
			get(most + 1 + key)
		}
		if n := len(d.entries); n < most*7/8 {
			t.Errorf("only %d keys are remembered", n)
		}
		for key, n := range looks {
			if n != 1 {
				t.Errorf("%d was looked up %d times", key, n)
			}
		}
	})
}

// TestForgottenUnderWay guesses so many keys during a look that it is forgotten:
// it is looked up to its end, and its failure takes nothing from the next one.
func TestForgottenUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const slow = -1
		broken := errors.New("the first look broke")
		answers := make(chan error)
		d := New(func(_ context.Context, key int) (int, error) {
			if key == slow {
				return key, <-answers
			}
			return key, nil
		})
		results := make(chan error)
		get := func() {
			_, err := d.Get(t.Context(), slow)
			results <- err
		}
		go get()
		synctest.Wait()
		for key := 0; d.entries[slow] != nil; key++ {
			_, _ = d.Get(t.Context(), key)
		}
		go get()
		synctest.Wait()
		second := d.entries[slow]
		answers <- broken // to the first, which has waited longer
		if err := <-results; !errors.Is(err, broken) {
			t.Errorf("the first look: %v", err)
		}
		if second == nil || d.entries[slow] != second {
			t.Error("the second look was forgotten with the first")
		}
		answers <- nil
		if err := <-results; err != nil {
			t.Errorf("the second look: %v", err)
		}
	})
}

// A guess costs as much when the directory is full of them.
func BenchmarkGuesses(b *testing.B) {
	d := New(func(context.Context, int) (string, error) { return "", nil })
	b.ReportAllocs()
	for key := 0; b.Loop(); key++ {
		_, _ = d.Get(b.Context(), key)
	}
}
