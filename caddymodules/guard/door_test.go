package guard

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

func TestPerAddress(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		d := newDoor(t, s, People)
		guess(t, d, 4, member, home)
		step(t, 2*time.Minute)
		guess(t, d, 6, member, home)
		for _, right := range []bool{false, true} {
			wantRefused(t, d.Settle(t.Context(), member, home, right), 3*time.Minute)
		}
		_, err := d.Begin(t.Context(), member, home)
		wantRefused(t, err, 3*time.Minute)
		guess(t, d, 1, member, away)
		guess(t, d, 1, "taro@example.com", home)

		step(t, 3*time.Minute) // the first four have left the window
		guess(t, d, 4, member, home)
		wantRefused(t, d.Settle(t.Context(), member, home, false), 2*time.Minute)
		step(t, 2*time.Minute)
		login(t, d, member, home)
	})
}

func TestSuccessClears(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		d := newDoor(t, s, People)
		guess(t, d, 9, member, home)
		guess(t, d, 9, member, away)
		login(t, d, member, home)
		guess(t, d, 9, member, home)
		attempt, err := d.Begin(t.Context(), member, home)
		if err != nil {
			t.Fatal(err)
		}
		if err := attempt.Right(t.Context()); err != nil {
			t.Fatal(err)
		}
		guess(t, d, 10, member, home)
		wantRefused(t, d.Settle(t.Context(), member, home, true), 5*time.Minute)

		guess(t, d, 1, member, away) // what succeeded at home cleared nothing here
		wantRefused(t, d.Settle(t.Context(), member, away, true), 5*time.Minute)
	})
}

// An attack from everywhere shuts the account, but not for an address that its
// user has come from.
func TestPerAccount(t *testing.T) {
	for name, limits := range map[string]Limits{"people": People, "machines": Machines} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *stores.Stores) {
				d := newDoor(t, s, limits)
				login(t, d, member, home)
				guess(t, d, 9, member, home) // a known address does not count
				for i := range limits.PerAccount.Failures {
					guess(t, d, 1, member, fmt.Sprintf("2001:db8:%x::/64", i))
				}
				for _, right := range []bool{false, true} {
					wantRefused(t, d.Settle(t.Context(), member, away, right), time.Hour)
				}
				guess(t, d, 1, member, home)
				wantRefused(t, d.Settle(t.Context(), member, home, true), 5*time.Minute)
				guess(t, d, 1, "taro@example.com", away)

				step(t, 5*time.Minute)
				login(t, d, member, home)
				step(t, 55*time.Minute)
				login(t, d, member, away)
			})
		})
	}
}

// commands counts what goes to Redis.
type commands struct{ sent atomic.Int64 }

func (c *commands) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *commands) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.sent.Add(1)
		return next(ctx, cmd)
	}
}

func (c *commands) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.sent.Add(int64(len(cmds)))
		return next(ctx, cmds)
	}
}

// A client that does nothing wrong costs one round trip every three seconds, or
// none in memory.
func TestRightSecretIsCheap(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		d := newDoor(t, s, Machines)
		login(t, d, "1", home)
		seen, sent, want := watch(d), &commands{}, int64(0)
		if s.Redis != nil {
			s.Redis.Client.AddHook(sent)
			want = 2
		}
		for range 100 {
			login(t, d, "1", home)
		}
		for range 2 {
			step(t, latelyFor)
			login(t, d, "1", home)
		}
		if asked := seen.gets.Load() + seen.puts.Load(); asked != 0 || sent.sent.Load() != want {
			t.Errorf("102 right secrets: %d calls of the sessions, %d commands to Redis, want 0 and %d", asked, sent.sent.Load(), want)
		}
	})
}

// Who was right a moment ago is refused all the same once they have guessed, and
// nobody else has anything of it.
func TestRightLatelyIsNoWayAround(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		d := newDoor(t, s, Machines)
		login(t, d, "1", home)
		guess(t, d, 10, "1", home)
		wantRefused(t, d.Settle(t.Context(), "1", home, true), 5*time.Minute)

		login(t, d, "2", away)
		guess(t, d, 10, "2", home)
		wantRefused(t, d.Settle(t.Context(), "2", home, true), 5*time.Minute)
		login(t, d, "2", away)
	})
}

