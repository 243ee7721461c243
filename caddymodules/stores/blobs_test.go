package stores_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// eachBlobs runs test on a folder and on a bucket, empty each time.
func eachBlobs(t *testing.T, test func(t *testing.T, blobs stores.Blobs)) {
	t.Run("folder", func(t *testing.T) {
		blobs, err := stores.OpenFolder(filepath.Join(t.TempDir(), "made", "blobs"))
		if err != nil {
			t.Fatal(err)
		}
		test(t, blobs)
	})
	t.Run("s3", func(t *testing.T) {
		address := storetest.Server(t, "SEKISHO_TEST_S3")
		useKey(t, storetest.Server(t, "SEKISHO_TEST_S3_KEY"), storetest.Server(t, "SEKISHO_TEST_S3_SECRET"))
		blobs, err := stores.OpenBucket(t.Context(), address+fmt.Sprintf("&prefix=t%d/of-test", rand.Uint64()))
		if err != nil {
			t.Fatal(err)
		}
		test(t, blobs)
	})
}

func useKey(t *testing.T, key, secret string) {
	t.Setenv("AWS_ACCESS_KEY_ID", key)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
}

func TestBlobs(t *testing.T) {
	eachBlobs(t, func(t *testing.T, blobs stores.Blobs) {
		began := time.Now().Add(-2 * time.Second) // S3 gives whole seconds
		for key, blob := range map[string][]byte{
			"a":                      []byte("text"),
			"empty":                  nil,
			"deep/er/and/deep.er":    []byte("text"),
			"0-._z/..a/a..":          []byte("odd key"),
			"one-part":               randomBytes(5<<20 - 1),
			"just-a-part":            randomBytes(5 << 20),
			"parts":                  randomBytes(12<<20 + 1),
			strings.Repeat("k", 200): []byte("long key"),
		} {
			// A reader that hides its size and gives what it likes.
			if err := blobs.Put(t.Context(), key, iotest.DataErrReader(bytes.NewReader(blob))); err != nil {
				t.Fatalf("putting %s: %v", key, err)
			}
			expectBlob(t, blobs, key, blob)
			info, err := blobs.Stat(t.Context(), key)
			if err != nil || info.Key != key || info.Size != int64(len(blob)) || info.Modified.Before(began) || time.Since(info.Modified) < -time.Minute {
				t.Errorf("describing %s = %+v, %v; want %d bytes, just now", key, info, err, len(blob))
			}
		}

		putBlob(t, blobs, "a", "replaced, and longer")
		expectBlob(t, blobs, "a", []byte("replaced, and longer"))

		for range 2 { // the second time it is unknown
			for _, key := range []string{"a", "deep/er/and/deep.er"} {
				if err := blobs.Delete(t.Context(), key); err != nil {
					t.Errorf("deleting: %v", err)
				}
				expectNoBlob(t, blobs, key)
			}
		}
		putBlob(t, blobs, "deep/er/again", "text") // where the folder went with the last blob
	})
}

