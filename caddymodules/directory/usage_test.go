package directory

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// TestUsage notes a key's use once a minute, of many at once one, and to its
// end. A failure is told once.
func TestUsage(t *testing.T) {
	var noted []int64
	var fail error
	u := NewUsage(func(ctx context.Context, keyID int64, _ time.Time) error {
		noted = append(noted, keyID)
		return errors.Join(fail, ctx.Err())
	})
	gone, leave := context.WithCancel(t.Context())
	leave()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	note := func(keyID int64, now time.Time) {
		t.Helper()
		if err := u.Note(gone, keyID, now); err != nil {
			t.Error(err)
		}
	}
	var together sync.WaitGroup
	for range 64 {
		together.Go(func() { note(30, now) })
	}
	together.Wait()
	note(31, now.Add(time.Second))
	note(30, now.Add(time.Minute-1))
	note(30, now.Add(time.Minute))
	fail = errors.New("the database is read-only")
	if err := u.Note(gone, 31, now.Add(2*time.Minute)); !errors.Is(err, fail) {
		t.Errorf("a failure: %v", err)
	}
	note(31, now.Add(2*time.Minute))
	if got := fmt.Sprint(noted); got != "[30 31 30 31]" {
		t.Errorf("noted %s", got)
	}
}

// TestUsageBounds uses more keys than are remembered.
func TestUsageBounds(t *testing.T) {
	noted := 0
	u := NewUsage(func(context.Context, int64, time.Time) error {
		noted++
		return nil
	})
	for keyID := range int64(mostNoted + 100) {
		if err := u.Note(t.Context(), keyID, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	if len(u.noted) > mostNoted || noted != mostNoted+100 {
		t.Errorf("%d keys are remembered, %d noted", len(u.noted), noted)
	}
}
