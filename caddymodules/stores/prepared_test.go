package stores_test

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// shelf is a table of books for prepared reads.
type shelf struct {
	t *testing.T
	s *stores.Stores
}

type book struct {
	ID, Pages int64
	Title     string
	Lent      bool
	Cover     []byte
}

var (
	readBook  = stores.Prepare("SELECT id, pages, title, lent, cover FROM books WHERE id = $1")
	readAfter = stores.Prepare("SELECT id, pages, title, lent, cover FROM books WHERE id > $1 AND title <> $2 ORDER BY id")
)

func newShelf(t *testing.T, s *stores.Stores) *shelf {
	t.Helper()
	h := &shelf{t, s}
	cover := map[bool]string{true: "BYTEA", false: "BLOB"}[s.SQL.Postgres()]
	h.change("CREATE TABLE books (id BIGINT PRIMARY KEY, pages INTEGER NOT NULL, title TEXT NOT NULL, lent BOOLEAN NOT NULL, cover " + cover + ")")
	h.change("INSERT INTO books VALUES (1, 100, '吾輩は猫である', true, NULL), (2, 200, '', false, ?), (3, 300, '坊っちゃん', true, ?)",
		[]byte{0, 0xff}, []byte{1})
	return h
}

// change changes the database, as a migration might.
func (h *shelf) change(statement string, args ...any) {
	h.t.Helper()
	err := h.s.SQL.Write(h.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(statement, args...).Exec(ctx)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// count counts by a statement on one of the connections.
func (h *shelf) count(statement string) (n int64) {
	h.t.Helper()
	err := h.s.SQL.Read(h.t.Context(), func(ctx context.Context, db bun.IDB) error {
		return db.NewRaw(statement).Scan(ctx, &n)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// into asks a read whose rows become books.
func into(books *[]book, read *stores.Prepared, args ...any) stores.Asking {
	return stores.Asking{
		Read:  read,
		Args:  args,
		Begin: func() { *books = nil },
		Each: func(row stores.Row) error {
			var b book
			err := row.Scan(&b.ID, &b.Pages, &b.Title, &b.Lent, &b.Cover)
			*books = append(*books, b)
			return err
		},
	}
}

// expect wants all books of a read.
func (h *shelf) expect(what string, books []book, err error, want ...book) {
	h.t.Helper()
	if err != nil || !reflect.DeepEqual(books, want) {
		h.t.Errorf("%s: %v, %v\nwant %v", what, books, err, want)
	}
}

var (
	neko   = book{ID: 1, Pages: 100, Title: "吾輩は猫である", Lent: true}
	empty  = book{ID: 2, Pages: 200, Cover: []byte{0, 0xff}}
	botcha = book{ID: 3, Pages: 300, Title: "坊っちゃん", Lent: true, Cover: []byte{1}}
)

func TestPreparedReads(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newShelf(t, s)
		var one, none, after []book
		err := s.SQL.ReadPrepared(t.Context(), into(&one, readBook, int64(3)), into(&none, readBook, int64(4)), into(&after, readAfter, int64(0), "坊っちゃん"))
		h.expect("one", one, err, botcha)
		h.expect("none", none, err)
		h.expect("two in their order", after, err, neko, empty)

		h.change("UPDATE books SET pages = 101 WHERE id = 1")
		err = s.SQL.ReadPrepared(t.Context(), into(&one, readBook, int64(1)))
		changed := neko
		changed.Pages = 101
		h.expect("what was written since", one, err, changed)

		texts := map[int64]string{}
		err = s.SQL.ReadPrepared(t.Context(), stores.Asking{Read: readAfter, Args: []any{int64(1), "x"}, Each: func(row stores.Row) error {
			var b book
			var title sql.RawBytes
			err := row.Scan(&b.ID, &b.Pages, &title, &b.Lent, &b.Cover)
			texts[b.ID] = string(title)
			return err
		}})
		if err != nil || !reflect.DeepEqual(texts, map[int64]string{2: "", 3: "坊っちゃん"}) {
			t.Errorf("raw texts: %v, %v", texts, err)
		}
	})
}

// A read that ends half-way, or goes wrong, leaves a connection that works, and all
// of them: there are fewer than it is done here.
func TestAPreparedReadThatEndsHalfWay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newShelf(t, s)
		unknown := stores.Prepare("SELECT nothing FROM books WHERE id = $1")
		for range 20 {
			var books []book
			rows := 0
			err := s.SQL.ReadPrepared(t.Context(),
				stores.Asking{Read: readAfter, Args: []any{int64(0), "x"}, Each: func(stores.Row) error { rows++; return errBroken }},
				into(&books, readBook, int64(1)))
			if !errors.Is(err, errBroken) || rows != 1 || books != nil {
				t.Fatalf("%d rows and %v, %v", rows, books, err)
			}
			err = s.SQL.ReadPrepared(t.Context(), into(&books, readBook, int64(1)), into(&books, unknown, int64(1)))
			if err == nil {
				t.Fatal("a column that is not there was read")
			}
			err = s.SQL.ReadPrepared(t.Context(), stores.Asking{Read: readBook, Args: []any{int64(1)}, Each: func(row stores.Row) error {
				var id string
				return row.Scan(&id)
			}})
			if err == nil {
				t.Fatal("five columns were read into one variable")
			}
			err = s.SQL.ReadPrepared(t.Context(), into(&books, readBook, int64(1)))
			h.expect("after that", books, err, neko)
		}
	})
}

