package backup

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/spf13/cobra"
	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

func init() { work = 10 } // a millisecond instead of a second

// library is an API that keeps readers and their books. A reader's row must come
// first, although its table's name does not; initials are worked out from names.
type library struct{ old bool }

// theLibrary is of the present version, unless a test has it be old.
var theLibrary = &library{}

var librarySteps = fstest.MapFS{
	"0001_library.sql": {Data: []byte(`
		CREATE TABLE library_readers (
			id      {{.Serial}},
			name    TEXT NOT NULL,
			note    TEXT,
			balance BIGINT,
			card    {{.Bytes}} NOT NULL,
			photo   {{.Bytes}},
			adult   BOOLEAN NOT NULL,
			trusted BOOLEAN
		);
		CREATE TABLE library_books (
			title     TEXT PRIMARY KEY,
			reader_id BIGINT NOT NULL REFERENCES library_readers (id)
		);
		CREATE TABLE library_initials (
			initial {{if .Postgres}}TEXT[]{{else}}TEXT{{end}} NOT NULL
		);`)},
	"0002_shelves.sql": {Data: []byte(`ALTER TABLE library_books ADD COLUMN shelf TEXT NOT NULL DEFAULT 'ground floor';`)},
}

func (l *library) Open(name string) (fs.File, error) { return l.files().Open(name) }

func (l *library) files() fstest.MapFS {
	if !l.old {
		return librarySteps
	}
	return fstest.MapFS{"0001_library.sql": librarySteps["0001_library.sql"]}
}

func init() {
	stores.Register(stores.Schema{Name: "library", Migrations: theLibrary, Tables: []string{"library_readers"}})
	stores.RegisterRebuilt(stores.Rebuilt{
		Tables: []string{"library_initials"},
		Rebuild: func(ctx context.Context, db *stores.SQL, tx bun.Tx) error {
			initial := "substr(name, 1, 1)"
			if db.Postgres() {
				initial = "ARRAY[" + initial + "]"
			}
			_, err := tx.ExecContext(ctx, "INSERT INTO library_initials (initial) SELECT "+initial+" FROM library_readers WHERE name <> ''")
			return err
		},
	})
}

// filled opens stores of a combination with the library's rows and some blobs.
func filled(t *testing.T, combination string, changes ...func(*stores.Config)) (stores.Config, *stores.Stores) {
	t.Helper()
	config := storetest.Config(t, combination)
	for _, change := range changes {
		change(&config)
	}
	s := storetest.OpenConfig(t, config)
	exec(t, s, `INSERT INTO library_readers (name, note, balance, card, photo, adult, trusted) VALUES
		('海山 太郎', NULL, NULL, ?, NULL, TRUE, NULL),
		('"quoted" \ ''twice''', ?, 9223372036854775807, ?, ?, FALSE, TRUE),
		('', '', -9223372036854775808, ?, ?, TRUE, FALSE)`,
		[]byte{0, 1, 255}, "two\nlines,\ta tab\x01 and 𠮷[,]", []byte{}, []byte{}, []byte("card"), bytes.Repeat([]byte("photo"), 100_000))
	exec(t, s, `INSERT INTO library_books (title, reader_id) VALUES ('こころ', 3), ('草枕', 1)`)
	exec(t, s, `INSERT INTO library_readers (name, card, adult) VALUES ('gone', ?, TRUE)`, []byte("x"))
	exec(t, s, `DELETE FROM library_readers WHERE name = 'gone'`)
	if err := s.Sessions.Put(context.Background(), "visit", []byte("of today"), 1e15); err != nil {
		t.Fatal(err)
	}
	for key, content := range map[string]string{"library/a/front.jpg": "front", "library/a/empty": "", "library/b": strings.Repeat("large", 1<<20)} {
		putBlob(t, s, key, content)
	}
	return config, s
}

