package stores_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
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

func TestRedisAddressesRefused(t *testing.T) {
	for address, says := range map[string]string{
		"http://127.0.0.1":                                "must start with",
		"redis+ring://127.0.0.1":                          "must start with",
		"redis://127.0.0.1/x":                             "database number",
		"redis://127.0.0.1?unknown=1":                     "unknown",
		"redis://127.0.0.1?max_retries=3":                 "max_retries",
		"redis://127.0.0.1?read_timeout=5s":               "at most 1.5s",
		"redis://127.0.0.1?dial_timeout=-1":               "at most 1.5s",
		"redis+cluster://127.0.0.1?read_only=true":        "read_only",
		"redis+sentinel://127.0.0.1":                      "master_name",
		"redis+sentinel://h?master_name=m&replica_only=1": "replica_only",
		"redis://127.0.0.1?prefix=%7Bx%7D":                "prefix",
		"redis://user:hunter2@127.0.0.1:1":                "refused",
		"redis://user:hunter2@127.0.0.1:port":             "malformed",
	} {
		r, err := stores.OpenRedis(t.Context(), address)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("opening %s: %v; want an error about %q", address, err, says)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("opening %s: the error shows the password", address)
		}
		if r != nil {
			t.Errorf("opening %s gives a connection beside its error", address)
		}
	}
}

func TestRedisPrefix(t *testing.T) {
	address := storetest.Server(t, "SEKISHO_TEST_REDIS")
	for given, want := range map[string]string{
		address:                               "sekisho:",
		address + "?prefix=":                  "",
		address + "?prefix=eu:&client_name=x": "eu:",
	} {
		r, err := stores.OpenRedis(t.Context(), given)
		if err != nil {
			t.Fatal(err)
		}
		if r.Prefix != want {
			t.Errorf("the prefix of %q is %q, want %q", given, r.Prefix, want)
		}
		r.Client.Close()
	}
}

func TestRedisConnections(t *testing.T) {
	address := storetest.Server(t, "SEKISHO_TEST_REDIS")
	for given, want := range map[string]int{"": 64, "?pool_size=5": 5} {
		r, err := stores.OpenRedis(t.Context(), address+given)
		if err != nil {
			t.Fatal(err)
		}
		if n := poolSize(r); n != want {
			t.Errorf("%q allows %d connections, want %d", given, n, want)
		}
		r.Client.Close()
	}
}

func poolSize(r *stores.Redis) int { return r.Client.(*redis.Client).Options().PoolSize }

func TestRedisBehindSentinels(t *testing.T) {
	master, err := servers.Redis(servers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(master.Stop)
	address, _ := url.Parse(master.URL)
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	watch := fmt.Sprintf("sentinel monitor old-house %s %s 1\n", address.Hostname(), address.Port())
	if err := os.WriteFile(config, []byte(watch), 0o600); err != nil {
		t.Fatal(err)
	}
	port := storetest.FreePort(t)
	sentinel := exec.Command("redis-server", config, "--sentinel", "--port", port, "--bind", "127.0.0.1")
	if err := sentinel.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sentinel.Process.Kill(); _ = sentinel.Wait() })

	var r *stores.Redis
	expectHealing(t, "opening", func() error {
		r, err = stores.OpenRedis(t.Context(), "redis+sentinel://127.0.0.1:"+port+"/3?master_name=old-house&prefix=x:")
		return err
	})
	defer r.Client.Close()
	if n := poolSize(r); n != 64 {
		t.Errorf("%d connections are allowed, want 64", n)
	}
	if err := stores.SessionsIn(r).Put(t.Context(), "k", []byte("v"), time.Minute); err != nil {
		t.Fatal(err)
	}
	options, _ := redis.ParseURL(master.URL)
	options.DB = 3
	direct := redis.NewClient(options)
	defer direct.Close()
	if got := direct.Get(t.Context(), "x:session:k").Val(); got != "v" {
		t.Errorf("the server that the sentinel names has %q, want v", got)
	}
}

