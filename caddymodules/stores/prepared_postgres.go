package stores

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
)

// askAttempts is how often prepared reads are asked where what was prepared turns
// out to be of no use any more.
const askAttempts = 3

func (s *SQL) askPostgres(ctx context.Context, all []Asking) error {
	prepare := s.prepares
	for attempt := 1; ; attempt++ {
		broken, err := s.askOnConnection(ctx, all, prepare)
		outdated := isOutdated(err)
		most := askAttempts
		if broken {
			most = cap(s.turns) + 1 // each of the pool's connections may be dead after a restart
		}
		if !broken && !outdated || attempt >= most || ctx.Err() != nil {
			return err
		}
		prepare = prepare && !outdated
	}
}

// isOutdated says whether what was prepared is of no use: a migration has changed
// a column's type, or the connection has led to another server meanwhile, as one
// through a pooler may.
func isOutdated(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	switch pg.Code {
	case "0A000", // cached plan must not change result type
		"26000", // prepared statement does not exist
		"42P05": // prepared statement already exists
		return true
	}
	return false
}

// askOnConnection asks on a connection of the pool; broken says whether it is dead.
func (s *SQL) askOnConnection(ctx context.Context, all []Asking, prepare bool) (broken bool, err error) {
	connection, err := s.read.DB.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer connection.Close()
	asked := connection.Raw(func(raw any) error {
		c := raw.(*stdlib.Conn).Conn()
		if err = ask(ctx, c, all, prepare); isOutdated(err) {
			forgetPrepared(ctx, c, all)
		}
		if broken = c.IsClosed(); broken {
			return driver.ErrBadConn // the pool drops it
		}
		return nil
	})
	if err == nil && !broken {
		err = asked
	}
	return broken, err
}

// forgetPrepared lets the reads be prepared anew the next time. Where that fails,
// they are asked as now: a second time, unprepared.
func forgetPrepared(ctx context.Context, c *pgx.Conn, all []Asking) {
	for _, asking := range all {
		_ = c.Deallocate(ctx, asking.Read.name)
	}
}

// asBinary asks for every column in PostgreSQL's binary format.
var asBinary = []int16{pgx.BinaryFormatCode}

// ask sends all of them, and then reads what comes.
func ask(ctx context.Context, c *pgx.Conn, all []Asking, prepare bool) error {
	prepared := make([]*pgconn.StatementDescription, len(all))
	args := make([][][]byte, len(all))
	for i, asking := range all {
		var err error
		if args[i], err = asTexts(asking.Args); err != nil {
			return err
		}
		if !prepare {
			continue
		}
		if prepared[i], err = c.Prepare(ctx, asking.Read.name, asking.Read.postgres); err != nil {
			return err
		}
	}
	line := c.PgConn().StartPipeline(ctx)
	for i, asking := range all {
		if prepare {
			line.SendQueryStatement(prepared[i], args[i], nil, asBinary)
		} else {
			line.SendQueryParams(asking.Read.postgres, args[i], nil, nil, asBinary)
		}
	}
	err := line.Sync()
	for i := 0; i < len(all) && err == nil; i++ {
		err = takeRows(line, all[i])
	}
	return cmp.Or(err, line.Close())
}

func takeRows(line *pgconn.Pipeline, asking Asking) error {
	results, err := line.GetResults()
	if err != nil {
		return err
	}
	reader, ok := results.(*pgconn.ResultReader)
	if !ok {
		return fmt.Errorf("reading rows: PostgreSQL sent a %T", results)
	}
	asking.begin()
	row := postgresRow{fields: reader.FieldDescriptions()}
	for reader.NextRow() {
		row.values = reader.Values()
		if err := asking.Each(Row{postgres: &row}); err != nil {
			return err
		}
	}
	_, err = reader.Close()
	return err
}

// asTexts writes arguments as text, which PostgreSQL takes for what they are
// compared with.
func asTexts(args []any) ([][]byte, error) {
	texts := make([][]byte, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case int64:
			texts[i] = strconv.AppendInt(nil, arg, 10)
		case string:
			texts[i] = []byte(arg)
		default:
			return nil, fmt.Errorf("asking a prepared read: an argument is a %T", arg)
		}
	}
	return texts, nil
}

// postgresRow is a row as it came over the wire.
type postgresRow struct {
	fields []pgconn.FieldDescription
	values [][]byte // nil is NULL
}

func (r *postgresRow) scan(into []any) error {
	if len(into) != len(r.values) {
		return fmt.Errorf("reading %d columns into %d variables", len(r.values), len(into))
	}
	for i, to := range into {
		if !scanValue(r.values[i], r.fields[i].DataTypeOID, to) {
			return fmt.Errorf("reading the column %s, of type %d, into a %T", r.fields[i].Name, r.fields[i].DataTypeOID, to)
		}
	}
	return nil
}

// scanValue reads one value, and says whether it fits. Only bytes may be NULL.
func scanValue(value []byte, oid uint32, into any) (fits bool) {
	if bytea, ok := into.(*[]byte); ok {
		*bytea = bytes.Clone(value)
		return oid == pgtype.ByteaOID
	}
	if value == nil {
		return false
	}
	switch into := into.(type) {
	case *string:
		*into = string(value)
		return isText(oid)
	case *sql.RawBytes:
		*into = value
		return isText(oid)
	case *bool:
		*into = len(value) == 1 && value[0] != 0
		return oid == pgtype.BoolOID
	case *int64:
		return scanInt(value, oid, into)
	}
	return false
}

func isText(oid uint32) bool { return oid == pgtype.TextOID || oid == pgtype.VarcharOID }

func scanInt(value []byte, oid uint32, into *int64) (fits bool) {
	switch {
	case oid == pgtype.Int8OID && len(value) == 8:
		*into = int64(binary.BigEndian.Uint64(value))
	case oid == pgtype.Int4OID && len(value) == 4:
		*into = int64(int32(binary.BigEndian.Uint32(value)))
	default:
		return false
	}
	return true
}
