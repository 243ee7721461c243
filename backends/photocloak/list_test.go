package photocloak

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func (a *api) list(member, mode string, headers ...string) answer {
	a.t.Helper()
	return a.post(member, "/api/v2/mycloaks/list", form("vm", mode), headers...)
}

// listed gives the names of the cloaks that a member's list shows.
func (a *api) listed(member, mode string) []string {
	a.t.Helper()
	got := a.list(member, mode)
	var list struct {
		HttpStatus string
		Cloak      []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(got.body), &list); err != nil || got.status != 200 || list.HttpStatus != "200" || list.Cloak == nil {
		a.t.Fatalf("%s: %d %s", mode, got.status, got.body)
	}
	names := []string{}
	for _, c := range list.Cloak {
		names = append(names, c.Name)
	}
	return names
}

// Each mode shows its own, the newest first; what ran out stays with its owner
// until the janitor takes it, what was deleted does not.
func TestListModes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		if got := a.list(umiyama, "all"); got.body != `{"HttpStatus":"200","Cloak":[]}` {
			t.Errorf("of nothing: %s", got.body)
		}
		at, ended := clock.Now().UnixMilli(), clock.Now().UnixMilli()-1
		hour := int64(3_600_000)
		add := func(c cloak) { t.Helper(); addAlbum(t, s, c, nil) }
		add(cloak{Name: "making", CreatedAt: at - 5*hour})
		add(cloak{Name: "open", Status: statusPublic, CreatedAt: at - 1*hour})
		add(cloak{Name: "locked", Status: statusPublic, Scope: scopeLocked, LockHash: "{plain}himitsu", CreatedAt: at - 2*hour})
		add(cloak{Name: "paused", Status: statusPaused, CreatedAt: at - 3*hour})
		add(cloak{Name: "outrun", Status: statusPublic, CreatedAt: at - 4*hour, EndsAt: ended})
		add(cloak{Name: "outrun in the making", CreatedAt: at - 6*hour, EndsAt: ended})
		add(cloak{Name: "deleted", Status: statusPublic, CreatedAt: at, EndsAt: ended, DeletedAt: ended})
		add(cloak{Name: "another's", MemberID: memberID(t, s, yamada), Status: statusPublic})
		all := []string{"open", "locked", "paused", "outrun", "making", "outrun in the making"}
		for mode, want := range map[string][]string{
			"":            all,
			"all":         all,
			"public":      {"open", "outrun"},
			"private":     {"locked"},
			"provisional": {"making", "outrun in the making"},
			"follor":      {},
			"follow":      {},
		} {
			if got := a.listed(umiyama, mode); !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", mode, got, want)
			}
		}
		if got := a.post(umiyama, "/api/v2/mycloaks/list", ""); got.body != a.list(umiyama, "all").body {
			t.Errorf("without vm: %s", got.body)
		}
		for _, mode := range []string{"everything", "ALL", "0", strings.Repeat("x", 1000)} {
			a.list(umiyama, mode).want(t, mode, 400, "invalid_vm")
		}
		if got := a.list("", "all"); got.status != 401 {
			t.Errorf("without a token: %d %s", got.status, got.body)
		}
	})
}

// Made in the same moment, the later one comes first.
func TestListTies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		for _, name := range []string{"1", "2", "3"} {
			addAlbum(t, s, cloak{Name: name, CreatedAt: 1}, nil)
		}
		if got := a.listed(umiyama, "all"); !slices.Equal(got, []string{"3", "2", "1"}) {
			t.Errorf("%q", got)
		}
	})
}

// Followed cloaks are those of others that exist for the follower, the newest
// first, whenever they were followed.
func TestListFollowed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		follow := func(c cloak) cloak {
			t.Helper()
			c = addAlbum(t, s, c, nil)
			a.post(yamada, "/api/v2/mycloaks/addfollow", form("ci", itoa(c.ID))).wantEmpty(t, c.Name)
			return c
		}
		follow(cloak{Name: "older", Status: statusPublic, CreatedAt: 1000})
		follow(cloak{Name: "newer", Status: statusPublic, CreatedAt: 3000})
		between := follow(cloak{Name: "between", Status: statusPublic, CreatedAt: 2000})
		ended := follow(published("outrun"))
		addAlbum(t, s, published("not followed"), nil)
		a.end(itoa(ended.ID))
		for _, mode := range []string{"follor", "follow"} {
			if got := a.listed(yamada, mode); !slices.Equal(got, []string{"newer", "between", "older"}) {
				t.Errorf("%s: %q", mode, got)
			}
		}
		if got := a.listed(yamada, "all"); len(got) > 0 {
			t.Errorf("all shows one's own, but %q", got)
		}
		a.completed(umiyama, itoa(between.ID), "st", "8")
		if got := a.listed(yamada, "follor"); !slices.Equal(got, []string{"newer", "older"}) {
			t.Errorf("with one paused: %q", got)
		}
		a.completed(umiyama, itoa(between.ID), "st", "1")
		if got := a.listed(yamada, "follor"); !slices.Equal(got, []string{"newer", "between", "older"}) {
			t.Errorf("with it public again: %q", got)
		}
	})
}

