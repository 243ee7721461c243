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

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

func (h *house) clean() {
	h.t.Helper()
	if err := h.service.clean(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// rows counts the rows of a table.
func (h *house) rows(table string) (n int64) {
	h.t.Helper()
	err := h.stores.SQL.Read(h.t.Context(), func(ctx context.Context, db bun.IDB) (err error) {
		n, err = db.NewSelect().Table(table).Count(ctx)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// putOrphan puts files of a photo that has no row.
func (h *house) putOrphan(sizes ...photoSize) (blob string) {
	h.t.Helper()
	blob = newBlob()
	for _, size := range sizes {
		if err := h.stores.Blobs.Put(h.t.Context(), blobKey(blob, size), strings.NewReader("left behind")); err != nil {
			h.t.Fatal(err)
		}
	}
	return blob
}

// ofCloaks are the tables that hold what belongs to a cloak.
var ofCloaks = []string{
	"photocloak_cloaks", "photocloak_tags", "photocloak_follows", "photocloak_images",
	"photocloak_cloak_views", "photocloak_image_views", "photocloak_search",
}

// A cloak that ran out holds its number for a week; then it goes with all that
// is its own, and the number is free.
func TestJanitorTakesCloaksAway(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		over := addAlbum(t, s, cloak{Name: "終わり", Status: statusPublic, No: 11, EndsAt: clock.Now().Add(time.Hour).UnixMilli()}, []string{"海", "夏"})
		stays := addAlbum(t, s, cloak{Name: "残る", Status: statusPublic, No: 12, EndsAt: clock.Now().Add(300 * time.Hour).UnixMilli()}, []string{"海"})
		change(t, s, "UPDATE photocloak_cloaks SET can_upload = TRUE")
		h.mustUpload(umiyama, over.ID, drawJPEG(t, 20, 10, 1))
		guest := h.mustUpload(yamada, over.ID, drawJPEG(t, 20, 10, 2))
		own := h.mustUpload(umiyama, stays.ID, drawJPEG(t, 20, 10, 3))
		change(t, s, "INSERT INTO photocloak_follows (member_id, cloak_id, created_at) VALUES (?, ?, 1), (?, ?, 1)",
			h.memberID(yamada), over.ID, h.memberID(yamada), stays.ID)
		change(t, s, "UPDATE photocloak_members SET picture_id = ? WHERE id = ?", guest.ID, h.memberID(yamada))
		change(t, s, "UPDATE photocloak_members SET picture_id = ? WHERE id = ?", own.ID, h.memberID(umiyama))

		func() { // ended, and resting
			defer clock.Step(167 * time.Hour)()
			h.clean()
			if h.cloak(over.ID).ID == 0 || len(h.blobs()) != 9 {
				t.Errorf("a resting cloak is %+v, %d files are there", h.cloak(over.ID), len(h.blobs()))
			}
		}()
		defer clock.Step(170 * time.Hour)()
		h.clean()
		counts := map[string]int64{}
		for _, table := range ofCloaks {
			counts[table] = h.rows(table)
		}
		for table, n := range counts {
			if n != 1 {
				t.Errorf("%d rows of %s are left, want that of the cloak that stays", n, table)
			}
		}
		if c := h.cloak(stays.ID); c.Name != "残る" {
			t.Errorf("the cloak that stays is %+v", c)
		}
		if n := len(h.blobs()); n != 3 {
			t.Errorf("%d files are left", n)
		}
		guestNow, err := h.service.store.memberByMail(t.Context(), yamada)
		if err != nil || guestNow.PictureID != 0 {
			t.Errorf("the picture of an account that went with the cloak: %+v, %v", guestNow, err)
		}
		ownNow, err := h.service.store.memberByMail(t.Context(), umiyama)
		if err != nil || ownNow.PictureID != own.ID {
			t.Errorf("the picture of an account that stays: %+v, %v", ownNow, err)
		}
		addAlbum(t, s, cloak{Name: "次", No: 11}, nil)
	})
}

// More photos and cloaks than one transaction takes.
func TestJanitorTakesManyAway(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		for i := range 2*cloaksAtOnce + 1 {
			var images []image
			if i < 3 {
				images = make([]image, batch)
			}
			for j := range images {
				images[j].ID = int64(i*batch + j + 1)
			}
			addAlbum(t, s, cloak{Name: "多い"}, []string{"海"}, images...)
		}
		change(t, s, "UPDATE photocloak_cloaks SET ends_at = 1")
		h.clean()
		for _, table := range ofCloaks {
			if n := h.rows(table); n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
	})
}

// Files without a row go once no upload can be under way any more; those that a
// row names, and what is none of ours, never.
func TestJanitorTakesOrphansAway(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		c := h.addCloak(func(c *cloak) { c.EndsAt += (365 * 24 * time.Hour).Milliseconds() })
		named := h.mustUpload(umiyama, c.ID, drawJPEG(t, 20, 10, 1))
		h.putOrphan(photoSizes...)
		h.putOrphan(originalPhoto) // an upload that was killed
		for _, foreign := range []string{"photocloak/readme.txt", "elsewhere/ab/abcd/original.jpg"} {
			if err := s.Blobs.Put(t.Context(), foreign, strings.NewReader("foreign")); err != nil {
				t.Fatal(err)
			}
		}
		all := len(h.blobs())
		h.clean()
		func() {
			defer clock.Step(50 * time.Minute)()
			h.clean()
		}()
		if n := len(h.blobs()); n != all {
			t.Errorf("%d of %d files are left within the hour", n, all)
		}
		defer clock.Step(61 * time.Minute)()
		h.clean()
		want := fmt.Sprint([]string{
			"elsewhere/ab/abcd/original.jpg",
			blobKey(named.Blob, largePhoto), blobKey(named.Blob, originalPhoto), blobKey(named.Blob, smallPhoto),
			"photocloak/readme.txt",
		})
		if got := fmt.Sprint(h.blobs()); got != want {
			t.Errorf("left are %s\nwant %s", got, want)
		}
		if got := h.get(umiyama, "/api/v2/photos", fmt.Sprintf("ci=%d&cd=%d", c.ID, named.ID)); got.status != 200 {
			t.Errorf("the photo: %d %s", got.status, got.body)
		}
	})
}

