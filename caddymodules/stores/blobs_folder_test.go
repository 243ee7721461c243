package stores_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/stores"
)

// A folder holds its blobs and nothing else: no link leads out of it, and what
// others put there is left alone.
func TestFolderBlobsStayInside(t *testing.T) {
	outside, inside := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"out": outside, "file": filepath.Join(outside, "secret")} {
		if err := os.Symlink(to, filepath.Join(inside, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(inside, "README.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	blobs, err := stores.OpenFolder(inside)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"out/secret", "file"} {
		if r, _, err := blobs.Get(t.Context(), key, 0, -1); err == nil {
			r.Close()
			t.Errorf("getting %s leads outside", key)
		}
		_ = blobs.Delete(t.Context(), key)
	}
	if err := blobs.Put(t.Context(), "out/new", strings.NewReader("x")); err == nil {
		t.Error("putting through a link: no error")
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) != 1 {
		t.Errorf("outside are %d files, %v; want the one", len(left), err)
	}
	expectKeys(t, blobs, "", "", 100)
	putBlob(t, blobs, "blob", "x")
	if err := blobs.Put(t.Context(), "blob/below", strings.NewReader("x")); err == nil {
		t.Error("putting below a blob: no error")
	}
	expectNoBlob(t, blobs, "blob/below")
}

// What a killed gateway left half-written goes away, but not what another
// gateway is writing.
func TestFolderClearsAwayLeftovers(t *testing.T) {
	inside := t.TempDir()
	if _, err := stores.OpenFolder(inside); err != nil {
		t.Fatal(err)
	}
	left, fresh := filepath.Join(inside, "~incoming", "left"), filepath.Join(inside, "~incoming", "fresh")
	for _, file := range []string{left, fresh} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(left, old, old); err != nil {
		t.Fatal(err)
	}
	if _, err := stores.OpenFolder(inside); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what is a day old: %v, want it gone", err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("what is fresh: %v, want it there", err)
	}
}

func TestFolderRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := stores.OpenFolder(file); err == nil {
		t.Error("opening a file as the folder: no error")
	}
}
