package stores_test

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// Calls made together are what they are one by one.
func TestTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		put(t, s, "there", "x")
		put(t, s, "goes", "y")
		there, absent, odd := stores.Getting("there"), stores.Getting("absent"), stores.Getting("é")
		err := stores.Together(t.Context(), s.Sessions, there, absent, odd,
			stores.Putting("new", []byte("z"), time.Minute), stores.Deleting("goes"), stores.Deleting("absent"), stores.Deleting("é"))
		if err != nil {
			t.Fatal(err)
		}
		if there.Err != nil || string(there.Value) != "x" {
			t.Errorf("found %q, %v", there.Value, there.Err)
		}
		for _, call := range []*stores.Call{absent, odd} {
			if !errors.Is(call.Err, stores.ErrNotFound) {
				t.Errorf("%q: %v", call.Key, call.Err)
			}
		}
		expectSession(t, s, "new", []byte("z"))
		expectNoSession(t, s, "goes")

		refused := stores.Putting("long", []byte(strings.Repeat("x", 64<<10+1)), time.Minute)
		if err := stores.Together(t.Context(), s.Sessions, refused); err == nil || !errors.Is(refused.Err, err) {
			t.Errorf("too long a value: %v, %v", err, refused.Err)
		}
	})
}

// A session that ended by the house's clock is not there for calls made together
// either.
func TestTogetherAfterTheirEnd(t *testing.T) {
	for _, combination := range storetest.Combinations {
		t.Run(combination, func(t *testing.T) {
			s := storetest.Open(t, combination)
			put(t, s, "ends", "x")
			defer clock.Step(time.Hour)()
			call := stores.Getting("ends")
			if err := stores.Together(t.Context(), s.Sessions, call); err != nil || !errors.Is(call.Err, stores.ErrNotFound) {
				t.Errorf("%q, %v, %v", call.Value, call.Err, err)
			}
		})
	}
}

// Of many at once each gets what is its own.
func TestManySessionsAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		many := 200 // more than one pipeline of Redis takes
		if s.Redis == nil {
			many = 48 // each write has a second and a half, also on a busy machine
		}
		var all sync.WaitGroup
		for i := range many {
			all.Go(func() {
				key := "mine " + strconv.Itoa(i)
				if err := s.Sessions.Put(t.Context(), key, []byte(key), time.Minute); err != nil {
					t.Error(err)
				}
				if got, err := s.Sessions.Get(t.Context(), key); err != nil || string(got) != key {
					t.Errorf("%s is %q, %v", key, got, err)
				}
				if _, err := s.Sessions.Get(t.Context(), "nobody's "+key); !errors.Is(err, stores.ErrNotFound) {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
}
