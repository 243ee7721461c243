package stores

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
)

// refillRows is how many rows one statement of a refill writes.
const refillRows = 500

// Refill fills an empty database with what a [Snapshot] has read.
type Refill struct {
	// Tables are to be filled in this order, so that no row comes before one
	// that it refers to.
	Tables []Table

	tx       bun.Tx
	postgres bool
}

// CanRefill says why the database cannot be refilled to these migrations: it
// holds something, or is of a newer version. What a gateway writes that was only
// started is nothing.
func (s *Stores) CanRefill(ctx context.Context, migrations []Migration) error {
	done, err := s.SQL.turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	there, err := appliedIn(ctx, s.SQL.read)
	if err != nil {
		if isMissingTable(err) {
			return nil // there is nothing at all
		}
		return fmt.Errorf("looking into the database: %w", quiet(err))
	}
	tables, err := tablesToRefill(ctx, there, migrations)
	if err != nil {
		return err
	}
	return mustBeEmpty(ctx, s.SQL.read, tables)
}

// tablesToRefill gives the tables of a database that has seen some migrations
// already.
func tablesToRefill(ctx context.Context, there, migrations []Migration) ([]Table, error) {
	for _, migration := range there {
		if !slices.Contains(migrations, migration) {
			return nil, fmt.Errorf("the database has seen migration %s of %s, which what is to come in has not; give a new database, which is migrated on the way", migration.Name, migration.Schema)
		}
	}
	tables, err := TablesAt(ctx, there)
	if err != nil {
		return nil, fmt.Errorf("looking into the database: %w", err)
	}
	return tables, nil
}

func mustBeEmpty(ctx context.Context, db bun.IDB, tables []Table) error {
	for _, table := range tables {
		if table.mayBeFilled {
			continue
		}
		filled, err := db.NewSelect().Table(table.Name).Limit(1).Exists(ctx)
		if err != nil {
			return fmt.Errorf("looking into %s: %w", table.Name, quiet(err))
		}
		if filled {
			return fmt.Errorf("the database is not empty: there are rows in %s", table.Name)
		}
	}
	return nil
}

// Refill brings an empty database to these migrations, lets fill write rows,
// rebuilds what a snapshot leaves out, and runs the migrations that came since;
// all in one transaction, on PostgreSQL too. lastIDs, of tables with a Serial,
// are asked for once fill is done.
func (s *Stores) Refill(ctx context.Context, migrations []Migration, fill func(ctx context.Context, r *Refill) error, lastIDs func() map[string]int64) error {
	done, err := s.SQL.turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	// Not by Write, which may run it again: what fills it comes once.
	err = s.SQL.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		r := &Refill{tx: tx, postgres: s.SQL.Postgres()}
		later, err := s.prepareRefill(ctx, r, migrations)
		if err != nil {
			return err
		}
		if err := fill(ctx, r); err != nil {
			return err
		}
		if err := r.setLastIDs(ctx, lastIDs()); err != nil {
			return err
		}
		for _, step := range later {
			if err := s.SQL.applyIn(ctx, tx, step); err != nil {
				return err
			}
		}
		return s.finishRefill(ctx, tx)
	})
	if isBusy(err) {
		return fmt.Errorf("another program writes to the database; stop the gateway first: %w", err)
	}
	if hushed := (*quietError)(nil); errors.As(err, &hushed) {
		return err // what stands around it says where it happened
	}
	return quiet(err)
}

// prepareRefill makes the tables, and gives the steps that are still to come
// when they are filled.
func (s *Stores) prepareRefill(ctx context.Context, r *Refill, migrations []Migration) (later []Step, err error) {
	if err := s.SQL.lockMigrations(ctx, r.tx); err != nil {
		return nil, err
	}
	if _, err := r.tx.ExecContext(ctx, migrationTable); err != nil {
		return nil, fmt.Errorf("making the table of migrations: %w", err)
	}
	there, err := appliedIn(ctx, r.tx)
	if err != nil {
		return nil, fmt.Errorf("reading applied migrations: %w", err)
	}
	tables, err := tablesToRefill(ctx, there, migrations)
	if err != nil {
		return nil, err
	}
	if err := r.lock(ctx, tables); err != nil {
		return nil, err
	}
	if err := mustBeEmpty(ctx, r.tx, tables); err != nil {
		return nil, err
	}
	for _, table := range slices.Backward(tables) { // what a gateway left that was only started
		if _, err := r.tx.NewDelete().Table(table.Name).Where("TRUE").Exec(ctx); err != nil {
			return nil, fmt.Errorf("clearing %s: %w", table.Name, err)
		}
	}
	steps, later, err := stepsOf(migrations)
	if err != nil {
		return nil, err
	}
	for _, step := range steps {
		if slices.Contains(there, step.migration()) {
			continue
		}
		if err := s.SQL.applyIn(ctx, r.tx, step); err != nil {
			return nil, err
		}
	}
	r.Tables, err = layout(ctx, steps)
	return later, err
}