func TestBlobRanges(t *testing.T) {
	eachBlobs(t, func(t *testing.T, blobs stores.Blobs) {
		putBlob(t, blobs, "ten", "0123456789")
		putBlob(t, blobs, "empty", "")
		for _, part := range []struct {
			key            string
			offset, length int64
			want           string
		}{
			{"ten", 0, -1, "0123456789"},
			{"ten", 0, 1, "0"},
			{"ten", 0, 10, "0123456789"},
			{"ten", 0, 1 << 62, "0123456789"},
			{"ten", 3, 4, "3456"},
			{"ten", 3, -1, "3456789"},
			{"ten", 9, 1, "9"},
			{"ten", 9, 5, "9"},
			{"ten", 5, 1<<63 - 1, "56789"},
			{"ten", 3, 0, ""},
			{"ten", 10, -1, ""},
			{"ten", 10, 5, ""},
			{"ten", 1 << 40, 1, ""},
			{"empty", 0, -1, ""},
			{"empty", 0, 5, ""},
			{"empty", 1, -1, ""},
		} {
			r, info, err := blobs.Get(t.Context(), part.key, part.offset, part.length)
			if err != nil {
				t.Errorf("getting %+v: %v", part, err)
				continue
			}
			got, err := io.ReadAll(r)
			if err = errors.Join(err, r.Close()); err != nil || string(got) != part.want {
				t.Errorf("getting %+v = %q, %v", part, got, err)
			}
			if whole := int64(map[string]int{"ten": 10}[part.key]); info.Size != whole {
				t.Errorf("getting %+v: the size is %d, want %d, of the whole", part, info.Size, whole)
			}
		}
		if _, _, err := blobs.Get(t.Context(), "ten", -1, 5); err == nil || errors.Is(err, stores.ErrNotFound) {
			t.Errorf("getting from -1 on: %v, want a refusal", err)
		}
		for _, offset := range []int64{0, 5} {
			if _, _, err := blobs.Get(t.Context(), "none", offset, 0); !errors.Is(err, stores.ErrNotFound) {
				t.Errorf("getting nothing of what is not there: %v, want ErrNotFound", err)
			}
		}
	})
}

func TestBlobKeysRefused(t *testing.T) {
	eachBlobs(t, func(t *testing.T, blobs stores.Blobs) {
		for _, key := range []string{
			"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "../outside", "a/./b", "A", "a b", "a\x00", "ä",
			`a\b`, "~incoming", "~incoming/a", "a%2fb", strings.Repeat("k", 201), strings.Repeat("k/", 300) + "k",
		} {
			if err := blobs.Put(t.Context(), key, strings.NewReader("x")); err == nil {
				t.Errorf("putting %q: no error", key)
			}
			expectNoBlob(t, blobs, key)
			if err := blobs.Delete(t.Context(), key); err != nil {
				t.Errorf("deleting %q, which cannot be there: %v", key, err)
			}
		}
		expectKeys(t, blobs, "", "", 100)
	})
}

// A blob is there whole or not at all.
func TestBlobsAreWhole(t *testing.T) {
	eachBlobs(t, func(t *testing.T, blobs stores.Blobs) {
		broken := errors.New("the client went away")
		putBlob(t, blobs, "kept", "before")
		for _, size := range []int{0, 100, 5 << 20, 11 << 20} {
			for _, key := range []string{"new", "kept"} {
				r := io.MultiReader(bytes.NewReader(make([]byte, size)), iotest.ErrReader(broken))
				if err := blobs.Put(t.Context(), key, r); !errors.Is(err, broken) {
					t.Errorf("putting %d bytes and a fault: %v, want the fault", size, err)
				}
			}
			expectNoBlob(t, blobs, "new")
			expectBlob(t, blobs, "kept", []byte("before"))
		}
		ctx, cancel := context.WithCancel(t.Context())
		r := io.MultiReader(bytes.NewReader(make([]byte, 6<<20)), readerFunc(func([]byte) (int, error) { cancel(); return 1, nil }))
		if err := blobs.Put(ctx, "new", io.LimitReader(r, 20<<20)); !errors.Is(err, context.Canceled) {
			t.Errorf("putting for a caller who goes away: %v, want context.Canceled", err)
		}
		expectNoBlob(t, blobs, "new")
		expectKeys(t, blobs, "", "", 100, "kept")
	})
}

// Of many who write one blob, readers see the whole of one's.
func TestBlobsAtOnce(t *testing.T) {
	eachBlobs(t, func(t *testing.T, blobs stores.Blobs) {
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				for j := range 10 {
					own := fmt.Sprintf("own/%d/%d", i, j)
					putBlob(t, blobs, own, own)
					putBlob(t, blobs, "shared/blob", strings.Repeat(fmt.Sprint(i%10), 1000))
					if blob := readBlob(t, blobs, "shared/blob"); len(blob) != 1000 || strings.Count(blob, blob[:1]) != 1000 {
						t.Errorf("a blob that many write is %d bytes long and mixed, or not 1000", len(blob))
					}
					expectBlob(t, blobs, own, []byte(own))
				}
			})
		}
		all.Wait()
		found, err := blobs.List(t.Context(), "own/", "", 1000)
		if err != nil || len(found) != 160 {
			t.Errorf("%d blobs, %v; want 160", len(found), err)
		}
	})
}

