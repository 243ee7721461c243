package guard

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// What an address has proved outlives the gateway, and ends after its days.
func TestRemember(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		limits := People
		limits.PerAccount.Failures = 3
		attack := func(d *Door) {
			t.Helper()
			for i := range limits.PerAccount.Failures {
				guess(t, d, 1, member, fmt.Sprint("10.0.0.", i))
			}
		}
		login(t, newDoor(t, s, limits), member, home)

		step(t, 29*24*time.Hour)
		restarted := newDoor(t, s, limits)
		attack(restarted)
		guess(t, restarted, 1, member, home)
		wantRefused(t, restarted.Settle(t.Context(), member, away, true), time.Hour)

		step(t, 24*time.Hour)
		for _, d := range []*Door{restarted, newDoor(t, s, limits)} {
			step(t, 2*time.Hour)
			attack(d)
			wantRefused(t, d.Settle(t.Context(), member, home, true), time.Hour)
		}
	})
}

// Where an option shortens the memory, it is short for what was remembered
// before, too.
func TestRememberShortened(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		login(t, newDoor(t, s, People), member, home)
		step(t, 2*time.Hour)
		limits := People
		limits.PerAccount.Failures = 1
		limits.Remember = caddy.Duration(time.Hour)
		shortened := newDoor(t, s, limits)
		guess(t, shortened, 1, member, away) // fills the account's window
		wantRefused(t, shortened.Settle(t.Context(), member, home, true), time.Hour)

		limits.Remember = caddy.Duration(3 * time.Hour)
		login(t, newDoor(t, s, limits), member, home)
	})
}

// sessions counts what a door asks of them, and fails while they are out.
type sessions struct {
	stores.Sessions
	gets, puts atomic.Int64
	out        atomic.Bool
	keys       sync.Map
}

func (s *sessions) Get(ctx context.Context, key string) ([]byte, error) {
	s.gets.Add(1)
	if s.out.Load() {
		return nil, errors.New("no route to host")
	}
	return s.Sessions.Get(ctx, key)
}

func (s *sessions) Put(ctx context.Context, key string, value []byte, lifetime time.Duration) error {
	s.puts.Add(1)
	s.keys.Store(key, string(value))
	if s.out.Load() {
		return errors.New("no route to host")
	}
	return s.Sessions.Put(ctx, key, value, lifetime)
}

func watch(d *Door) *sessions {
	s := &sessions{Sessions: d.known.sessions}
	d.known.sessions = s
	return s
}

func TestRememberedAtMostOnceADay(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		d := newDoor(t, s, People)
		seen := watch(d)
		for day := range 3 {
			for range 10 {
				login(t, d, member, home)
			}
			if gets, puts := seen.gets.Load(), seen.puts.Load(); gets != 1 || puts != int64(day+1) {
				t.Errorf("day %d: %d reads and %d writes, want 1 and %d", day, gets, puts, day+1)
			}
			step(t, 24*time.Hour)
		}
	})
}

// While it cannot be told whether an address is known, nobody gets in, and
// nobody is told to have guessed too often.
func TestOutageOfTheSessions(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		d := newDoor(t, s, People)
		seen := watch(d)
		begun := begin(t, d, 1, member, home)[0]
		seen.out.Store(true)
		_, err := d.Begin(t.Context(), member, home)
		wantOutage(t, err)
		wantOutage(t, d.Settle(t.Context(), member, home, true))
		wantOutage(t, d.Settle(t.Context(), member, home, false))
		wantOutage(t, begun.Right(t.Context()))
		seen.out.Store(false)
		login(t, d, member, home)
	})
}

// The addresses at hand are bounded, and one that fell out is asked for again.
func TestKnownAddressesAtHandAreBounded(t *testing.T) {
	d := newDoor(t, storetest.Open(t, storetest.Embedded), People)
	login(t, d, member, home)
	for i := range 2 * mostCached {
		d.known.cache(fmt.Sprint(i), clock.Now())
	}
	if len(d.known.cached) != mostCached {
		t.Errorf("%d at hand, want %d", len(d.known.cached), mostCached)
	}
	d.known.cached = map[string]time.Time{}
	key := "guard:known:" + hash(d.seal, "guard address", "login", member, home)
	if known, err := d.known.has(t.Context(), key); !known || err != nil {
		t.Errorf("%v, %v, want the address known", known, err)
	}
}
