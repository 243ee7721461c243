package stores

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/uptrace/bun"
	"go.uber.org/zap"

	"sekisho/caddymodules/clock"
)

// Outlived rows answer ErrNotFound from the moment they are outlived; sweeping
// them away only gives their room back, so it takes its time.
const (
	sweepEvery = time.Minute
	sweepBatch = 1000 // rows in one transaction
)

// sqlSessions keep the sessions in a table of the database.
type sqlSessions struct {
	sql  *SQL
	stop context.CancelFunc
	done sync.WaitGroup
}

// newSQLSessions opens the sessions of a migrated database and sweeps them
// until close.
func newSQLSessions(sql *SQL) *sqlSessions {
	ctx, stop := context.WithCancel(context.Background())
	s := &sqlSessions{sql: sql, stop: stop}
	s.done.Go(func() { s.sweepForever(ctx) })
	return s
}

func (s *sqlSessions) close() {
	s.stop()
	s.done.Wait()
}

func (s *sqlSessions) Put(ctx context.Context, key string, value []byte, lifetime time.Duration) error {
	if err := checkSession(key, value, lifetime); err != nil {
		return fmt.Errorf("putting a session: %w", err)
	}
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO sekisho_sessions (name, value, expires_at) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`,
			key, notNil(value), expiry(lifetime)) // nil would be NULL
		return err
	})
	if err != nil {
		return fmt.Errorf("putting a session: %w", err)
	}
	return nil
}

func (s *sqlSessions) Add(ctx context.Context, key string, value []byte, lifetime time.Duration) (added bool, err error) {
	if err := checkSession(key, value, lifetime); err != nil {
		return false, fmt.Errorf("adding a session: %w", err)
	}
	err = s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO sekisho_sessions (name, value, expires_at) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
			WHERE sekisho_sessions.expires_at <= ?`,
			key, notNil(value), expiry(lifetime), clock.Now().UnixMilli())
		if err != nil {
			return err
		}
		rows, err := result.RowsAffected()
		added = rows == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("adding a session: %w", err)
	}
	return added, nil
}

func (s *sqlSessions) Swap(ctx context.Context, key string, old, value []byte, lifetime time.Duration) (swapped bool, err error) {
	if old == nil {
		return swapNothing(ctx, s, key, value, lifetime)
	}
	if err := checkSwap(key, value, lifetime); err != nil {
		return false, fmt.Errorf("swapping a session: %w", err)
	}
	err = s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := swapRow(ctx, tx, key, old, value, lifetime)
		swapped = rows == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("swapping a session: %w", err)
	}
	return swapped, nil
}

// swapRow gives the number of rows that held old. Who waited for another's swap
// compares with what that one left.
func swapRow(ctx context.Context, tx bun.Tx, key string, old, value []byte, lifetime time.Duration) (rows int64, err error) {
	const holdsOld = ` WHERE name = ? AND value = ? AND expires_at > ?`
	now := clock.Now().UnixMilli()
	var result sql.Result
	if value == nil {
		result, err = tx.ExecContext(ctx, `DELETE FROM sekisho_sessions`+holdsOld, key, old, now)
	} else {
		result, err = tx.ExecContext(ctx, `UPDATE sekisho_sessions SET value = ?, expires_at = ?`+holdsOld,
			value, expiry(lifetime), key, old, now)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s *sqlSessions) Get(ctx context.Context, key string) (value []byte, err error) {
	if !isSessionKey(key) {
		return nil, ErrNotFound
	}
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		value = nil
		return db.QueryRowContext(ctx, `SELECT value FROM sekisho_sessions WHERE name = ? AND expires_at > ?`,
			key, clock.Now().UnixMilli()).Scan(&value)
	})
	return found("getting a session", value, err)
}

func (s *sqlSessions) Take(ctx context.Context, key string) (value []byte, err error) {
	if !isSessionKey(key) {
		return nil, ErrNotFound
	}
	err = s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		value = nil
		return tx.QueryRowContext(ctx, `DELETE FROM sekisho_sessions WHERE name = ? AND expires_at > ? RETURNING value`,
			key, clock.Now().UnixMilli()).Scan(&value)
	})
	return found("taking a session", value, err)
}

func (s *sqlSessions) Extend(ctx context.Context, key string, lifetime time.Duration) error {
	if !isSessionKey(key) {
		return ErrNotFound
	}
	if err := checkLifetime(lifetime); err != nil {
		return fmt.Errorf("extending a session: %w", err)
	}
	var extended int64
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE sekisho_sessions SET expires_at = ? WHERE name = ? AND expires_at > ?`,
			expiry(lifetime), key, clock.Now().UnixMilli())
		if err != nil {
			return err
		}
		extended, err = result.RowsAffected()
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("extending a session: %w", err)
	case extended == 0:
		return ErrNotFound
	}
	return nil
}

func (s *sqlSessions) Delete(ctx context.Context, key string) error {
	if !isSessionKey(key) {
		return nil
	}
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sekisho_sessions WHERE name = ?`, key)
		return err
	})
	if err != nil {
		return fmt.Errorf("deleting a session: %w", err)
	}
	return nil
}

// found gives what a query for one value found.
func found(doing string, value []byte, err error) ([]byte, error) {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrNotFound
	case err != nil:
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return notNil(value), nil
}

// expiry is when what lives for lifetime from now on ends, in Unix milliseconds.
func expiry(lifetime time.Duration) int64 {
	return clock.Now().Add(lifetime).UnixMilli()
}

func (s *sqlSessions) sweepForever(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if _, err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			caddy.Log().Named("sekisho.sessions").Warn("sweeping outlived sessions", zap.Error(err))
		}
	}
}

// sweep deletes the rows that were outlived when it began, and gives their
// number. Between two batches others get their turn at the database.
func (s *sqlSessions) sweep(ctx context.Context) (swept int64, err error) {
	until := clock.Now().UnixMilli()
	for {
		batch, err := s.sweepSome(ctx, until)
		swept += batch
		if err != nil || batch < sweepBatch {
			return swept, err
		}
	}
}

func (s *sqlSessions) sweepSome(ctx context.Context, until int64) (batch int64, err error) {
	query := `DELETE FROM sekisho_sessions WHERE expires_at <= ? AND name IN (
		SELECT name FROM sekisho_sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?`
	if s.sql.Postgres() {
		query += ` FOR UPDATE SKIP LOCKED` // another gateway may be sweeping too
	}
	err = s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, query+`)`, until, until, sweepBatch)
		if err != nil {
			return err
		}
		batch, err = result.RowsAffected()
		return err
	})
	return batch, err
}