// applyIn runs a step in a transaction that does more.
func (s *SQL) applyIn(ctx context.Context, tx bun.Tx, step Step) error {
	script, err := s.dialect.render(step.source)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, script); err != nil {
		return fmt.Errorf("migrating %s to %s: %w", step.Schema, step.Name, quiet(err))
	}
	note := appliedStep{Schema: step.Schema, Name: step.Name, AppliedAt: clock.Now().UnixMilli()}
	if _, err := tx.NewInsert().Model(&note).Exec(ctx); err != nil {
		return fmt.Errorf("noting a migration: %w", quiet(err))
	}
	return nil
}

// lock keeps a gateway from writing while the tables are filled; SQLite's single
// writer does so by itself.
func (r *Refill) lock(ctx context.Context, tables []Table) error {
	if !r.postgres || len(tables) == 0 {
		return nil
	}
	names := make([]string, len(tables))
	for i, table := range tables {
		names[i] = quoted(table.Name)
	}
	if _, err := r.tx.ExecContext(ctx, "LOCK TABLE "+strings.Join(names, ", ")+" IN SHARE ROW EXCLUSIVE MODE"); err != nil {
		return fmt.Errorf("locking the tables: %w", quiet(err))
	}
	return nil
}

// Insert writes rows of a table, their values in the order of its columns.
func (r *Refill) Insert(ctx context.Context, table Table, rows [][]any) error {
	columns := make([]bun.Ident, len(table.Columns))
	for i, column := range table.Columns {
		columns[i] = bun.Ident(column.Name)
	}
	for some := range slices.Chunk(rows, refillRows) {
		values := make([]bun.TupleValues, len(some))
		for i, row := range some {
			values[i] = bun.Tuple(withNull(row))
		}
		_, err := r.tx.NewRaw("INSERT INTO ? (?) VALUES ?", bun.Ident(table.Name), bun.List(columns), bun.List(values)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("filling %s: %w", table.Name, quiet(err))
		}
	}
	return nil
}

// withNull writes NULL for nil, which bun's tuples do not know.
func withNull(row []any) []any {
	values := slices.Clone(row)
	for i, value := range values {
		if value == nil {
			values[i] = bun.Safe("NULL")
		}
	}
	return values
}

// setLastIDs lets every table go on behind the highest number that it has ever
// given.
func (r *Refill) setLastIDs(ctx context.Context, lastIDs map[string]int64) error {
	for _, table := range r.Tables {
		last := lastIDs[table.Name]
		if table.Serial == "" || last <= 0 {
			continue
		}
		if err := r.setLastID(ctx, table, last); err != nil {
			return fmt.Errorf("setting the last number of %s: %w", table.Name, quiet(err))
		}
	}
	return nil
}

func (r *Refill) setLastID(ctx context.Context, table Table, last int64) error {
	var highest int64 // of an import, which keeps numbers
	if err := r.tx.NewRaw("SELECT COALESCE(MAX(?), 0) FROM ?", bun.Ident(table.Serial), bun.Ident(table.Name)).Scan(ctx, &highest); err != nil {
		return err
	}
	last = max(last, highest)
	if r.postgres {
		_, err := r.tx.NewRaw("SELECT setval(pg_get_serial_sequence(?, ?), ?)", quoted(table.Name), table.Serial, last).Exec(ctx)
		return err
	}
	if _, err := r.tx.NewRaw("DELETE FROM sqlite_sequence WHERE name = ?", table.Name).Exec(ctx); err != nil {
		return err
	}
	_, err := r.tx.NewRaw("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", table.Name, last).Exec(ctx)
	return err
}

// finishRefill rebuilds what was left out.
func (s *Stores) finishRefill(ctx context.Context, tx bun.Tx) error {
	for _, r := range allRebuilt() {
		if err := r.Rebuild(ctx, s.SQL, tx); err != nil {
			return fmt.Errorf("rebuilding %s: %w", strings.Join(r.Tables, ", "), quiet(err))
		}
	}
	if !s.SQL.Postgres() {
		return nil
	}
	// Or queries would be planned as for empty tables until autovacuum comes by.
	if _, err := tx.ExecContext(ctx, "ANALYZE"); err != nil {
		return fmt.Errorf("counting rows for the planner: %w", quiet(err))
	}
	return nil
}

// ErrBlobsThere says that a blob store is not empty.
var ErrBlobsThere = errors.New("the blobs are not empty")

// MustHaveNoBlobs is [ErrBlobsThere] where there are any.
func (s *Stores) MustHaveNoBlobs(ctx context.Context) error {
	some, err := s.Blobs.List(ctx, "", "", 1)
	if err == nil && len(some) > 0 {
		return ErrBlobsThere
	}
	return err
}