// A locked cloak that the follower has not opened shows neither images nor tags
// nor its description; to its owner, and to who shows its token, it shows them.
func TestListLocked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		c := lockedWith("himitsu")
		c.Description = "秘密の説明"
		c = addAlbum(t, s, c, []string{"秘密の札"}, image{Name: "himitsu.jpg"})
		id := itoa(c.ID)
		a.post(yamada, "/api/v2/mycloaks/addfollow", form("ci", id)).wantEmpty(t, "following it")
		shown := func(what string, got answer, open bool) {
			t.Helper()
			for _, secret := range []string{"秘密の説明", "秘密の札", "himitsu.jpg"} {
				if strings.Contains(got.body, secret) != open {
					t.Errorf("%s: %s", what, got.body)
				}
			}
			if closed := strings.Contains(got.body, `"Description":"",`) && strings.Contains(got.body, `"Images":[],"Tags":[]`); closed == open {
				t.Errorf("%s: %s", what, got.body)
			}
		}
		shown("to its owner", a.list(umiyama, "private"), true)
		shown("to a follower", a.list(yamada, "follor"), false)
		shown("with a wrong token", a.list(yamada, "follor", "X-PhotoCloakToken", "x"), false)
		var opened struct{ CloakToken string }
		got := a.post(yamada, "/api/v2/cloaks/token", form("ci", id, "lk", "himitsu"))
		if err := json.Unmarshal([]byte(got.body), &opened); err != nil {
			t.Fatal(got.body)
		}
		shown("with its token", a.list(yamada, "follor", "X-PhotoCloakToken", opened.CloakToken), true)
		if strings.Contains(a.list(umiyama, "private").body, "{plain}") {
			t.Error("the list shows the password")
		}
	})
}

// With `numbers bare` a number is a number, also HttpStatus.
func TestListBare(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	a := newAPI(t, s, "numbers bare")
	if got := a.list(umiyama, "all").body; got != `{"HttpStatus":200,"Cloak":[]}` {
		t.Error(got)
	}
	if got := a.post(umiyama, "/api/v2/mycloaks", form("nm", "a")).body; got != `{"CloakId":1}` {
		t.Error(got)
	}
	if got := a.list(umiyama, "all").body; !strings.HasPrefix(got, `{"HttpStatus":200,"Cloak":[{"CloakId":1,"MemberID":`) {
		t.Error(got)
	}
}

// A list too long to be held is sent as it is drawn, to the same bytes.
func TestLongLists(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		const cloaks, images = 3, 200
		next := int64(0)
		for range cloaks {
			c := published("夏の旅")
			c.Description = strings.Repeat("海", 1000)
			album := make([]image, images)
			for i := range album {
				next++
				album[i] = image{ID: next, MyPhotoID: next, Name: "海.jpg"}
			}
			addAlbum(t, s, c, []string{"海", "夏"}, album...)
		}
		got := a.post(umiyama, "/api/v2/mycloaks/list", "")
		if got.header.Get("Content-Length") != "" || got.header.Get("Content-Type") != contentType {
			t.Errorf("its head is %v", got.header)
		}
		var list struct {
			HttpStatus string
			Cloak      []struct {
				Images []struct{ CloakImageID string }
			}
		}
		if err := json.Unmarshal([]byte(got.body), &list); err != nil || got.status != 200 || list.HttpStatus != "200" {
			t.Fatalf("%d, %v", got.status, err)
		}
		seen := map[string]bool{}
		for _, c := range list.Cloak {
			for _, i := range c.Images {
				seen[i.CloakImageID] = true
			}
		}
		if len(list.Cloak) != cloaks || len(seen) != cloaks*images {
			t.Errorf("%d cloaks with %d photos", len(list.Cloak), len(seen))
		}
		if one := a.get("", "/api/v2/cloaks/search", form("li", "1")); one.header.Get("Content-Length") != strconv.Itoa(len(one.body)) {
			t.Errorf("a short list has the length %q", one.header.Get("Content-Length"))
		}
	})
}
