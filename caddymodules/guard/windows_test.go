package guard

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/redis/go-redis/v9"
)

// redisForTest gives windows in the test Redis, under a prefix of their own.
func redisForTest(t testing.TB) *redisWindows {
	t.Helper()
	address := os.Getenv("SEKISHO_TEST_REDIS")
	if address == "" {
		t.Fatal("SEKISHO_TEST_REDIS is not set: this test needs a real server; run `make -f xcaddy.mk test`")
	}
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal("SEKISHO_TEST_REDIS is no redis:// address")
	}
	options.MaxRetries = -1
	options.ContextTimeoutEnabled = true
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return &redisWindows{client: client, prefix: fmt.Sprintf("guardtest%x:", rand.Uint64())}
}

// The limits of these tests, small enough that every edge is met often.
var (
	smallSlot = slot{"pair", Limit{Failures: 3, Window: caddy.Duration(15 * time.Second)}}
	largeSlot = slot{"all", Limit{Failures: 5, Window: caddy.Duration(40 * time.Second)}}
)

// play lets both forms of windows live through the same history, which it reads
// from script, and fails where they decide differently.
func play(t *testing.T, inMemory, inRedis windows, round string, script []byte) {
	t.Helper()
	ctx := context.Background()
	now := time.UnixMilli(1_790_000_000_000)
	var open []try
	var history []string
	note := func(format string, args ...any) { history = append(history, fmt.Sprintf(format, args...)) }
	for i := 0; i+1 < len(script); i += 2 {
		choice, detail := script[i], int(script[i+1])
		switch choice % 8 {
		case 0, 1, 2, 3: // somebody comes
			as := [...]outcome{undecided, wrong, right, undecided}[choice%4]
			if as == right && detail%3 > 0 {
				as = wrong // else hardly a window fills
			}
			account := fmt.Sprintf("%s-%d", round, detail%2)
			place := smallSlot
			place.key += fmt.Sprint(detail / 2 % 3)
			visitor := newTry(account, place)
			if detail/6%4 > 0 { // an address that is not exempt
				visitor.slots = append(visitor.slots, largeSlot)
			}
			note("%v: %s comes to %s %v", now.UnixMilli(), as, account, visitor.slots)
			fromMemory, err1 := inMemory.enter(ctx, now, visitor, as)
			fromRedis, err2 := inRedis.enter(ctx, now, visitor, as)
			if err1 != nil || err2 != nil {
				t.Fatalf("memory: %v; Redis: %v", err1, err2)
			}
			if fromMemory != fromRedis {
				t.Fatalf("memory says %+v, Redis says %+v, after\n%s", fromMemory, fromRedis, strings.Join(history, "\n"))
			}
			if fromMemory.answer == pass && as == undecided {
				open = append(open, visitor)
			}
		case 4, 5, 6: // one of the undecided is decided
			if len(open) == 0 {
				continue
			}
			at := detail % len(open)
			as := outcomeOf(choice%8 == 4)
			note("%v: %d proves %s", now.UnixMilli(), at, as)
			if err := inMemory.settle(ctx, open[at], as); err != nil {
				t.Fatal(err)
			}
			if err := inRedis.settle(ctx, open[at], as); err != nil {
				t.Fatal(err)
			}
			open = append(open[:at], open[at+1:]...)
		case 7: // time goes by: often to a window's very edge, sometimes back a little
			step := [...]time.Duration{
				time.Millisecond, time.Second, 5 * time.Second, undecidedAtMost, 10*time.Second - time.Millisecond,
				15 * time.Second, 40 * time.Second, -2 * time.Second,
			}[detail%8]
			now = now.Add(step)
			note("%v of time", step)
		}
	}
}

// Whatever happens before a door, in memory and in Redis the same is decided,
// with the same Retry-After.
func TestBothFormsDecideAlike(t *testing.T) {
	inMemory, inRedis := newMemory(), redisForTest(t)
	for round := range 150 {
		seed := rand.NewPCG(uint64(round), 7)
		script := make([]byte, 160)
		for i := range script {
			script[i] = byte(seed.Uint64() >> 11)
		}
		play(t, inMemory, inRedis, fmt.Sprint("round", round), script)
	}
}

