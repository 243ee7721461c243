package photocloak

import (
	"fmt"
	"strings"
	"testing"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

func TestPrefixes(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	for options, want := range map[string]string{
		"prefix ume 梅": `{"Prefixs":[{"Name":"梅","Code":"ume"}],"MaxCloakNo":"99"}`,
		"prefix ume 梅\nprefix momo 桃\nmax_cloak_no 5\nnumbers bare": `{"Prefixs":[{"Name":"梅","Code":"ume"},{"Name":"桃","Code":"momo"}],"MaxCloakNo":5}`,
	} {
		got := newAPI(t, s, options).get("", "/api/v2/cloaks/prefix", "")
		if got.status != 200 || got.body != want {
			t.Errorf("%d %s, want %s", got.status, got.body, want)
		}
	}
	got := newAPI(t, s, "").get("", "/api/v2/cloaks/prefix", "")
	if n := strings.Count(got.body, `"Code"`); n != 12 || !strings.HasPrefix(got.body, `{"Prefixs":[{"Name":"松","Code":"matsu"},`) {
		t.Errorf("%s", got.body)
	}
}

// A public cloak is found by its number, the prefix being its code or its
// character, and by nothing else.
func TestCheck(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		add := func(no int64, c cloak) cloak { c.No = no; return addAlbum(t, s, c, nil) }
		open, locked := add(11, published("夏の旅")), add(12, lockedWith("himitsu"))
		add(13, cloak{Name: "making"})
		add(14, cloak{Name: "paused", Status: statusPaused})
		add(15, cloak{Name: "outrun", Status: statusPublic, EndsAt: clock.Now().UnixMilli()})
		former := add(7, cloak{Name: "taken out of the options since", Status: statusPublic, Prefix: "bara"})

		answerOpen := fmt.Sprintf(`{"ScopeType":"0","CloakID":"%d","Name":"夏の旅"}`, open.ID)
		answerLocked := fmt.Sprintf(`{"ScopeType":"1","CloakID":"%d","Name":"鍵の箱"}`, locked.ID)
		for query, want := range map[string]string{
			form("pd", "ume", "no", "11"):                    answerOpen,
			form("pd", "梅", "no", "11"):                      answerOpen,
			form("pd", "UME", "no", "011"):                   answerOpen,
			form(" PD ", "梅", "No", "12"):                    answerLocked,
			form("pd", "bara", "no", "7"):                    fmt.Sprintf(`{"ScopeType":"0","CloakID":"%d","Name":"taken out of the options since"}`, former.ID),
			form("pd", "ume", "no", "13"):                    "400 notfound_cloak",
			form("pd", "ume", "no", "14"):                    "400 notfound_cloak",
			form("pd", "ume", "no", "15"):                    "400 notfound_cloak",
			form("pd", "ume", "no", "16"):                    "400 notfound_cloak",
			form("pd", "ume", "no", "0"):                     "400 notfound_cloak",
			form("pd", "momo", "no", "11"):                   "400 notfound_cloak",
			form("pd", "薔薇", "no", "11"):                     "400 notfound_cloak",
			form("pd", "ume"):                                "400 required_no",
			form("no", "11"):                                 "400 required_pd",
			form("pd", "", "no", ""):                         "400 required_pd required_no",
			"":                                               "400 required_pd required_no",
			form("pd", "ume", "no", "-11"):                   "400 invalid_no",
			form("pd", "ume", "no", "十一"):                    "400 invalid_no",
			form("pd", "ume", "no", "1e1"):                   "400 invalid_no",
			form("pd", "ume\x00", "no", ""):                  "400 invalid_pd required_no",
			form("pd", "ume", "no", strings.Repeat("9", 30)): "400 invalid_no",
			form("pd", strings.Repeat("梅", 101), "no", "11"): "400 toolong_pd",
		} {
			for _, who := range []string{"", umiyama, yamada} { // owners no differently
				got := a.get(who, "/api/v2/cloaks/check", query)
				shown := got.body
				if strings.HasPrefix(want, "400") {
					shown = got.codes(t)
				}
				if shown != want {
					t.Errorf("%s: %d %s, want %s", query, got.status, got.body, want)
				}
			}
		}
	})
}
