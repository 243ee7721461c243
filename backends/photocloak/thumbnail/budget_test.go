package thumbnail

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

// A photo waits until there is room for it, in its turn.
func TestBudgetInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := NewBudget(100)
		release := mustAcquire(t, budget, 60)

		served := make(chan int64, 2)
		for _, bytes := range []int64{80, 10} {
			go func() {
				defer mustAcquire(t, budget, bytes)()
				served <- bytes
			}()
			synctest.Wait() // 10 comes after 80, though there is room for it
		}
		if len(served) != 0 {
			t.Fatalf("%d did not wait", <-served)
		}
		release()
		synctest.Wait()
		if first, second := <-served, <-served; first != 80 && second != 80 {
			t.Errorf("served were %d and %d", first, second)
		}
		mustAcquire(t, budget, 100)()
	})
}

// There is a place for four photos at once per processor.
func TestBudgetPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := NewBudget(1 << 30)
		places := 4 * runtime.GOMAXPROCS(0)
		var release func()
		for range places {
			release = mustAcquire(t, budget, 1)
		}
		served := make(chan bool, 1)
		go func() {
			defer mustAcquire(t, budget, 1)()
			served <- true
		}()
		synctest.Wait()
		if len(served) != 0 {
			t.Fatalf("more than %d have a place", places)
		}
		release()
		<-served
	})
}

func mustAcquire(t *testing.T, b *Budget, bytes int64) func() {
	t.Helper()
	release, err := b.Acquire(t.Context(), bytes)
	if err != nil {
		t.Error(err)
	}
	return release
}

// What could never be served is refused at once; who goes while waiting leaves
// nothing taken.
func TestBudgetRefuses(t *testing.T) {
	budget := NewBudget(100)
	if _, err := budget.Acquire(t.Context(), 101); !errors.Is(err, ErrTooLarge) {
		t.Errorf("the error is %v, want %v", err, ErrTooLarge)
	}
	release := mustAcquire(t, budget, 100)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := budget.Acquire(gone, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, want %v", err, context.Canceled)
	}
	release()
	mustAcquire(t, budget, 100)()
}

// A photo that would take more than the whole budget is too large.
func TestPhotoLargerThanTheBudget(t *testing.T) {
	file := written(t, jpegtest.File{Width: 3000, Height: 3000, Progressive: true, Block: func(int, int, int, *[64]int32) {}})
	if _, err := Make(t.Context(), NewBudget(1<<20), bytes.NewReader(file)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("the error is %v, want %v", err, ErrTooLarge)
	}
}
