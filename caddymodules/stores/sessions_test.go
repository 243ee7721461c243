package stores_test

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
	"sekisho/caddymodules/stores/storetest/servers"
)

func TestSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		ctx, sessions := t.Context(), s.Sessions
		every := make([]byte, 256)
		for i := range every {
			every[i] = byte(i)
		}
		for key, value := range map[string][]byte{
			"plain":                  []byte("value"),
			"empty":                  {},
			"nothing":                nil,
			"every byte":             every,
			"largest":                bytes.Repeat([]byte{0xff}, 64<<10),
			strings.Repeat("k", 200): []byte("longest key"),
			`"?'; DROP {x} %`:        []byte("odd key"),
		} {
			if err := sessions.Put(ctx, key, value, time.Minute); err != nil {
				t.Fatalf("putting %q: %v", key, err)
			}
			expectSession(t, s, key, value)
		}

		put(t, s, "plain", "replaced")
		expectSession(t, s, "plain", []byte("replaced"))

		taken, err := sessions.Take(ctx, "plain")
		if err != nil || string(taken) != "replaced" {
			t.Errorf("taking = %q, %v", taken, err)
		}
		expectNoSession(t, s, "plain")

		put(t, s, "deleted", "x")
		for range 2 { // the second time it is unknown
			if err := sessions.Delete(ctx, "deleted"); err != nil {
				t.Errorf("deleting: %v", err)
			}
		}
		expectNoSession(t, s, "deleted")
	})
}

// Of 32 who add at once one does, and a session that ended is no obstacle.
func TestOneAddsASession(t *testing.T) {
	for _, combination := range storetest.Combinations {
		t.Run(combination, func(t *testing.T) {
			s := storetest.Open(t, combination)
			var added atomic.Int32
			var all sync.WaitGroup
			for i := range 32 {
				all.Go(func() {
					mine, err := s.Sessions.Add(t.Context(), "once", []byte(strconv.Itoa(i)), time.Minute)
					if err != nil {
						t.Error(err)
					}
					if mine {
						added.Add(1)
						expectSession(t, s, "once", []byte(strconv.Itoa(i)))
					}
				})
			}
			all.Wait()
			if n := added.Load(); n != 1 {
				t.Errorf("%d of 32 added", n)
			}
			defer clock.Step(61 * time.Second)()
			if again, err := s.Sessions.Add(t.Context(), "once", nil, time.Minute); !again || err != nil {
				t.Errorf("after it ended: %v, %v", again, err)
			}
		})
	}
}

func TestSessionsRefuse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		for name, refused := range map[string]struct {
			key      string
			value    []byte
			lifetime time.Duration
		}{
			"an empty key":       {"", nil, time.Minute},
			"a long key":         {strings.Repeat("k", 201), nil, time.Minute},
			"a key with NUL":     {"a\x00b", nil, time.Minute},
			"a key beyond ASCII": {"鍵", nil, time.Minute},
			"a long value":       {"k", make([]byte, 64<<10+1), time.Minute},
			"no lifetime":        {"k", nil, 0},
			"a lifetime past":    {"k", nil, -time.Minute},
		} {
			err := s.Sessions.Put(t.Context(), refused.key, refused.value, refused.lifetime)
			if err == nil || errors.Is(err, stores.ErrNotFound) {
				t.Errorf("putting %s: %v, want a refusal", name, err)
			}
			if refused.key != "k" {
				expectNoSession(t, s, refused.key)
			}
		}
		expectNoSession(t, s, "k")
	})
}

