package acceptance

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"sekisho/caddymodules/stores/storetest"
	"sekisho/caddymodules/stores/storetest/servers"
)

// killRounds is how often something is killed: `make -f xcaddy.mk torture` asks
// for more than the usual run.
func killRounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("SEKISHO_KILL_ROUNDS")
	if text == "" {
		return 3
	}
	rounds, err := strconv.Atoi(text)
	if err != nil || rounds < 1 {
		t.Fatalf("SEKISHO_KILL_ROUNDS is %q", text)
	}
	return rounds
}

// victim is what can be killed and comes back.
type victim interface {
	kill()
	start()
}

type killable struct{ *servers.Server }

func (k killable) kill() { k.Kill() }

func (k killable) start() {
	if err := k.Restart(); err != nil {
		panic(err)
	}
}

func startServer(t *testing.T, start func(servers.Options) (*servers.Server, error)) *servers.Server {
	t.Helper()
	server, err := start(servers.Options{Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server
}

// underFire runs a test on both sets of stores, with what it is to kill in turn:
// the gateway, and its servers where it has any.
func underFire(t *testing.T, caddyfile string, test func(t *testing.T, g *gateway, victims []victim)) {
	t.Run("embedded", func(t *testing.T) {
		g := startGatewayOf(t, caddyfile)
		test(t, g, []victim{g})
	})
	t.Run("postgres+redis", func(t *testing.T) {
		postgres := startServer(t, servers.Postgres)
		redis := startServer(t, servers.Redis)
		env := []string{"SEKISHO_DATABASE=" + postgres.URL, "SEKISHO_SESSIONS=" + redis.URL, "SEKISHO_SECRET=" + storetest.Secret}
		migrate(t, env...)
		g := startGatewayOf(t, caddyfile, env...)
		test(t, g, []victim{g, killable{postgres}, killable{redis}})
	})
}

// strike kills the victim at a random moment after it is time, and lets it come
// back.
func strike(victim victim, isTime func() bool) {
	for !isTime() {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(rand.N(300 * time.Millisecond))
	victim.kill()
	time.Sleep(rand.N(300 * time.Millisecond))
	victim.start()
}
