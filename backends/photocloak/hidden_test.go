package photocloak

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// A cloak that is in the making, paused, ended or deleted gives nothing away:
// all is as if it were not there.
func TestHiddenCloaksGiveNothingAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		all := func(c *cloak) { c.CanDownload, c.CanUpload = true, true }
		for _, test := range []struct {
			what   string
			set    string
			args   []any
			owners bool // hidden from its owner, too
		}{
			{"in the making", "status = 0", nil, false},
			{"paused", "status = 8", nil, false},
			{"ended", "ends_at = ?", []any{clock.Now().UnixMilli()}, true},
			{"deleted", "ends_at = 5, deleted_at = 5", nil, true},
			{"paused and locked", "status = 8, scope = 1", nil, false},
			{"ended and locked", "ends_at = 5, scope = 1", nil, true},
		} {
			c := h.addCloak(all)
			i := h.mustUpload(yamada, c.ID, drawJPEG(t, 20, 10, 1)) // the uploader's own photo, too
			token := h.token(c)
			h.changeCloak(c.ID, test.set, test.args...)
			members := []string{yamada, ""}
			if test.owners {
				members = append(members, umiyama)
			}
			const unknown = 987654321
			for _, member := range members {
				same := func(operation string, hidden, absent answer, id int64) {
					t.Helper()
					want := strings.ReplaceAll(absent.body, strconv.Itoa(unknown), strconv.FormatInt(id, 10))
					if hidden.status == 200 || hidden.status != absent.status || hidden.body != want || fmt.Sprint(headerNames(hidden)) != fmt.Sprint(headerNames(absent)) {
						t.Errorf("%s, %s for %q: %d %s %v, want %d %s %v", test.what, operation, member,
							hidden.status, hidden.body, headerNames(hidden), absent.status, want, headerNames(absent))
					}
				}
				for _, op := range photoOperations {
					for _, ps := range []int{0, 1, 2} {
						hidden := h.request(member, op.method, op.path, query("ci", c.ID, "cd", i.ID, "ps", ps), "X-PhotoCloakToken", token)
						absent := h.request(member, op.method, op.path, query("ci", unknown, "cd", i.ID, "ps", ps), "X-PhotoCloakToken", token)
						same(op.name, hidden, absent, c.ID)
					}
				}
				photo := drawJPEG(t, 20, 10, 1)
				same("upload", h.uploadRaw(member, c.ID, photo), h.uploadRaw(member, unknown, photo), c.ID)
				same("look", h.post(member, lookPath, query("cd", i.ID)), h.post(member, lookPath, query("cd", unknown)), i.ID)
				if member != "" {
					same("account", h.post(member, "/api/v2/account/update", query("cd", i.ID)),
						h.post(member, "/api/v2/account/update", query("cd", unknown)), i.ID)
				}
			}
			if h.cloakViews(c.ID) != 0 || h.images()[len(h.images())-1].ID != i.ID {
				t.Errorf("%s: something was done", test.what)
			}
		}
	})
}

func headerNames(a answer) (names []string) {
	for name := range a.header {
		if name != "Content-Length" { // ids differ in length
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Who may not look into a locked cloak does not learn which photos are in it.
func TestLockedCloaksGiveNothingAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		c := h.addCloak(func(c *cloak) { c.CanDownload = true })
		i := h.mustUpload(umiyama, c.ID, drawJPEG(t, 20, 10, 1))
		stale := h.token(c)
		h.changeCloak(c.ID, "scope = 1, lock_generation = lock_generation + 1")
		other := h.token(h.addCloak(func(c *cloak) { c.Scope = scopeLocked }))
		for _, token := range []string{"", "wrong", stale, other} {
			for _, op := range photoOperations {
				there := h.request(yamada, op.method, op.path, query("ci", c.ID, "cd", i.ID), "X-PhotoCloakToken", token)
				absent := h.request(yamada, op.method, op.path, query("ci", c.ID, "cd", 987654321), "X-PhotoCloakToken", token)
				there.want(t, op.name, 400, "invalid_cloaktoken")
				if there.body != absent.body || there.status != absent.status {
					t.Errorf("%s tells whether a photo is there: %s, %s", op.name, there.body, absent.body)
				}
			}
			h.post(yamada, lookPath, query("cd", i.ID), "X-PhotoCloakToken", token).want(t, "look", 400, "invalid_cloaktoken")
			for _, ps := range []int{0, 1, 2} {
				h.get("", photoPath, query("ci", c.ID, "cd", i.ID, "ps", ps), "X-PhotoCloakToken", token).want(t, "nobody", 400, "invalid_cloaktoken")
			}
		}
		opened := h.token(h.cloak(c.ID))
		for _, ps := range []int{0, 1, 2} {
			for member, headers := range map[string][]string{"": {"X-PhotoCloakToken", opened}, yamada: {"X-PhotoCloakToken", opened}, umiyama: nil} {
				if got := h.get(member, photoPath, query("ci", c.ID, "cd", i.ID, "ps", ps), headers...); got.status != 200 {
					t.Errorf("opened, for %q: %d %s", member, got.status, got.body)
				}
			}
		}
	})
}

func TestAPhotoOfAnotherCloakIsUnknown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		secret := h.addCloak(func(c *cloak) { c.MemberID = h.memberID(yamada); c.Scope = scopeLocked })
		own := h.addCloak(func(c *cloak) { c.CanDownload = true })
		i := h.mustUpload(yamada, secret.ID, drawJPEG(t, 20, 10, 1))
		for _, op := range photoOperations {
			there := h.request(umiyama, op.method, op.path, query("ci", own.ID, "cd", i.ID))
			absent := h.request(umiyama, op.method, op.path, query("ci", own.ID, "cd", 987654321))
			if status := map[string]int{"show": 400}[op.name]; there.status != max(status, 400) && there.status != 404 {
				t.Errorf("%s: %d", op.name, there.status)
			}
			if there.status != absent.status || there.body != strings.ReplaceAll(absent.body, "987654321", fmt.Sprint(i.ID)) {
				t.Errorf("%s: %d %s, want %d %s", op.name, there.status, there.body, absent.status, absent.body)
			}
		}
		if len(h.images()) != 1 {
			t.Error("another's photo is deleted")
		}
	})
}
