package stores_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
	"sekisho/caddymodules/stores/storetest/servers"
)

// answerWithin is what a caller is promised in an outage.
const answerWithin = 2 * time.Second

// An outage of PostgreSQL is an error within two seconds, whether the server is
// gone or hangs, and it heals by itself.
func TestPostgresOutage(t *testing.T) {
	server, err := servers.Postgres(servers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	config := storetest.Config(t, storetest.Embedded)
	config.Database = server.URL
	s := storetest.OpenConfig(t, config)

	for name, outage := range outages(server) {
		outage.begin()
		expectFailure(t, "reading, "+name, func() error { return readOne(t.Context(), s) })
		expectFailure(t, "writing, "+name, func() error { return writeOne(t.Context(), s) })
		expectFailure(t, "a session, "+name, func() error { _, err := s.Sessions.Get(t.Context(), "x"); return notFound(err) })
		if err := outage.end(); err != nil {
			t.Fatal(err)
		}
		expectHealing(t, "reading after "+name, func() error { return readOne(t.Context(), s) })
		expectHealing(t, "writing after "+name, func() error { return writeOne(t.Context(), s) })
	}
}

func TestRedisOutage(t *testing.T) {
	server, err := servers.Redis(servers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	config := storetest.Config(t, storetest.PostgresRedis)
	config.Sessions = server.URL
	s := storetest.OpenConfig(t, config)

	get := func() error { _, err := s.Sessions.Get(t.Context(), "x"); return notFound(err) }
	count := func() error { return s.Counters.Add(t.Context(), "outage", map[string]int64{"f": 1}) }
	for name, outage := range outages(server) {
		outage.begin()
		expectFailure(t, "a session, "+name, get)
		expectFailure(t, "a count, "+name, count)
		if failures := s.Ping(t.Context()); failures["sessions"] == nil || failures["sql"] != nil {
			t.Errorf("%s: Ping = %v, want sessions alone", name, failures)
		}
		if err := outage.end(); err != nil {
			t.Fatal(err)
		}
		expectHealing(t, "a session after "+name, get)
		expectHealing(t, "a count after "+name, count)
	}
}

type outage struct {
	begin func()
	end   func() error
}

func outages(server *servers.Server) map[string]outage {
	return map[string]outage{
		"the server gone":    {server.Kill, server.Restart},
		"the server hanging": {server.Pause, func() error { server.Resume(); return nil }},
	}
}

// notFound lets ErrNotFound, an answer, pass.
func notFound(err error) error {
	if err == stores.ErrNotFound {
		return nil
	}
	return err
}

func readOne(ctx context.Context, s *stores.Stores) error {
	return s.SQL.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		_, err := db.NewSelect().Model((*vaultRow)(nil)).Count(ctx)
		return err
	})
}

func writeOne(ctx context.Context, s *stores.Stores) error {
	return s.SQL.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&vaultRow{}).Exec(ctx)
		return err
	})
}

// expectFailure wants an error of do in time. It may do it a few times.
func expectFailure(t *testing.T, what string, do func() error) {
	t.Helper()
	storetest.InTime(t, what, answerWithin, func() {
		if err := do(); err == nil {
			t.Errorf("%s: no error", what)
		}
	})
}

func expectHealing(t *testing.T, what string, do func() error) {
	t.Helper()
	var err error
	for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(50 * time.Millisecond) {
		if err = do(); err == nil {
			return
		}
	}
	t.Errorf("%s: still %v", what, err)
}
