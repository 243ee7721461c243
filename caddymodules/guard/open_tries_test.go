package guard

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

var errAway = errors.New("no route to the database")

func newSignUps(t *testing.T, s *stores.Stores, limit int) *SignUps {
	t.Helper()
	u, err := NewSignUps(s, observe.New(), "sign_up", newLimit(limit, time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// fails is a sign-up that fails with err, which must be what the caller gets.
func (u *SignUps) fails(t *testing.T, ctx context.Context, address string, err error) {
	t.Helper()
	if got := u.Try(ctx, address, func() error { return err }); got != err {
		t.Fatalf("got %v, want %v", got, err)
	}
}

// An outage uses up nobody's sign-ups: what fails through us counts no more when it
// has failed, and all that went well before it still does.
func TestAnOutageIsNoSignUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		u := newSignUps(t, s, 3)
		wellDone := func() {
			if err := u.Allow(t.Context(), home); err != nil {
				t.Fatal(err)
			}
		}
		wellDone()
		for range 5 {
			for _, err := range []error{
				fmt.Errorf("writing a user: %w", errAway),
				fault.Because(errAway),
				&fault.Fault{Kind: fault.TooMany, Subject: "hashing", RetryAfter: time.Second},
			} {
				u.fails(t, t.Context(), home, err)
			}
		}
		wellDone()
		u.fails(t, t.Context(), home, errAway)
		wellDone()
		wantRefused(t, u.Try(t.Context(), home, func() error { t.Error("it was done"); return nil }), time.Hour)
	})
}

// What a client can bring about counts: whatever they are refused for, and hanging
// up in the midst.
func TestRefusedSignUpsCount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		u := newSignUps(t, s, 3)
		for kind := fault.Internal; kind <= fault.Unsupported; kind++ {
			if kind == fault.Internal || kind == fault.TooMany {
				continue
			}
			for range 3 {
				u.fails(t, t.Context(), kind.String(), fmt.Errorf("signing up: %w", fault.New(kind, "login")))
			}
			wantRefused(t, u.Allow(t.Context(), kind.String()), time.Hour)
		}
		for range 3 {
			gone, hangUp := context.WithCancel(t.Context())
			err := u.Try(gone, home, func() error { hangUp(); return fmt.Errorf("writing a user: %w", gone.Err()) })
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		wantRefused(t, u.Allow(t.Context(), home), time.Hour)
	})
}

// While a sign-up is under way it counts, whatever becomes of it.
func TestSignUpsUnderWayCount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		u := newSignUps(t, s, 1)
		err := u.Try(t.Context(), home, func() error {
			wantRefused(t, u.Allow(t.Context(), home), time.Hour)
			return errAway
		})
		if err != errAway {
			t.Errorf("got %v, want %v", err, errAway)
		}
	})
}

// forgetful are windows that nothing can be taken back from.
type forgetful struct{ windows }

var errLost = errors.New("no route to Redis")

func (forgetful) settle(context.Context, try, outcome) error { return errLost }

// A sign-up that cannot be taken back stays counted, and the log has both reasons.
func TestOutageOfBoth(t *testing.T) {
	u := newSignUps(t, storetest.Open(t, storetest.Embedded), 2)
	u.windows = forgetful{u.windows}
	for _, err := range []error{errAway, &fault.Fault{Kind: fault.TooMany, Subject: "hashing"}} {
		got := u.Try(t.Context(), home, func() error { return err })
		wantOutage(t, got)
		if !errors.Is(got, err) || !errors.Is(got, errLost) {
			t.Errorf("got %v, want %v and %v", got, err, errLost)
		}
	}
	wantRefused(t, u.Allow(t.Context(), home), time.Hour)
}
