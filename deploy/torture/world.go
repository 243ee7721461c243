package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"sekisho/caddymodules/stores/storetest/servers"
)

// kind is one of the two sets of stores that the README puts first.
type kind string

const (
	onServers kind = "servers"
	embedded  kind = "embedded"
)

// world is what is tortured: the gateways, what they stand on, and who calls.
type world struct {
	t        *torture
	kind     kind
	found    *found
	memory   *memory
	folder   string
	gateways []*gateway
	later    int         // versions later than today's that the stores were migrated to
	broken   atomic.Bool // nothing works any more: all give up

	postgres, redis, bucket *servers.Server // nil where embedded
	disk                    *disk           // nil on servers, or where none can be had

	ending  sync.Once
	closing []func()
}

// world makes one of a kind, with the demo data, and starts its gateways.
func (t *torture) world(kind kind, f *found) (w *world, err error) {
	w = &world{t: t, kind: kind, found: f, folder: filepath.Join(t.folder, f.part)}
	if err := os.MkdirAll(w.folder, 0o755); err != nil {
		return nil, err
	}
	t.mu.Lock()
	t.worlds = append(t.worlds, w)
	t.mu.Unlock()
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.memory, err = newMemory(filepath.Join(w.folder, "calls")); err != nil {
		return nil, err
	}
	w.atEnd(w.memory.close)
	if kind == embedded {
		err = w.furnishFolder()
	} else {
		err = w.furnishServers()
	}
	if err != nil {
		return nil, err
	}
	for _, g := range w.gateways {
		if err := g.start(); err != nil {
			return nil, err
		}
		if err := g.ready(); err != nil {
			return nil, err
		}
		w.atEnd(g.kill)
	}
	return w, nil
}

// furnishServers starts PostgreSQL, Redis and a bucket, all of which confirm what
// is on disk, and makes two gateways over them.
func (w *world) furnishServers() error {
	for _, s := range []struct {
		server **servers.Server
		start  func(servers.Options) (*servers.Server, error)
	}{{&w.postgres, servers.Postgres}, {&w.redis, servers.Redis}, {&w.bucket, servers.S3}} {
		server, err := s.start(servers.Options{Durable: true})
		if err != nil {
			return err
		}
		w.atEnd(server.Stop)
		*s.server = server
	}
	common := []string{
		"SEKISHO_SECRET=" + strings.Repeat("0123456789abcdef", 4),
		"AWS_ACCESS_KEY_ID=" + w.bucket.Key, "AWS_SECRET_ACCESS_KEY=" + w.bucket.Secret,
	}
	migrate := append([]string{"SEKISHO_DATABASE=" + w.postgres.URL, "SEKISHO_SESSIONS=" + w.redis.URL}, common...)
	if err := runCommand(w.t.binary, append(cleanEnvironment(), migrate...), "migrate", "up"); err != nil {
		return err
	}
	for number := range 2 {
		env, links, err := w.linked()
		if err != nil {
			return err
		}
		g, err := w.newGateway(number+1, append(env, common...))
		if err != nil {
			return err
		}
		g.links = links
		w.gateways = append(w.gateways, g)
	}
	return nil
}

// furnishFolder makes one gateway that has all it needs in a folder, which is a
// small disk of its own where that can be had.
func (w *world) furnishFolder() (err error) {
	data := filepath.Join(w.folder, "disk")
	if err := os.MkdirAll(data, 0o755); err != nil {
		return err
	}
	if w.disk, err = mountDisk(data); err != nil {
		w.t.say("no disk of its own, so none that is full: %v", err)
		w.found.remark("there was no full disk, for this machine mounts none: %v", err)
	} else {
		w.atEnd(w.disk.unmount)
	}
	g, err := w.newGateway(1, []string{"SEKISHO_DATA=" + filepath.Join(data, "data")})
	w.gateways = []*gateway{g}
	return err
}

func (w *world) atEnd(do func()) { w.closing = append(w.closing, do) }

func (w *world) close() {
	w.ending.Do(func() {
		for i := len(w.closing) - 1; i >= 0; i-- {
			w.closing[i]()
		}
	})
}

// subjects makes ready what the clients of the chosen APIs need.
func (w *world) subjects() (map[string]subject, error) {
	all := map[string]subject{}
	for name, a := range apis {
		if !among(w.t.apis, name) {
			continue
		}
		s, err := a.begin(w)
		if err != nil {
			return nil, fmt.Errorf("making %s ready: %w", name, err)
		}
		all[name] = s
	}
	return all, nil
}

// rows asks the database itself, beside the gateways, and gives each row's columns
// as text, "" for NULL. The query is the same for both databases.
func (w *world) rows(query string) (rows [][]string, err error) {
	db, err := w.database()
	if err != nil {
		return nil, err
	}
	defer db.Close()
	found, err := db.Query(query)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", query, err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		return nil, err
	}
	for found.Next() {
		texts, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range texts {
			into[i] = &texts[i]
		}
		if err := found.Scan(into...); err != nil {
			return nil, err
		}
		row := make([]string, len(columns))
		for i, text := range texts {
			row[i] = text.String
		}
		rows = append(rows, row)
	}
	return rows, found.Err()
}

func (w *world) database() (*sql.DB, error) {
	if w.kind == onServers {
		return sql.Open("pgx", w.postgres.URL)
	}
	return sql.Open("sqlite", "file:"+filepath.Join(w.gateways[0].setting("SEKISHO_DATA"), "sekisho.db")+"?_pragma=busy_timeout(10000)&mode=ro")
}

// run runs a command of the first gateway's binary, with its environment, and
// gives what it printed.
func (w *world) run(args ...string) (string, error) {
	return output(w.gateways[0].binary(), w.gateways[0].env, args...)
}