// Lifetimes step the clock of the whole process, so nothing here is parallel.
func TestSessionLifetimes(t *testing.T) {
	for _, combination := range storetest.Combinations {
		t.Run(combination, func(t *testing.T) {
			s := storetest.Open(t, combination)
			put(t, s, "stays", "x")
			put(t, s, "goes", "x")
			put(t, s, "taken late", "x")
			put(t, s, "extended late", "x")
			if err := s.Sessions.Put(t.Context(), "long", []byte("x"), time.Hour); err != nil {
				t.Fatal(err)
			}
			defer clock.Step(50 * time.Second)()
			expectSession(t, s, "goes", []byte("x"))
			if err := s.Sessions.Extend(t.Context(), "stays", time.Minute); err != nil {
				t.Fatal(err)
			}
			defer clock.Step(11 * time.Second)()
			if _, err := s.Sessions.Take(t.Context(), "taken late"); !errors.Is(err, stores.ErrNotFound) {
				t.Errorf("taking an outlived session: %v, want ErrNotFound", err)
			}
			if err := s.Sessions.Extend(t.Context(), "extended late", time.Minute); !errors.Is(err, stores.ErrNotFound) {
				t.Errorf("extending an outlived session: %v, want ErrNotFound", err)
			}
			expectNoSession(t, s, "goes")
			expectSession(t, s, "stays", []byte("x"))
			expectSession(t, s, "long", []byte("x"))

			put(t, s, "goes", "again") // in the place of what is outlived
			expectSession(t, s, "goes", []byte("again"))
			defer clock.Step(50 * time.Second)()
			expectNoSession(t, s, "stays")
			expectSession(t, s, "goes", []byte("again"))
		})
	}
}

// A lifetime also ends on the clock of whoever keeps it.
func TestSessionsEndByThemselves(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		if err := s.Sessions.Put(t.Context(), "short", []byte("x"), 30*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		for range 100 {
			if _, err := s.Sessions.Get(t.Context(), "short"); errors.Is(err, stores.ErrNotFound) {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Error("the session is still there after a second")
	})
}

func TestOneOfManyTakesASession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		put(t, s, "ticket", "x")
		var taken atomic.Int32
		var all sync.WaitGroup
		for range 32 {
			all.Go(func() {
				switch _, err := s.Sessions.Take(t.Context(), "ticket"); {
				case err == nil:
					taken.Add(1)
				case !errors.Is(err, stores.ErrNotFound):
					t.Errorf("taking: %v", err)
				}
			})
		}
		all.Wait()
		if taken.Load() != 1 {
			t.Errorf("%d of 32 took the session, want 1", taken.Load())
		}
	})
}