// pagedBlobs list no more than three files at once, and count how often.
type pagedBlobs struct {
	stores.Blobs
	lists *int
}

func (p pagedBlobs) List(ctx context.Context, prefix, after string, limit int) ([]stores.BlobInfo, error) {
	*p.lists++
	found, err := p.Blobs.List(ctx, prefix, after, min(limit, 3))
	if err != nil || len(found) < 3 {
		return found, err
	}
	for len(found) < limit { // a page that is full, and says so
		found = append(found, found[len(found)-1])
	}
	return found, nil
}

// A run takes so many looks at the blob store, and the next one goes on from
// there, until it is through.
func TestJanitorWalksOn(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		for range walkPages + 5 {
			h.putOrphan(photoSizes...)
		}
		lists := 0
		h.service.blobs = pagedBlobs{s.Blobs, &lists}
		defer clock.Step(2 * time.Hour)()
		h.clean()
		if n := len(h.blobs()); n != 15 || lists != walkPages {
			t.Errorf("%d files are left after %d looks", n, lists)
		}
		h.clean()
		if n := len(h.blobs()); n != 0 {
			t.Errorf("%d files are left in the end", n)
		}
		if _, err := s.Sessions.Get(t.Context(), janitorPosition); !errors.Is(err, stores.ErrNotFound) {
			t.Errorf("after the last page the walk does not begin anew: %v", err)
		}
	})
}

// Of many at once one does it.
func TestOneJanitor(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		h.putOrphan(originalPhoto)
		lists := 0
		h.service.blobs = pagedBlobs{s.Blobs, &lists}
		working, err := takeTenure(t.Context(), s.Sessions, janitorLock)
		if err != nil || working == nil {
			t.Fatal(working, err)
		}
		var cleaning sync.WaitGroup
		for range 8 {
			cleaning.Go(func() {
				if err := h.service.clean(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		cleaning.Wait()
		if lists != 0 {
			t.Errorf("%d looked while another was at it", lists)
		}
		working.end()
		h.clean()
		if lists != 1 {
			t.Errorf("looked %d times afterwards", lists)
		}

		// Who was killed is waited for no longer than a minute.
		if added, err := s.Sessions.Add(t.Context(), janitorLock, []byte("killed"), tenureLifetime); !added || err != nil {
			t.Fatal(added, err)
		}
		h.clean()
		defer clock.Step(tenureLifetime + time.Second)()
		h.clean()
		if lists != 2 {
			t.Errorf("looked %d times after somebody was killed", lists)
		}
	})
}

// What somebody else has taken meanwhile is not given back in their place.
func TestTenureEndsItsOwnOnly(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		first, err := takeTenure(t.Context(), s.Sessions, "photocloak:test")
		if err != nil || first == nil {
			t.Fatal(first, err)
		}
		func() {
			defer clock.Step(2 * tenureLifetime)()
			second, err := takeTenure(t.Context(), s.Sessions, "photocloak:test")
			if err != nil || second == nil {
				t.Fatal(second, err)
			}
			first.end()
			if third, err := takeTenure(t.Context(), s.Sessions, "photocloak:test"); third != nil || err != nil {
				t.Errorf("the first gave back what the second had: %v", err)
			}
			second.end()
		}()
	})
}

