package stores_test

import (
	"bytes"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"sekisho/caddymodules/stores/storetest"
)

// What was not sealed for its purpose does not open, whatever it is made of.
func FuzzOpen(f *testing.F) {
	s := storetest.Open(f, storetest.Embedded)
	const purpose = "vault.gold:1"
	sealed := s.Seal.Seal(purpose, []byte("お宝"))
	wrong := bytes.Clone(sealed) // a right one of another process would open in this one
	wrong[len(wrong)-1] ^= 1
	f.Add(purpose, wrong, 0, byte(1))
	f.Add("vault.gold:2", wrong, len(sealed)-1, byte(0))
	f.Add(purpose, sealed[:5], 2, byte(0))
	f.Add(purpose, []byte{}, 0, byte(0))
	f.Fuzz(func(t *testing.T, of string, closed []byte, at int, bit byte) {
		// Each input is tried as it is, as a change to what was sealed, and under the
		// right head.
		changed := bytes.Clone(sealed)
		changed[uint(at)%uint(len(changed))] ^= bit
		for _, tried := range [][]byte{closed, changed, append(bytes.Clone(sealed[:5]), closed...)} {
			plain, err := s.Seal.Open(of, tried)
			if len(tried) == 0 {
				if plain != nil || err != nil {
					t.Errorf("nothing opens as %q, %v", plain, err)
				}
				continue
			}
			isRight := of == purpose && bytes.Equal(tried, sealed)
			if isRight != (err == nil) || isRight != (string(plain) == "お宝") {
				t.Errorf("%x opens for %q as %q, %v", tried, of, plain, err)
			}
		}
	})
}

// A key that is taken is a file below the folder of the blobs, and is read back;
// one that is refused changes nothing.
func FuzzBlobKey(f *testing.F) {
	for _, key := range []string{
		"photocloak/photos/ab/abcdef", "avatarplay/pictures/0f/0f.gif", "a", "../a", "a/../../b", "/etc/passwd", "a//b", "a/.", ".", "~incoming/a",
		"a\x00b", `a\b`, "A", "a:b", "con", "a/" + strings.Repeat("b", 201), strings.Repeat("a/", 256), "%2e%2e/a", "海",
	} {
		f.Add(key)
	}
	s := storetest.Open(f, storetest.Embedded)
	address, err := url.Parse(storetest.ConfigOf(f, s).Blobs)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if err := s.Blobs.Put(t.Context(), key, strings.NewReader(key)); err != nil {
			if found := filesBelow(t, filepath.Dir(address.Path)); len(found) > 0 {
				t.Errorf("%q was refused, and left %q", key, found)
			}
			if _, _, err := s.Blobs.Get(t.Context(), key, 0, -1); err == nil {
				t.Errorf("%q was refused, and is there", key)
			}
			return
		}
		if path.Clean(key) != key || strings.ContainsAny(key, "~\\:") {
			t.Errorf("%q was taken, which a file system may read in another way", key)
		}
		file := filepath.Join(address.Path, filepath.FromSlash(key))
		if found := filesBelow(t, filepath.Dir(address.Path)); len(found) != 1 || found[0] != file || !strings.HasPrefix(file, address.Path+"/") {
			t.Errorf("%q is kept as %q", key, found)
		}
		body, info, err := s.Blobs.Get(t.Context(), key, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(body)
		body.Close()
		if err != nil || string(got) != key || info.Key != key {
			t.Errorf("%q came back as %q of %q, %v", key, got, info.Key, err)
		}
		if err := s.Blobs.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	})
}

// filesBelow gives the files in a folder of stores but those of the database.
func filesBelow(t *testing.T, folder string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.HasPrefix(entry.Name(), "sekisho.db") {
			all = append(all, file)
		}
		if os.IsNotExist(err) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
