package photocloak

import (
	"strings"
	"testing"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

func (a *api) follow(member, id string) answer {
	a.t.Helper()
	return a.post(member, "/api/v2/mycloaks/addfollow", form("ci", id))
}

func (a *api) unfollow(member, id string) answer {
	a.t.Helper()
	return a.post(member, "/api/v2/mycloaks/delfollow", form("ci", id))
}

// Others' public cloaks can be followed, locked ones too, and as often as one
// likes.
func TestFollow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		open, locked := a.public(umiyama, "open"), a.public(umiyama, "locked", "sc", "1", "lk", "himitsu")
		for range 2 {
			a.follow(yamada, open).wantEmpty(t, "an open one")
			a.follow(yamada, locked).wantEmpty(t, "a locked one")
		}
		if got := a.listed(yamada, "follor"); len(got) != 2 {
			t.Errorf("followed: %q", got)
		}
		a.unfollow(yamada, open).wantEmpty(t, "the open one no more")
		a.unfollow(yamada, open).want(t, "what is followed no more", 406, "notacceptable_cloak")
		if got := a.listed(yamada, "follor"); len(got) != 1 || got[0] != "locked" {
			t.Errorf("still followed: %q", got)
		}
		a.follow(yamada, open).wantEmpty(t, "the open one again")
	})
}

// What may not be followed is 406, and one hears no more of what is hidden than
// of what is not there.
func TestFollowRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		own, making := a.public(umiyama, "own"), a.made(umiyama, "making")
		hidden, paused, ended := a.made(yamada, "hidden"), a.public(yamada, "paused"), a.public(yamada, "ended")
		a.follow(umiyama, paused).wantEmpty(t, "before it is paused")
		a.follow(umiyama, ended).wantEmpty(t, "before it ends")
		a.completed(yamada, paused, "st", "8")
		a.end(ended)
		before := a.kept()
		unknown := a.follow(umiyama, "999").body
		for _, test := range []struct{ what, id, want string }{
			{"one's own", own, "406 notacceptable_cloak"},
			{"one's own in the making", making, "406 notacceptable_cloak"},
			{"an unknown one", "999", "406 notfound_cloak"},
			{"in the making", hidden, "406 notfound_cloak"},
			{"paused", paused, "406 notfound_cloak"},
			{"run out", ended, "406 notfound_cloak"},
			{"none", "", "400 required_ci"},
			{"malformed", "x", "400 invalid_ci"},
		} {
			for what, got := range map[string]answer{"follow": a.follow(umiyama, test.id), "unfollow": a.unfollow(umiyama, test.id)} {
				if got.codes(t) != test.want {
					t.Errorf("%s %s: %s, want %s", what, test.what, got.codes(t), test.want)
				}
				if strings.HasSuffix(test.want, "notfound_cloak") && strings.ReplaceAll(got.body, "ci="+test.id, "ci=999") != unknown {
					t.Errorf("%s %s tells more than %s: %s", what, test.what, unknown, got.body)
				}
			}
		}
		for _, got := range []answer{a.follow("", own), a.unfollow("", own)} {
			if got.status != 401 {
				t.Errorf("without a token: %d %s", got.status, got.body)
			}
		}
		if after := a.kept(); after != before {
			t.Errorf("before:\n%s\nafter:\n%s", before, after)
		}
	})
}

// 64 who follow at once in one member's name are one follower.
func TestFollowAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		id := a.public(umiyama, "夏の旅")
		if counts := atOnce(64, func(int) answer { return a.follow(yamada, id) }); counts["200"] != 64 {
			t.Errorf("%v", counts)
		}
		if got := a.listed(yamada, "follor"); len(got) != 1 {
			t.Errorf("followed: %q", got)
		}
		counts := atOnce(64, func(int) answer { return a.unfollow(yamada, id) })
		if counts["200"] != 1 || counts["406 notacceptable_cloak"] != 63 {
			t.Errorf("following it no more: %v", counts)
		}
	})
}
