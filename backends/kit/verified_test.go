package kit

import (
	"fmt"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
)

// A right password is hashed once a minute, a wrong one each time.
func TestVerifiedPasswordsAreRememberedForAMinute(t *testing.T) {
	hashed := 0
	counting := NewTurns(1, 10, time.Second)
	counting.observed = func(int) { hashed++ }
	setTurns(t, counting)
	stored, err := HashPassword(t.Context(), "right")
	if err != nil {
		t.Fatal(err)
	}
	other, err := HashPassword(t.Context(), "right")
	if err != nil {
		t.Fatal(err)
	}
	v := NewVerified()
	expect := func(stored, password string, want bool, hashes int) {
		t.Helper()
		hashed = 0
		if right, _, err := v.Verify(t.Context(), stored, password); right != want || err != nil || hashed != hashes {
			t.Errorf("%s: %v, %v after %d hashes; want %v after %d", password, right, err, hashed, want, hashes)
		}
	}
	expect(stored, "right", true, 1)
	expect(stored, "right", true, 0)
	expect(stored, "wrong", false, 1)
	expect(stored, "wrong", false, 1)
	expect(stored, "right\x00", false, 1)
	expect("", "right", false, 1)
	expect(other, "right", true, 1) // the password was set anew
	defer clock.Step(61 * time.Second)()
	expect(stored, "right", true, 1)
}

// Stale hashes are said to be stale until they were hashed anew.
func TestStaleHashesAreNotRemembered(t *testing.T) {
	v := NewVerified()
	for range 2 {
		if right, stale, err := v.Verify(t.Context(), "{plain}old", "old"); !right || !stale || err != nil {
			t.Errorf("%v, stale %v, %v", right, stale, err)
		}
	}
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	v := NewVerified()
	for i := range maxVerified + 100 {
		v.remember(v.name("stored", fmt.Sprint(i)))
	}
	if len(v.until) > maxVerified {
		t.Errorf("%d are remembered", len(v.until))
	}
	if !v.remembers(v.name("stored", fmt.Sprint(maxVerified+99))) {
		t.Error("the newest is forgotten")
	}
}
