package photocloak

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// made makes a cloak and gives its id.
func (a *api) made(member, name string) string {
	a.t.Helper()
	got := a.post(member, "/api/v2/mycloaks/", form("nm", name))
	id := madeID.FindStringSubmatch(got.body)
	if got.status != 200 || id == nil {
		a.t.Fatalf("making %s: %d %s", name, got.status, got.body)
	}
	return id[1]
}

// madeID finds the id in what making a cloak answers.
var madeID = regexp.MustCompile(`^\{"CloakId":"(\d+)"\}$`)

// completed completes a cloak, which must succeed.
func (a *api) completed(member, id string, settings ...string) {
	a.t.Helper()
	got := a.post(member, "/api/v2/mycloaks/complete", form(append([]string{"ci", id}, settings...)...))
	if got.status != 200 || got.body != `{"CloakId":"`+id+`"}` {
		a.t.Fatalf("completing %s with %q: %d %s", id, settings, got.status, got.body)
	}
}

// public makes a cloak and publishes it, and gives its id.
func (a *api) public(member, name string, settings ...string) string {
	a.t.Helper()
	id := a.made(member, name)
	a.completed(member, id, append([]string{"st", "1"}, settings...)...)
	return id
}

// end has a cloak run out now.
func (a *api) end(id string) {
	a.t.Helper()
	change(a.t, a.stores, "UPDATE photocloak_cloaks SET ends_at = ? WHERE id = ?", clock.Now().UnixMilli(), id)
}

