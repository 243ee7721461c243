package photocloak

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

func (a *api) complete(member string, settings ...string) answer {
	a.t.Helper()
	return a.post(member, "/api/v2/mycloaks/complete", form(settings...))
}

// tagsOf gives the tags that the owner of a cloak sees.
func (a *api) tagsOf(member, id string) []string {
	a.t.Helper()
	var shown struct {
		Cloak struct{ Tags []struct{ Tag string } }
	}
	got := a.get(member, "/api/v2/cloaks", form("ci", id))
	if err := json.Unmarshal([]byte(got.body), &shown); err != nil || got.status != 200 {
		a.t.Fatalf("%d %s", got.status, got.body)
	}
	tags := []string{}
	for _, t := range shown.Cloak.Tags {
		tags = append(tags, t.Tag)
	}
	return tags
}

// Everything that can be set is set, and a cloak that is first public lives 30
// days from then.
func TestComplete(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "making 60d")
		id := a.made(umiyama, "夏の旅")
		before := a.row(id)
		a.completed(umiyama, id, "sc", "1", "lk", "himitsu", "tg", "旅、 夏", "dl", "1", "ul", "1", "ae", "1", "st", "1")
		c := a.row(id)
		if c.Scope != scopeLocked || !c.CanDownload || !c.CanUpload || !c.AutoExtend || c.Status != statusPublic ||
			c.PublishedAt < before.CreatedAt || c.UpdatedAt != c.PublishedAt ||
			c.EndsAt != c.PublishedAt+int64(30*24*time.Hour/time.Millisecond) {
			t.Errorf("%+v", c)
		}
		if c.Name != before.Name || c.Prefix != before.Prefix || c.No != before.No || c.CreatedAt != before.CreatedAt {
			t.Errorf("it was %+v and is %+v", before, c)
		}
		if right, _, err := kit.VerifyPassword(t.Context(), c.LockHash, "himitsu"); err != nil || !right {
			t.Errorf("the password is not kept as a hash: %v", err)
		}
		if got := a.tagsOf(umiyama, id); !slices.Equal(got, []string{"旅", "夏"}) {
			t.Errorf("the tags are %q", got)
		}
	})
}

// What is left out, or empty, keeps its value; only an empty tg clears the tags.
func TestCompleteKeepsWhatIsLeftOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		id := a.public(umiyama, "夏の旅", "sc", "1", "lk", "himitsu", "tg", "旅 夏", "dl", "1", "ul", "1", "ae", "1")
		before := a.row(id)
		a.completed(umiyama, id)
		a.completed(umiyama, id, "sc", "", "lk", "", "dl", "", "ul", "", "ae", "", "st", "")
		after := a.row(id)
		after.UpdatedAt = before.UpdatedAt
		if after != before {
			t.Errorf("it was %+v and is %+v", before, after)
		}
		if got := a.tagsOf(umiyama, id); !slices.Equal(got, []string{"旅", "夏"}) {
			t.Errorf("the tags are %q", got)
		}
		a.completed(umiyama, id, "tg", "山,海,山")
		if got := a.tagsOf(umiyama, id); !slices.Equal(got, []string{"山", "海"}) {
			t.Errorf("the new tags are %q", got)
		}
		a.completed(umiyama, id, "tg", "")
		if got := a.tagsOf(umiyama, id); len(got) != 0 {
			t.Errorf("the tags were cleared, but are %q", got)
		}
		a.completed(umiyama, id, "sc", "0", "dl", "0", "ul", "0", "ae", "0", "st", "8")
		if c := a.row(id); c.Scope != scopeOpen || c.CanDownload || c.CanUpload || c.AutoExtend || c.Status != statusPaused {
			t.Errorf("what was switched off is %+v", c)
		}
	})
}

// Words that were tags once find the cloak no more, and new ones do.
func TestCompleteMovesTheIndex(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		id := a.public(umiyama, "箱", "tg", "旅行")
		found := func(word string, want int) {
			t.Helper()
			if got := a.names("tg", word); len(got) != want {
				t.Errorf("%s finds %q, want %d", word, got, want)
			}
		}
		found("旅行", 1)
		a.completed(umiyama, id, "tg", "海水浴")
		found("旅行", 0)
		found("海水浴", 1)
		found("箱", 1)
	})
}

// The 30 days count from the first time that a cloak is public, not from any
// later one.
func TestPublishedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		id := a.public(umiyama, "夏の旅")
		earlier := clock.Now().Add(-time.Hour).UnixMilli()
		ends := clock.Now().Add(time.Hour).UnixMilli()
		change(t, s, "UPDATE photocloak_cloaks SET published_at = ?, ends_at = ? WHERE id = ?", earlier, ends, id)
		for _, status := range []string{"1", "8", "1", "0", "1"} {
			a.completed(umiyama, id, "st", status)
			if c := a.row(id); c.PublishedAt != earlier || c.EndsAt != ends || fmt.Sprint(c.Status) != status {
				t.Errorf("with status %s: %+v", status, c)
			}
		}
	})
}