// A number is never taken for a text, nor NULL for a value: where SQLite converts,
// PostgreSQL's own form of the one would be nonsense as the other.
func TestPreparedReadsOfAnotherType(t *testing.T) {
	s := storetest.Open(t, storetest.Postgres)
	newShelf(t, s)
	for column, variable := range map[string]any{
		"id": new(string), "pages": new(bool), "title": new(int64), "lent": new(int64), "cover": new(string), "NULLIF(id, 1)": new(int64),
	} {
		read := stores.Prepare("SELECT " + column + " FROM books WHERE id = $1")
		err := s.SQL.ReadPrepared(t.Context(), stores.Asking{Read: read, Args: []any{int64(1)}, Each: func(row stores.Row) error { return row.Scan(variable) }})
		if err == nil || !strings.Contains(err.Error(), "reading the column") {
			t.Errorf("%s into a %T: %v", column, variable, err)
		}
	}
	var books []book
	if err := s.SQL.ReadPrepared(t.Context(), into(&books, readBook, true)); err == nil {
		t.Error("a bool is no argument")
	}
}

const countPrepared = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'sekisho_%'"

// What a migration changes under a running gateway, and what a pooler does, ends
// no read: it is asked again without what was prepared, which is then prepared
// anew. Of several reads all rows come again, and none twice.
func TestPreparedReadsOutliveWhatWasPrepared(t *testing.T) {
	s := storetest.Open(t, storetest.Postgres)
	stores.OneConnection(s.SQL)
	h := newShelf(t, s)
	other := stores.Prepare("SELECT 1::bigint, 0, title, false, NULL::bytea FROM titles WHERE id > $1 ORDER BY id")
	h.change("CREATE TABLE titles (id BIGINT, title TEXT)")
	h.change("INSERT INTO titles VALUES (1, '吾輩は猫である'), (2, '坊っちゃん')")
	for _, happens := range []struct {
		what, statement string
		prepared        int64 // are left
	}{
		{"nothing", "SELECT 1", 2},
		{"another column", "ALTER TABLE books ADD COLUMN author TEXT", 2},
		{"another type", "ALTER TABLE books ALTER COLUMN pages TYPE BIGINT", 0},
		{"another connection of a pooler's", "DEALLOCATE ALL", 0},
	} {
		var titles, books []book
		ask := func() error {
			return s.SQL.ReadPrepared(t.Context(), into(&titles, other, int64(0)), into(&books, readBook, int64(1)))
		}
		if err := ask(); err != nil {
			t.Fatal(err)
		}
		h.change(happens.statement)
		err := ask()
		h.expect(happens.what, books, err, neko)
		if len(titles) != 2 {
			t.Errorf("%s: %v", happens.what, titles)
		}
		if n := h.count(countPrepared); n != happens.prepared {
			t.Errorf("%s: %d are prepared, want %d", happens.what, n, happens.prepared)
		}
		if err := ask(); err != nil || h.count(countPrepared) != 2 {
			t.Errorf("%s: %v, and %d are prepared in the end", happens.what, err, h.count(countPrepared))
		}
	}

	// A pooler's connection on which another gateway prepared the same.
	var books []book
	late := stores.Prepare("SELECT id, 100, title, lent, cover FROM books WHERE id = $1")
	h.change("PREPARE " + stores.NameOf(late) + " AS SELECT 1")
	err := s.SQL.ReadPrepared(t.Context(), into(&books, late, int64(1)))
	h.expect("prepared by another", books, err, neko)
}

// An address may forbid to prepare, for a pooler that hands a connection on after
// each transaction.
func TestNothingIsPreparedWhereTheAddressForbidsIt(t *testing.T) {
	for _, mode := range []string{"simple_protocol", "exec"} {
		config := storetest.Config(t, storetest.Postgres)
		config.Database += "&default_query_exec_mode=" + mode
		s := storetest.OpenConfig(t, config)
		h := newShelf(t, s)
		var after []book
		err := s.SQL.ReadPrepared(t.Context(), into(&after, readAfter, int64(0), "x"))
		h.expect(mode, after, err, neko, empty, botcha)
		if n := h.count("SELECT count(*) FROM pg_prepared_statements"); n != 0 {
			t.Errorf("%s: %d are prepared", mode, n)
		}
	}
}

// A connection that died in the pool, as when PostgreSQL restarts, costs no read.
func TestPreparedReadsOutliveTheirConnection(t *testing.T) {
	config := storetest.Config(t, storetest.Postgres)
	s := storetest.OpenConfig(t, config)
	h := newShelf(t, s)
	config.Database += "&application_name=killer"
	killer := &shelf{t, storetest.OpenConfig(t, config)}
	for range 3 {
		var books []book
		err := s.SQL.ReadPrepared(t.Context(), into(&books, readBook, int64(1)))
		h.expect("reading", books, err, neko)
		killed := killer.count(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name <> 'killer' AND backend_type = 'client backend'`)
		if killed == 0 {
			t.Fatal("there was no connection")
		}
	}
}

// An asking is one call of the database, however many reads it has.
func TestPreparedReadsAreCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		newShelf(t, s)
		const calls, failures = "sekisho_store_call_duration_seconds call=select store=sql", "sekisho_store_errors_total call=select store=sql"
		before := shownBy(t, s)
		var books []book
		for range 50 {
			if err := s.SQL.ReadPrepared(t.Context(), into(&books, readBook, int64(1)), into(&books, readBook, int64(2))); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.SQL.ReadPrepared(t.Context(), into(&books, stores.Prepare("SELECT canary FROM books WHERE id = $1"), int64(1))); err == nil {
			t.Fatal("a canary was read")
		}
		after := shownBy(t, s)
		if n := after[calls] - before[calls]; n < 51 || n > 90 || after[failures]-before[failures] != 1 { // chores make some, too
			t.Errorf("%v calls and %v failures", after[calls]-before[calls], after[failures]-before[failures])
		}
	})
}