// What was counted holds over a reload, while the old configuration and the
// new one are both there and after.
func TestReload(t *testing.T) {
	for _, combination := range []string{storetest.Embedded, storetest.PostgresRedis} {
		t.Run(combination, func(t *testing.T) {
			config := storetest.Config(t, combination)
			storetest.Migrate(t, config)
			old, err := stores.Open(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			before := newDoor(t, old, People)
			guess(t, before, 10, member, home)
			reloaded := storetest.OpenConfig(t, config)
			after := newDoor(t, reloaded, People)
			guess(t, before, 9, member, away)
			if err := old.Close(); err != nil {
				t.Fatal(err)
			}
			wantRefused(t, after.Settle(t.Context(), member, home, true), 5*time.Minute)
			guess(t, after, 1, member, away)
			wantRefused(t, after.Settle(t.Context(), member, away, true), 5*time.Minute)
		})
	}
}

// No account and no address, of whatever length or bytes, stands in a key or
// value.
func TestNothingInClear(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		accounts := []string{"", member, strings.Repeat("長い", 100_000), "\xff\x00{}\r\n" + member, "2001:db8::/64"}
		d := newDoor(t, s, People)
		seen := watch(d)
		for _, account := range accounts {
			guess(t, d, 9, account, "2001:db8::/64")
			login(t, d, account, "2001:db8::/64")
			guess(t, d, 10, account, "2001:db8::/64")
			wantRefused(t, d.Settle(t.Context(), account, "2001:db8::/64", true), 5*time.Minute)
			if strings.Contains(fmt.Sprint(d.Settle(t.Context(), account, "2001:db8::/64", true)), member) {
				t.Error("the refusal names the account")
			}
		}
		kept := []string{}
		seen.keys.Range(func(key, value any) bool {
			kept = append(kept, key.(string), value.(string))
			return true
		})
		if len(kept) != 2*len(accounts) {
			t.Errorf("%d addresses remembered, want %d", len(kept)/2, len(accounts))
		}
		if s.Redis != nil {
			keys, err := s.Redis.Client.Keys(t.Context(), s.Redis.Prefix+"guard:{*").Result()
			if err != nil || len(keys) == 0 {
				t.Fatalf("keys %q, %v", keys, err)
			}
			for _, key := range keys {
				kept = append(kept, key)
				kept = append(kept, s.Redis.Client.ZRange(t.Context(), key, 0, -1).Val()...)
			}
		}
		for _, text := range kept {
			if len(text) > 200 || strings.Contains(text, "hanako") || strings.Contains(text, "2001") && strings.Contains(text, "db8") {
				t.Errorf("%.300q is kept in clear", text)
			}
		}
	})
}

// Two accounts whose names run together with the door's or the address's are
// still two.
func TestNamesKeepTheirBorders(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		d := newDoor(t, s, People)
		guess(t, d, 10, "ab", "c")
		guess(t, d, 1, "a", "bc")
		other, err := NewDoor(s, observe.New(), "other", People)
		if err != nil {
			t.Fatal(err)
		}
		guess(t, other, 1, "ab", "c")
		wantRefused(t, d.Settle(t.Context(), "ab", "c", true), 5*time.Minute)
	})
}

