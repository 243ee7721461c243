package guard

import (
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

const (
	member = "hanako@example.com"
	home   = "192.0.2.1"
	away   = "198.51.100.7"
)

// each runs test on both forms: one gateway that counts in memory, and those
// that count in Redis.
func each(t *testing.T, test func(t *testing.T, s *stores.Stores)) {
	for _, combination := range []string{storetest.Embedded, storetest.PostgresRedis} {
		t.Run(combination, func(t *testing.T) { test(t, storetest.Open(t, combination)) })
	}
}

func newDoor(t testing.TB, s *stores.Stores, limits Limits) *Door {
	t.Helper()
	return newDoorNamed(t, s, "login", limits)
}

func newDoorNamed(t testing.TB, s *stores.Stores, name string, limits Limits) *Door {
	t.Helper()
	d, err := NewDoor(s, observe.New(), name, limits)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// step lets time go by for the rest of the test.
func step(t *testing.T, d time.Duration) { t.Cleanup(clock.Step(d)) }

// guess sends wrong secrets, which must all get to the check.
func guess(t testing.TB, d *Door, times int, account, address string) {
	t.Helper()
	for i := range times {
		if err := d.Settle(t.Context(), account, address, false); err != nil {
			t.Fatalf("wrong secret %d of %d: %v, want it checked", i+1, times, err)
		}
	}
}

// login sends the right secret.
func login(t testing.TB, d *Door, account, address string) {
	t.Helper()
	if err := d.Settle(t.Context(), account, address, true); err != nil {
		t.Fatalf("right secret from %s: %v, want it let in", address, err)
	}
}

// wantRefused checks that err is the refusal, with a Retry-After of at most
// this and little less.
func wantRefused(t testing.TB, err error, retry time.Duration) {
	t.Helper()
	if !fault.Is(err, fault.TooMany) {
		t.Fatalf("got %v, want too_many", err)
	}
	if got := fault.Of(err).RetryAfter; got > retry || got < retry-30*time.Second || got < time.Second {
		t.Errorf("retry after %v, want %v or a little less", got, retry)
	}
}

func wantOutage(t testing.TB, err error) {
	t.Helper()
	if err == nil || !fault.Is(err, fault.Internal) {
		t.Errorf("got %v, want an internal fault", err)
	}
}
