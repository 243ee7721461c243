package avatarplay

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// artwork is a folder of blobs with the starter catalogue's artwork. The houses
// link theirs to it: to keep it anew was half of what a house costs.
var artwork string

func TestMain(m *testing.M) {
	var err error
	if artwork, err = os.MkdirTemp("", "sekisho-artwork-*"); err != nil {
		panic(err)
	}
	status := m.Run()
	_ = os.RemoveAll(artwork)
	os.Exit(status)
}

var drawArtwork = sync.OnceValue(func() error {
	brought, err := starterCatalogue()
	if err != nil {
		return err
	}
	for _, item := range brought.Items {
		for _, l := range item.Layers {
			picture, err := brought.Read(l)
			if err != nil {
				return err
			}
			file := filepath.Join(artwork, filepath.FromSlash(artKey(l.Hash)))
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				return err
			}
			if err := os.WriteFile(file, picture, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
})

// linkArtwork puts the starter catalogue's artwork into the blobs of s.
func linkArtwork(t testing.TB, s *stores.Stores) {
	t.Helper()
	if err := drawArtwork(); err != nil {
		t.Fatal(err)
	}
	folder, ok := strings.CutPrefix(storetest.ConfigOf(t, s).Blobs, "file://")
	if !ok {
		return // a bucket's is brought with the catalogue
	}
	err := filepath.WalkDir(artwork, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		link := filepath.Join(folder, strings.TrimPrefix(path, artwork))
		if entry.IsDir() {
			return os.MkdirAll(link, 0o700)
		}
		if err := os.Link(path, link); !os.IsExist(err) {
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
