package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// An archive that is not whole, or that somebody has changed, is refused before
// anything is written; from standard input, before any row is.
func TestDamagedArchives(t *testing.T) {
	t.Parallel()
	config, _ := filled(t, storetest.Embedded)
	whole, err := os.ReadFile(backedUp(t, config))
	if err != nil {
		t.Fatal(err)
	}
	members := membersOf(t, decompressed(t, written(t, string(whole))))
	for name, test := range map[string]struct {
		archive []byte
		want    string
	}{
		"empty":               {nil, "it is damaged"},
		"something else":      {[]byte("PK\x03\x04 is no backup"), "it is damaged"},
		"one byte short":      {whole[:len(whole)-1], "it is damaged"},
		"half of it":          {whole[:len(whole)/2], "it is damaged"},
		"a byte more":         {append(slices.Clone(whole), 'x'), "it is damaged"},
		"twice":               {slices.Concat(whole, whole), "something stands behind its end"},
		"a bit turned":        {turned(whole, len(whole)/2), "it is damaged"},
		"the last bit turned": {turned(whole, len(whole)-1), "it is damaged"},
		"another tar file":    {packed(t, members[1:]), "it is no backup of sekisho"},
		"a long manifest":     {packed(t, changed(members, nameManifest, `"format": 1`, `"format": 1`+strings.Repeat(" ", largestText))), "is longer than 2097152 bytes"},
		"a later format":      {packed(t, changed(members, nameManifest, `"format": 1`, `"format": 2`)), "the archive has format 2; this program knows 1"},
		"a newer version":     {packed(t, changed(members, nameManifest, "0002_shelves", "0003_floors")), "migration 0003_floors of library is of a newer version than this program"},
		"another table":       {packed(t, changed(members, nameManifest, `"shelf"`, `"floor"`)), "its tables are not those"},
		"a blob changed":      {packed(t, changed(members, "blobs/library/a/front.jpg", "front", "Front")), "members do not have their sums"},
		"a row changed":       {packed(t, changed(members, "tables/library_books/00000001.jsonl", "草枕", "枕草")), "members do not have their sums"},
		"a row malformed":     {packed(t, changed(members, "tables/library_books/00000001.jsonl", `"草枕",1,"ground floor"`, `"草枕",1`)), "tables/library_books/00000001.jsonl, line 2: it has not 3 values"},
		"a blob missing":      {packed(t, without(members, "blobs/library/a/front.jpg")), "rows or blobs are missing"},
		"rows missing":        {packed(t, without(members, "tables/library_books/00000001.jsonl")), "rows or blobs are missing"},
		"sums missing":        {packed(t, without(members, "sums/00000001")), "its end is missing"},
		"the seal missing":    {packed(t, without(members, nameSeal)), "it is damaged"},
		"the end missing":     {packed(t, without(members, nameEnd)), "members do not have their sums"},
		"tables turned round": {packed(t, turnedRound(members)), "does not belong where it stands"},
		"a key that leads out": {
			packed(t, resummed(changed(members, "blobs/library/a/front.jpg", "", "", "blobs/../secret"))), "its seal is wrong",
		},
		"a row forged with its sums": {
			packed(t, resummed(changed(members, "tables/library_books/00000001.jsonl", "草枕", "枕草"))), "its seal is wrong",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := storetest.Config(t, storetest.Embedded)
			r := run(t, target, "", "restore", written(t, string(test.archive)))
			expectError(t, r.err, test.want)
			expectUntouched(t, target)
			streamed := storetest.Config(t, storetest.Embedded)
			if r := run(t, streamed, string(test.archive), "restore", "-"); r.err == nil {
				t.Error("it is taken from standard input")
			}
			expectNoTables(t, streamed)
		})
	}
}