func TestCompleteRefuses(t *testing.T) {
	twenty := strings.Repeat("あ", 20)
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		own, others, hidden, gone := a.made(umiyama, "own"), a.public(yamada, "others"), a.made(yamada, "hidden"), a.public(umiyama, "gone")
		a.end(gone)
		before := a.kept()
		for _, test := range []struct {
			what     string
			settings []string
			want     string
		}{
			{"no cloak", nil, "400 required_ci"},
			{"a malformed id", []string{"ci", "x"}, "400 invalid_ci"},
			{"an unknown cloak", []string{"ci", "999"}, "400 notfound_cloak"},
			{"another's", []string{"ci", others}, "400 notacceptable_cloak"},
			{"another's in the making", []string{"ci", hidden}, "400 notfound_cloak"},
			{"one that ran out", []string{"ci", gone}, "400 notfound_cloak"},
			{"a status between", []string{"ci", own, "st", "2"}, "400 invalid_st"},
			{"a status in words", []string{"ci", own, "st", "public"}, "400 invalid_st"},
			{"a negative status", []string{"ci", own, "st", "-1"}, "400 invalid_st"},
			{"switches", []string{"ci", own, "sc", "2", "dl", "true", "ul", "on", "ae", "-"}, "400 invalid_sc invalid_dl invalid_ul invalid_ae"},
			{"three characters", []string{"ci", own, "lk", "あああ"}, "400 tooshort_lk"},
			{"21 characters", []string{"ci", own, "lk", twenty + "あ"}, "400 toolong_lk"},
			{"locked without a password", []string{"ci", own, "sc", "1"}, "400 required_lk"},
			{"locked with an empty password", []string{"ci", own, "sc", "1", "lk", ""}, "400 required_lk"},
			{"locked with a short password", []string{"ci", own, "sc", "1", "lk", "a"}, "400 tooshort_lk"},
			{"21 tags", []string{"ci", own, "tg", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21"}, "400 toomany_tg"},
			{"a tag of 51 characters", []string{"ci", own, "tg", strings.Repeat("旅", 51)}, "400 toolong_tg"},
			{
				"all at once",
				[]string{"ci", own, "sc", "1", "lk", "", "tg", strings.Repeat("旅", 51), "dl", "2", "st", "5"},
				"400 toolong_tg invalid_dl invalid_st required_lk",
			},
			{"and another's", []string{"ci", others, "st", "5"}, "400 invalid_st notacceptable_cloak"},
			{"and no cloak", []string{"st", "5"}, "400 required_ci invalid_st"},
		} {
			if got := a.complete(umiyama, test.settings...).codes(t); got != test.want {
				t.Errorf("%s: %s, want %s", test.what, got, test.want)
			}
		}
		if got := a.complete("", "ci", others); got.status != 401 {
			t.Errorf("without a token: %d %s", got.status, got.body)
		}
		if after := a.kept(); after != before {
			t.Errorf("before:\n%s\nafter:\n%s", before, after)
		}
		for _, lock := range []string{"abcd", twenty} {
			a.completed(umiyama, own, "lk", lock)
		}
		a.completed(umiyama, own, "sc", "1") // the password of earlier
	})
}

// Cloak tokens live as long as the password: they die with another one, not with
// the same one sent again, as old apps do. They also die when a cloak that stood
// open is locked again, for then anybody could have had one.
func TestCloakTokensDieWithThePassword(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		id := a.public(umiyama, "夏の旅", "sc", "1", "lk", "himitsu")
		token := func(lock string) string {
			t.Helper()
			var opened struct{ CloakToken string }
			got := a.post("", "/api/v2/cloaks/token", form("ci", id, "lk", lock))
			if err := json.Unmarshal([]byte(got.body), &opened); err != nil || got.status != 200 {
				t.Fatalf("%d %s", got.status, got.body)
			}
			return opened.CloakToken
		}
		opens := func(what, token string, want bool) {
			t.Helper()
			got := a.get("", "/api/v2/cloaks", form("ci", id), "X-PhotoCloakToken", token)
			if (got.status == 200) != want {
				t.Errorf("%s: %d %s", what, got.status, got.body)
			}
		}
		first := token("himitsu")
		opens("at first", first, true)
		a.completed(umiyama, id, "dl", "1")
		opens("after another setting", first, true)
		a.completed(umiyama, id, "lk", "himitsu", "sc", "1")
		opens("after the same password", first, true)
		a.completed(umiyama, id, "lk", "another")
		opens("after another password", first, false)
		second := token("another")
		opens("with the new password", second, true)

		a.completed(umiyama, id, "sc", "0")
		opens("while open", "", true)
		fromOpen := token("")
		a.completed(umiyama, id, "sc", "1")
		opens("locked again with the same password, a token from when it was open", fromOpen, false)
		opens("locked again", token("another"), true)
	})
}