func FuzzBothFormsDecideAlike(f *testing.F) {
	f.Add([]byte{1, 6, 1, 6, 1, 6, 1, 6, 7, 5, 1, 6})
	f.Add([]byte{0, 6, 0, 6, 0, 6, 0, 6, 5, 0, 4, 0, 0, 6, 7, 3, 0, 6})
	inMemory, inRedis := newMemory(), redisForTest(f)
	f.Fuzz(func(t *testing.T, script []byte) {
		play(t, inMemory, inRedis, fmt.Sprintf("fuzz%x", rand.Uint64()), script[:min(len(script), 400)])
	})
}

// forms runs test on windows in memory and in Redis.
func forms(t *testing.T, test func(t *testing.T, w windows)) {
	t.Run("memory", func(t *testing.T) { test(t, newMemory()) })
	t.Run("redis", func(t *testing.T) { test(t, redisForTest(t)) })
}

// An attempt that its gateway never decided counts as a failure, and from the
// tenth second on nobody waits for it; proving right later still takes it back.
func TestUndecidedForTooLongIsAFailure(t *testing.T) {
	forms(t, func(t *testing.T, w windows) {
		ctx, now := context.Background(), time.UnixMilli(1_790_000_000_000)
		enter := func(now time.Time) (try, verdict) {
			t.Helper()
			visitor := newTry("account", smallSlot, largeSlot)
			v, err := w.enter(ctx, now, visitor, undecided)
			if err != nil {
				t.Fatal(err)
			}
			return visitor, v
		}
		first, _ := enter(now)
		enter(now)
		enter(now)
		if _, v := enter(now.Add(undecidedAtMost - time.Millisecond)); v.answer != wait {
			t.Errorf("just before the bound: %+v, want a wait", v)
		}
		want := verdict{answer: refused, slot: 0, retry: 5 * time.Second}
		if _, v := enter(now.Add(undecidedAtMost)); v != want {
			t.Errorf("at the bound: %+v, want %+v", v, want)
		}
		if err := w.settle(ctx, first, right); err != nil {
			t.Fatal(err)
		}
		if _, v := enter(now.Add(undecidedAtMost)); v.answer != pass {
			t.Errorf("after one proved right: %+v, want a pass", v)
		}
	})
}

// A reload may lower a limit below what was counted before: it is refused until
// so many have left the window that there is room.
func TestLoweredLimit(t *testing.T) {
	forms(t, func(t *testing.T, w windows) {
		ctx, now := context.Background(), time.UnixMilli(1_790_000_000_000)
		for i := range 5 {
			if v, err := w.enter(ctx, now.Add(time.Duration(i)*time.Second), newTry("account", largeSlot), wrong); err != nil || v.answer != pass {
				t.Fatalf("failure %d: %+v, %v", i, v, err)
			}
		}
		lowered := slot{largeSlot.key, Limit{Failures: 2, Window: largeSlot.limit.Window}}
		v, err := w.enter(ctx, now.Add(10*time.Second), newTry("account", lowered), wrong)
		if want := (verdict{answer: refused, retry: 33 * time.Second}); err != nil || v != want {
			t.Errorf("got %+v, %v, want %+v: the fourth of five must have left", v, err, want)
		}
	})
}

