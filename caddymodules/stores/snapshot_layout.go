package stores

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Kind is what a column holds, the same on both databases.
type Kind string

// The kinds. A value of each is a string, an int64, a []byte or a bool, or nil
// for NULL.
const (
	KindText    Kind = "text"
	KindInteger Kind = "integer"
	KindBytes   Kind = "bytes"
	KindBoolean Kind = "boolean"
)

// kinds are the types that a migration may declare, as SQLite knows them.
var kinds = map[string]Kind{
	"TEXT": KindText, "BIGINT": KindInteger, "INTEGER": KindInteger, "BLOB": KindBytes, "BOOLEAN": KindBoolean,
}

// Migration names a step of a schema.
type Migration struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
}

// Column is a column of a [Table].
type Column struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// Table is a table as a [Snapshot] reads it and a [Refill] writes it.
type Table struct {
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`

	// Serial is the column that numbers itself, "" where there is none.
	Serial string `json:"serial,omitempty"`

	// mayBeFilled says that a gateway that was only started may have left rows in
	// it: its schema names no tables that matter, see [Schema].
	mayBeFilled bool
}

// layout gives the tables that steps make, each behind those that it refers to,
// without those that are rebuilt (see [Rebuilt]). It makes them in an SQLite
// database in memory and looks: the migrations alone say what there is, on
// PostgreSQL too.
func layout(ctx context.Context, steps []Step) ([]Table, error) {
	memory, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, fmt.Errorf("opening a database in memory: %w", err)
	}
	defer memory.Close()
	memory.SetMaxOpenConns(1) // each connection would have a memory of its own
	l := layouter{db: memory, owner: map[string]Schema{}, placed: map[string]bool{}}
	for _, step := range steps {
		if err := l.make(ctx, step); err != nil {
			return nil, fmt.Errorf("laying out %s %s: %w", step.Schema, step.Name, err)
		}
	}
	for _, name := range l.names {
		if err := l.place(ctx, name, nil); err != nil {
			return nil, fmt.Errorf("laying out %s: %w", name, err)
		}
	}
	return l.tables, nil
}

type layouter struct {
	db     *sql.DB
	owner  map[string]Schema // of a table
	names  []string          // of the tables, in the order in which they were made
	placed map[string]bool
	tables []Table
}

// make runs a step, and notes the tables that came and went.
func (l *layouter) make(ctx context.Context, step Step) error {
	script, err := sqliteDialect.render(step.source)
	if err != nil {
		return err
	}
	if _, err := l.db.ExecContext(ctx, script); err != nil {
		return err
	}
	there, err := l.strings(ctx, `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')
		AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`)
	if err != nil {
		return err
	}
	l.names = slices.DeleteFunc(l.names, func(name string) bool { return !slices.Contains(there, name) })
	for _, name := range there {
		if !slices.Contains(l.names, name) {
			l.names = append(l.names, name)
			l.owner[name] = schemaNamed(step.Schema)
		}
	}
	return nil
}

// place adds a table behind those that it refers to. below are the tables that
// wait for it.
func (l *layouter) place(ctx context.Context, name string, below []string) error {
	if l.placed[name] || isRebuilt(name) {
		return nil
	}
	if slices.Contains(below, name) {
		return fmt.Errorf("it refers to itself by way of %s", strings.Join(below, ", "))
	}
	parents, err := l.strings(ctx, `SELECT DISTINCT "table" FROM pragma_foreign_key_list(?) WHERE "table" <> ? ORDER BY 1`, name, name)
	if err != nil {
		return err
	}
	for _, parent := range parents {
		if err := l.place(ctx, parent, append(below, name)); err != nil {
			return err
		}
	}
	table, err := l.look(ctx, name)
	if err != nil {
		return err
	}
	l.placed[name] = true
	l.tables = append(l.tables, table)
	return nil
}

func (l *layouter) look(ctx context.Context, name string) (Table, error) {
	table := Table{Name: name, mayBeFilled: len(l.owner[name].Tables) == 0}
	script, err := l.strings(ctx, `SELECT sql FROM sqlite_schema WHERE name = ?`, name)
	if err != nil {
		return table, err
	}
	numbers := strings.Contains(script[0], "AUTOINCREMENT")
	if strings.HasPrefix(script[0], "CREATE VIRTUAL") {
		return table, fmt.Errorf("it is a virtual table, and nobody has registered how it is rebuilt")
	}
	rows, err := l.db.QueryContext(ctx, `SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid`, name)
	if err != nil {
		return table, err
	}
	defer rows.Close()
	for rows.Next() {
		var column, declared string
		var key int
		if err := rows.Scan(&column, &declared, &key); err != nil {
			return table, err
		}
		kind, known := kinds[declared]
		if !known {
			return table, fmt.Errorf("column %s is declared %q, which is not known the same on both databases", column, declared)
		}
		if numbers && key == 1 {
			table.Serial = column
		}
		table.Columns = append(table.Columns, Column{Name: column, Kind: kind})
	}
	return table, rows.Err()
}

func (l *layouter) strings(ctx context.Context, query string, args ...any) (all []string, err error) {
	rows, err := l.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// stepsOf gives the steps with these names, in the order in which they run, and
// the others that the program has. One that it does not have is an error.
func stepsOf(migrations []Migration) (these, others []Step, err error) {
	for _, schema := range Schemas() {
		steps, err := schema.steps()
		if err != nil {
			return nil, nil, err
		}
		for _, step := range steps {
			if slices.Contains(migrations, step.migration()) {
				these = append(these, step)
			} else {
				others = append(others, step)
			}
		}
	}
	for _, migration := range migrations {
		known := slices.ContainsFunc(these, func(step Step) bool { return step.migration() == migration })
		if !known {
			return nil, nil, fmt.Errorf("migration %s of %s is of a newer version than this program", migration.Name, migration.Schema)
		}
	}
	return these, others, nil
}

func (s Step) migration() Migration { return Migration{Schema: s.Schema, Name: s.Name} }

func schemaNamed(name string) Schema {
	all := Schemas()
	return all[slices.IndexFunc(all, func(schema Schema) bool { return schema.Name == name })]
}

// TablesAt gives the tables that these migrations make, each behind those that
// it refers to. A migration that the program does not know is an error.
func TablesAt(ctx context.Context, migrations []Migration) ([]Table, error) {
	steps, _, err := stepsOf(migrations)
	if err != nil {
		return nil, err
	}
	return layout(ctx, steps)
}
