package stores

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Prepared is a read that each connection prepares once. bun writes arguments into
// its statements, so that a database parses and plans every single one, which
// takes PostgreSQL twice as long as finding the row. This is for the handful of
// reads that a busy gateway lives on, see S1 to S3 in deploy/bench for what each
// gains; all others stay bun's.
type Prepared struct {
	postgres string
	sqlite   string
	name     string // to PostgreSQL, another one for another text
}

// Prepare makes a read of its text, whose arguments are $1, $2 and so on. It
// selects each column by its name, so that a migration that adds one changes
// nothing. It is for package variables: a database keeps what it has prepared.
func Prepare(text string) *Prepared {
	sum := sha256.Sum256([]byte(text))
	return &Prepared{
		postgres: text,
		sqlite:   strings.ReplaceAll(text, "$", "?"),
		name:     "sekisho_" + hex.EncodeToString(sum[:12]),
	}
}

// Asking asks a prepared read.
type Asking struct {
	Read *Prepared
	Args []any // int64 or string

	// Begin is called before the rows come; nil does nothing. It is called again,
	// and all rows come again, where the connection breaks and another is asked.
	Begin func()

	// Each takes the rows in their order. An error ends the asking.
	Each func(Row) error
}

func (a Asking) begin() {
	if a.Begin != nil {
		a.Begin()
	}
}

// Row is a row of a prepared read. It ends with the call of Each that got it.
type Row struct {
	postgres *postgresRow
	sqlite   *sql.Rows
}

// Scan reads the row's columns into an *int64, *bool, *string, *[]byte (NULL is
// nil) or *[sql.RawBytes] each. The last is for text, and is valid as long as the
// row.
func (r Row) Scan(into ...any) error {
	if r.sqlite != nil {
		return r.sqlite.Scan(into...)
	}
	return r.postgres.scan(into)
}

// preparedCall is what asking is called among the calls of the database: as bun's
// selects are.
const preparedCall = "select"

// ReadPrepared asks prepared reads, one after the other, like [SQL.Read]: they are
// bounded by [Timeout] together, and see each what was committed when it began.
// They are one call of the database; on PostgreSQL they travel together, in one
// round trip.
func (s *SQL) ReadPrepared(ctx context.Context, all ...Asking) error {
	ctx, cancel := hurry(ctx)
	defer cancel()
	done, err := s.turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	began := time.Now()
	_, span := s.calls.begin(ctx, preparedCall)
	if s.Postgres() {
		err = s.askPostgres(ctx, all)
	} else {
		err = s.askSQLite(ctx, all)
	}
	s.calls.done(preparedCall, began, span, isSQLFailure(err))
	if err != nil {
		return quiet(err)
	}
	return nil
}

func (s *SQL) askSQLite(ctx context.Context, all []Asking) error {
	for _, asking := range all {
		if err := s.askSQLiteFor(ctx, asking); err != nil {
			return err
		}
	}
	return nil
}

func (s *SQL) askSQLiteFor(ctx context.Context, asking Asking) error {
	statement, err := s.statement(ctx, asking.Read)
	if err != nil {
		return err
	}
	rows, err := statement.QueryContext(ctx, asking.Args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	asking.begin()
	for rows.Next() {
		if err := asking.Each(Row{sqlite: rows}); err != nil {
			return err
		}
	}
	return rows.Err()
}

// statement gives what database/sql prepares on each connection to SQLite that it
// uses. SQLite prepares it anew by itself where the schema has changed.
func (s *SQL) statement(ctx context.Context, read *Prepared) (*sql.Stmt, error) {
	if prepared, there := s.statements.Load(read); there {
		return prepared.(*sql.Stmt), nil
	}
	prepared, err := s.read.DB.PrepareContext(ctx, read.sqlite)
	if err != nil {
		return nil, fmt.Errorf("preparing a statement: %w", err)
	}
	kept, theirs := s.statements.LoadOrStore(read, prepared)
	if theirs {
		_ = prepared.Close() // somebody else was first
	}
	return kept.(*sql.Stmt), nil
}