func exec(t *testing.T, s *stores.Stores, query string, args ...any) {
	t.Helper()
	err := s.SQL.Write(stores.Unhurried(context.Background()), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func putBlob(t *testing.T, s *stores.Stores, key, content string) {
	t.Helper()
	if err := s.Blobs.Put(context.Background(), key, strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
}

// everything is what stands in the tables and in the blobs, the latter by their
// keys.
func everything(t *testing.T, s *stores.Stores) (rows map[string][][]any, blobs map[string]string) {
	t.Helper()
	ctx := stores.Unhurried(context.Background())
	rows = map[string][][]any{}
	err := s.Snapshot(ctx, func(ctx context.Context, snap *stores.Snapshot) error {
		for _, table := range snap.Tables {
			err := snap.Rows(ctx, table, func(row []any) error {
				rows[table.Name] = append(rows[table.Name], append([]any{}, row...))
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, allBlobs(t, s)
}

func allBlobs(t *testing.T, s *stores.Stores) map[string]string {
	t.Helper()
	ctx := context.Background()
	blobs := map[string]string{}
	list, err := s.Blobs.List(ctx, "", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range list {
		content, _, err := s.Blobs.Get(ctx, info.Key, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(content); err != nil {
			t.Fatal(err)
		}
		content.Close()
		blobs[info.Key] = b.String()
	}
	return blobs
}

// result is what a command did.
type result struct {
	out, told string // standard output and error
	err       error
}

// run runs a command with the stores of config. It must not show a secret.
func run(t *testing.T, config stores.Config, stdin string, args ...string) result {
	t.Helper()
	root := &cobra.Command{Use: "sekisho", SilenceErrors: true}
	take, give := &cobra.Command{Use: "backup"}, &cobra.Command{Use: "restore"}
	backupCommand(take)
	restoreCommand(give)
	root.AddCommand(take, give)
	var out, told bytes.Buffer
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&out)
	root.SetErr(&told)
	root.SetArgs(append(args, "--config", caddyfile(t, config)))
	err := root.Execute()
	for _, secret := range []string{storetest.Secret, passphrase} {
		if strings.Contains(out.String(), secret) || strings.Contains(told.String(), secret) || err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("sekisho %s shows a secret: %q, %v", args[0], told.String(), err)
		}
	}
	return result{out.String(), told.String(), err}
}

func caddyfile(t *testing.T, c stores.Config) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("{\n\tsekisho {\n")
	for _, line := range [][2]string{{"data", c.Data}, {"database", c.Database}, {"sessions", c.Sessions}, {"blobs", c.Blobs}, {"secret", c.Secret}} {
		if line[1] != "" {
			fmt.Fprintf(&b, "\t\t%s `%s`\n", line[0], line[1])
		}
	}
	b.WriteString("\t}\n}\n")
	return written(t, b.String())
}

func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const passphrase = "correct horse battery staple"

// backedUp is the file of a backup, with the secret in it.
func backedUp(t *testing.T, config stores.Config) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sekisho.backup")
	if r := run(t, config, passphrase+"\n", "backup", "--to", path, "--with-secret", "--passphrase-file", "-"); r.err != nil {
		t.Fatal(r.err)
	}
	return path
}

// expectUntouched says whether a database and a blob store still hold nothing.
func expectUntouched(t *testing.T, config stores.Config) {
	t.Helper()
	s, err := stores.OpenWhole(stores.Unhurried(context.Background()), config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Snapshot(context.Background(), func(context.Context, *stores.Snapshot) error { return nil })
	if err == nil || !strings.HasSuffix(err.Error(), "the database is empty") {
		t.Errorf("the database is not as it was: %v", err)
	}
	if blobs := allBlobs(t, s); len(blobs) > 0 {
		t.Errorf("there are blobs: %v", reflect.ValueOf(blobs).MapKeys())
	}
}

func expectError(t *testing.T, err error, part string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), part) {
		t.Errorf("got %v, want %q", err, part)
	}
}