func TestOutlivedSessionsAreSweptAway(t *testing.T) {
	for _, combination := range []string{storetest.Embedded, storetest.Postgres} {
		t.Run(combination, func(t *testing.T) {
			s := storetest.Open(t, combination)
			const outlived = 2500 // more than two batches
			fill := func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
					INSERT INTO sekisho_sessions (name, value, expires_at) SELECT 'old' || i, ?, 5 FROM n`, outlived, []byte("x"))
				return err
			}
			if err := s.SQL.Write(t.Context(), fill); err != nil {
				t.Fatal(err)
			}
			put(t, s, "alive", "x")
			var swept atomic.Int64
			var all sync.WaitGroup
			for range 2 { // two gateways
				all.Go(func() {
					n, err := stores.SweepSessions(t.Context(), s.Sessions)
					if err != nil {
						t.Error(err)
					}
					swept.Add(n)
				})
			}
			all.Wait()
			n, err := stores.SweepSessions(t.Context(), s.Sessions) // what the two left to each other
			if err != nil || swept.Load()+n != outlived {
				t.Errorf("swept %d + %d, %v; want %d", swept.Load(), n, err, outlived)
			}
			expectSession(t, s, "alive", []byte("x"))
		})
	}
}

// What was answered survives a power cut of Redis, and no state of Redis other
// than "there is nothing" reads as a session that is not there.
func TestRedisSessionsInTrouble(t *testing.T) {
	server, err := servers.Redis(servers.Options{Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	config := storetest.Config(t, storetest.PostgresRedis)
	config.Sessions = server.URL
	s := storetest.OpenConfig(t, config)

	for i := range 50 {
		put(t, s, "kept"+strconv.Itoa(i), "x")
	}
	server.Kill()
	_, err = s.Sessions.Get(t.Context(), "kept0")
	expectOutage(t, "getting while Redis is gone", err)
	_, err = s.Sessions.Take(t.Context(), "kept0")
	expectOutage(t, "taking while Redis is gone", err)
	_, err = s.Sessions.Swap(t.Context(), "kept0", []byte("x"), []byte("y"), time.Minute)
	expectOutage(t, "swapping while Redis is gone", err)
	expectOutage(t, "extending while Redis is gone", s.Sessions.Extend(t.Context(), "kept0", time.Minute))
	expectOutage(t, "deleting while Redis is gone", s.Sessions.Delete(t.Context(), "kept0"))
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	expectHealing(t, "getting after a power cut", func() error { _, err := s.Sessions.Get(t.Context(), "kept0"); return err })
	for i := range 50 {
		expectSession(t, s, "kept"+strconv.Itoa(i), []byte("x"))
	}

	troubles := map[string][2][]any{
		"out of memory":  {{"config", "set", "maxmemory", "1"}, {"config", "set", "maxmemory", "0"}},
		"only a replica": {{"replicaof", "127.0.0.1", "1"}, {"replicaof", "no", "one"}},
	}
	for name, trouble := range troubles {
		do(t, s.Redis.Client, trouble[0]...)
		expectOutage(t, "putting while Redis is "+name, s.Sessions.Put(t.Context(), "new", nil, time.Minute))
		_, err = s.Sessions.Swap(t.Context(), "kept0", []byte("x"), []byte("x"), time.Minute)
		expectOutage(t, "swapping while Redis is "+name, err)
		do(t, s.Redis.Client, trouble[1]...)
		expectHealing(t, "putting after Redis was "+name, func() error { return s.Sessions.Put(t.Context(), "new", nil, time.Minute) })
	}
	do(t, s.Redis.Client, "replicaof", "127.0.0.1", "1")
	do(t, s.Redis.Client, "config", "set", "replica-serve-stale-data", "no") // MASTERDOWN
	_, err = s.Sessions.Get(t.Context(), "unknown")
	expectOutage(t, "getting from a replica without its master", err)
	_, err = s.Sessions.Take(t.Context(), "unknown")
	expectOutage(t, "taking from a replica without its master", err)
	_, err = s.Sessions.Swap(t.Context(), "unknown", []byte("x"), []byte("y"), time.Minute)
	expectOutage(t, "swapping in a replica without its master", err)
}

func do(t *testing.T, client redis.UniversalClient, command ...any) {
	t.Helper()
	if err := client.Do(t.Context(), command...).Err(); err != nil {
		t.Fatalf("%v: %v", command, err)
	}
}

func put(t *testing.T, s *stores.Stores, key, value string) {
	t.Helper()
	if err := s.Sessions.Put(t.Context(), key, []byte(value), time.Minute); err != nil {
		t.Fatalf("putting %q: %v", key, err)
	}
}

func expectSession(t *testing.T, s *stores.Stores, key string, want []byte) {
	t.Helper()
	got, err := s.Sessions.Get(t.Context(), key)
	if err != nil || got == nil || !bytes.Equal(got, want) {
		t.Errorf("getting %q = %d bytes, %v; want %d bytes", key, len(got), err, len(want))
	}
}

func expectNoSession(t *testing.T, s *stores.Stores, key string) {
	t.Helper()
	if _, err := s.Sessions.Get(t.Context(), key); !errors.Is(err, stores.ErrNotFound) {
		t.Errorf("getting %q: %v, want ErrNotFound", key, err)
	}
	if _, err := s.Sessions.Take(t.Context(), key); !errors.Is(err, stores.ErrNotFound) {
		t.Errorf("taking %q: %v, want ErrNotFound", key, err)
	}
	if err := s.Sessions.Extend(t.Context(), key, time.Minute); !errors.Is(err, stores.ErrNotFound) {
		t.Errorf("extending %q: %v, want ErrNotFound", key, err)
	}
	if err := s.Sessions.Delete(t.Context(), key); err != nil {
		t.Errorf("deleting %q, which is not there: %v", key, err)
	}
}

func expectOutage(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil || errors.Is(err, stores.ErrNotFound) {
		t.Errorf("%s: %v, want an outage", what, err)
	}
}
