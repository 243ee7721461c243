package photocloak

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// eachWay runs test on every combination of stores, and each way of searching:
// that for words that few cloaks have, that for words that many have, and that
// for those which many have, but far down in the order.
func eachWay(t *testing.T, test func(t *testing.T, s *stores.Stores)) {
	usual := searchBounds
	defer func() { searchBounds = usual }()
	for name, b := range map[string]bounds{
		"few":       usual,
		"many":      {few: 0, first: 2, most: 10_000, common: 1},
		"many, far": {few: 0, first: 2, most: 3, common: 3},
	} {
		searchBounds = b
		t.Run(name, func(t *testing.T) { storetest.Each(t, test) })
	}
}

// names searches as nobody and gives the names of what is found.
func (a *api) names(pairs ...string) []string {
	a.t.Helper()
	got := a.get("", "/api/v2/cloaks/search", form(pairs...))
	if got.status != http.StatusOK {
		a.t.Fatalf("%q: %d %s", pairs, got.status, got.body)
	}
	var found struct{ Cloak []struct{ Name string } }
	if err := json.Unmarshal([]byte(got.body), &found); err != nil {
		a.t.Fatalf("%v: %s", err, got.body)
	}
	names := []string{}
	for _, c := range found.Cloak {
		names = append(names, c.Name)
	}
	return names
}

