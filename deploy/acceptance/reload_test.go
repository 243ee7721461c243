package acceptance

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/stores/storetest"
	"sekisho/caddymodules/stores/storetest/servers"
)

const (
	reloadClients = 64 // half of them in the usual run
	usualReloads  = 6

	// stray goroutines and files come and go by themselves: a chore at work, a
	// timer, a connection that is just closing. Less than one for each reload.
	stray = 4

	// laterOpened connections of a pool may be, which the warm-up had no use for.
	laterOpened = 24
)

// ownDebug has a gateway set GODEBUG by itself, as it does: it is set in this
// program too, which a gateway is not to inherit.
const ownDebug = "GODEBUG="

// reloadCount is how often the configuration is changed: `make -f xcaddy.mk
// torture` asks for more than the usual run, for all clients, and for both sets of
// stores.
func reloadCount(t *testing.T) (count int, torture bool) {
	t.Helper()
	text := os.Getenv("SEKISHO_RELOADS")
	if text == "" {
		return usualReloads, false
	}
	count, err := strconv.Atoi(text)
	if err != nil || count < 2 {
		t.Fatalf("SEKISHO_RELOADS is %q", text)
	}
	return count, true
}

// Clients of all five APIs call without pause, none of them tries anything a
// second time, and the configuration is changed meanwhile: each request gets its
// right answer, and each is counted. Configurations that do not hold are refused,
// and nobody notices. Afterwards the gateway holds what it held before: as many
// goroutines, files and connections, and the same series of metrics.
func TestReloadsUnderLoad(t *testing.T) {
	t.Parallel()
	count, torture := reloadCount(t)
	clients := reloadClients
	if !torture {
		clients /= 2
	}
	t.Run("embedded", func(t *testing.T) {
		reloadUnderLoad(t, startGateway(t, ownDebug), clients, count, stray, func() map[string]int { return nil })
	})
	if !torture {
		return
	}
	t.Run("postgres+redis", func(t *testing.T) {
		postgres, redis := startServer(t, servers.Postgres), startServer(t, servers.Redis)
		env := []string{"SEKISHO_DATABASE=" + postgres.URL, "SEKISHO_SESSIONS=" + redis.URL, "SEKISHO_SECRET=" + storetest.Secret}
		migrate(t, env...)
		reloadUnderLoad(t, startGateway(t, append(env, ownDebug)...), clients, count, stray+2*laterOpened, func() map[string]int {
			return map[string]int{
				"connections of PostgreSQL": postgresConnections(t, postgres.URL),
				"connections of Redis":      redisConnections(t, redis.URL),
			}
		})
	})
}

// reloadUnderLoad is the test on one set of stores; spare is how many more
// goroutines and files are none that leaked, and connections counts those of the
// stores.
func reloadUnderLoad(t *testing.T, g *gateway, clients, count, spare int, connections func() map[string]int) {
	errands, _ := errandsAt(t, g, clients)
	load := changes{g: g}
	callWhile(t, errands, onceTo(g), func(underWay func()) {
		underWay()
		load.change(t)
		underWay()
	})
	before, connected := calmVitals(t, g), connections()

	answered := callWhile(t, errands, onceTo(g), func(underWay func()) {
		for n := range count {
			if n == count/2 {
				load.breaks(t, underWay)
			}
			if n == count-1 {
				load.changeByCommand(t)
			} else {
				load.change(t)
			}
			underWay()
		}
	})
	var after vitals
	within(t, time.Minute, "the gateway holds what it held", func() (unlike []string) {
		after = vitalsOf(t, g)
		unlike = before.unlike(after, spare)
		for kind, now := range connections() {
			if now > connected[kind]+laterOpened {
				unlike = append(unlike, fmt.Sprintf("%s are %d, and were %d", kind, now, connected[kind]))
			}
		}
		for operation, requests := range answered { // a client may have its answer before it is counted
			if counted := after.requests[operation] - before.requests[operation]; counted != requests {
				unlike = append(unlike, fmt.Sprintf("%s is counted %d times, and was asked for %d times", operation, counted, requests))
			}
		}
		return unlike
	})
	total := 0
	for _, requests := range answered {
		total += requests
	}
	t.Logf("%d requests over %d reloads; %d goroutines and %d files before, %d and %d after",
		total, count, before.goroutines, before.files, after.goroutines, after.files)
}

// within holds the gateway to something, and says what is still unlike it when
// the time is over.
func within(t *testing.T, limit time.Duration, what string, look func() (unlike []string)) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		unlike := look()
		if len(unlike) == 0 {
			return
		}
		if time.Since(began) > limit {
			t.Errorf("after %s it does not hold that %s:\n%s", limit, what, strings.Join(unlike, "\n"))
			return
		}
	}
}

