package avatarplay

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/directory"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// A failure of ours has the family's shape, or the site's, and not a word of the
// database's; nobody is told that they are not signed in, or that there is
// nothing.
func TestInternalErrors(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		guest := h.guest("scope", "AvatarLoad,ItemGrant")
		item := id(h.locked("tops", 1)[0])
		v := h.visitor()
		v.signUp("yuki")
		l := demoLink()
		_, ticket := h.connect(l)
		token := v.consent(ticket)
		_, next := h.connect(l)
		h.change("ALTER TABLE avatarplay_owned RENAME TO avatarplay_gone")
		h.change("ALTER TABLE avatarplay_avatars RENAME TO avatarplay_gone_too")
		for _, c := range []struct {
			method, path string
			pairs        []string
		}{
			{"GET", avatarPath(guest.AvatarID, ""), nil},
			{"GET", "Avatars", []string{"avatarId", id(guest.AvatarID)}},
			{"GET", avatarPath(guest.AvatarID, "/FittingRoom"), nil},
			{"POST", avatarPath(guest.AvatarID, "/FittingRoom/Select"), []string{"item_id", item}},
			{"POST", avatarPath(guest.AvatarID, "/FittingRoom/Commit"), nil},
			{"POST", avatarPath(guest.AvatarID, "/Items"), []string{"itemId", item}},
			{"GET", "Items", []string{"itemId", item, "avatarId", id(guest.AvatarID)}},
			{"POST", "Guest", nil},
		} {
			a := h.as(demoKey, c.method, c.path, c.pairs...)
			a.want(t, c.path, 500, "backendError")
			if strings.Contains(a.body, "avatarplay") || strings.Contains(a.body, "SQL") {
				t.Errorf("%s tells of the database: %s", c.path, a.body)
			}
		}
		h.redeem(l, token).want(t, "AccessToken", 500, "backendError")
		for _, path := range []string{pathDress, pathLinks} {
			if a := v.open(path); a.status != 500 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || strings.Contains(a.body, "SQL") {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
		}
		h.change("ALTER TABLE avatarplay_grant_tokens RENAME TO avatarplay_gone_three")
		if a := v.submit(pathConsent, "ticket", next, "answer", "allow"); a.status != 500 {
			t.Errorf("consent: %d", a.status)
		}
		// It heals: what failed used nothing up.
		h.change("ALTER TABLE avatarplay_gone RENAME TO avatarplay_owned")
		h.change("ALTER TABLE avatarplay_gone_too RENAME TO avatarplay_avatars")
		h.change("ALTER TABLE avatarplay_gone_three RENAME TO avatarplay_grant_tokens")
		h.redeem(l, token).want(t, "the token afterwards", 200, "")
		v.consent(next)
	})
}

// Without a catalogue everything that needs one is a failure of ours, which its
// log line explains; an app and the site answer all the same.
func TestWithoutACatalogue(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	h := newHouse(t, s)
	h.change("DELETE FROM avatarplay_catalogue")
	h.handler = gateway(t, s)
	h.get("Echo").want(t, "Echo", 200, "")
	h.get("Coords").want(t, "Coords", 500, "backendError")
	h.post("Guest").want(t, "Guest", 500, "backendError")
	if a := h.visitor().open(pathStart); a.status != http.StatusOK {
		t.Errorf("the site: %d", a.status)
	}
}

// A change of the catalogue is taken up within five seconds.
func TestCatalogueChanges(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	begun := clock.Now()
	before := h.guest()
	h.change("UPDATE avatarplay_coords SET is_default = ?", false)
	h.change("UPDATE avatarplay_coords SET is_default = ? WHERE id = ?", true, h.closet.coordOrder[1].ID)
	h.change("UPDATE avatarplay_catalogue SET generation = generation + 1")
	if now := h.guest(); now.AvatarImageURL != before.AvatarImageURL && clock.Now().Sub(begun) < directory.RememberFor {
		t.Error("it is asked each time")
	}
	defer clock.Step(5 * time.Second)()
	if after := h.guest(); after.AvatarImageURL == before.AvatarImageURL {
		t.Error("five seconds later guests begin as before")
	}
}
