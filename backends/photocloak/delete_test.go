package photocloak

import (
	"testing"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// What its owner deleted is gone at once for everybody, on every operation, as
// if it had never been.
func TestDeleteCloak(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		id := a.public(umiyama, "夏の旅")
		before := a.row(id)
		number := form("pd", before.Prefix, "no", itoa(before.No))
		a.post(yamada, "/api/v2/mycloaks/addfollow", form("ci", id)).wantEmpty(t, "following it")
		a.post(umiyama, "/api/v2/mycloaks/delete", form("ci", id)).wantEmpty(t, "deleting it")

		for _, who := range []string{umiyama, yamada, ""} {
			a.get(who, "/api/v2/cloaks", form("ci", id)).want(t, "showing it", 400, "notfound_cloak")
			a.get(who, "/api/v2/cloaks/check", number).want(t, "checking it", 400, "notfound_cloak")
			a.post(who, "/api/v2/cloaks/token", form("ci", id)).want(t, "opening it", 400, "notfound_cloak")
		}
		for _, who := range []string{umiyama, yamada} {
			a.post(who, "/api/v2/mycloaks/delete", form("ci", id)).want(t, "deleting it again", 400, "notfound_cloak")
			a.complete(who, "ci", id, "st", "1").want(t, "publishing it again", 400, "notfound_cloak")
			a.post(who, "/api/v2/mycloaks/addfollow", form("ci", id)).want(t, "following it", 406, "notfound_cloak")
			a.post(who, "/api/v2/mycloaks/delfollow", form("ci", id)).want(t, "following it no more", 406, "notfound_cloak")
			for _, mode := range []string{"all", "public", "follor"} {
				if got := a.listed(who, mode); len(got) > 0 {
					t.Errorf("%s of %s: %q", mode, who, got)
				}
			}
		}
		if got := a.names(); len(got) > 0 {
			t.Errorf("the search finds %q", got)
		}
		if c := a.row(id); c.DeletedAt == 0 || c.EndsAt != c.DeletedAt || c.No != before.No {
			t.Errorf("until the janitor comes it is kept as %+v", c)
		}
	})
}

func TestDeleteRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		others := a.public(yamada, "public")
		hidden, paused, gone := a.made(yamada, "in the making"), a.public(yamada, "paused"), a.public(umiyama, "gone")
		a.completed(yamada, paused, "st", "8")
		a.end(gone)
		before := a.kept()
		for _, test := range []struct{ what, form, want string }{
			{"another's", form("ci", others), "406 notacceptable_cloak"},
			{"another's in the making", form("ci", hidden), "400 notfound_cloak"},
			{"another's paused", form("ci", paused), "400 notfound_cloak"},
			{"one's own that ran out", form("ci", gone), "400 notfound_cloak"},
			{"an unknown one", form("ci", "999"), "400 notfound_cloak"},
			{"no id", "", "400 required_ci"},
			{"a malformed id", form("ci", "all"), "400 invalid_ci"},
		} {
			if got := a.post(umiyama, "/api/v2/mycloaks/delete", test.form).codes(t); got != test.want {
				t.Errorf("%s: %s, want %s", test.what, got, test.want)
			}
		}
		if got := a.post("", "/api/v2/mycloaks/delete", form("ci", others)); got.status != 401 {
			t.Errorf("without a token: %d %s", got.status, got.body)
		}
		if after := a.kept(); after != before {
			t.Errorf("before:\n%s\nafter:\n%s", before, after)
		}
	})
}

// Of many who delete at once one does.
func TestDeletedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		id := a.public(umiyama, "夏の旅")
		counts := atOnce(16, func(int) answer {
			return a.post(umiyama, "/api/v2/mycloaks/delete", form("ci", id))
		})
		if counts["200"] != 1 || counts["400 notfound_cloak"] != 15 {
			t.Errorf("%v", counts)
		}
	})
}
