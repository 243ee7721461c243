package acceptance

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// fewestKills are one for each kind of JPEG file. Where none of them has left a file
// behind, the gateway is killed again, so that the purge has something to show.
const (
	fewestKills = 2
	mostKills   = 15
)

// kill -9 in the midst of uploads, refused ones among them: what was answered 200
// is there whole, what was not is there whole or not at all, and once what was
// left behind is an hour old, `photocloak purge` takes it and nothing else.
func TestNoOrphanIsLeft(t *testing.T) {
	t.Parallel()
	data, temporary := t.TempDir(), t.TempDir()
	a := newAlbum(t, startGateway(t, "SEKISHO_DATA="+data, "TMPDIR="+temporary))
	demo := len(blobFiles(t, data)) // which have their rows
	named := func() int { return demo + 3*len(a.photos()) }
	u := uploads{whole: map[string]bool{}, answered: map[string]string{}}
	for kill := range mostKills {
		u.untilKilled(t, a, kill)
		a.start()
		if kill+1 >= fewestKills && len(blobFiles(t, data)) > named() {
			break
		}
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}

	photos := a.photos()
	for _, photo := range photos {
		_, kept := a.fetch(photo.CloakImageID, 0)
		if answered := u.answered[photo.CloakImageID]; !u.whole[kept] || answered != "" && answered != kept {
			t.Errorf("photo %s is not what was uploaded", photo.CloakImageID)
		}
		delete(u.answered, photo.CloakImageID)
	}
	if len(u.answered) > 0 {
		t.Errorf("%d photos that were answered 200 are gone", len(u.answered))
	}

	files := blobFiles(t, data)
	orphans := len(files) - named()
	t.Logf("%d photos, and %d files that no photo has", len(photos), orphans)
	if orphans < 1 {
		t.Fatalf("%d kills left no file behind: this shows nothing", mostKills)
	}
	expectPurge(t, a, 0) // they may be those of an upload that is under way
	if now := blobFiles(t, data); !slices.Equal(now, files) {
		t.Errorf("of %d young files %d are left", len(files), len(now))
	}
	hoursAgo := time.Now().Add(-2 * time.Hour)
	for _, file := range files {
		if err := os.Chtimes(file, hoursAgo, hoursAgo); err != nil {
			t.Fatal(err)
		}
	}
	expectPurge(t, a, orphans, "--dry-run")
	expectPurge(t, a, orphans)
	if now := len(blobFiles(t, data)); now != named() {
		t.Errorf("%d files are left, want %d: three of each photo", now, named())
	}
	for _, photo := range photos {
		for ps := range 3 {
			a.fetch(photo.CloakImageID, ps)
		}
	}
}

func expectPurge(t *testing.T, a album, orphans int, flags ...string) {
	t.Helper()
	out := a.run(append([]string{"photocloak", "purge"}, flags...)...)
	if want := fmt.Sprintf("cloaks: 0, their photos: 0, files that no photo has: %d\n", orphans); !strings.HasSuffix(out, want) {
		t.Errorf("purge %q printed %q, want …%q", flags, out, want)
	}
}

// uploads is what was sent.
type uploads struct {
	mu       sync.Mutex
	whole    map[string]bool   // photos that are not broken
	answered map[string]string // photos by the id that they were answered with
}

// untilKilled lets eight clients upload, every other photo a broken one, until
// the gateway is killed at a random moment after the first answers.
func (u *uploads) untilKilled(t *testing.T, a album, round int) {
	patient.CloseIdleConnections() // those of the round before
	photo := written(t, camera(640, 480, 8, round%2 == 1))
	var clients sync.WaitGroup
	enough := make(chan struct{}, 1000)
	for number := range 8 {
		clients.Go(func() {
			for count := 0; ; count++ {
				whole := fmt.Sprintf("%s%d-%d-%d", photo, round, number, count)
				u.mu.Lock()
				u.whole[whole] = true
				u.mu.Unlock()
				id, status, answer, err := a.upload([]byte(whole))
				if err != nil {
					return // it was killed
				}
				if status != http.StatusOK {
					t.Errorf("an upload was answered %d %s", status, answer)
				}
				u.mu.Lock()
				u.answered[id] = whole
				u.mu.Unlock()
				enough <- struct{}{}
				if _, status, answer, err := a.upload(photo[:len(photo)/2]); err == nil && status != http.StatusBadRequest {
					t.Errorf("a broken photo was answered %d %s", status, answer)
				}
			}
		})
	}
	for range 20 {
		select {
		case <-enough:
		case <-time.After(30 * time.Second):
			t.Error("an upload took more than 30 seconds")
		}
	}
	time.Sleep(rand.N(200 * time.Millisecond))
	a.kill()
	clients.Wait()
}

// blobFiles are the paths of all files of photos.
func blobFiles(t *testing.T, data string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(data, "blobs", "photocloak"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
