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

func TestSwappingSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		every := make([]byte, 256)
		for i := range every {
			every[i] = byte(i)
		}
		largest := bytes.Repeat([]byte{0xff}, 64<<10)
		for name, c := range map[string]struct {
			kept, old, value []byte // kept nil: nothing is kept
			want             bool
			left             []byte // nil: nothing is left
		}{
			"right":                       {[]byte("a"), []byte("a"), []byte("b"), true, []byte("b")},
			"right, the same again":       {[]byte("a"), []byte("a"), []byte("a"), true, []byte("a")},
			"right, every byte":           {every, every, largest, true, largest},
			"right, the largest":          {largest, largest, every, true, every},
			"right, from empty":           {[]byte{}, []byte{}, []byte("b"), true, []byte("b")},
			"right, to empty":             {[]byte("a"), []byte("a"), []byte{}, true, []byte{}},
			"wrong":                       {[]byte("a"), []byte("x"), []byte("b"), false, []byte("a")},
			"wrong, another letter case":  {[]byte("a"), []byte("A"), []byte("b"), false, []byte("a")},
			"wrong, a beginning":          {[]byte("a b"), []byte("a"), []byte("b"), false, []byte("a b")},
			"wrong, empty":                {[]byte("a"), []byte{}, []byte("b"), false, []byte("a")},
			"wrong, longer than any":      {[]byte("a"), make([]byte, 64<<10+1), []byte("b"), false, []byte("a")},
			"missing":                     {nil, []byte("a"), []byte("b"), false, nil},
			"missing, empty":              {nil, []byte{}, []byte("b"), false, nil},
			"new":                         {nil, nil, []byte("b"), true, []byte("b")},
			"new, empty":                  {nil, nil, []byte{}, true, []byte{}},
			"new where there is one":      {[]byte("a"), nil, []byte("b"), false, []byte("a")},
			"new where there is an empty": {[]byte{}, nil, []byte("b"), false, []byte{}},
			"forgetting":                  {[]byte("a"), []byte("a"), nil, true, nil},
			"forgetting, empty":           {[]byte{}, []byte{}, nil, true, nil},
			"forgetting, wrong":           {[]byte("a"), []byte("x"), nil, false, []byte("a")},
			"forgetting, missing":         {nil, []byte("a"), nil, false, nil},
			"nothing is kept":             {nil, nil, nil, true, nil},
			"something is kept":           {[]byte("a"), nil, nil, false, []byte("a")},
			"something empty is kept":     {[]byte{}, nil, nil, false, []byte{}},
		} {
			if c.kept != nil {
				put(t, s, name, string(c.kept))
			}
			swapped, err := s.Sessions.Swap(t.Context(), name, c.old, c.value, time.Minute)
			if swapped != c.want || err != nil {
				t.Errorf("%s: swapped %v, %v", name, swapped, err)
			}
			if c.left == nil {
				expectNoSession(t, s, name)
			} else {
				expectSession(t, s, name, c.left)
			}
		}
	})
}

func TestSwappingRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		put(t, s, "k", "a")
		for name, refused := range map[string]struct {
			key      string
			value    []byte
			lifetime time.Duration
		}{
			"an empty key":       {"", []byte("b"), time.Minute},
			"a long key":         {strings.Repeat("k", 201), []byte("b"), time.Minute},
			"a key to forget":    {"鍵", nil, time.Minute},
			"a long value":       {"k", make([]byte, 64<<10+1), time.Minute},
			"no lifetime":        {"k", []byte("b"), 0},
			"no whole lifetime":  {"k", []byte("b"), time.Millisecond - 1},
			"an empty lifetime":  {"k", []byte{}, 0},
			"a lifetime past":    {"k", []byte("b"), -time.Minute},
			"a key beyond ASCII": {"鍵", []byte("b"), time.Minute},
		} {
			swapped, err := s.Sessions.Swap(t.Context(), refused.key, []byte("a"), refused.value, refused.lifetime)
			if swapped || err == nil || errors.Is(err, stores.ErrNotFound) {
				t.Errorf("swapping %s: %v, %v; want a refusal", name, swapped, err)
			}
		}
		for _, refused := range [][]byte{make([]byte, 64<<10+1), {}} {
			if swapped, err := s.Sessions.Swap(t.Context(), "new", nil, refused, 0); swapped || err == nil {
				t.Errorf("swapping %d bytes in where nothing was: %v, %v; want a refusal", len(refused), swapped, err)
			}
		}
		expectSession(t, s, "k", []byte("a"))
		if swapped, err := s.Sessions.Swap(t.Context(), "k", []byte("a"), nil, 0); !swapped || err != nil {
			t.Errorf("forgetting, which takes no lifetime: %v, %v", swapped, err)
		}
	})
}