func expectNoTables(t *testing.T, config stores.Config) {
	t.Helper()
	s, err := stores.OpenWhole(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Snapshot(context.Background(), func(context.Context, *stores.Snapshot) error { return nil })
	expectError(t, err, "the database is empty")
}

// packedMember is a file of an archive.
type packedMember struct{ name, content string }

func membersOf(t *testing.T, text string) (members []packedMember) {
	t.Helper()
	r := tar.NewReader(strings.NewReader(text))
	for {
		header, err := r.Next()
		if err == io.EOF {
			return members
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		members = append(members, packedMember{header.Name, string(content)})
	}
}

func packed(t *testing.T, members []packedMember) []byte {
	t.Helper()
	var b bytes.Buffer
	compressing, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(compressing)
	for _, m := range members {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: m.name, Size: int64(len(m.content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, m.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), compressing.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func turned(archive []byte, at int) []byte {
	archive = slices.Clone(archive)
	archive[at] ^= 1
	return archive
}

// changed has another text, and perhaps another name, in one member.
func changed(members []packedMember, name, from, to string, rename ...string) []packedMember {
	members = slices.Clone(members)
	for i, m := range members {
		if m.name != name {
			continue
		}
		members[i].content = strings.Replace(m.content, from, to, 1)
		for _, other := range rename {
			members[i].name = other
		}
		if members[i] != m {
			return members
		}
	}
	panic("there is no " + from + " in " + name)
}

func without(members []packedMember, name string) []packedMember {
	return slices.DeleteFunc(slices.Clone(members), func(m packedMember) bool { return m.name == name })
}

// turnedRound has the members of rows in another order.
func turnedRound(members []packedMember) []packedMember {
	isRows := func(m packedMember) bool { return strings.HasPrefix(m.name, inTables) }
	members = slices.Clone(members)
	first := slices.IndexFunc(members, isRows)
	last := first
	for last < len(members) && isRows(members[last]) {
		last++
	}
	slices.Reverse(members[first:last])
	return members
}

// resummed has the sums of what is in it, as somebody would make them who does
// not have the secret.
func resummed(members []packedMember) []packedMember {
	members = slices.Clone(members)
	var sums strings.Builder
	for i, m := range members {
		if m.name == "sums/00000001" {
			members[i].content = sums.String()
		}
		fmt.Fprintf(&sums, "%s  %s\n", sumOf(m.content), m.name)
	}
	return members
}

func sumOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func TestRestoreIsRefused(t *testing.T) {
	t.Parallel()
	config, _ := filled(t, storetest.Embedded)
	with := backedUp(t, config)
	without := filepath.Join(t.TempDir(), "without")
	if r := run(t, config, "", "backup", "--to", without); r.err != nil {
		t.Fatal(r.err)
	}
	unset := func(c *stores.Config) { c.Secret = "" }
	onServers := func(c *stores.Config) {
		c.Secret, c.Sessions, c.Database = "", "redis://127.0.0.1:1", "postgres://127.0.0.1:1/none"
	}
	for name, test := range map[string]struct {
		change func(*stores.Config)
		stdin  string
		args   []string
		want   string
	}{
		"another secret":          {func(c *stores.Config) { c.Secret = "another secret of 32 characters" }, "", []string{with}, "sealed under another secret"},
		"no secret":               {unset, "", []string{without}, "SEKISHO_SECRET is not set; give the one of the gateway that was backed up"},
		"an unopened secret":      {unset, "", []string{with}, "or open the backup's with --passphrase-file"},
		"a wrong passphrase":      {unset, "correct horse battery\n", []string{with, "--passphrase-file", "-"}, "decrypting the secret: the passphrase is wrong"},
		"an empty passphrase":     {unset, "", []string{with, "--passphrase-file", "-"}, "the passphrase is empty"},
		"no secret inside":        {unset, passphrase, []string{without, "--passphrase-file", "-"}, "the backup holds no secret"},
		"nowhere for the secret":  {onServers, passphrase, []string{with, "--passphrase-file", "-"}, "--secret-to must name a new file"},
		"another secret in place": {func(c *stores.Config) { c.Secret = "another secret of 32 characters" }, passphrase, []string{with, "--passphrase-file", "-"}, "is another one than the backup's"},
		"nothing for the file":    {unset, "", []string{with, "--secret-to", "x"}, "--secret-to needs --passphrase-file"},
		"two from one input":      {unset, "", []string{"-", "--passphrase-file", "-"}, "standard input cannot be both"},
		"no file":                 {unset, "", []string{"/none"}, "opening the archive: open /none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := storetest.Config(t, storetest.Embedded)
			tried := target
			test.change(&tried)
			expectError(t, run(t, tried, test.stdin, append([]string{"restore"}, test.args...)...).err, test.want)
			if _, err := os.Stat(filepath.Join(target.Data, "secret")); err == nil {
				t.Error("there is a secret")
			}
			if _, err := os.Stat(strings.TrimPrefix(target.Database, "sqlite://")); err == nil {
				t.Error("there is a database")
			}
		})
	}
}

// What is there is never written over.
func TestRestoreOverSomething(t *testing.T) {
	t.Parallel()
	config, _ := filled(t, storetest.Embedded)
	archive := backedUp(t, config)
	for _, combination := range storetest.Combinations[:2] {
		t.Run("rows in "+combination, func(t *testing.T) {
			t.Parallel()
			target := storetest.Config(t, combination)
			s := storetest.OpenConfig(t, target)
			exec(t, s, `INSERT INTO library_readers (name, card, adult) VALUES ('first', ?, TRUE)`, []byte("x"))
			expectError(t, run(t, target, "", "restore", archive).err, "the database is not empty: there are rows in library_readers")
			if blobs := allBlobs(t, s); len(blobs) != 0 {
				t.Errorf("%d blobs are put", len(blobs))
			}
		})
		t.Run("a gateway that was only started on "+combination, func(t *testing.T) {
			t.Parallel()
			target := storetest.Config(t, combination)
			s := storetest.OpenConfig(t, target)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if r := run(t, target, "", "restore", archive); r.err != nil {
				t.Error(r.err)
			}
		})
	}
	t.Run("blobs", func(t *testing.T) {
		t.Parallel()
		target := storetest.Config(t, storetest.Embedded)
		s, err := stores.OpenWhole(context.Background(), target)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		putBlob(t, s, "library/a/front.jpg", "spoil")
		putBlob(t, s, "library/b", "half")
		putBlob(t, s, "library/new", "of today")
		expectError(t, run(t, target, "", "restore", archive).err, "the blobs are not empty; with --keep-blobs they stay")
		expectNoTables(t, target)
		text, err := os.ReadFile(archive)
		if err != nil {
			t.Fatal(err)
		}
		expectError(t, run(t, target, string(text[:len(text)/2]), "restore", "-", "--keep-blobs").err, "--keep-blobs needs a file")
		if blobs := allBlobs(t, s); blobs["library/a/front.jpg"] != "spoil" {
			t.Errorf("a blob was put over another one from half an archive: %.200v", fmt.Sprint(blobs))
		}
		if r := run(t, target, "", "restore", archive, "--keep-blobs"); r.err != nil {
			t.Fatal(r.err)
		}
		blobs := allBlobs(t, s)
		if len(blobs) != 4 || blobs["library/a/front.jpg"] != "front" || blobs["library/new"] != "of today" || len(blobs["library/b"]) != 5<<20 {
			t.Errorf("the blobs are %.200v", fmt.Sprint(blobs))
		}
	})
}

// The secret comes back to where a gateway looks for it, or where one wants it.
func TestTheSecretComesBack(t *testing.T) {
	t.Parallel()
	config, _ := filled(t, storetest.Embedded)
	archive := backedUp(t, config)
	t.Run("everything embedded", func(t *testing.T) {
		target := storetest.Config(t, storetest.Embedded)
		target.Secret = ""
		target.Blobs = "file://" + filepath.Join(target.Data, "blobs")
		if r := run(t, target, passphrase, "restore", archive, "--passphrase-file", "-"); r.err != nil || !strings.Contains(r.told, "The secret is in "+target.Data+"/secret.") {
			t.Fatalf("restore told %q, %v", r.told, r.err)
		}
		expectSecret(t, filepath.Join(target.Data, "secret"))
		storetest.OpenConfig(t, target)
	})
	t.Run("servers", func(t *testing.T) {
		target := storetest.Config(t, storetest.PostgresRedis)
		target.Secret = ""
		file := filepath.Join(t.TempDir(), "secret")
		if r := run(t, target, passphrase, "restore", archive, "--passphrase-file", "-", "--secret-to", file); r.err != nil {
			t.Fatal(r.err)
		}
		expectSecret(t, file)
	})
	t.Run("a file that is there", func(t *testing.T) {
		target := storetest.Config(t, storetest.Embedded)
		file := written(t, "something else")
		expectError(t, run(t, target, passphrase, "restore", archive, "--passphrase-file", "-", "--secret-to", file).err, "is there and holds something else")
		expectUntouched(t, target)
	})
}

func expectSecret(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil || string(text) != storetest.Secret+"\n" {
		t.Fatalf("the file of the secret holds %q, %v", text, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("it is %v, %v", info.Mode(), err)
	}
}

func (m *meddled) Put(ctx context.Context, key string, r io.Reader) error {
	if err := m.put(); err != nil {
		return err
	}
	return m.Blobs.Put(ctx, key, r)
}

// A restore that breaks off among the blobs leaves the database empty, and is run
// again.
func TestRestoreThatBreaksOff(t *testing.T) {
	t.Parallel()
	config, s := filled(t, storetest.Embedded)
	rows, blobs := everything(t, s)
	path := backedUp(t, config)
	target := storetest.Config(t, storetest.Embedded)
	ctx := stores.Unhurried(context.Background())
	full := errors.New("no space left on device")
	func() {
		s, err := stores.OpenWhole(ctx, target)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		put := make(chan bool, 2)
		s.Blobs = &meddled{Blobs: s.Blobs, put: func() error {
			select {
			case put <- true:
				return nil
			default:
				return full
			}
		}}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		archive, closes, err := openArchive(ctx, file)
		if err != nil {
			t.Fatal(err)
		}
		defer closes()
		key, err := stores.BackupKey(storetest.Secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := give(ctx, s, archive, key, newProgress("restore")); !errors.Is(err, full) {
			t.Errorf("it broke off with %v", err)
		}
	}()
	expectNoTables(t, target)
	if r := run(t, target, "", "restore", path, "--keep-blobs"); r.err != nil {
		t.Fatal(r.err)
	}
	expectSame(t, target, rows, blobs)
}

// A backup of the version before is brought up to date; one of the version after
// is refused. Not in parallel: the program changes.
func TestVersions(t *testing.T) {
	for _, combination := range storetest.Combinations[:2] {
		t.Run(combination, func(t *testing.T) {
			target := storetest.Config(t, combination)
			old := func() string {
				theLibrary.old = true
				defer func() { theLibrary.old = false }()
				config, _ := filled(t, combination)
				return backedUp(t, config)
			}()
			if r := run(t, target, "", "restore", old); r.err != nil {
				t.Fatal(r.err)
			}
			s := storetest.OpenConfig(t, target)
			if books := number(t, s, `SELECT count(*) FROM library_books WHERE shelf = 'ground floor'`); books != 2 {
				t.Errorf("%d books stand on the ground floor, want 2", books)
			}
			newer := backedUp(t, target)
			migrated := storetest.Config(t, combination)
			storetest.Migrate(t, migrated)
			expectError(t, run(t, migrated, "", "restore", old).err,
				"the database has seen migration 0002_shelves of library, which what is to come in has not; give a new database")
			theLibrary.old = true
			defer func() { theLibrary.old = false }()
			fresh := storetest.Config(t, combination)
			expectError(t, run(t, fresh, "", "restore", newer).err, "migration 0002_shelves of library is of a newer version than this program")
			expectError(t, run(t, target, "", "backup", "--to", "-").err, "migration 0002_shelves of library is of a newer version than this program")
		})
	}
}