// --- The configurations ------------------------------------------------------

// changes are those of a gateway's configuration.
type changes struct {
	g      *gateway
	number int
}

// next is a Caddyfile that differs from the last: in what an unknown path is
// answered, in an option of a backend, and every other one has a site more.
func (c *changes) next(t *testing.T) string {
	t.Helper()
	c.number++
	text := c.current(t)
	if c.number%2 == 1 {
		text += "\nhttp://:" + storetest.FreePort(t) + " {\n\tbind 127.0.0.1\n\trespond \"another site\"\n}\n"
	}
	return text
}

// current is the Caddyfile of the last change, without the site more.
func (c *changes) current(t *testing.T) string {
	t.Helper()
	return edited(t, caddyfileText(t),
		`respond "Not Found" 404`, fmt.Sprintf(`respond "Not Found %d" 404`, c.number),
		"\tydits\n}", fmt.Sprintf("\tydits {\n\t\tsign_ups %d 1h\n\t}\n}", 30+c.number))
}

// caddyfileText is the repository's Caddyfile.
func caddyfileText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, "Caddyfile"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// edited replaces what stands once in a Caddyfile, by pairs.
func edited(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if strings.Count(text, pairs[i]) != 1 {
			t.Fatalf("%q does not stand once in the Caddyfile", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// load gives a Caddyfile to the admin endpoint.
func (c *changes) load(t *testing.T, caddyfile string) (status int, answer string) {
	t.Helper()
	status, answer, err := send(newCaller(true), http.MethodPost, "http://"+c.g.setting("SEKISHO_ADMIN")+"/load", "text/caddyfile", caddyfile)
	if err != nil {
		t.Fatalf("loading a configuration: %v", err)
	}
	return status, answer
}

// change brings the next configuration in.
func (c *changes) change(t *testing.T) {
	t.Helper()
	if status, answer := c.load(t, c.next(t)); status != http.StatusOK {
		t.Fatalf("change %d is answered %d %s", c.number, status, answer)
	}
	c.expectServed(t)
}

// changeByCommand is change with `sekisho reload`.
func (c *changes) changeByCommand(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "Caddyfile")
	if err := os.WriteFile(path, []byte(c.next(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	c.g.run("reload", "--config", path, "--address", c.g.setting("SEKISHO_ADMIN"))
	c.expectServed(t)
}

// expectServed says whether the last change is what serves.
func (c *changes) expectServed(t *testing.T) {
	t.Helper()
	status, body, err := send(newCaller(true), http.MethodGet, c.g.url+"/nowhere", "", "")
	if want := fmt.Sprintf("Not Found %d", c.number); err != nil || status != http.StatusNotFound || body != want {
		t.Errorf("an unknown path is answered %d %s, %v; want %s", status, body, err, want)
	}
}

// breaks loads configurations that do not hold: each is refused for what it is,
// and the last one that did goes on serving.
func (c *changes) breaks(t *testing.T, underWay func()) {
	t.Helper()
	taken, err := net.Listen("tcp", "127.0.0.1:0") // nobody else may listen there
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, takenPort, _ := net.SplitHostPort(taken.Addr().String())
	text := c.current(t)
	for what, broken := range map[string]struct{ caddyfile, says string }{
		"a brace too few":      {text + "http://:1 {\n", "syntax error"},
		"an unknown directive": {text + "http://:1 {\n\tsite_kye\n}\n", "unrecognized directive: site_kye"},
		"an unknown option":    {edited(t, text, "sites customers", "sites customers\n\t\tsecret canary"), "secret"},
		"a database that does not answer": {edited(t, text,
			"database {env.SEKISHO_DATABASE}", "database postgres://nobody:canary@127.0.0.1:"+storetest.FreePort(t)+"/none?sslmode=disable",
			"secret {env.SEKISHO_SECRET}", fmt.Sprintf("secret %q", storetest.Secret)), "opening"},
		"a log of callers' keys": {edited(t, text,
			"format redact {", "format json {", "wrap json {\n\t\t\t\ttime_format rfc3339_nano\n\t\t\t}", "time_format rfc3339_nano"), "format redact"},
		"a port that is taken": {text + "http://:" + takenPort + " {\n\tbind 127.0.0.1\n\trespond taken\n}\n", "address already in use"},
	} {
		status, answer := c.load(t, broken.caddyfile)
		if status != http.StatusBadRequest || !strings.Contains(answer, broken.says) || strings.Contains(answer, "canary@") {
			t.Errorf("%s is answered %d %s; want 400 …%s…", what, status, answer, broken.says)
		}
		c.expectServed(t)
	}
	underWay()
}

// --- What the gateway holds --------------------------------------------------

// vitals are what /metrics tells of a gateway.
type vitals struct {
	goroutines, files int
	requests          map[string]int  // answered, by API and operation
	series            map[string]bool // names with their labels
}

func vitalsOf(t *testing.T, g *gateway) vitals {
	t.Helper()
	status, text, err := send(newCaller(true), http.MethodGet, g.metrics+"/metrics", "", "")
	if err != nil || status != http.StatusOK {
		t.Fatalf("the metrics: %d, %v", status, err)
	}
	v := vitals{requests: map[string]int{}, series: map[string]bool{}}
	for line := range strings.Lines(text) {
		series, number, ok := cutLast(strings.TrimSpace(line))
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		v.series[onAnyServer.ReplaceAllString(series, "")] = true
		value, err := strconv.ParseFloat(number, 64)
		if err != nil {
			t.Fatalf("no number in %s", line)
		}
		switch name, _, _ := strings.Cut(series, "{"); name {
		case "go_goroutines":
			v.goroutines = int(value)
		case "process_open_fds":
			v.files = int(value)
		case "sekisho_requests_total":
			v.requests[label(series, "api")+" "+label(series, "operation")] += int(value)
		}
	}
	return v
}

// onAnyServer is how Caddy's metrics name a site: by its place among all that
// there are, which another site may change.
var onAnyServer = regexp.MustCompile(`,?server="srv[0-9]+"`)

// cutLast parts a line at its last space.
func cutLast(line string) (before, after string, ok bool) {
	i := strings.LastIndexByte(line, ' ')
	if i < 0 {
		return "", "", false
	}
	return line[:i], line[i+1:], true
}

// label is the value of a label of a series.
func label(series, name string) string {
	_, after, _ := strings.Cut(series, name+`="`)
	value, _, _ := strings.Cut(after, `"`)
	return value
}

// calmVitals waits until what the clients left behind is gone.
func calmVitals(t *testing.T, g *gateway) (v vitals) {
	t.Helper()
	same := 0
	eventually(t, time.Minute, "the gateway is calm", func() bool {
		now := vitalsOf(t, g)
		if now.goroutines == v.goroutines && now.files == v.files && maps.Equal(now.requests, v.requests) {
			same++
		} else {
			same = 0
		}
		v = now
		return same >= 3
	})
	return v
}

// maybeLater are series that may show later, and are not many: the admin endpoint
// counts each kind of its answers, chores have their time, and some kinds of calls
// come but rarely, as the rollback of a race.
var maybeLater = regexp.MustCompile(`^(caddy_admin_|sekisho_chore_|sekisho_store_call_duration_seconds_\w+\{call="(list|delete)",store="blobs"|sekisho_store_call_duration_seconds_\w+\{call="rollback",store="sql")`)

// unlike says what a gateway holds more than it did, but for a few, and which
// metrics are others.
func (v vitals) unlike(now vitals, spare int) (found []string) {
	if now.goroutines > v.goroutines+spare {
		found = append(found, fmt.Sprintf("there are %d goroutines, and were %d", now.goroutines, v.goroutines))
	}
	if now.files > v.files+spare {
		found = append(found, fmt.Sprintf("there are %d open files, and were %d", now.files, v.files))
	}
	for series := range now.series {
		if !v.series[series] && !maybeLater.MatchString(series) {
			found = append(found, series+" is new")
		}
	}
	for series := range v.series {
		if !now.series[series] {
			found = append(found, series+" is gone")
		}
	}
	return found
}

// postgresConnections is how many others are connected to a database.
func postgresConnections(t *testing.T, address string) (count int) {
	t.Helper()
	database, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	const asked = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`
	if err := database.QueryRow(asked).Scan(&count); err != nil {
		t.Fatalf("counting connections: %v", err)
	}
	return count
}

// redisConnections is how many others are connected to a Redis.
func redisConnections(t *testing.T, address string) int {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	line, err := net.Dial("tcp", parsed.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	if _, err := io.WriteString(line, "CLIENT LIST\r\n"); err != nil {
		t.Fatal(err)
	}
	list := bufio.NewReader(line)
	head, err := list.ReadString('\n')
	size, sizeErr := strconv.Atoi(strings.Trim(head, "$\r\n"))
	if err := errors.Join(err, sizeErr); err != nil {
		t.Fatalf("counting connections: %v", err)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(list, text); err != nil {
		t.Fatalf("counting connections: %v", err)
	}
	return strings.Count(string(text), "\n") - 1
}