// row gives a cloak as it is kept.
func (a *api) row(id string) cloak {
	a.t.Helper()
	var c cloak
	err := a.stores.SQL.Read(a.t.Context(), func(ctx context.Context, db bun.IDB) error {
		return db.NewSelect().Model(&c).Where("id = ?", id).Scan(ctx)
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return c
}

// kept writes down all that members can change, to show that nothing changed.
func (a *api) kept() string {
	a.t.Helper()
	var all strings.Builder
	err := a.stores.SQL.Read(a.t.Context(), func(ctx context.Context, db bun.IDB) error {
		all.Reset()
		var cloaks []cloak
		var tags []tag
		var follows []follow
		for _, query := range []*bun.SelectQuery{
			db.NewSelect().Model(&cloaks).Order("id"),
			db.NewSelect().Model(&tags).Order("cloak_id", "position"),
			db.NewSelect().Model(&follows).Order("member_id", "cloak_id"),
		} {
			if err := query.Scan(ctx); err != nil {
				return err
			}
		}
		for _, rows := range []any{cloaks, tags, follows} {
			if err := json.NewEncoder(&all).Encode(rows); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return all.String()
}

// atOnce sends n requests at once and counts the answers by their status and
// the code of their first error.
func atOnce(n int, send func(i int) answer) map[string]int {
	answers := make([]answer, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { answers[i] = send(i) })
	}
	all.Wait()
	counts := map[string]int{}
	for _, a := range answers {
		what := fmt.Sprint(a.status)
		if code := firstCode.FindStringSubmatch(a.body); code != nil {
			what += " " + code[1]
		}
		counts[what]++
	}
	return counts
}

var firstCode = regexp.MustCompile(`^\{"errors":\[\{"errorCode":"([a-z]+_[a-z]+)"`)

// codes gives the status of an answer and the codes of its errors.
func (a answer) codes(t testing.TB) string {
	t.Helper()
	var listed refusal
	if a.status != 200 {
		if err := json.Unmarshal([]byte(a.body), &listed); err != nil {
			t.Fatalf("%d %s: %v", a.status, a.body, err)
		}
	}
	all := fmt.Sprint(a.status)
	for _, e := range listed.Errors {
		all += " " + e.ErrorCode
	}
	return all
}

// A new cloak is in the making: it has a number of some prefix, is its owner's
// alone, and ends after 30 days.
func TestMake(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		got := a.post(umiyama, "/api/v2/mycloaks/", form("nm", "夏の旅", "dc", "海へ\n山へ"))
		id := madeID.FindStringSubmatch(got.body)
		if got.status != 200 || id == nil || got.header.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Fatalf("%d %s %v", got.status, got.body, got.header)
		}
		c := a.row(id[1])
		month := int64(30 * 24 * time.Hour / time.Millisecond)
		if c.MemberID != memberID(t, s, umiyama) || c.Name != "夏の旅" || c.Description != "海へ\n山へ" ||
			c.Status != statusMaking || c.Scope != scopeOpen || c.LockHash != "" || c.CanDownload || c.CanUpload || c.AutoExtend ||
			c.UpdatedAt != c.CreatedAt || c.EndsAt != c.CreatedAt+month || c.PublishedAt != 0 || c.DeletedAt != 0 {
			t.Errorf("%+v", c)
		}
		if c.No < 1 || c.No > 99 || new(Handler).knows(c.Prefix) == "" {
			t.Errorf("its number is %s %d", c.Prefix, c.No)
		}
		a.get(yamada, "/api/v2/cloaks", form("ci", id[1])).want(t, "another's", 400, "notfound_cloak")
		if got := a.get(umiyama, "/api/v2/cloaks", form("ci", id[1])); got.status != 200 {
			t.Errorf("its owner's: %d %s", got.status, got.body)
		}
	})
}

// knows gives the name of a prefix of the defaults, "" for none.
func (h *Handler) knows(code string) string {
	h.setDefaults()
	for _, p := range h.Prefixes {
		if p.Code == code {
			return p.Name
		}
	}
	return ""
}

func TestMakeRefuses(t *testing.T) {
	fifty, thousand := strings.Repeat("夏", 50), strings.Repeat("海", 1000)
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		for _, test := range []struct{ what, form, want string }{
			{"all at their limits", form("nm", fifty, "dc", thousand), "200"},
			{"no description", form("nm", "a"), "200"},
			{"names in capitals", form(" NM ", "a", "DC", "b"), "200"},
			{"no name", form("dc", "b"), "400 required_nm"},
			{"an empty name", form("nm", ""), "400 required_nm"},
			{"a long name", form("nm", fifty+"夏"), "400 toolong_nm"},
			{"a long description", form("nm", "a", "dc", thousand+"海"), "400 toolong_dc"},
			{"both", form("dc", thousand+"海"), "400 required_nm toolong_dc"},
		} {
			if got := a.post(umiyama, "/api/v2/mycloaks", test.form).codes(t); got != test.want {
				t.Errorf("%s: %s, want %s", test.what, got, test.want)
			}
		}
		if got := a.post("", "/api/v2/mycloaks", form("nm", "a")); got.status != 401 {
			t.Errorf("without a token: %d %s", got.status, got.body)
		}
	})
}

// Everything not yet ended counts: in the making, public and paused, but not what
// was deleted or ran out.
func TestMostCloaks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		a.made(umiyama, "1: in the making")
		paused, public := a.public(umiyama, "2"), a.public(umiyama, "3")
		a.completed(umiyama, paused, "st", "8")
		refused := func(what string) {
			t.Helper()
			a.post(umiyama, "/api/v2/mycloaks", form("nm", "4")).want(t, what, 400, "limit_cloak")
		}
		refused("the fourth of three")
		a.made(yamada, "others do not count")
		a.post(umiyama, "/api/v2/mycloaks/delete", form("ci", public)).wantEmpty(t, "deleting one")
		a.made(umiyama, "5")
		refused("again as many")
		a.end(paused)
		a.made(umiyama, "6: the paused one ran out")
		refused("as many, with one that ran out")
	})
}

// 64 cloaks made at once by a member who may have three are three.
func TestMostCloaksAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		counts := atOnce(64, func(i int) answer {
			return a.post(umiyama, "/api/v2/mycloaks", form("nm", fmt.Sprint(i)))
		})
		if counts["200"] != 3 || counts["400 limit_cloak"] != 61 {
			t.Errorf("%v", counts)
		}
		if n := strings.Count(a.kept(), `"EndsAt"`); n != 3 {
			t.Errorf("%d cloaks are kept", n)
		}
	})
}