// Who slept for so long that another took over does not hold on to what is the
// other's.
func TestTenureIsTakenOver(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		first, err := takeTenure(t.Context(), s.Sessions, "photocloak:test")
		if err != nil || first == nil {
			t.Fatal(first, err)
		}
		defer first.end()
		defer clock.Step(2 * tenureLifetime)()
		second, err := takeTenure(t.Context(), s.Sessions, "photocloak:test")
		if err != nil || second == nil {
			t.Fatal(second, err)
		}
		defer second.end()
		first.extendOnce(time.Now())
		if err := first.why(first.ctx.Err()); !errors.Is(err, errTenureLost) {
			t.Errorf("two believe to be alone: %v", err)
		}
		second.extendOnce(time.Now())
		if second.ctx.Err() != nil {
			t.Error("the second lost what is its own")
		}
	})
}

// unreachable are sessions in an outage.
type unreachable struct{ stores.Sessions }

func (unreachable) Extend(context.Context, string, time.Duration) error { return errBroken }

// Who cannot be sure to be alone any more breaks their work off; a short outage
// is none.
func TestTenureIsLost(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		working, err := takeTenure(t.Context(), s.Sessions, "photocloak:test")
		if err != nil || working == nil {
			t.Fatal(working, err)
		}
		defer working.end()
		began := time.Now()
		if at := working.extendOnce(began); at.Before(began) || working.ctx.Err() != nil {
			t.Errorf("extended at %v, %v", at, working.ctx.Err())
		}
		working.sessions = unreachable{s.Sessions}
		if at := working.extendOnce(began); at != began || working.ctx.Err() != nil {
			t.Errorf("in a short outage: %v, %v", at, working.ctx.Err())
		}
		working.sessions = s.Sessions
		if err := s.Sessions.Delete(t.Context(), "photocloak:test"); err != nil {
			t.Fatal(err)
		}
		working.extendOnce(began)
		if err := working.why(working.ctx.Err()); !errors.Is(err, errTenureLost) {
			t.Errorf("somebody else may have it: %v", err)
		}

		other, err := takeTenure(t.Context(), s.Sessions, "photocloak:other")
		if err != nil || other == nil {
			t.Fatal(other, err)
		}
		other.sessions = unreachable{s.Sessions}
		other.extendOnce(began.Add(-tenureLifetime))
		if err := other.why(other.ctx.Err()); !errors.Is(err, errTenureLost) {
			t.Errorf("in a long outage: %v", err)
		}
		other.end()
	})
}

// An upload at the last moment either comes in whole or not at all.
func TestJanitorDuringUploads(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		c := h.addCloak(nil)
		photo := drawJPEG(t, 20, 10, 1)
		var working sync.WaitGroup
		for range 4 {
			working.Go(func() {
				for range 5 {
					h.uploadRaw(umiyama, c.ID, photo)
				}
			})
		}
		time.Sleep(20 * time.Millisecond)
		h.changeCloak(c.ID, "ends_at = 1")
		h.clean()
		working.Wait()
		h.clean()
		if n := h.rows("photocloak_images"); n != 0 {
			t.Errorf("%d images are left without their cloak", n)
		}
		defer clock.Step(2 * time.Hour)()
		h.clean()
		if n := len(h.blobs()); n != 0 {
			t.Errorf("%d files are left", n)
		}
	})
}

// An outage is an error, and the next run does what is left.
func TestJanitorInAnOutage(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	h := newHouse(t, s)
	c := h.addCloak(nil)
	h.mustUpload(umiyama, c.ID, drawJPEG(t, 20, 10, 1))
	h.changeCloak(c.ID, "ends_at = 1")
	h.service.blobs = undeletable{s.Blobs}
	if err := h.service.clean(t.Context()); !errors.Is(err, errBroken) {
		t.Errorf("cleaning in an outage: %v", err)
	}
	h.service.blobs = s.Blobs
	defer clock.Step(2 * time.Hour)()
	h.clean()
	if n := len(h.blobs()); n != 0 {
		t.Errorf("%d files are left", n)
	}
}
