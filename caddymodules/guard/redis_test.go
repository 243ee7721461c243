package guard

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// While Redis is out of reach nobody gets in, and everybody is told in time;
// once it is back the doors open by themselves.
func TestOutageOfRedis(t *testing.T) {
	s := storetest.Open(t, storetest.PostgresRedis)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close() // it takes calls and never answers

	for name, address := range map[string]string{"refuses": "127.0.0.1:1", "is silent": silent.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t, s, People)
			login(t, d, member, home)
			begun := begin(t, d, 2, member, home)
			open, err := NewOpenDoor(s, newMetrics(t), "keys", Keys)
			if err != nil {
				t.Fatal(err)
			}
			signUps, err := NewSignUps(s, newMetrics(t), "sign_up", Registrations)
			if err != nil {
				t.Fatal(err)
			}

			client := redis.NewClient(&redis.Options{Addr: address, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true})
			defer client.Close()
			there, gone := d.windows, &redisWindows{client: client, prefix: s.Redis.Prefix}
			d.windows, open.windows, signUps.windows = gone, gone, gone
			var asking sync.WaitGroup
			for what, ask := range map[string]func(context.Context) error{
				"begin": func(ctx context.Context) error {
					_, err := d.Begin(ctx, member, home)
					return err
				},
				"settle right": func(ctx context.Context) error { return d.Settle(ctx, member, home, true) },
				"settle wrong": func(ctx context.Context) error { return d.Settle(ctx, member, home, false) },
				"prove right":  begun[0].Right,
				"prove wrong":  begun[1].Wrong,
				"a wrong key":  func(ctx context.Context) error { return open.Settle(ctx, home, false) },
				"a sign-up":    func(ctx context.Context) error { return signUps.Allow(ctx, home) },
			} {
				asking.Go(func() {
					began := time.Now()
					wantOutage(t, ask(t.Context()))
					if took := time.Since(began); took > stores.Timeout+400*time.Millisecond {
						t.Errorf("%s: answered after %v, want %v at most", what, took, stores.Timeout)
					}
				})
			}
			asking.Wait()
			d.windows = there
			login(t, d, member, home)
		})
	}
}