// A member who has very many cloaks locked at once does not fill the queue of
// everybody's passwords: they have so many seats, others have their own.
func TestOneMemberDoesNotTakeAllHashing(t *testing.T) {
	seats := guard.NewCrowd()
	over, end := context.WithCancel(t.Context())
	end() // who has no seat does not wait for one
	for range 16 {
		if _, ok := seats.Sit(t.Context(), "1"); !ok {
			t.Fatal("a member has fewer seats")
		}
	}
	set := settings{lock: "himitsu"}
	if err := set.hashLock(over, seats, "1"); !fault.Is(err, fault.TooMany) || set.lockHash != "" || fault.Of(err).RetryAfter == 0 {
		t.Errorf("one more of that member: %v", err)
	}
	if err := set.hashLock(t.Context(), seats, "2"); err != nil || set.lockHash == "" {
		t.Errorf("another member: %v", err)
	}
}

// Two who complete at once do not undo each other's settings.
func TestCompleteAtOnce(t *testing.T) {
	each := [][]string{
		{"dl", "1"},
		{"ul", "1"},
		{"ae", "1"},
		{"st", "1"},
		{"tg", "旅 夏"},
		{"lk", "himitsu"},
	}
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		id := a.made(umiyama, "夏の旅")
		counts := atOnce(12, func(i int) answer {
			return a.complete(umiyama, append([]string{"ci", id}, each[i%len(each)]...)...)
		})
		if counts["200"] != 12 {
			t.Errorf("%v", counts)
		}
		c := a.row(id)
		if !c.CanDownload || !c.CanUpload || !c.AutoExtend || c.Status != statusPublic || c.LockHash == "" || c.LockGeneration < 1 {
			t.Errorf("%+v", c)
		}
		if got := a.tagsOf(umiyama, id); !slices.Equal(got, []string{"旅", "夏"}) {
			t.Errorf("the tags are %q", got)
		}
	})
}

// Tags set at once are those of one of the two, not a mixture.
func TestTagsAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		id := a.made(umiyama, "夏の旅")
		counts := atOnce(12, func(i int) answer {
			return a.complete(umiyama, "ci", id, "tg", fmt.Sprintf("a%d b%d c%d", i, i, i))
		})
		if counts["200"] != 12 {
			t.Errorf("%v", counts)
		}
		tags := a.tagsOf(umiyama, id)
		if len(tags) != 3 || tags[0][1:] != tags[1][1:] || tags[1][1:] != tags[2][1:] {
			t.Errorf("%q", tags)
		}
	})
}

// What the settings do to a cloak, without HTTP: also where another call came
// between looking and changing.
func TestApply(t *testing.T) {
	now := time.UnixMilli(1_500_000_000_000)
	for name, test := range map[string]struct {
		set        settings
		cloak      cloak
		generation int64
		hash       string
	}{
		"a first password":                  {settings{lock: "x", lockGiven: true, lockHash: "new"}, cloak{}, 1, "new"},
		"another password":                  {settings{lock: "x", lockGiven: true, lockHash: "new"}, cloak{LockHash: "old", LockGeneration: 4}, 5, "new"},
		"the same password":                 {settings{lock: "x", lockGiven: true, lockHash: "new", lockKept: "old"}, cloak{LockHash: "old", LockGeneration: 4}, 4, "old"},
		"the same, but changed in between":  {settings{lock: "x", lockGiven: true, lockHash: "new", lockKept: "old"}, cloak{LockHash: "between", LockGeneration: 5}, 6, "new"},
		"locking":                           {settings{scope: "1"}, cloak{LockHash: "old", LockGeneration: 4}, 5, "old"},
		"locked already":                    {settings{scope: "1"}, cloak{LockHash: "old", LockGeneration: 4, Scope: scopeLocked}, 4, "old"},
		"opening":                           {settings{scope: "0"}, cloak{LockHash: "old", LockGeneration: 4, Scope: scopeLocked}, 4, "old"},
		"a password for a cloak left open":  {settings{lock: "x", lockGiven: true, lockHash: "new"}, cloak{LockHash: "old"}, 1, "new"},
		"nothing":                           {settings{}, cloak{LockHash: "old", LockGeneration: 4, Scope: scopeLocked}, 4, "old"},
		"locking, with a password, at once": {settings{scope: "1", lock: "x", lockGiven: true, lockHash: "new"}, cloak{}, 2, "new"},
	} {
		c := test.cloak
		if err := test.set.apply(&c, now, time.Hour); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c.LockGeneration != test.generation || c.LockHash != test.hash || c.UpdatedAt != now.UnixMilli() {
			t.Errorf("%s: %+v", name, c)
		}
	}
	set := settings{scope: "1"}
	if err := set.apply(&cloak{}, now, time.Hour); !fault.Is(err, fault.Missing) {
		t.Errorf("locking without a password: %v", err)
	}
}
