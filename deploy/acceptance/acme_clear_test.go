package acceptance

import (
	"archive/tar"
	"bytes"
	"database/sql"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// exportStorage gives the archive that `sekisho storage export` makes beside the gateway.
func exportStorage(t *testing.T, g *gateway) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "certificates.tar")
	g.run("storage", "export", "--config", g.caddyfile, "--output", file)
	return file
}

// privateKeys are those in an archive, in every form in which one might leak.
func privateKeys(t *testing.T, archive string) (forms [][]byte) {
	t.Helper()
	file, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for reader := tar.NewReader(file); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return forms
		}
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(header.Name, ".key") {
			continue
		}
		text, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(text)
		if block == nil {
			t.Fatalf("%s is no PEM", header.Name)
		}
		lines := bytes.Split(text, []byte("\n"))
		forms = append(forms, lines[0], lines[1], block.Bytes[8:40])
	}
}

// expectNothingInClear looks for the private keys of an archive in every file of
// the data folder.
func expectNothingInClear(t *testing.T, data, archive string) {
	t.Helper()
	keys := privateKeys(t, archive)
	if len(keys) == 0 {
		t.Fatal("no private key was exported")
	}
	err := filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if bytes.Contains(content, key) {
				t.Errorf("%s holds a private key in clear", path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// expectSealedInDatabase looks at each value that is kept in PostgreSQL.
func expectSealedInDatabase(t *testing.T, address string) {
	t.Helper()
	address, _, _ = strings.Cut(address, "?")
	db, err := sql.Open("pgx", address+"?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var keys, clear int
	err = db.QueryRowContext(t.Context(), `SELECT count(*) FILTER (WHERE name LIKE '%.key'),
		count(*) FILTER (WHERE position('PRIVATE KEY'::bytea IN value) > 0 OR position('CERTIFICATE'::bytea IN value) > 0)
		FROM certificate_values`).Scan(&keys, &clear)
	if err != nil || keys == 0 || clear != 0 {
		t.Errorf("the database holds %d private keys, and %d values in clear (%v)", keys, clear, err)
	}
}
