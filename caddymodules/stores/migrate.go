package stores

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
)

//go:embed migrations/*.sql
var houseMigrations embed.FS

func houseSchema() Schema {
	files, err := fs.Sub(houseMigrations, "migrations")
	if err != nil {
		panic(err) // the name is written in the line above
	}
	return Schema{Name: "house", Migrations: files}
}

// migrationLock is the advisory lock under which PostgreSQL runs one migrator
// at a time; any number that nothing else in the database uses.
const migrationLock = 0x5e_c1_50

// Step is one migration of a schema.
type Step struct {
	Schema string
	Name   string // its file's name without the ending

	// AppliedAt is in Unix milliseconds, 0 where the step is still to come.
	AppliedAt int64

	source string
}

type appliedStep struct {
	bun.BaseModel `bun:"table:sekisho_migrations"`

	Schema    string `bun:"schema_name,pk"`
	Name      string `bun:"step,pk"`
	AppliedAt int64  `bun:"applied_at"`
}

// Steps are the migrations of every schema in the order in which they run, and
// which of them the database has seen.
func (s *SQL) Steps(ctx context.Context) ([]Step, error) {
	var done []appliedStep
	err := s.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		if there, err := s.hasTable(ctx, db, "sekisho_migrations"); err != nil || !there {
			return err // a new database has seen none
		}
		return db.NewSelect().Model(&done).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("reading applied migrations: %w", err)
	}
	var steps []Step
	for _, schema := range Schemas() {
		some, err := schema.steps()
		if err != nil {
			return nil, err
		}
		steps = append(steps, some...)
	}
	for i, step := range steps {
		for _, applied := range done {
			if applied.Schema == step.Schema && applied.Name == step.Name {
				steps[i].AppliedAt = applied.AppliedAt
			}
		}
	}
	return steps, nil
}

// hasTable says whether the database has a table.
func (s *SQL) hasTable(ctx context.Context, db bun.IDB, name string) (there bool, err error) {
	query := "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?)"
	if s.Postgres() {
		query = "SELECT to_regclass(?) IS NOT NULL"
	}
	err = db.NewRaw(query, name).Scan(ctx, &there)
	return there, err
}

// Migrate runs the steps that the database has not seen, each in a transaction
// of its own together with the note that it ran, and tells report of each. Two
// programs may do it at once.
func (s *SQL) Migrate(ctx context.Context, report func(Step)) error {
	ctx = Unhurried(ctx)
	steps, err := s.Steps(ctx)
	if err != nil {
		return err
	}
	if Pending(steps) == 0 {
		return nil // nothing to do, and so no right needed to make tables
	}
	if err := s.makeMigrationTable(ctx); err != nil {
		return err
	}
	for _, step := range steps {
		if step.AppliedAt != 0 {
			continue
		}
		ran, err := s.apply(ctx, step)
		if err != nil {
			return fmt.Errorf("migrating %s to %s: %w", step.Schema, step.Name, err)
		}
		if ran {
			report(step)
		}
	}
	return nil
}

// Pending is how many steps the database has not seen.
func Pending(steps []Step) int {
	pending := 0
	for _, step := range steps {
		if step.AppliedAt == 0 {
			pending++
		}
	}
	return pending
}

func (s *SQL) apply(ctx context.Context, step Step) (ran bool, err error) {
	script, err := s.dialect.render(step.source)
	if err != nil {
		return false, err
	}
	err = s.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		ran = false
		if err := s.lockMigrations(ctx, tx); err != nil {
			return err
		}
		already, err := tx.NewSelect().Model((*appliedStep)(nil)).
			Where("schema_name = ? AND step = ?", step.Schema, step.Name).Exists(ctx)
		if err != nil || already {
			return err
		}
		if _, err := tx.ExecContext(ctx, script); err != nil {
			return err
		}
		note := appliedStep{Schema: step.Schema, Name: step.Name, AppliedAt: clock.Now().UnixMilli()}
		if _, err := tx.NewInsert().Model(&note).Exec(ctx); err != nil {
			return err
		}
		ran = true
		return nil
	})
	return ran, err
}

// migrationTable makes the table of migrations.
const migrationTable = `CREATE TABLE IF NOT EXISTS sekisho_migrations (
	schema_name TEXT NOT NULL, step TEXT NOT NULL, applied_at BIGINT NOT NULL,
	PRIMARY KEY (schema_name, step))`

func (s *SQL) makeMigrationTable(ctx context.Context) error {
	err := s.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.lockMigrations(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, migrationTable)
		return err
	})
	if err != nil {
		return fmt.Errorf("making the table of migrations: %w", err)
	}
	return nil
}

// lockMigrations lets one migrator at a time through; SQLite's single writer
// does so by itself.
func (s *SQL) lockMigrations(ctx context.Context, tx bun.Tx) error {
	if !s.Postgres() {
		return nil
	}
	_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", migrationLock)
	return err
}

func (schema Schema) steps() ([]Step, error) {
	names, err := fs.Glob(schema.Migrations, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("listing migrations of %s: %w", schema.Name, err)
	}
	slices.Sort(names)
	var steps []Step
	for _, name := range names {
		source, err := fs.ReadFile(schema.Migrations, name)
		if err != nil {
			return nil, fmt.Errorf("reading migration %s: %w", name, err)
		}
		steps = append(steps, Step{Schema: schema.Name, Name: strings.TrimSuffix(path.Base(name), ".sql"), source: string(source)})
	}
	return steps, nil
}

func (d Dialect) render(source string) (string, error) {
	parsed, err := template.New("migration").Option("missingkey=error").Parse(source)
	if err != nil {
		return "", fmt.Errorf("parsing the migration: %w", err)
	}
	var script bytes.Buffer
	if err := parsed.Execute(&script, d); err != nil {
		return "", fmt.Errorf("rendering the migration: %w", err)
	}
	return script.String(), nil
}