// What is outlived is as nothing, and what is swapped in lives on its own.
func TestLifetimesOfSwappedSessions(t *testing.T) {
	for _, combination := range storetest.Combinations {
		t.Run(combination, func(t *testing.T) {
			s := storetest.Open(t, combination)
			swap := func(key string, old, value []byte, want bool) {
				t.Helper()
				if swapped, err := s.Sessions.Swap(t.Context(), key, old, value, time.Minute); swapped != want || err != nil {
					t.Errorf("swapping %s: %v, %v", key, swapped, err)
				}
			}
			a, b := []byte("a"), []byte("b")
			for _, key := range []string{"goes", "forgotten late", "replaced late", "seen late", "renewed", "kept"} {
				put(t, s, key, "a")
			}
			defer clock.Step(50 * time.Second)()
			swap("renewed", a, b, true)
			swap("kept", []byte("x"), b, false)
			defer clock.Step(11 * time.Second)()
			swap("goes", a, b, false)
			swap("forgotten late", a, nil, false)
			swap("seen late", nil, nil, true)
			swap("replaced late", nil, b, true)
			swap("renewed", b, a, true)
			expectNoSession(t, s, "goes")
			expectNoSession(t, s, "kept") // a swap that fails extends nothing
			expectSession(t, s, "replaced late", b)
			defer clock.Step(50 * time.Second)() // beyond the end of its first swap
			expectSession(t, s, "renewed", a)
			defer clock.Step(11 * time.Second)()
			expectNoSession(t, s, "renewed")
			expectNoSession(t, s, "replaced late")
		})
	}
}

// Each of 64 adds one to a number, again and again until nobody came between,
// which each of the others does once.
func TestManySwapASession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		const callers = 64
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				swapped := false
				for tries := 0; tries < callers && !swapped && !t.Failed(); tries++ {
					swapped = addOne(t, s, "sum")
				}
				if !swapped {
					t.Error("more came between than there are")
				}
			})
		}
		all.Wait()
		expectSession(t, s, "sum", []byte(strconv.Itoa(callers)))
	})
}

// addOne adds one to the number under key, nothing being 0, unless another comes
// between.
func addOne(t *testing.T, s *stores.Stores, key string) (swapped bool) {
	old, err := s.Sessions.Get(t.Context(), key)
	if err != nil && !errors.Is(err, stores.ErrNotFound) {
		t.Errorf("getting %q: %v", key, err)
		return false
	}
	sum, _ := strconv.Atoi(string(old))
	swapped, err = s.Sessions.Swap(t.Context(), key, old, []byte(strconv.Itoa(sum+1)), time.Minute)
	if err != nil {
		t.Errorf("swapping %q: %v", key, err)
	}
	return swapped
}

// Of 32 who swap the same value for their own, or forget it, one does.
func TestOneSwapsASession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		put(t, s, "once", "a")
		var swapped atomic.Int32
		var all sync.WaitGroup
		for i := range 32 {
			all.Go(func() {
				var value []byte
				if i%2 == 0 {
					value = []byte(strconv.Itoa(i))
				}
				mine, err := s.Sessions.Swap(t.Context(), "once", []byte("a"), value, time.Minute)
				if err != nil {
					t.Error(err)
				}
				if !mine {
					return
				}
				swapped.Add(1)
				if value == nil {
					expectNoSession(t, s, "once")
				} else {
					expectSession(t, s, "once", value)
				}
			})
		}
		all.Wait()
		if n := swapped.Load(); n != 1 {
			t.Errorf("%d of 32 swapped", n)
		}
	})
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
