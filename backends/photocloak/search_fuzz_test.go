package photocloak

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores/storetest"
)

// FuzzSearchWord finds a cloak by any words exactly where each of them is a part
// of one of its texts, folded.
func FuzzSearchWord(f *testing.F) {
	for _, seed := range [][4]string{
		{"夏の海", "家族で", "旅行", "海"},
		{"夏の海", "海の夏", "", "海の海"},
		{"a b", "b c", "c a", "ab"},
		{"ＡＢＣ", "ｶﾞｷﾞ", "𠮷野家🍛", "abc ガギ 𠮷 🍛"},
		{"1 OR 2", `"NEAR(a b)"`, "-x*", `OR " NEAR( -x *`},
		{"100%", "a_b", `\`, `% _ \ '`},
		{"¨", "\ufdfa", "①", "¨ 1 \ufdfa"},
		{"が", "か\u3099", "ｶﾞ", "か\u3099 カ"},
		{"\u0130", "ẞ", "Σς", "i ss σ"},
		{"\x01\x1f", "\u200b", "\ufeff", "\u200b \x1f"},
		{"", "", "", "\xff"},
		{"", "", "", "\x00"},
		{"", "", "", strings.Repeat("a ", 30)},
		{strings.Repeat("あ", 50), "", "", strings.Repeat("あ", 51)},
		{"", "", "", "?0 ?x $1 :a @b"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	s := storetest.Open(f, storetest.Embedded)
	served := newAPI(f, s, "")
	c := addAlbum(f, s, published("箱"), nil)
	f.Fuzz(func(t *testing.T, name, description, tag, tg string) {
		fields := []string{storable(name), storable(description), storable(tag)}
		err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return store{s.SQL}.index(ctx, tx, c.ID, fields[0], fields[1], fields[2:])
		})
		if err != nil {
			t.Fatal(err)
		}
		a := &api{t: t, handler: served.handler, stores: s}
		got := a.get("", "/api/v2/cloaks/search", form("tg", tg))
		words := splitTags(tg)
		if !taken(tg, words) {
			if got.status != http.StatusBadRequest {
				t.Fatalf("%q: %d %s", tg, got.status, got.body)
			}
			return
		}
		if got.status != http.StatusOK {
			t.Fatalf("%q: %d %s", tg, got.status, got.body)
		}
		want := true
		for _, word := range words {
			want = want && (strings.Contains(fold(fields[0]), fold(word)) ||
				strings.Contains(fold(fields[1]), fold(word)) || strings.Contains(fold(fields[2]), fold(word)))
		}
		if found := strings.Contains(got.body, `"CloakId"`); found != want {
			t.Errorf("%q in %q: found is %v, want %v", tg, fields, found, want)
		}
	})
}

// storable makes of any text one that the API would have taken.
func storable(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
	runes := []rune(text)
	return string(runes[:min(len(runes), 1000)])
}

// taken says whether the words of tg are such as a search takes.
func taken(tg string, words []string) bool {
	different := map[string]bool{}
	for _, word := range words {
		if utf8.RuneCountInString(word) > longestTag {
			return false
		}
		different[fold(word)] = true
	}
	return utf8.ValidString(tg) && !strings.ContainsRune(tg, 0) && len(different) <= mostTags
}
