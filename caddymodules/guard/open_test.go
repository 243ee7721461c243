package guard

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
)

// A door without accounts refuses wrong keys from an address that sent too
// many; right ones pass, and clear nothing.
func TestOpenDoor(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		d, err := NewOpenDoor(s, observe.New(), "keys", Keys)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 100 {
			if err := d.Settle(t.Context(), home, false); err != nil {
				t.Fatalf("wrong key %d: %v", i+1, err)
			}
			if err := d.Settle(t.Context(), home, true); err != nil {
				t.Fatalf("right key: %v", err)
			}
		}
		wantRefused(t, d.Settle(t.Context(), home, false), 5*time.Minute)
		if err := d.Settle(t.Context(), home, true); err != nil {
			t.Errorf("right key after the limit: %v, want it to pass", err)
		}
		wantRefused(t, d.Settle(t.Context(), home, false), 5*time.Minute)
		if err := d.Settle(t.Context(), away, false); err != nil {
			t.Errorf("wrong key from elsewhere: %v, want it checked", err)
		}
		step(t, 5*time.Minute)
		if err := d.Settle(t.Context(), home, false); err != nil {
			t.Errorf("wrong key after five minutes: %v, want it checked", err)
		}
	})
}

// Allow is a sign-up that goes well.
func (u *SignUps) Allow(ctx context.Context, address string) error {
	return u.Try(ctx, address, func() error { return nil })
}

func TestSignUps(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		signUps := make([]*SignUps, 2)
		for i := range signUps {
			var err error
			if signUps[i], err = NewSignUps(s, observe.New(), "sign_up", Registrations); err != nil {
				t.Fatal(err)
			}
		}
		var opened, refused atomic.Int64
		atOnce(64, func(i int) {
			err := signUps[i%2].Try(t.Context(), home, func() error { opened.Add(1); return nil })
			if fault.Is(err, fault.TooMany) {
				refused.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		})
		if opened.Load() != 30 || refused.Load() != 34 {
			t.Errorf("of 64 sign-ups at once %d were done and %d refused, want 30 and 34", opened.Load(), refused.Load())
		}
		wantRefused(t, signUps[0].Allow(t.Context(), home), time.Hour)
		if err := signUps[0].Allow(t.Context(), away); err != nil {
			t.Errorf("from elsewhere: %v, want it allowed", err)
		}
		step(t, time.Hour)
		if err := signUps[1].Allow(t.Context(), home); err != nil {
			t.Errorf("after an hour: %v, want it allowed", err)
		}
	})
}

// Names part the limits: a door, an open door and sign-ups of one name do not
// count together.
func TestKindsDoNotMix(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		d := newDoor(t, s, People)
		open, err := NewOpenDoor(s, observe.New(), "login", Keys)
		if err != nil {
			t.Fatal(err)
		}
		signUps, err := NewSignUps(s, observe.New(), "login", Registrations)
		if err != nil {
			t.Fatal(err)
		}
		for range 30 {
			if err := signUps.Allow(t.Context(), home); err != nil {
				t.Fatal(err)
			}
		}
		for range 100 {
			if err := open.Settle(t.Context(), home, false); err != nil {
				t.Fatal(err)
			}
		}
		guess(t, d, 10, home, home)
	})
}

func TestBadLimitsMakeNoDoor(t *testing.T) {
	limit := func(failures int, window time.Duration) Limit { return newLimit(failures, window) }
	bad := []Limit{
		{},
		limit(0, time.Minute), limit(-1, time.Minute), limit(10, 0), limit(10, -time.Minute),
		limit(10, time.Millisecond), limit(10_001, time.Minute), limit(10, 31*24*time.Hour),
	}
	s := &stores.Stores{}
	m := observe.New()
	for _, l := range bad {
		t.Run(fmt.Sprintf("%d in %v", l.Failures, time.Duration(l.Window)), func(t *testing.T) {
			perAddress, perAccount := People, People
			perAddress.PerAddress, perAccount.PerAccount = l, l
			for _, limits := range []Limits{perAddress, perAccount} {
				if _, err := NewDoor(s, m, "login", limits); err == nil {
					t.Error("a door was made of it")
				}
			}
			if _, err := NewOpenDoor(s, m, "login", l); err == nil {
				t.Error("an open door was made of it")
			}
			if _, err := NewSignUps(s, m, "login", l); err == nil {
				t.Error("sign-ups were made of it")
			}
		})
	}
	for _, remember := range []time.Duration{0, -time.Hour, time.Millisecond, 401 * 24 * time.Hour} {
		limits := People
		limits.Remember = duration(remember)
		if _, err := NewDoor(s, m, "login", limits); err == nil {
			t.Errorf("a door was made that remembers for %v", remember)
		}
	}
	if _, err := NewDoor(s, m, "", People); err == nil {
		t.Error("a door was made without a name")
	}
}
