package avatarplay

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
)

//go:embed migrations/*.sql
var migrations embed.FS

func init() {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the name is written in the line above
	}
	stores.Register(stores.Schema{
		Name:       apiName,
		Migrations: files,
		Tables: []string{
			"avatarplay_catalogue", "avatarplay_tastes", "avatarplay_items", "avatarplay_coords", "avatarplay_apps",
			"avatarplay_wearers", "avatarplay_people", "avatarplay_avatars",
		},
		Demo: loadDemo,
	})
}

// batch is how many rows one statement of an import or export moves.
const batch = 200

// store is what Avatar Play keeps in SQL.
type store struct {
	sql  *stores.SQL
	seal *stores.Sealer
}

// read runs one reading; what names it in errors.
func (s store) read(ctx context.Context, what string, do func(ctx context.Context, db bun.IDB) error) error {
	if err := s.sql.Read(ctx, do); err != nil {
		return fmt.Errorf("reading %s: %w", what, err)
	}
	return nil
}

// write runs one transaction; what names it in errors. A *fault.Fault that it
// gives up with stays in the chain.
func (s store) write(ctx context.Context, what string, do func(ctx context.Context, tx bun.Tx) error) error {
	if err := s.sql.Write(ctx, do); err != nil {
		return fmt.Errorf("writing %s: %w", what, err)
	}
	return nil
}

// one scans the one row of a query; found is false where there is none.
func one(ctx context.Context, query *bun.SelectQuery) (found bool, err error) {
	err = query.Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// How a row is held until its transaction ends. SQLite needs neither: it has one
// writer.
const (
	forChange = "UPDATE" // nobody else reads it so, nor changes it
	forUse    = "SHARE"  // others may hold it so too, and nobody changes it
)

// hold lets a query hold the rows that it reads.
func (s store) hold(query *bun.SelectQuery, how string) *bun.SelectQuery {
	if s.sql.Postgres() {
		query.For(how)
	}
	return query
}

// idAttempts is how often a row is written with another id because its first
// one was somebody's.
const idAttempts = 3

// withNewIDs lets write do a transaction with ids that nobody has; where one is
// taken after all, it is done anew with others.
func withNewIDs(count int, write func(ids []int64) error) (err error) {
	for range idAttempts {
		ids := make([]int64, count)
		for i := range ids {
			ids[i] = newID()
		}
		if err = write(ids); !stores.IsTaken(err) {
			return err
		}
	}
	return err
}

// maxID is the largest id: what every JSON reader takes as a whole number.
const maxID = 1<<53 - 1

// newID gives a random id from 1 to maxID.
func newID() int64 {
	for {
		var random [8]byte
		_, _ = rand.Read(random[:]) // never fails: it ends the program instead
		if id := int64(binary.BigEndian.Uint64(random[:]) >> 11); id != 0 {
			return id
		}
	}
}

// joinIDs writes ids as a column holds them.
func joinIDs(ids []int64) string {
	var text []byte
	for i, id := range ids {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, id, 10)
	}
	return string(text)
}

// splitIDs reads what joinIDs wrote.
func splitIDs(text string) ([]int64, error) {
	if text == "" {
		return nil, nil
	}
	var ids []int64
	for part := range strings.SplitSeq(text, ",") {
		id, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("a list of ids holds %q", part)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// affected says whether a statement changed something.
func affected(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}
