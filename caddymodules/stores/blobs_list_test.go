package stores_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"sekisho/caddymodules/stores"
)

func TestListBlobs(t *testing.T) {
	eachBlobs(t, func(t *testing.T, blobs stores.Blobs) {
		keys := []string{ // in the order of bytes, where / stands between . and 0
			"a-b/x", "a-c", "a.b", "a.b.c/x", "a/b", "a/b-c", "a/c/d", "a/c/e", "a/d", "a0", "a_b/c", "b/a", "b/c",
		}
		for _, i := range rand.Perm(len(keys)) {
			putBlob(t, blobs, keys[i], keys[i])
		}
		expectKeys(t, blobs, "", "", 100, keys...)
		expectKeys(t, blobs, "", "", 3, keys[:3]...)
		expectKeys(t, blobs, "", "", 0)
		expectKeys(t, blobs, "a/", "", 100, "a/b", "a/b-c", "a/c/d", "a/c/e", "a/d")
		expectKeys(t, blobs, "a/c", "", 100, "a/c/d", "a/c/e")
		expectKeys(t, blobs, "a/c/", "a/c/d", 100, "a/c/e")
		expectKeys(t, blobs, "a.b", "", 100, "a.b", "a.b.c/x")
		expectKeys(t, blobs, "none/", "", 100)
		expectKeys(t, blobs, "a0/", "", 100)
		expectKeys(t, blobs, "../", "", 100)
		expectKeys(t, blobs, "", "zzz", 100)
		expectKeys(t, blobs, "b/", "a/b", 100, "b/a", "b/c")
		for i, after := range keys {
			expectKeys(t, blobs, "", after, 100, keys[i+1:]...)
		}
		expectKeys(t, blobs, "", "a/c", 2, "a/c/d", "a/c/e") // after a key that is not there

		// Page by page.
		var all []string
		for after := ""; ; {
			page, err := blobs.List(t.Context(), "", after, 4)
			if err != nil {
				t.Fatal(err)
			}
			for _, info := range page {
				all = append(all, info.Key)
				after = info.Key
			}
			if len(page) < 4 {
				break
			}
		}
		if !slices.Equal(all, keys) {
			t.Errorf("page by page = %q", all)
		}
	})
}

// More than S3 tells in one answer.
func TestListManyBlobs(t *testing.T) {
	eachBlobs(t, func(t *testing.T, blobs stores.Blobs) {
		const many = 1100
		var all sync.WaitGroup
		next := make(chan int)
		for range 16 {
			all.Go(func() {
				for i := range next {
					putBlob(t, blobs, fmt.Sprintf("photos/%04d", i), "x")
				}
			})
		}
		for i := range many {
			next <- i
		}
		close(next)
		all.Wait()
		expectPhotos(t, blobs, "photos/", "photos/0049", many, 50, many-1)
		expectPhotos(t, blobs, "", "photos/0010", 1050, 11, 1060)
	})
}

// More than List looks at in one go.
func TestListLargeFolder(t *testing.T) {
	const many = 4500
	inside := t.TempDir()
	if err := os.Mkdir(filepath.Join(inside, "photos"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, i := range rand.Perm(many) {
		if err := os.WriteFile(filepath.Join(inside, "photos", fmt.Sprintf("%04d", i)), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	blobs, err := stores.OpenFolder(inside)
	if err != nil {
		t.Fatal(err)
	}
	expectPhotos(t, blobs, "", "", 2*many, 0, many-1)
	expectPhotos(t, blobs, "photos/", "photos/1234", 3000, 1235, 4234)
	expectPhotos(t, blobs, "photos/3", "", many, 3000, 3999)
}

// expectPhotos expects photos/FIRST to photos/LAST.
func expectPhotos(t *testing.T, blobs stores.Blobs, prefix, after string, limit, first, last int) {
	t.Helper()
	found, err := blobs.List(stores.Unhurried(t.Context()), prefix, after, limit)
	if err != nil || len(found) != last-first+1 {
		t.Errorf("listing %q after %q = %d blobs, %v; want %d", prefix, after, len(found), err, last-first+1)
		return
	}
	for i, info := range found {
		if want := fmt.Sprintf("photos/%04d", first+i); info.Key != want || info.Size != 1 {
			t.Errorf("listing %q after %q: blob %d is %+v, want %s", prefix, after, i, info, want)
			return
		}
	}
}

// A folder whose last blob is deleted goes away, also under who lists it.
func TestListWhileAFolderGoes(t *testing.T) {
	blobs, err := stores.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	putBlob(t, blobs, "a/b", "x")
	listed := 0
	err = stores.FolderEntries(blobs, "a", func(fs.DirEntry) {
		listed++
		if err := blobs.Delete(t.Context(), "a/b"); err != nil {
			t.Error(err)
		}
	})
	if err != nil || listed != 1 {
		t.Errorf("%d are listed, %v", listed, err)
	}
}
