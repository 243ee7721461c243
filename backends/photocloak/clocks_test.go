package photocloak

import (
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// A cloak that was deleted at a gateway whose clock is ahead is gone at once at
// those whose clocks are right, although its end is still to come there; and a look
// that was counted before brings it back nowhere.
func TestDeletedByAClockThatIsAhead(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		c := h.row(h.public(umiyama, "夏の旅", "ae", "1"))
		i := h.mustUpload(umiyama, c.ID, drawJPEG(t, 20, 10, 1))
		h.post(yamada, "/api/v2/mycloaks/addfollow", query("ci", c.ID)).wantEmpty(t, "following it")
		h.post("", lookPath, query("cd", i.ID)).wantEmpty(t, "looking at it")

		back := clock.Step(10 * time.Minute)
		h.post(umiyama, "/api/v2/mycloaks/delete", query("ci", c.ID)).wantEmpty(t, "deleting it")
		back()

		h.writeViewsBack()
		for _, who := range []string{umiyama, yamada, ""} {
			h.get(who, "/api/v2/cloaks", query("ci", c.ID)).want(t, "showing it", 400, "notfound_cloak")
			h.post(who, lookPath, query("cd", i.ID)).want(t, "looking at it", 404, "notfound_image")
		}
		h.complete(umiyama, "ci", itoa(c.ID), "st", "1").want(t, "publishing it again", 400, "notfound_cloak")
		if got := h.listed(yamada, "follor"); len(got) > 0 {
			t.Errorf("followed are %q", got)
		}
		if got := h.names(); len(got) > 0 {
			t.Errorf("the search finds %q", got)
		}
		if kept := h.cloak(c.ID); kept.EndsAt != kept.DeletedAt {
			t.Errorf("it is kept as %+v", kept)
		}
	})
}

// Nor does it count against how many its owner may have.
func TestDeletedByAClockThatIsAheadMakesRoom(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		var last string
		for range usualMaxCloaks {
			last = a.made(umiyama, "夏の旅")
		}
		a.post(umiyama, "/api/v2/mycloaks/", form("nm", "秋の旅")).want(t, "one too many", 400, "limit_cloak")

		back := clock.Step(10 * time.Minute)
		a.post(umiyama, "/api/v2/mycloaks/delete", form("ci", last)).wantEmpty(t, "deleting one")
		back()

		a.made(umiyama, "秋の旅")
	})
}