// What strangers make a gateway remember is bounded, in windows and in what
// they hold; what was not used for longest goes first.
func TestMemoryIsBounded(t *testing.T) {
	now := time.UnixMilli(1_790_000_000_000)
	enter := func(t *testing.T, m *memory, account string, limit Limit) answer {
		t.Helper()
		v, err := m.enter(context.Background(), now, newTry(account, slot{"all", limit}), wrong)
		if err != nil {
			t.Fatal(err)
		}
		return v.answer
	}
	once := Limit{Failures: 1, Window: caddy.Duration(time.Hour)}

	t.Run("windows", func(t *testing.T) {
		m := newMemory()
		enter(t, m, "early", once)
		enter(t, m, "kept in use", once)
		for i := range mostWindows {
			enter(t, m, fmt.Sprint(i), once)
			if i%1000 == 0 {
				enter(t, m, "kept in use", once)
			}
		}
		if enter(t, m, "kept in use", once) != refused {
			t.Error("a window in use was forgotten")
		}
		if len(m.windows) != mostWindows || m.recent.Len() != mostWindows || m.marks != mostWindows {
			t.Errorf("%d windows, %d in order, %d marks, want %d of each", len(m.windows), m.recent.Len(), m.marks, mostWindows)
		}
		if enter(t, m, "early", once) != pass {
			t.Error("the window that was not used for longest is still there")
		}
	})

	t.Run("marks", func(t *testing.T) {
		m := newMemory()
		wide := Limit{Failures: mostFailures, Window: caddy.Duration(time.Hour)}
		for account := range mostMarks/mostFailures + 20 {
			key := fmt.Sprint(account)
			for i := range mostFailures {
				m.add(key, mark{began: now.UnixMilli(), id: uint64(i)}, wide)
			}
		}
		if m.marks > mostMarks || len(m.windows) != mostMarks/mostFailures {
			t.Errorf("%d marks in %d windows, want at most %d", m.marks, len(m.windows), mostMarks)
		}
	})

	t.Run("nothing stays that is outlived", func(t *testing.T) {
		m := newMemory()
		for i := range 100 {
			enter(t, m, fmt.Sprint(i), once)
		}
		now = now.Add(time.Hour + slack)
		for range 100/sweepAtOnce + 1 {
			enter(t, m, "the only one", once)
		}
		if len(m.windows) != 1 || m.marks != 1 {
			t.Errorf("%d windows with %d marks, want one with one", len(m.windows), m.marks)
		}
	})
}

// No key outlives its window by much, and those of one account lie on one node
// of a cluster.
func TestRedisKeys(t *testing.T) {
	w, ctx := redisForTest(t), context.Background()
	now := time.UnixMilli(1_790_000_000_000)
	decided := newTry("account", smallSlot, largeSlot)
	if _, err := w.enter(ctx, now, decided, undecided); err != nil {
		t.Fatal(err)
	}
	if err := w.settle(ctx, decided, wrong); err != nil {
		t.Fatal(err)
	}
	if _, err := w.enter(ctx, now, newTry("account", smallSlot, largeSlot), undecided); err != nil {
		t.Fatal(err)
	}
	keys, err := w.client.Keys(ctx, w.prefix+"*").Result()
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) != 4 {
		t.Errorf("keys are %q, want four: failures and undecided ones of two windows", keys)
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, w.prefix+"guard:{account}:") {
			t.Errorf("key %q does not carry the account as its hash tag", key)
		}
		if left := w.client.PTTL(ctx, key).Val(); left <= 0 || left > time.Duration(largeSlot.limit.Window)+slack {
			t.Errorf("key %q lives for %v", key, left)
		}
	}
}

// A script that is sent again because its answer was lost counts once.
func TestSentAgain(t *testing.T) {
	w, ctx, now := redisForTest(t), context.Background(), time.UnixMilli(1_790_000_000_000)
	for _, as := range []outcome{undecided, wrong} {
		t.Run(string(as), func(t *testing.T) {
			for i := range 3 {
				visitor := newTry(string(as), smallSlot, largeSlot)
				for again := range 3 {
					if v, err := w.enter(ctx, now, visitor, as); err != nil || v.answer != pass {
						t.Errorf("attempt %d, sent for the %d. time: %+v, %v, want a pass", i, again, v, err)
					}
				}
			}
			if v, err := w.enter(ctx, now, newTry(string(as), smallSlot, largeSlot), as); err != nil || v.answer == pass {
				t.Errorf("the fourth attempt: %+v, %v, want no pass", v, err)
			}
		})
	}
}