// Each refusal is counted once, by its limit and no more.
func TestRefusalsAreCounted(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		registry, m := prometheus.NewRegistry(), observe.New()
		if err := m.Register(registry); err != nil {
			t.Fatal(err)
		}
		one := Limit{Failures: 1, Window: caddy.Duration(time.Minute)}
		two := Limit{Failures: 2, Window: caddy.Duration(time.Minute)}
		d, err1 := NewDoor(s, m, "login", Limits{PerAddress: one, PerAccount: two}.Or(People))
		open, err2 := NewOpenDoor(s, m, "keys", one)
		signUps, err3 := NewSignUps(s, m, "sign_up", one)
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		for _, address := range []string{"10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.3"} {
			_ = d.Settle(t.Context(), member, address, false) // passes, 2 × address, passes, account
		}
		for range 4 {
			_ = open.Settle(t.Context(), home, false)
			_ = signUps.Allow(t.Context(), home)
		}
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, family := range families {
			for _, metric := range family.GetMetric() {
				if metric.GetCounter().GetValue() == 0 {
					continue // it may come
				}
				line := family.GetName()
				for _, label := range metric.GetLabel() {
					line += " " + label.GetName() + "=" + label.GetValue()
				}
				got = append(got, fmt.Sprint(line, " ", metric.GetCounter().GetValue()))
			}
		}
		want := []string{
			"sekisho_guess_attempts_total door=keys outcome=wrong 1",
			"sekisho_guess_attempts_total door=login outcome=wrong 2",
			"sekisho_guess_refusals_total door=keys limit=address 3",
			"sekisho_guess_refusals_total door=login limit=account 1",
			"sekisho_guess_refusals_total door=login limit=address 2",
			"sekisho_guess_refusals_total door=sign_up limit=sign_up 3",
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
}

func BenchmarkSettle(b *testing.B) {
	for _, combination := range []string{storetest.Embedded, storetest.PostgresRedis} {
		d := newDoor(b, storetest.Open(b, combination), Machines)
		for name, right := range map[string]bool{"right": true, "wrong": false} {
			b.Run(combination+"/"+name, func(b *testing.B) {
				site := fmt.Sprint(rand.Uint64()) // each round begins without a failure
				login(b, d, site, home)
				b.ReportAllocs()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						err := d.Settle(b.Context(), site, home, right)
						if err != nil && !fault.Is(err, fault.TooMany) {
							b.Error(err)
							return
						}
					}
				})
			})
		}
	}
}

// An outage of ours between question and answer is nobody's guess.
func TestVoidTakesBack(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		d := newDoor(t, s, People)
		guess(t, d, 9, member, home)
		for range 20 {
			attempt, err := d.Begin(t.Context(), member, home)
			if err != nil {
				t.Fatal(err)
			}
			if err := attempt.Void(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := attempt.Right(t.Context()); err != nil { // too late to clear anything
				t.Fatal(err)
			}
		}
		guess(t, d, 1, member, home)
		wantRefused(t, d.Settle(t.Context(), member, home, true), 5*time.Minute)
	})
}

// A stranger who tries ever new accounts is refused before the memory in which
// the others' failures stand overflows; right keys go on passing.
func TestPerSource(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		limits := People
		limits.PerSource = Limit{Failures: 50, Window: caddy.Duration(5 * time.Minute)}
		d := newDoor(t, s, limits)
		guess(t, d, 9, member, home)
		for number := range 41 {
			guess(t, d, 1, fmt.Sprintf("nobody-%d@example.com", number), home)
		}
		for range 20 {
			wantRefused(t, d.Settle(t.Context(), "somebody new", home, false), 5*time.Minute)
			_, err := d.Begin(t.Context(), "somebody newer", home)
			wantRefused(t, err, 5*time.Minute)
		}
		if err := d.Settle(t.Context(), "a shop", home, true); err != nil {
			t.Errorf("a right key from the same address: %v", err)
		}
		guess(t, d, 1, "somebody new", away)
		step(t, 5*time.Minute)
		guess(t, d, 1, "somebody new", home)
	})
}

// One address that makes many attempts at once keeps nobody else waiting, at
// whichever doors it does.
func TestSeatsOfAnAddress(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	d, next := newDoor(t, s, People), newDoorNamed(t, s, "login next door", People)
	var sitting []*Attempt
	for number := range mostSeats {
		a, err := d.Begin(t.Context(), fmt.Sprintf("member %d", number), home)
		if err != nil {
			t.Fatal(err)
		}
		sitting = append(sitting, a)
	}
	ctx, hangUp := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer hangUp()
	_, err := d.Begin(ctx, "one more", home)
	wantRefused(t, err, time.Second)
	_, err = next.Begin(ctx, "one more", home)
	wantRefused(t, err, time.Second)
	login(t, d, "one more", away)
	for _, a := range sitting {
		if err := a.Void(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	login(t, d, "one more", home)
	if left := len(d.crowd.seats); left != 0 {
		t.Errorf("%d addresses are remembered after everybody left", left)
	}
}