// The gateway is killed between two steps of a Drain, seen from Redis and the
// database: whatever the step, the next Drain finishes what is unfinished.
func TestDrainKilledBetweenSteps(t *testing.T) {
	redisServer, err := servers.Redis(servers.Options{Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(redisServer.Stop)
	config := storetest.Config(t, storetest.PostgresRedis)
	config.Sessions = redisServer.URL
	s := storetest.OpenConfig(t, config)
	makeTotals(t, s)

	t.Run("Redis dies after the commit", func(t *testing.T) {
		count(t, s, map[string]int64{"a": 5})
		n, err := s.Counters.Drain(t.Context(), set, func(ctx context.Context, tx bun.Tx, deltas map[string]int64) error {
			redisServer.Kill() // the batch is read; it cannot be deleted any more
			return addToTotals(ctx, tx, deltas)
		})
		if n != 1 || err == nil {
			t.Errorf("draining = %d, %v; want 1 applied, and an error for what stays in Redis", n, err)
		}
		expectTotals(t, s, map[string]int64{"a": 5})
		if err := redisServer.Restart(); err != nil {
			t.Fatal(err)
		}
		expectHealing(t, "counting", func() error { return s.Counters.Add(t.Context(), set, map[string]int64{"a": 1}) })
		if n, err := drain(t.Context(), s); n != 1 || err != nil {
			t.Errorf("draining after the restart = %d, %v; want 1: what was counted since", n, err)
		}
		expectTotals(t, s, map[string]int64{"a": 6})
		expectPending(t, s, 0)
	})

	t.Run("Redis dies and the transaction fails", func(t *testing.T) {
		count(t, s, map[string]int64{"a": 4})
		n, err := s.Counters.Drain(t.Context(), set, func(context.Context, bun.Tx, map[string]int64) error {
			redisServer.Kill()
			return errors.New("no")
		})
		if n != 0 || err == nil {
			t.Errorf("draining = %d, %v; want 0 and an error", n, err)
		}
		if err := redisServer.Restart(); err != nil {
			t.Fatal(err)
		}
		expectHealing(t, "draining", func() error { _, err := drain(t.Context(), s); return err })
		expectTotals(t, s, map[string]int64{"a": 10})
		expectPending(t, s, 0)
	})

	t.Run("a second gateway drains the same batch meanwhile", func(t *testing.T) {
		count(t, s, map[string]int64{"a": 1})
		var second sync.WaitGroup
		n, err := s.Counters.Drain(t.Context(), set, func(ctx context.Context, tx bun.Tx, deltas map[string]int64) error {
			second.Go(func() {
				if n, err := drain(t.Context(), s); n != 0 || err != nil {
					t.Errorf("the second gateway's Drain = %d, %v; want 0", n, err)
				}
			})
			time.Sleep(100 * time.Millisecond) // it waits on our row
			return addToTotals(ctx, tx, deltas)
		})
		if n != 1 || err != nil {
			t.Errorf("draining = %d, %v; want 1", n, err)
		}
		second.Wait()
		expectTotals(t, s, map[string]int64{"a": 11})
	})

	t.Run("a second gateway takes over what the first gives up", func(t *testing.T) {
		count(t, s, map[string]int64{"a": 1})
		var second sync.WaitGroup
		_, err := s.Counters.Drain(t.Context(), set, func(context.Context, bun.Tx, map[string]int64) error {
			second.Go(func() {
				if n, err := drain(t.Context(), s); n != 1 || err != nil {
					t.Errorf("the second gateway's Drain = %d, %v; want 1", n, err)
				}
			})
			time.Sleep(100 * time.Millisecond)
			return errors.New("no")
		})
		if err == nil {
			t.Error("draining: no error")
		}
		second.Wait()
		expectTotals(t, s, map[string]int64{"a": 12})
		expectPending(t, s, 0)
	})

	t.Run("a slow gateway forgets a batch that another finished", func(t *testing.T) {
		count(t, s, map[string]int64{"a": 1})
		_, err := s.Counters.Drain(t.Context(), set, func(ctx context.Context, tx bun.Tx, deltas map[string]int64) error {
			// Another gateway finished this batch, and the next one is set aside.
			key := s.Redis.Prefix + "{counters:" + set + "}:batch"
			do(t, s.Redis.Client, "del", key)
			do(t, s.Redis.Client, "hset", key, "", "the next batch", "b", 7)
			return addToTotals(ctx, tx, deltas)
		})
		if err != nil {
			t.Fatal(err)
		}
		expectTotals(t, s, map[string]int64{"a": 13, "b": 7})
		expectPending(t, s, 0)
	})

	t.Run("Redis is full", func(t *testing.T) {
		deltas := map[string]int64{}
		for i := range stores.DrainFields + 10 {
			deltas[fmt.Sprintf("full %d", i)] = 1
		}
		count(t, s, deltas)
		do(t, s.Redis.Client, "config", "set", "maxmemory", "1")
		expectOutage(t, "counting", s.Counters.Add(t.Context(), set, map[string]int64{"a": 1}))
		if n, err := drain(t.Context(), s); n != len(deltas) || err != nil {
			t.Errorf("draining, which gives memory back = %d, %v; want %d", n, err, len(deltas))
		}
		do(t, s.Redis.Client, "config", "set", "maxmemory", "0")
		expectPending(t, s, 0)
	})

	t.Run("the memory of batches is bounded", func(t *testing.T) {
		defer clock.Step(4 * 24 * time.Hour)()
		count(t, s, map[string]int64{"a": 1})
		if _, err := drain(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		var remembered int
		err := s.SQL.Read(t.Context(), func(ctx context.Context, db bun.IDB) error {
			return db.QueryRowContext(ctx, `SELECT count(*) FROM sekisho_counter_batches`).Scan(&remembered)
		})
		if err != nil || remembered != 1 {
			t.Errorf("%d batches are remembered, %v; want 1", remembered, err)
		}
	})
}

// Redis is killed again and again while 64 callers count and a gateway drains:
// each count that was confirmed is there, and none that was not is there twice.
func TestCountingThroughPowerCuts(t *testing.T) {
	server, err := servers.Redis(servers.Options{Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	config := storetest.Config(t, storetest.PostgresRedis)
	config.Sessions = server.URL
	s := storetest.OpenConfig(t, config)
	makeTotals(t, s)

	const callers = 64
	var confirmed, unsure [callers]int64
	var stop atomic.Bool
	defer stop.Store(true)
	var served atomic.Int32 // callers
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for !stop.Load() {
				if s.Counters.Add(t.Context(), set, map[string]int64{fmt.Sprint(caller): 1}) == nil {
					if confirmed[caller] == 0 {
						served.Add(1)
					}
					confirmed[caller]++
				} else {
					unsure[caller]++
					time.Sleep(10 * time.Millisecond)
				}
			}
		})
	}
	all.Go(func() {
		for !stop.Load() {
			_, _ = drain(t.Context(), s) // fails while Redis is away
			time.Sleep(5 * time.Millisecond)
		}
	})
	for range 4 {
		time.Sleep(200 * time.Millisecond)
		server.Kill()
		if err := server.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	// After so many refusals the client dials once a second only.
	for began := time.Now(); served.Load() < callers && time.Since(began) < 30*time.Second; {
		time.Sleep(20 * time.Millisecond)
	}
	stop.Store(true)
	all.Wait()
	expectHealing(t, "draining", func() error { _, err := drain(t.Context(), s); return err })
	got := totals(t, s)
	for caller := range callers {
		n := got[fmt.Sprint(caller)]
		if n < confirmed[caller] || n > confirmed[caller]+unsure[caller] {
			t.Errorf("caller %d: %d counted, %d confirmed, %d unsure", caller, n, confirmed[caller], unsure[caller])
		}
		if confirmed[caller] == 0 {
			t.Errorf("caller %d: nothing was ever confirmed", caller)
		}
	}
}

// An answer that gets lost on the way is an error, and nothing is sent again:
// it would count twice, or find a session that it has just taken gone.
func TestLostAnswers(t *testing.T) {
	for _, kind := range []string{"redis", "redis+cluster"} {
		t.Run(kind, func(t *testing.T) {
			s := storetest.Open(t, storetest.PostgresRedis)
			makeTotals(t, s)
			between := newLossyProxy(t)
			direct := between.server(t, kind == "redis+cluster")
			r, err := stores.OpenRedis(t.Context(), kind+"://"+between.address())
			if err != nil {
				t.Fatal(err)
			}
			counters, closes := stores.CountersIn(r, s)
			t.Cleanup(closes)
			add := func() error { return counters.Add(t.Context(), set, map[string]int64{"a": 1, "b": 1}) }
			expectHealing(t, "counting", add)
			sessions := stores.SessionsIn(r)
			for _, key := range []string{"ticket", "swapped"} {
				if err := sessions.Put(t.Context(), key, []byte("x"), time.Minute); err != nil {
					t.Fatal(err)
				}
			}

			between.loseAnswers(true)
			want := int64(1)
			expectFailure(t, "counting without an answer", func() error { want++; return add() })
			between.loseAnswers(false)
			if n := direct.HGet(t.Context(), "sekisho:{counters:views}:live", "a").Val(); n != fmt.Sprint(want) {
				t.Errorf("counted %s times, want %d: once with and the rest without an answer", n, want)
			}

			// A cluster's client would come again over a new connection.
			connect := func() error { _, err := sessions.Get(t.Context(), "swapped"); return err }
			expectHealing(t, "connecting", connect)
			between.loseOneAnswer()
			if _, err = sessions.Take(t.Context(), "ticket"); errors.Is(err, stores.ErrNotFound) {
				t.Error("what was taken without an answer was looked for again")
			}
			expectHealing(t, "connecting", connect)
			between.loseOneAnswer()
			if swapped, err := sessions.Swap(t.Context(), "swapped", []byte("x"), []byte("y"), time.Minute); !swapped && err == nil {
				t.Error("what was swapped without an answer was looked for again")
			}
			if taken, left := direct.Exists(t.Context(), "sekisho:session:ticket").Val() == 0, direct.Get(t.Context(), "sekisho:session:swapped").Val(); !taken || left != "y" {
				t.Errorf("without an answer: taken %v, swapped %q", taken, left)
			}

			between.loseAnswers(true)
			expectFailure(t, "draining without an answer", func() error { _, err := counters.Drain(t.Context(), set, addToTotals); return err })
			between.loseAnswers(false)
			expectHealing(t, "draining", func() error { _, err := counters.Drain(t.Context(), set, addToTotals); return err })
			expectTotals(t, s, map[string]int64{"a": want, "b": want})
		})
	}
}

// lossyProxy stands before a Redis and can lose its answers: the command comes
// through and is carried out, then the connection ends.
type lossyProxy struct {
	listener net.Listener
	backend  string
	losing   atomic.Bool
	losesOne atomic.Bool
}

func newLossyProxy(t *testing.T) *lossyProxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return &lossyProxy{listener: listener}
}

func (p *lossyProxy) address() string { return p.listener.Addr().String() }

func (p *lossyProxy) loseAnswers(lose bool) { p.losing.Store(lose) }

func (p *lossyProxy) loseOneAnswer() { p.losesOne.Store(true) }

// server starts a Redis behind the proxy, as a cluster of one node that tells
// its clients to come through the proxy, and gives the direct way to it.
func (p *lossyProxy) server(t *testing.T, cluster bool) *redis.Client {
	t.Helper()
	socket := t.TempDir() + "/redis.sock"
	argv := []string{"--port", "0", "--unixsocket", socket, "--save", ""}
	if cluster {
		_, port, _ := net.SplitHostPort(p.address())
		argv = append(argv, "--cluster-enabled", "yes", "--cluster-config-file", socket+".conf",
			"--port", storetest.FreePort(t), "--cluster-port", storetest.FreePort(t), "--bind", "127.0.0.1",
			"--cluster-announce-ip", "127.0.0.1", "--cluster-announce-port", port)
	}
	process := exec.Command("redis-server", argv...)
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = process.Process.Kill(); _ = process.Wait() })
	direct := redis.NewClient(&redis.Options{Network: "unix", Addr: socket})
	t.Cleanup(func() { direct.Close() })
	expectHealing(t, "starting Redis", func() error { return direct.Ping(t.Context()).Err() })
	if cluster {
		do(t, direct, "cluster", "addslotsrange", 0, 16383)
		expectHealing(t, "starting the cluster", func() error {
			if info, err := direct.ClusterInfo(t.Context()).Result(); err != nil || !strings.Contains(info, "cluster_state:ok") {
				return errors.New("the cluster is not ready")
			}
			return nil
		})
	}
	p.backend = socket
	go p.serve()
	return direct
}

func (p *lossyProxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", p.backend)
		if err != nil {
			client.Close()
			continue
		}
		go func() { _, _ = io.Copy(server, client); server.Close() }()
		go p.answer(client, server)
	}
}

func (p *lossyProxy) answer(client, server net.Conn) {
	defer client.Close()
	defer server.Close()
	greeted := false
	answer := make([]byte, 64<<10)
	for {
		n, err := server.Read(answer)
		// A new connection's greeting comes through, or no command would be sent.
		if err != nil || greeted && (p.losing.Load() || p.losesOne.CompareAndSwap(true, false)) {
			return
		}
		if _, err := client.Write(answer[:n]); err != nil {
			return
		}
		greeted = true
	}
}
