package ydits

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// A failure of ours is no guess: however often a user tries while the database
// does not answer, they get in when it does.
func TestAnOutageIsNoGuess(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	g := gateway(t, s, fewGuesses, "own_keys off")
	uuid := newcomerUUID(t, g, "a@example.com", "pass")
	key := issue(t, g, "a@example.com", "pass").Key
	register(t, g, uuid, "soft", key)
	another := issue(t, g, "a@example.com", "pass").Key
	doors := map[string]func() answered{
		"step 1":  func() answered { return issue(t, g, "a@example.com", "pass", "192.0.2.7") },
		"inquiry": func() answered { return inquire(t, g, "a@example.com", "pass", "192.0.2.7") },
		"step 2":  func() answered { return register(t, g, uuid, "other", another, "192.0.2.7") },
		"step 3":  func() answered { return authenticate(t, g, uuid, key, "192.0.2.7") },
	}
	rename(t, s, "ydits_users", "ydits_away")
	for range 10 {
		for name, try := range doors {
			if a := try(); a.ResultCode != 500 {
				t.Errorf("%s without a database: %+v", name, a)
			}
		}
	}
	rename(t, s, "ydits_away", "ydits_users")
	for name, try := range doors {
		if a := try(); a.ResultCode != 200 {
			t.Errorf("%s after an outage: %+v", name, a)
		}
	}
}

func rename(t *testing.T, s *stores.Stores, table, to string) {
	t.Helper()
	err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "ALTER TABLE "+table+" RENAME TO "+to)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
