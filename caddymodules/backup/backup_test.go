package backup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// What a backup of any stores holds comes back into any others: rows of every
// kind, blobs, and the numbers that were given, also to what is gone.
func TestFromAnyStoresIntoAnyOthers(t *testing.T) {
	for _, from := range storetest.Combinations[:2] {
		t.Run("from "+from, func(t *testing.T) {
			t.Parallel()
			config, s := filled(t, from)
			rows, blobs := everything(t, s)
			archive := run(t, config, "", "backup", "--to", "-")
			if archive.err != nil || !strings.Contains(archive.told, "blobs (5.2 MB).") || !strings.Contains(archive.told, "The secret is not in it") {
				t.Fatalf("backup told %q, %v", archive.told, archive.err)
			}
			for _, to := range storetest.Combinations[:2] {
				t.Run("to "+to, func(t *testing.T) {
					config := storetest.Config(t, to)
					if r := run(t, config, archive.out, "restore", "-"); r.err != nil || !strings.HasPrefix(r.told, "Restored are ") {
						t.Fatalf("restore told %q, %v", r.told, r.err)
					}
					expectSame(t, config, rows, blobs)
				})
			}
		})
	}
}

func expectSame(t *testing.T, config stores.Config, rows map[string][][]any, blobs map[string]string) {
	t.Helper()
	s, err := stores.Open(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	restored, restoredBlobs := everything(t, s)
	if !reflect.DeepEqual(restored, rows) {
		t.Errorf("the rows are\n%.2000v\nwant\n%.2000v", fmt.Sprint(restored), fmt.Sprint(rows))
	}
	if !maps.Equal(restoredBlobs, blobs) {
		t.Errorf("the blobs are %v, want %v", slices.Sorted(maps.Keys(restoredBlobs)), slices.Sorted(maps.Keys(blobs)))
	}
	exec(t, s, `INSERT INTO library_readers (name, card, adult) VALUES ('next', ?, TRUE)`, []byte("x"))
	if id := number(t, s, `SELECT id FROM library_readers WHERE name = 'next'`); id != 5 {
		t.Errorf("the next reader has number %d, want 5: the 4th is gone", id)
	}
	if initials := number(t, s, `SELECT count(*) FROM library_initials`); initials != 2 {
		t.Errorf("%d initials are rebuilt, want 2", initials)
	}
}

func number(t *testing.T, s *stores.Stores, query string) (n int) {
	t.Helper()
	err := s.SQL.Read(context.Background(), func(ctx context.Context, db bun.IDB) error {
		return db.QueryRowContext(ctx, query).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Blobs come out of a bucket and go into one.
func TestBuckets(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", storetest.Server(t, "SEKISHO_TEST_S3_KEY"))
	t.Setenv("AWS_SECRET_ACCESS_KEY", storetest.Server(t, "SEKISHO_TEST_S3_SECRET"))
	bucket := func(config *stores.Config, folder string) {
		config.Blobs = storetest.Server(t, "SEKISHO_TEST_S3") + "&prefix=" + folder + strings.ToLower(rand.Text())
	}
	config, s := filled(t, storetest.Embedded, func(c *stores.Config) { bucket(c, "backed-up") })
	rows, blobs := everything(t, s)
	archive := backedUp(t, config)
	target := storetest.Config(t, storetest.Embedded)
	bucket(&target, "restored")
	if r := run(t, target, "", "restore", archive); r.err != nil {
		t.Fatal(r.err)
	}
	expectSame(t, target, rows, blobs)
}

// A backup is its owner's alone, and what would give it away stands in it only
// encrypted.
func TestWhatAFileShows(t *testing.T) {
	t.Parallel()
	config, _ := filled(t, storetest.Embedded)
	path := backedUp(t, config)
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("beside it stand %v, %v", entries, err)
	}
	tar := decompressed(t, path)
	for _, secret := range []string{storetest.Secret, passphrase} {
		if strings.Contains(tar, secret) {
			t.Error("a secret stands in the archive")
		}
	}
	if !strings.Contains(tar, "age-encryption.org/v1\n-> scrypt ") {
		t.Error("there is no age file in the archive")
	}
}

func decompressed(t *testing.T, path string) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := zstd.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A backup that fails leaves the one before, and nothing beside it.
func TestFailedBackupLeavesTheLast(t *testing.T) {
	t.Parallel()
	config, s := filled(t, storetest.Embedded)
	path := written(t, "the last")
	exec(t, s, `UPDATE library_readers SET balance = 'much' WHERE id = 1`) // as SQLite lets one
	expectError(t, run(t, config, "", "backup", "--to", path).err, "reading library_readers: column balance: a value of type string is no integer")
	if text, err := os.ReadFile(path); err != nil || string(text) != "the last" {
		t.Errorf("the file holds %.20q, %v", text, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("beside it stand %v, %v", entries, err)
	}
}

func TestBackupIsRefused(t *testing.T) {
	t.Parallel()
	config, _ := filled(t, storetest.Embedded)
	elsewhere, lost, other := storetest.Config(t, storetest.Embedded), config, config
	lost.Secret = ""
	other.Secret = "another secret of 32 characters"
	for name, test := range map[string]struct {
		config stores.Config
		stdin  string
		args   []string
		want   string
	}{
		"no database":        {elsewhere, "", nil, "there is no database at "},
		"no secret":          {lost, "", nil, "there is no secret: SEKISHO_SECRET is not set, and there is no file " + config.Data + "/secret"},
		"another secret":     {other, "", nil, "sealed under another secret"},
		"no passphrase":      {config, "", []string{"--with-secret"}, "--with-secret and --passphrase-file go together"},
		"no use of one":      {config, "", []string{"--passphrase-file", "-"}, "--with-secret and --passphrase-file go together"},
		"empty passphrase":   {config, "\n", []string{"--with-secret", "--passphrase-file", "-"}, "the passphrase is empty"},
		"short passphrase":   {config, "elevenbytes\n", []string{"--with-secret", "--passphrase-file", "-"}, "the passphrase is shorter than 12 bytes"},
		"no passphrase file": {config, "", []string{"--with-secret", "--passphrase-file", "/none"}, "reading the passphrase: open /none"},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, test.config, test.stdin, append([]string{"backup", "--to", "-"}, test.args...)...)
			expectError(t, r.err, test.want)
			if r.out != "" {
				t.Errorf("%d bytes are written", len(r.out))
			}
		})
	}
	if _, err := os.Stat(filepath.Join(config.Data, "secret")); err == nil {
		t.Error("a secret was made")
	}
}

// What is no file is not put away for one, and a link stays a link.
func TestBackupToWhatIsNoFile(t *testing.T) {
	t.Parallel()
	config, _ := filled(t, storetest.Embedded)
	folder := t.TempDir()
	pipe, link, meant := filepath.Join(folder, "pipe"), filepath.Join(folder, "link"), filepath.Join(folder, "meant")
	if err := errors.Join(syscall.Mkfifo(pipe, 0o600), os.WriteFile(meant, nil, 0o600), os.Symlink(meant, link)); err != nil {
		t.Fatal(err)
	}
	expectError(t, run(t, config, "", "backup", "--to", pipe).err, "is no file; --to - writes to standard output")
	expectError(t, run(t, config, "", "backup", "--to", folder).err, "is no file; --to - writes to standard output")
	if r := run(t, config, "", "backup", "--to", link); r.err != nil {
		t.Fatal(r.err)
	}
	for path, want := range map[string]os.FileMode{pipe: os.ModeNamedPipe, link: os.ModeSymlink, meant: 0} {
		if info, err := os.Lstat(path); err != nil || info.Mode().Type() != want {
			t.Errorf("%s is %v now (%v)", path, info.Mode(), err)
		}
	}
	if info, err := os.Stat(meant); err != nil || info.Size() == 0 {
		t.Errorf("nothing is where the link leads: %v", err)
	}
}

// meddled are blobs with which something happens meanwhile.
type meddled struct {
	stores.Blobs
	listed int
	meddle func(listed int) // before the nth list is given
	put    func() error     // before each put
}

func (m *meddled) List(ctx context.Context, prefix, after string, limit int) ([]stores.BlobInfo, error) {
	list, err := m.Blobs.List(ctx, prefix, after, limit)
	m.listed++
	m.meddle(m.listed)
	return list, err
}

// Blobs that come and go, and rows that are written, while a backup runs: the
// rows are those of the moment behind the first copying, and no blob lacks that
// they name.
func TestWhatHappensMeanwhile(t *testing.T) {
	t.Parallel()
	config, s := filled(t, storetest.Embedded)
	reading, err := stores.OpenWhole(stores.Unhurried(context.Background()), config)
	if err != nil {
		t.Fatal(err)
	}
	defer reading.Close()
	remove := func(key string) {
		if err := s.Blobs.Delete(context.Background(), key); err != nil {
			t.Error(err)
		}
	}
	reading.Blobs = &meddled{Blobs: reading.Blobs, meddle: func(listed int) {
		switch listed {
		case 1: // the first copying
			remove("library/a/front.jpg")
			putBlob(t, s, "library/c", "came before its row")
			putBlob(t, s, "library/a/empty", "no more")
			exec(t, s, `INSERT INTO library_books (title, reader_id) VALUES ('門', 1)`)
		case 2: // the moment is fixed
			putBlob(t, s, "library/d", "came too late")
			exec(t, s, `INSERT INTO library_books (title, reader_id) VALUES ('明暗', 1)`)
		}
	}}
	path := filepath.Join(t.TempDir(), "archive")
	key, err := stores.BackupKey(storetest.Secret)
	if err != nil {
		t.Fatal(err)
	}
	var end End
	err = writeTo(path, nil, func(out io.Writer) (err error) {
		end, err = take(stores.Unhurried(context.Background()), reading, out, key, nil, newProgress("backup"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if end.Gone != 1 || end.Rows["library_books"] != 3 {
		t.Errorf("the end is %+v, want one blob gone and three books", end)
	}
	target := storetest.Config(t, storetest.Embedded)
	if r := run(t, target, "", "restore", path); r.err != nil {
		t.Fatal(r.err)
	}
	restored := storetest.OpenConfig(t, target)
	blobs := allBlobs(t, restored)
	if got := slices.Sorted(maps.Keys(blobs)); !slices.Equal(got, []string{"library/a/empty", "library/b", "library/c"}) {
		t.Errorf("the blobs are %v", got)
	}
	if blobs["library/a/empty"] != "no more" {
		t.Errorf("a blob that was replaced holds %q", blobs["library/a/empty"])
	}
	if late := number(t, restored, `SELECT count(*) FROM library_books WHERE title = '明暗'`); late != 0 {
		t.Error("a row is in it that came when the moment was fixed")
	}
}