// The last blob's end takes its folders away while others come into them.
// A burst of uploads takes the memory of those that are under way, not of all.
func TestUploadsLeaveLittleBehind(t *testing.T) {
	eachBlobs(t, func(t *testing.T, blobs stores.Blobs) {
		const uploads, size = 20, 6 << 20
		blob := strings.Repeat("x", size)
		put := func() { putBlob(t, blobs, "photo", blob) }
		put()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range uploads {
			put()
		}
		runtime.ReadMemStats(&after)
		if each := (after.TotalAlloc - before.TotalAlloc) / uploads; each > 2*size {
			t.Errorf("each upload of %d bytes allocates %d, want at most twice as many", size, each)
		}
	})
}

func TestFolderBlobsComeAndGo(t *testing.T) {
	inside := t.TempDir()
	blobs, err := stores.OpenFolder(inside)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			own, shared := fmt.Sprintf("in/the/same/folder-%d", i), fmt.Sprintf("in/the/%d/shared", i%2)
			for range 30 {
				putBlob(t, blobs, own, own)
				putBlob(t, blobs, shared, "x")
				expectBlob(t, blobs, own, []byte(own))
				for _, key := range []string{own, shared} {
					if err := blobs.Delete(t.Context(), key); err != nil {
						t.Errorf("deleting: %v", err)
					}
				}
				expectNoBlob(t, blobs, own)
			}
		})
	}
	all.Wait()
	if left, err := os.ReadDir(inside); err != nil || len(left) != 1 {
		t.Errorf("%d entries are left, %v; want ~incoming alone", len(left), err)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func randomBytes(size int) []byte {
	random := rand.NewChaCha8([32]byte{byte(size)})
	blob := make([]byte, size)
	_, _ = random.Read(blob)
	return blob
}

func putBlob(t *testing.T, blobs stores.Blobs, key, blob string) {
	t.Helper()
	if err := blobs.Put(t.Context(), key, strings.NewReader(blob)); err != nil {
		t.Errorf("putting %s: %v", key, err)
	}
}

func expectBlob(t *testing.T, blobs stores.Blobs, key string, want []byte) {
	t.Helper()
	r, info, err := blobs.Get(t.Context(), key, 0, -1)
	if err != nil {
		t.Errorf("getting %s: %v", key, err)
		return
	}
	got, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, want) || info.Size != int64(len(want)) {
		t.Errorf("getting %s = %d bytes of %d, %v; want %d", key, len(got), info.Size, err, len(want))
	}
}

func readBlob(t *testing.T, blobs stores.Blobs, key string) string {
	t.Helper()
	r, _, err := blobs.Get(t.Context(), key, 0, -1)
	if err != nil {
		t.Errorf("getting %s: %v", key, err)
		return ""
	}
	defer r.Close()
	blob, err := io.ReadAll(r)
	if err != nil {
		t.Errorf("reading %s: %v", key, err)
	}
	return string(blob)
}

func expectNoBlob(t *testing.T, blobs stores.Blobs, key string) {
	t.Helper()
	if _, err := blobs.Stat(t.Context(), key); !errors.Is(err, stores.ErrNotFound) {
		t.Errorf("describing %q: %v, want ErrNotFound", key, err)
	}
	if _, _, err := blobs.Get(t.Context(), key, 0, -1); !errors.Is(err, stores.ErrNotFound) {
		t.Errorf("getting %q: %v, want ErrNotFound", key, err)
	}
}

func expectKeys(t *testing.T, blobs stores.Blobs, prefix, after string, limit int, want ...string) {
	t.Helper()
	found, err := blobs.List(t.Context(), prefix, after, limit)
	var got []string
	for _, info := range found {
		got = append(got, info.Key)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("listing %q after %q, at most %d = %q, %v; want %q", prefix, after, limit, got, err, want)
	}
}
