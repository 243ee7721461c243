package photocloak

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/serve"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// What happens to a cloak while a photo is on its way is found out at the end.
func TestCloakChangesDuringAnUpload(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		photo := drawJPEG(t, 20, 10, 1)
		for _, test := range []struct {
			set    string
			args   []any
			status int
			code   string
		}{
			{"can_upload = ?", []any{false}, 406, "notacceptable_cloak"},
			{"status = 8", nil, 400, "notfound_cloak"},
			{"ends_at = 0", nil, 400, "notfound_cloak"},
			{"scope = 1", nil, 400, "invalid_cloaktoken"},
		} {
			c := h.addCloak(func(c *cloak) { c.CanUpload = true })
			once := sync.OnceFunc(func() { h.changeCloak(c.ID, test.set, test.args...) })
			h.service.blobs = brokenBlobs{Blobs: s.Blobs, put: func(string) error { once(); return nil }}
			h.uploadRaw(yamada, c.ID, photo).want(t, test.set, test.status, test.code)
		}
		locked := h.addCloak(func(c *cloak) { c.CanUpload, c.Scope = true, scopeLocked })
		once := sync.OnceFunc(func() { h.changeCloak(locked.ID, "lock_generation = lock_generation + 1") })
		h.service.blobs = brokenBlobs{Blobs: s.Blobs, put: func(string) error { once(); return nil }}
		h.uploadRaw(yamada, locked.ID, photo, "X-PhotoCloakToken", h.token(locked)).want(t, "another password", 400, "invalid_cloaktoken")
		if len(h.images()) > 0 || len(h.blobs()) > 0 {
			t.Errorf("%d rows and %q are left", len(h.images()), h.blobs())
		}
	})
}

func TestUploadFailsWhole(t *testing.T) {
	onEach(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		c := h.addCloak(nil)
		file := formPart{"file", "a.jpg", "image/jpeg", string(drawJPEG(t, 20, 10, 1))}
		for n := range 6 { // each file of both photos
			puts := 0
			h.service.blobs = brokenBlobs{Blobs: s.Blobs, put: func(string) error {
				puts++
				if puts == n+1 {
					return errBroken
				}
				return nil
			}}
			h.uploadParts(umiyama, "?"+query("ci", c.ID), file, file).want(t, fmt.Sprintf("put %d fails", n+1), 500, "internal_error")
		}
		h.service.blobs = brokenBlobs{Blobs: s.Blobs, put: func(string) error { panic("a bug") }}
		h.uploadParts(umiyama, "?"+query("ci", c.ID), file).want(t, "a panic", 500, "internal_error")
		h.service.blobs = s.Blobs
		for _, table := range []string{"photocloak_image_views", "photocloak_images"} {
			h.write(func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.NewRaw("ALTER TABLE ? RENAME TO away", bun.Ident(table)).Exec(ctx)
				return err
			})
			h.uploadParts(umiyama, "?"+query("ci", c.ID), file, file).want(t, "without "+table, 500, "internal_error")
			h.write(func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.NewRaw("ALTER TABLE away RENAME TO ?", bun.Ident(table)).Exec(ctx)
				return err
			})
		}
		if len(h.images()) > 0 || len(h.blobs()) > 0 {
			t.Errorf("failed uploads leave %d rows and %q", len(h.images()), h.blobs())
		}
		if len(h.service.uploads) > 0 {
			t.Error("a failed upload keeps its place")
		}
		h.mustUpload(umiyama, c.ID, []byte(file.content))
	})
}

// Nobody knows whether a commit whose answer was lost took place: the files of
// the photo must then stay until the janitor knows.
func TestUploadKeepsFilesThatMayBeInUse(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	h := newHouse(t, s)
	c := h.addCloak(nil)
	// A constraint that is looked at when the transaction ends.
	h.write(func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(`CREATE TABLE tripped (id INTEGER REFERENCES photocloak_members (id) DEFERRABLE INITIALLY DEFERRED)`).Exec(ctx)
		if err == nil {
			_, err = tx.NewRaw(`CREATE TRIGGER trip AFTER INSERT ON photocloak_images BEGIN INSERT INTO tripped VALUES (-1); END`).Exec(ctx)
		}
		return err
	})
	h.uploadRaw(umiyama, c.ID, drawJPEG(t, 20, 10, 1)).want(t, "a commit that fails", 500, "internal_error")
	if len(h.images()) > 0 || len(h.blobs()) != 3 {
		t.Errorf("%d rows and %q, want no row and the files", len(h.images()), h.blobs())
	}
}

func TestTooManyUploads(t *testing.T) {
	places := make(chan struct{}, 1)
	if err := takePlace(t.Context(), places, 0); err != nil {
		t.Fatal(err)
	}
	err := takePlace(t.Context(), places, time.Millisecond)
	status, body, _ := draw(&serve.Operation{Name: opUpload}, overloaded())
	if err == nil || err.Error() != overloaded().Error() || status != 429 || !strings.Contains(fmt.Sprint(body), "toomany_requests") {
		t.Errorf("no place: %v, drawn as %d %v", err, status, body)
	}
	<-places
	if err := takePlace(t.Context(), places, 0); err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := takePlace(ended, places, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting on behalf of nobody: %v", err)
	}
}

// A photo for which there is no room in the budget in time is too many, and one
// for which there never is, is too large.
func TestDecodeMemory(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	c := h.addCloak(nil)
	photo := drawJPEG(t, 20, 10, 1)
	before := decodePatience
	decodePatience = 20 * time.Millisecond
	t.Cleanup(func() { decodePatience = before })
	release, err := h.service.photos.Acquire(t.Context(), defaultDecodeMemory)
	if err != nil {
		t.Fatal(err)
	}
	got := h.uploadRaw(umiyama, c.ID, photo)
	got.want(t, "no room", 429, "toomany_requests")
	if got.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	release()
	decodePatience = before
	h.mustUpload(umiyama, c.ID, photo)
}
