package certificates

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

// logTo puts a configuration in place that logs to a file, as a reload does.
func logTo(t *testing.T, file string) {
	t.Helper()
	log := new(caddy.CustomLog)
	log.WriterRaw = caddyconfig.JSON(map[string]any{"output": "file", "filename": file}, nil)
	provision(t, &caddy.Logging{Logs: map[string]*caddy.CustomLog{caddy.DefaultLoggerName: log}})
	t.Cleanup(func() { provision(t, nil) })
}

func provision(t *testing.T, logs *caddy.Logging) {
	t.Helper()
	if _, err := caddy.ProvisionContext(&caddy.Config{Admin: &caddy.AdminConfig{Disabled: true}, Logging: logs}); err != nil {
		t.Fatal(err)
	}
}

// logged are the lines of a log that speak of a lock.
func logged(t *testing.T, file, lock string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, lock) {
			lines = append(lines, line)
		}
	}
	return lines
}

// await waits for what a gateway does by itself.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waiting for %s: a minute was not enough", what)
		}
	}
}

// awaitLogged waits for the nth line of a log that speaks of a lock.
func awaitLogged(t *testing.T, file, lock string, n int, message string) {
	t.Helper()
	await(t, message, func() bool { return len(logged(t, file, lock)) >= n })
	if line := logged(t, file, lock)[n-1]; !strings.Contains(line, message) {
		t.Errorf("the log tells %s; want %q", line, message)
	}
}

// A lock whose lease may run out during an order is told of once for each
// outage, in the log of the present configuration.
func renewalFails(t *testing.T, lock string, first, _ *vault) {
	before, after := filepath.Join(t.TempDir(), "before"), filepath.Join(t.TempDir(), "after")
	logTo(t, before)
	first.locks.every = time.Millisecond
	if !tryLock(t, first, lock) {
		t.Fatal("a free lock is not to be had")
	}
	logTo(t, after)

	for n := range 2 {
		back := outage(t, first.stores)
		defer clock.Step(lockLease/2 + time.Second)()
		awaitLogged(t, after, lock, n+1, "renewing a lock fails")
		back()
		awaitRenewal(t, first.stores, lock)
	}
	if lines := logged(t, after, lock); len(lines) != 2 {
		t.Errorf("of two outages the log tells %d times:\n%s", len(lines), strings.Join(lines, ""))
	}

	takeOver(t, first.stores, lock)
	awaitLogged(t, after, lock, 3, "another gateway took over a lock")
	if lines := logged(t, before, lock); len(lines) != 0 {
		t.Errorf("the log of a configuration that was replaced tells:\n%s", strings.Join(lines, ""))
	}
	unlock(t, first, lock)
}

// outage takes the table of the locks away.
func outage(t *testing.T, s *stores.Stores) (back func()) {
	t.Helper()
	exec(t, s, "ALTER TABLE certificate_locks RENAME TO certificate_locks_away")
	return func() { exec(t, s, "ALTER TABLE certificate_locks_away RENAME TO certificate_locks") }
}

func takeOver(t *testing.T, s *stores.Stores, lock string) {
	t.Helper()
	exec(t, s, "UPDATE certificate_locks SET owner = 'another' WHERE name = ?", lock)
}

func exec(t *testing.T, s *stores.Stores, query string, args ...any) {
	t.Helper()
	err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// awaitRenewal waits until a lock is leased for as long as can be.
func awaitRenewal(t *testing.T, s *stores.Stores, lock string) {
	t.Helper()
	await(t, "the lock's renewal", func() bool { return leasedTo(t, s, lock).Sub(clock.Now()) >= lockLease-5*time.Second })
}

// ending is the context of a caller whose gateway ends once it is asked whether
// the caller is still there: that is after the first look at whether it ends.
type ending struct {
	context.Context
	end func()
}

func (e ending) Err() error {
	e.end()
	return e.Context.Err()
}

// A lock that is taken while the gateway ends would be renewed for ever.
func TestALockThatComesTooLateIsGivenBack(t *testing.T) {
	const lock = "a lock that comes too late"
	each(t, func(t *testing.T, v *vault) {
		end := sync.OnceFunc(func() {
			if err := v.locks.Close(); err != nil {
				t.Error(err)
			}
		})
		if locked, err := v.TryLock(ending{t.Context(), end}, lock); locked || !errors.Is(err, errEnded) {
			t.Errorf("taking a lock while the gateway ends: %v, %v; want %v", locked, err, errEnded)
		}
		if free, err := v.rows.isFree(t.Context(), lock); err != nil || !free {
			t.Errorf("the lock is still taken (%v)", err)
		}
	})
}