// Every word must be a part of the name, a tag or the description, whatever the
// width and case of its letters.
func TestSearchWords(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		age := clock.Now().UnixMilli()
		made := func(name string) cloak {
			age++ // newest last
			return cloak{Name: name, Status: statusPublic, CreatedAt: age}
		}
		sea := made("夏の海")
		sea.Description = "家族で Okinawa へ。\n100%楽しい思い出"
		addAlbum(t, s, sea, []string{"旅行", "ﾀﾞｲﾋﾞﾝｸﾞ", "ＡＢＣ"})
		mountain := made("冬の山")
		mountain.Description = "𠮷野の雪_道"
		addAlbum(t, s, mountain, []string{"旅行記", "🏔️", `"quoted"`, "c++", "a*b", "http://x-y.example", `back\slash`, "it's", "?0 :name ?"})
		addAlbum(t, s, made("海の夏"), []string{"夏海", "NEAR", "xabcx"})
		addAlbum(t, s, made("ABBA"), []string{"BAB BB"})

		tests := []struct {
			what, tg string
			want     []string
		}{
			{"nothing", "", []string{"ABBA", "海の夏", "冬の山", "夏の海"}},
			{"only separators", " 　,、\t", []string{"ABBA", "海の夏", "冬の山", "夏の海"}},
			{"in the name", "夏の", []string{"夏の海"}},
			{"the whole name", "夏の海", []string{"夏の海"}},
			{"in a tag", "旅行", []string{"冬の山", "夏の海"}},
			{"the end of a tag", "行記", []string{"冬の山"}},
			{"in the description", "思い出", []string{"夏の海"}},
			{"one character", "海", []string{"海の夏", "夏の海"}},
			{"one character of a description", "雪", []string{"冬の山"}},
			{"two words in two fields", "夏 旅行", []string{"夏の海"}},
			{"two words with an ideographic space", "冬　雪", []string{"冬の山"}},
			{"two words with a comma", "旅行,家族", []string{"夏の海"}},
			{"one of two words is not there", "夏 火星", []string{}},
			{"the same word twice", "夏の 夏の", []string{"夏の海"}},
			{"not over the border of two fields", "海旅行", []string{}},
			{"not over the border of two tags", "旅行ダイ", []string{}},
			{"not over white space", "家族でokinawa", []string{}},
			{"all bigrams, but not the word", "海の海", []string{}},
			{"all bigrams, but in another order", "夏海の", []string{}},
			{"all bigrams of a longer word", "babba", []string{}},
			{"upper case", "OKINAWA", []string{"夏の海"}},
			{"lower case", "abb", []string{"ABBA"}},
			{"full-width letters", "ｏｋｉｎａｗａ", []string{"夏の海"}},
			{"letters that were stored in full width", "abc", []string{"海の夏", "夏の海"}},
			{"katakana for half-width ones", "ダイビング", []string{"夏の海"}},
			{"half-width katakana", "ﾋﾞﾝｸﾞ", []string{"夏の海"}},
			{"hiragana are no katakana", "だいびんぐ", []string{}},
			{"a sound without its mark is another", "タイヒ", []string{}},
			{"%", "%", []string{"夏の海"}},
			{"% as in 100%", "100%楽", []string{"夏の海"}},
			{"% stands for nothing", "夏%海", []string{}},
			{"_", "_", []string{"冬の山"}},
			{"_ stands for nothing", "夏_海", []string{}},
			{"a quotation mark", `"`, []string{"冬の山"}},
			{"quotation marks", `"quoted"`, []string{"冬の山"}},
			{"an apostrophe", "t's", []string{"冬の山"}},
			{"a backslash", `\`, []string{"冬の山"}},
			{"a backslash within", `k\s`, []string{"冬の山"}},
			{"*", "*", []string{"冬の山"}},
			{"a prefix search", "夏*", []string{}},
			{"+", "c++", []string{"冬の山"}},
			{"-", "x-y", []string{"冬の山"}},
			{"-word", "-夏", []string{}},
			{":", "http:", []string{"冬の山"}},
			{"a column filter", "grams:夏", []string{}},
			{"a question mark", "?0", []string{"冬の山"}},
			{"brackets", "(夏)", []string{}},
			{"an operator of FTS5", "NEAR", []string{"海の夏"}},
			{"operators of FTS5", "夏 AND 海", []string{}},
			{"an operator between words", "夏 OR 冬", []string{}},
			{"an emoji", "🏔", []string{"冬の山"}},
			{"another emoji of the same block", "🏕", []string{}},
			{"a kanji beyond the first plane", "𠮷", []string{"冬の山"}},
			{"a kanji beyond the first plane and its neighbour", "𠮷野", []string{"冬の山"}},
			{"its lower half", "ஷ", []string{}},
			{"a regular expression", "夏.海", []string{}},
			{"an array of PostgreSQL", "{夏,海}", []string{}},
		}
		for _, test := range tests {
			if got := a.names("tg", test.tg); !slices.Equal(got, test.want) {
				t.Errorf("%s: %q finds %q, want %q", test.what, test.tg, got, test.want)
			}
		}
	})
}

// What is not public, has ended, or needs a password is never found, not even by
// its owner.
func TestSearchFindsOnlyPublic(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		with := func(name string, alter func(*cloak)) {
			c := published(name)
			alter(&c)
			addAlbum(t, s, c, []string{"旅行"})
		}
		now := clock.Now().UnixMilli()
		with("公開", func(*cloak) {})
		with("作成中", func(c *cloak) { c.Status = statusMaking })
		with("一時停止", func(c *cloak) { c.Status = statusPaused })
		with("合言葉あり", func(c *cloak) { c.Scope, c.LockHash = scopeLocked, "{plain}aikotoba" })
		with("期限切れ", func(c *cloak) { c.EndsAt = now })
		with("削除", func(c *cloak) { c.EndsAt, c.DeletedAt = now, now })
		for _, order := range []string{"", "limit", "view", "new", "name"} {
			for _, tg := range []string{"", "旅行", "旅", "公開 旅行"} {
				for _, member := range []string{"", umiyama} {
					got := a.get(member, "/api/v2/cloaks/search", form("tg", tg, "s", order))
					if strings.Count(got.body, `"CloakId"`) != 1 || !strings.Contains(got.body, `"Name":"公開"`) {
						t.Errorf("s=%s tg=%s for %q: %s", order, tg, member, got.body)
					}
				}
			}
		}
	})
}

// The orders, with and without a word; ties by CloakId.
func TestSearchOrders(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		now := clock.Now().UnixMilli()
		for _, c := range []struct {
			name           string
			created, ends  int64
			views, another int64
		}{
			{"b", -5, 50, 7, 0},
			{"Z", -4, 40, 9, 0},
			{"ア", -4, 40, 9, 0}, // as Z but for its name
			{"a", -9, 90, 100, 0},
			{"𠮷", -1, 60, 0, 0},
			{"ﾏ", -2, 70, 0, 0}, // U+FF8F: before 𠮷 by code point, behind it in UTF-16
			{"a", -3, 10, 1000, 0},
		} {
			album := published(c.name)
			album.CreatedAt, album.EndsAt = now+c.created*1000, now+c.ends*100_000
			added := addAlbum(t, s, album, []string{"並び"})
			change(t, s, "UPDATE photocloak_cloak_views SET views = ? WHERE cloak_id = ?", c.views, added.ID)
		}
		for order, want := range map[string]string{
			"new":   "5 6 7 2 3 1 4",
			"":      "5 6 7 2 3 1 4",
			"limit": "7 2 3 1 5 6 4",
			"view":  "7 4 2 3 1 5 6",
			"name":  "2 4 7 1 3 6 5",
		} {
			for _, tg := range []string{"", "並び", "並"} {
				got := a.get("", "/api/v2/cloaks/search", form("s", order, "tg", tg))
				if ids := strings.Join(cloakIDs(t, got), " "); ids != want {
					t.Errorf("s=%s tg=%s: %s, want %s", order, tg, ids, want)
				}
			}
		}
	})
}

func cloakIDs(t testing.TB, got answer) []string {
	t.Helper()
	var found struct{ Cloak []struct{ CloakId string } }
	if err := json.Unmarshal([]byte(got.body), &found); err != nil || got.status != http.StatusOK {
		t.Fatalf("%d %s: %v", got.status, got.body, err)
	}
	ids := []string{}
	for _, c := range found.Cloak {
		ids = append(ids, c.CloakId)
	}
	return ids
}

// The pages of a search have each cloak once.
func TestSearchPages(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "max_cloak_no 1000")
		now := clock.Now().UnixMilli()
		for i := range 130 {
			c := published("冊" + strconv.Itoa(i%10))
			c.CreatedAt = now - int64(i%7)*1000 // many ties
			addAlbum(t, s, c, []string{"頁"})
		}
		for _, order := range []string{"limit", "view", "new", "name"} {
			for _, tg := range []string{"", "頁"} {
				all := cloakIDs(t, a.get("", "/api/v2/cloaks/search", form("s", order, "tg", tg, "li", "100")))
				all = append(all, cloakIDs(t, a.get("", "/api/v2/cloaks/search", form("s", order, "tg", tg, "li", "1000", "os", "100")))...)
				var paged []string
				for os := 0; os < 140; os += 23 {
					paged = append(paged, cloakIDs(t, a.get("", "/api/v2/cloaks/search", form("s", order, "tg", tg, "li", "23", "os", strconv.Itoa(os))))...)
				}
				if !slices.Equal(paged, all) {
					t.Errorf("s=%s tg=%s: the pages are not the whole", order, tg)
				}
				slices.Sort(all)
				if n := len(slices.Compact(all)); n != 130 {
					t.Errorf("s=%s tg=%s: %d cloaks, want 130", order, tg, n)
				}
			}
		}
		for query, want := range map[string]int{
			"": 20, "li=": 20, "li=1": 1, "li=100": 100, "li=101": 100, "li=9223372036854775807": 100, "li=99999999999999999999": 100,
			"os=130": 0, "os=129": 1, "os=9223372036854775807": 0, "os=99999999999999999999": 0, "os=9223372036854775807&tg=%E9%A0%81": 0, "LI=3&%20Os%20=128": 2,
		} {
			if got := cloakIDs(t, a.get("", "/api/v2/cloaks/search", query)); len(got) != want {
				t.Errorf("%q shows %d, want %d", query, len(got), want)
			}
		}
	})
}

func TestSearchFaults(t *testing.T) {
	a := newAPI(t, storetest.Open(t, storetest.Embedded), "")
	tests := []struct{ query, want string }{
		{"s=old", "invalid_s"},
		{"s=NEW", "invalid_s"},
		{"os=-1", "invalid_os"},
		{"os=a", "invalid_os"},
		{"li=0", "invalid_li"},
		{"li=-1", "invalid_li"},
		{"li=1.5", "invalid_li"},
		{"tg=" + strings.Repeat("a", 51), "toolong_tg"},
		{"tg=" + strings.Repeat("%E6%B5%B7", 51), "toolong_tg"},
		{"tg=%FF", "invalid_tg"},
		{"tg=a%00b", "invalid_tg"},
		{"tg=" + numbered(21), "toomany_tg"},
		{"s=x&os=x&li=x&tg=%FF", "invalid_tg invalid_s invalid_os invalid_li"},
	}
	for _, test := range tests {
		got := a.get("", "/api/v2/cloaks/search", test.query)
		var refused refusal
		if err := json.Unmarshal([]byte(got.body), &refused); err != nil {
			t.Fatalf("%v: %s", err, got.body)
		}
		var codes []string
		for _, e := range refused.Errors {
			codes = append(codes, e.ErrorCode)
		}
		if joined := strings.Join(codes, " "); got.status != http.StatusBadRequest || joined != test.want {
			t.Errorf("%s: %d %s, want 400 %s", test.query, got.status, joined, test.want)
		}
	}
	for _, query := range []string{"tg=" + strings.Repeat("%E6%B5%B7", 50), "tg=" + numbered(20), "tg=" + strings.Repeat("+", 5000)} {
		if got := a.get("", "/api/v2/cloaks/search", query); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
	}
	if got := a.post("", "/api/v2/cloaks/search", ""); got.status != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", got.status)
	}
}

// numbered gives n words of 50 characters.
func numbered(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprintf("%050d", i)
	}
	return strings.Join(words, "+")
}

// A whole answer, to the byte, and with bare numbers.
func TestSearchAnswer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		c := published("夏の海 <&>")
		c.Description, c.CanDownload = "思い出", true
		c.CreatedAt, c.EndsAt = 1522121696000, 4102444800000 // 2018-03-27 12:34:56 and 2100-01-01 09:00:00 in Japan
		addAlbum(t, s, c, []string{"旅行", "海"}, image{MyPhotoID: 1, Name: "1.jpg", CreatedAt: 1})
		const setting = `{"CloakID":"1","ScopeType":"0","Description":"思い出","CanDownload":"1","CanUpload":"0","IsAutoExtensionDate":"0"}`
		drawn := `{"HttpStatus":"200","Cloak":[{"CloakId":"1","MemberID":"` + strconv.FormatInt(memberID(t, s, umiyama), 10) + `","Name":"夏の海 <&>","PrefixCode":"ume","PrefixName":"梅",` +
			`"CloakNo":"1","Status":"1","WorkSpaceNo":"0","ExpirationDatetime":"2100-01-01T09:00:00+09:00","ViewCount":"0",` +
			`"NoImageUrl":"http://example.com` + pathNoImage + `","LockImageUrl":"http://example.com` + pathLocked + `",` +
			`"CreateDatetime":"2018-03-27T12:34:56+09:00","UpdateDatetime":"2018-03-27T12:34:56+09:00","CloakSetting":` + setting + `,` +
			`"Images":[{"CloakImageID":"1","CloakID":"1","CloakSetting":` + setting + `,"MyPhotoImageID":"1","Status":"1",` +
			`"ExpirationDatetime":"2100-01-01T09:00:00+09:00","MemberID":"` + strconv.FormatInt(memberID(t, s, umiyama), 10) + `","Comment":"","ImageName":"1.jpg","ViewCount":"1","Rotate":"0"}],` +
			`"Tags":[{"CloakID":"1","Tag":"旅行"},{"CloakID":"1","Tag":"海"}]}]}`
		got := a.get("", "/api/v2/cloaks/search/", form("tg", "海"))
		if got.body != drawn {
			t.Errorf("got\n%s\nwant\n%s", got.body, drawn)
		}
		if got := a.get("", "/API/V2/Cloaks/Search", form("tg", "山")).body; got != `{"HttpStatus":"200","Cloak":[]}` {
			t.Error(got)
		}
		if got := newAPI(t, s, "numbers bare").get("", "/api/v2/cloaks/search", form("tg", "山")).body; got != `{"HttpStatus":200,"Cloak":[]}` {
			t.Error(got)
		}
	})
}

// What the newest cloaks have PostgreSQL looks for without its index, and finds
// the same.
func TestSearchCommonWords(t *testing.T) {
	usual := searchBounds
	defer func() { searchBounds = usual }()
	searchBounds = bounds{few: 10, first: 2, most: 40, common: 30}
	s := storetest.Open(t, storetest.Postgres)
	a := newAPI(t, s, "")
	now := clock.Now().UnixMilli()
	want := make([]string, 30)
	for i := range 60 {
		tags := []string{"山", "山川"}
		if i%2 == 0 {
			tags = []string{"海", "海岸"} // 30 cloaks
		}
		if i > 56 {
			tags = append(tags, "新") // 3
		}
		c := published("箱" + strconv.Itoa(i))
		c.CreatedAt = now + int64(i)
		added := addAlbum(t, s, c, tags)
		if i%2 == 0 {
			want[(58-i)/2] = strconv.FormatInt(added.ID, 10)
		}
	}
	common := func(words ...string) (seem bool) {
		t.Helper()
		err := s.SQL.Read(t.Context(), func(ctx context.Context, db bun.IDB) (err error) {
			f := finder{wanted: wanted{words: words}, bounds: searchBounds, postgres: true, db: db}
			seem, err = f.common(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return seem
	}
	if common("海") {
		t.Error("a word seems common in a table of which nothing is known")
	}
	change(t, s, "ANALYZE photocloak_search")
	for words, seem := range map[string]bool{"海": true, "岸 海": true, "新": false, "海 山": false, "空": false} {
		if common(strings.Fields(words)...) != seem {
			t.Errorf("%s: common should be %v", words, seem)
		}
	}
	for _, page := range [][2]int{{0, 5}, {5, 20}, {8, 7}, {20, 100}, {29, 1}, {30, 20}} { // up to 15 are found among the first 30
		got := cloakIDs(t, a.get("", "/api/v2/cloaks/search", fmt.Sprintf("tg=%%E6%%B5%%B7&os=%d&li=%d", page[0], page[1])))
		if !slices.Equal(got, want[page[0]:min(page[0]+page[1], 30)]) {
			t.Errorf("from %d on: %v", page[0], got)
		}
	}
}

// SQLite goes through all cloaks in the order of an index, whatever it knows or
// does not know of the tables, and finds words by the index of the grams.
func TestSearchPlans(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	plan := func(query func(f *finder) *bun.RawQuery, order string) string {
		var steps []struct {
			ID, Parent, Notused int64
			Detail              string
		}
		err := s.SQL.Read(t.Context(), func(ctx context.Context, db bun.IDB) error {
			f := &finder{wanted: wanted{words: []string{"夏の海"}}, order: orders[order], now: 1, db: db}
			return db.NewRaw("EXPLAIN QUERY PLAN "+query(f).String()).Scan(ctx, &steps)
		})
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		for _, step := range steps {
			plan = append(plan, step.Detail)
		}
		return strings.Join(plan, "\n")
	}
	for order, index := range map[string]string{
		"new": "c USING COVERING INDEX photocloak_cloaks_by_new", "limit": "c USING COVERING INDEX photocloak_cloaks_by_limit",
		"name": "c USING COVERING INDEX photocloak_cloaks_by_name", "view": "v USING COVERING INDEX photocloak_cloak_views_most",
	} {
		got := plan(func(f *finder) *bun.RawQuery { return f.inOrderQuery(20, 0) }, order)
		if !strings.Contains(got, index) || strings.Contains(got, "TEMP B-TREE") {
			t.Errorf("s=%s:\n%s", order, got)
		}
		byID := "COVERING INDEX photocloak_cloaks_public"
		if order == "name" {
			byID = "INDEX photocloak_cloaks_public"
		}
		for _, query := range []func(*finder) *bun.RawQuery{(*finder).gatherFewQuery, (*finder).gatherQuery} {
			got = plan(query, order)
			if strings.Count(got, "SCAN photocloak_search_grams VIRTUAL TABLE INDEX 0:M") != 1 || !strings.Contains(got, "SEARCH c USING "+byID) {
				t.Errorf("words, s=%s:\n%s", order, got)
			}
		}
	}
}
