package guard

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// inTransit is what an outage's answer may take beyond the time that the store
// was given.
const inTransit = 400 * time.Millisecond

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
			account := t.Name()
			d := newDoor(t, s, People)
			login(t, d, account, home)
			begun := make(chan *Attempt, 6)
			for _, attempt := range begin(t, d, cap(begun), account, home) {
				begun <- attempt
			}
			open, err := NewOpenDoor(s, observe.New(), "keys", Keys)
			if err != nil {
				t.Fatal(err)
			}
			signUps, err := NewSignUps(s, observe.New(), "sign_up", Registrations)
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
					_, err := d.Begin(ctx, account, home)
					return err
				},
				"settle right": func(ctx context.Context) error { return d.Settle(ctx, account, home, true) },
				"settle wrong": func(ctx context.Context) error { return d.Settle(ctx, account, home, false) },
				"prove right":  func(ctx context.Context) error { return (<-begun).Right(ctx) },
				"prove wrong":  func(ctx context.Context) error { return (<-begun).Wrong(ctx) },
				"a wrong key":  func(ctx context.Context) error { return open.Settle(ctx, home, false) },
				"a sign-up":    func(ctx context.Context) error { return signUps.Allow(ctx, home) },
			} {
				asking.Go(func() {
					storetest.InTime(t, what, stores.Timeout+inTransit, func() { wantOutage(t, ask(t.Context())) })
				})
			}
			asking.Wait()
			d.windows = there
			login(t, d, account, home)
		})
	}
}
