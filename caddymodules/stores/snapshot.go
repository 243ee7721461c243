package stores

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
)

// Snapshot is all that stood in the database at one moment.
type Snapshot struct {
	// Migrations are those that the database had seen.
	Migrations []Migration

	// Tables are what they have made, each behind those that it refers to.
	Tables []Table

	// Fingerprint is that of the secret under which values are sealed.
	Fingerprint string

	tx       bun.Tx
	postgres bool
}

// Snapshot runs read on what stands in the database now, whatever is written
// meanwhile. Nobody waits for it; an SQLite file's log grows until it ends.
func (s *Stores) Snapshot(ctx context.Context, read func(ctx context.Context, snap *Snapshot) error) error {
	done, err := s.SQL.turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	var options *sql.TxOptions // SQLite's read transactions see one moment by themselves
	if s.SQL.Postgres() {
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := s.SQL.read.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("opening a snapshot: %w", quiet(err))
	}
	defer tx.Rollback() // it has written nothing
	snap := &Snapshot{tx: tx, postgres: s.SQL.Postgres()}
	if err := snap.look(ctx); err != nil {
		return fmt.Errorf("opening a snapshot: %w", quiet(err))
	}
	return read(ctx, snap)
}

// look reads what says how the rest is to be read; with it the moment is fixed.
func (s *Snapshot) look(ctx context.Context) (err error) {
	if s.Migrations, err = appliedIn(ctx, s.tx); err != nil {
		if isMissingTable(err) {
			return errors.New("the database is empty")
		}
		return err
	}
	if s.Tables, err = TablesAt(ctx, s.Migrations); err != nil {
		return err
	}
	fingerprint, err := getMeta(ctx, s.tx, metaFingerprint)
	if err == nil && fingerprint == nil {
		return errors.New("no gateway has used the database yet")
	}
	s.Fingerprint = string(fingerprint)
	return err
}

func appliedIn(ctx context.Context, db bun.IDB) ([]Migration, error) {
	var steps []appliedStep
	if err := db.NewSelect().Model(&steps).Order("schema_name", "step").Scan(ctx); err != nil {
		return nil, err
	}
	migrations := make([]Migration, len(steps))
	for i, step := range steps {
		migrations[i] = Migration{Schema: step.Schema, Name: step.Name}
	}
	return migrations, nil
}

// Rows gives each row of a table, its values in the order of the columns. The
// slice is the next row's after each returns.
func (s *Snapshot) Rows(ctx context.Context, table Table, each func(row []any) error) error {
	rows, err := s.tx.Tx.QueryContext(ctx, s.selecting(table))
	if err != nil {
		return fmt.Errorf("reading %s: %w", table.Name, quiet(err))
	}
	defer rows.Close()
	row := make([]any, len(table.Columns))
	into := make([]any, len(row))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		clear(row)
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("reading %s: %w", table.Name, quiet(err))
		}
		for i, column := range table.Columns {
			if row[i], err = column.Kind.portable(row[i]); err != nil {
				return fmt.Errorf("reading %s: column %s: %w", table.Name, column.Name, err)
			}
		}
		if err := each(row); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading %s: %w", table.Name, quiet(err))
	}
	return nil
}

func (s *Snapshot) selecting(table Table) string {
	columns := make([]string, len(table.Columns))
	for i, column := range table.Columns {
		columns[i] = quoted(column.Name)
		if column.Kind == KindBytes && !s.postgres {
			// The driver gives no bytes as NULL; a number cannot stand there else.
			columns[i] = fmt.Sprintf("CASE WHEN length(%s) = 0 THEN 0 ELSE %s END", columns[i], columns[i])
		}
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + quoted(table.Name)
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// portable gives a value that a driver gave as that of its kind.
func (k Kind) portable(value any) (any, error) {
	if value == nil {
		return nil, nil
	}
	switch value := value.(type) {
	case string:
		if k == KindText {
			return value, nil
		}
	case int64:
		switch {
		case k == KindInteger:
			return value, nil
		case k == KindBoolean && (value == 0 || value == 1):
			return value == 1, nil
		case k == KindBytes && value == 0:
			return []byte{}, nil // see selecting
		}
	case bool:
		if k == KindBoolean {
			return value, nil
		}
	case []byte:
		if k == KindBytes {
			return value, nil
		}
	}
	return nil, fmt.Errorf("a value of type %T is no %s", value, k)
}

// LastID is the highest number that a table with a Serial has ever given, also
// where its row is gone; 0 where it has given none.
func (s *Snapshot) LastID(ctx context.Context, table Table) (last int64, err error) {
	if s.postgres {
		last, err = s.lastIDOfPostgres(ctx, table)
	} else {
		err = s.tx.Tx.QueryRowContext(ctx, `SELECT seq FROM sqlite_sequence WHERE name = ?`, table.Name).Scan(&last)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("reading the last number of %s: %w", table.Name, quiet(err))
	}
	return last, nil
}

func (s *Snapshot) lastIDOfPostgres(ctx context.Context, table Table) (last int64, err error) {
	var sequence string
	err = s.tx.Tx.QueryRowContext(ctx, `SELECT pg_get_serial_sequence($1, $2)`, quoted(table.Name), table.Serial).Scan(&sequence)
	if err != nil {
		return 0, err
	}
	err = s.tx.Tx.QueryRowContext(ctx, `SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM `+sequence).Scan(&last)
	return last, err
}
