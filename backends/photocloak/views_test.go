package photocloak

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

func (h *house) writeViewsBack() {
	h.t.Helper()
	if err := h.service.writeViewsBack(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

func TestLook(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		c := h.addCloak(nil)
		locked := h.addCloak(func(c *cloak) { c.Scope = scopeLocked })
		photo := drawJPEG(t, 20, 10, 1)
		first, second, third := h.mustUpload(umiyama, c.ID, photo), h.mustUpload(umiyama, c.ID, photo), h.mustUpload(umiyama, locked.ID, photo)
		look := func(member string, i image, headers ...string) answer {
			return h.post(member, lookPath, query("cd", i.ID), headers...)
		}
		look("", first).wantEmpty(t, "nobody")
		look(yamada, first).wantEmpty(t, "a member")
		look(umiyama, second).wantEmpty(t, "the owner")
		if got := h.post("", lookPath+"?"+query("cd", first.ID), ""); got.status != 200 {
			t.Errorf("cd in the query: %d %s", got.status, got.body)
		}
		look(umiyama, third).wantEmpty(t, "the owner of a locked one")
		look("", third, "X-PhotoCloakToken", h.token(locked)).wantEmpty(t, "opened")
		look("", third).want(t, "locked", 400, "invalid_cloaktoken")
		look("", image{ID: 999999}).want(t, "unknown", 404, "notfound_image")
		h.post("", lookPath, "").want(t, "without cd", 400, "required_cd")
		h.post("", lookPath, "cd=x").want(t, "no number", 400, "invalid_cd")

		for range 2 { // written back again, nothing counts twice
			h.writeViewsBack()
			got := []int64{h.imageViews(first.ID), h.imageViews(second.ID), h.imageViews(third.ID), h.cloakViews(c.ID), h.cloakViews(locked.ID)}
			if fmt.Sprint(got) != "[3 1 2 4 2]" {
				t.Errorf("the views are %v", got)
			}
		}
	})
}

func TestLooksAtOnceAreAllCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		c := h.addCloak(nil)
		photo := drawJPEG(t, 20, 10, 1)
		images := []image{h.mustUpload(umiyama, c.ID, photo), h.mustUpload(umiyama, c.ID, photo), h.mustUpload(umiyama, c.ID, photo)}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				for n := range 15 {
					h.post("", lookPath, query("cd", images[n%3].ID)).wantEmpty(t, "look")
				}
			})
		}
		all.Go(func() { h.writeViewsBack() })
		all.Wait()
		h.writeViewsBack()
		if got := []int64{h.imageViews(images[0].ID), h.imageViews(images[1].ID), h.imageViews(images[2].ID), h.cloakViews(c.ID)}; fmt.Sprint(got) != "[100 100 100 300]" {
			t.Errorf("the views are %v", got)
		}
	})
}

// What cannot be counted is not answered as counted.
func TestLookIsAnsweredOnceCounted(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	c := h.addCloak(nil)
	i := h.mustUpload(umiyama, c.ID, drawJPEG(t, 20, 10, 1))
	h.write(func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw("ALTER TABLE sekisho_counters RENAME TO away").Exec(ctx)
		return err
	})
	h.post("", lookPath, query("cd", i.ID)).want(t, "a broken store", 500, "internal_error")
}

// Views of what was deleted since are no failure, and keep no others back.
func TestViewsOfWhatIsDeleted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		c := h.addCloak(nil)
		photo := drawJPEG(t, 20, 10, 1)
		stays, goes := h.mustUpload(umiyama, c.ID, photo), h.mustUpload(umiyama, c.ID, photo)
		for _, i := range []image{stays, goes} {
			h.post("", lookPath, query("cd", i.ID)).wantEmpty(t, "look")
		}
		h.post(umiyama, deletePath, query("ci", c.ID, "cd", goes.ID)).wantEmpty(t, "delete")
		strange := map[string]int64{"": 1, "i": 1, "x7": 1, "ix": 1, "i999999": 1, "c999999": 1}
		delete(strange, "") // no counter takes it
		if err := s.Counters.Add(t.Context(), viewsSet, strange); err != nil {
			t.Fatal(err)
		}
		h.writeViewsBack()
		if h.imageViews(stays.ID) != 1 || h.cloakViews(c.ID) != 2 {
			t.Errorf("%d and %d views", h.imageViews(stays.ID), h.cloakViews(c.ID))
		}
		if pending, err := s.Counters.Pending(t.Context(), viewsSet); err != nil || pending != 0 {
			t.Errorf("%d are left, %v", pending, err)
		}
	})
}

func TestLookExtendsACloak(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		photo := drawJPEG(t, 20, 10, 1)
		for _, test := range []struct {
			what    string
			change  func(*cloak)
			set     string // between the look and its write-back
			extends bool
		}{
			{"extends itself", func(c *cloak) { c.AutoExtend = true }, "", true},
			{"does not", nil, "", false},
			{"never published", func(c *cloak) { c.AutoExtend, c.Status, c.PublishedAt = true, statusMaking, 0 }, "", false},
			{"ended meanwhile", func(c *cloak) { c.AutoExtend = true }, "ends_at = 77", false},
			{"turned off meanwhile", func(c *cloak) { c.AutoExtend = true }, "auto_extend = FALSE", false},
		} {
			c := h.addCloak(test.change)
			i := h.mustUpload(umiyama, c.ID, photo)
			end := clock.Now().UnixMilli() + 60_000
			h.changeCloak(c.ID, "updated_at = 5, ends_at = ?", end)
			h.post(umiyama, lookPath, query("cd", i.ID)).wantEmpty(t, "look")
			if test.set != "" {
				h.changeCloak(c.ID, test.set)
				end = h.cloak(c.ID).EndsAt
			}
			before := clock.Now().Add(h.service.rules.lifetime).UnixMilli()
			h.writeViewsBack()
			after := clock.Now().Add(h.service.rules.lifetime).UnixMilli()
			now := h.cloak(c.ID)
			if test.extends && (now.EndsAt < before || now.EndsAt > after) || !test.extends && now.EndsAt != end {
				t.Errorf("%s: the end was %d and is %d", test.what, end, now.EndsAt)
			}
			if now.UpdatedAt != 5 || h.cloakViews(c.ID) != 1 {
				t.Errorf("%s: updated at %d, %d views", test.what, now.UpdatedAt, h.cloakViews(c.ID))
			}
		}
	})
}

// Many things looked at go back in few statements.
func TestManyViews(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		c := h.addCloak(nil)
		images := make([]image, 3000)
		for n := range images {
			images[n] = image{CloakID: c.ID, MemberID: c.MemberID, Blob: fmt.Sprintf("photocloak/te/test%d", n), Digest: []byte{1}}
		}
		h.write(func(ctx context.Context, tx bun.Tx) error { return addImages(ctx, tx, images) })
		deltas := map[string]int64{viewsField(cloakField, c.ID): 1 << 33}
		for n, i := range images {
			deltas[viewsField(imageField, i.ID)] = int64(n + 1)
		}
		if err := s.Counters.Add(t.Context(), viewsSet, deltas); err != nil {
			t.Fatal(err)
		}
		h.writeViewsBack()
		for n, i := range images {
			if n%500 == 499 && h.imageViews(i.ID) != int64(n+1) {
				t.Errorf("image %d: %d views, want %d", i.ID, h.imageViews(i.ID), n+1)
			}
		}
		if h.cloakViews(c.ID) != 1<<33 {
			t.Errorf("the cloak has %d views", h.cloakViews(c.ID))
		}
	})
}
