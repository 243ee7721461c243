package photocloak

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestFold(t *testing.T) {
	tests := []struct{ what, text, want string }{
		{"full width", "ＡＢＣ１２３", "abc123"},
		{"half width", "ｶﾞｷﾞ ｱｲｳ", "ガギ アイウ"},
		{"a voiced sound mark of its own", "か\u3099", "が"},
		{"squared words", "㍿", "株式会社"},
		{"katakana stay katakana", "カメラかめら", "カメラかめら"},
		{"a small letter that composes where its capital does not", "H\u0331", "\u1e96"},
		{"beyond the first plane", "𠮷野家 🏔️", "𠮷野家 🏔️"},
		{"nothing", "", ""},
	}
	for _, test := range tests {
		if got := fold(test.text); got != test.want {
			t.Errorf("%s: %q folds to %q, want %q", test.what, test.text, got, test.want)
		}
	}
}

func TestGramsOf(t *testing.T) {
	u := func(r rune) gram { return unigram(r) }
	b := func(pair string) gram { r := []rune(pair); return bigram(r[0], r[1]) }
	tests := []struct {
		what, text string
		want       []gram
	}{
		{"a word", "夏の海", []gram{u('夏'), u('の'), b("夏の"), u('海'), b("の海")}},
		{"not over white space", "a b\nc", []gram{u('a'), u('b'), u('c')}},
		{"each once", "ああああ", []gram{u('あ'), b("ああ")}},
		{"beyond the first plane", "𠮷野", []gram{u('𠮷'), u('野'), b("𠮷野")}},
		{"nothing", " \n", []gram{}},
	}
	for _, test := range tests {
		if got := gramsOf(test.text); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q has %v, want %v", test.what, test.text, got, test.want)
		}
	}
}

// A word is looked up by its bigrams, one character by itself, and a long one by
// its beginning.
func TestGramsToFind(t *testing.T) {
	if got, want := gramsToFind([]string{"海", "夏の", "夏の"}), []gram{unigram('海'), bigram('夏', 'の')}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	var long strings.Builder
	for i := range 50 {
		fmt.Fprintf(&long, "%c", 'あ'+rune(i))
	}
	if got := gramsToFind([]string{long.String()}); len(got) != mostGrams {
		t.Errorf("a word of 50 characters is looked up by %d grams, want %d", len(got), mostGrams)
	}
}

// Whatever has a word has the grams that the word is looked up by.
func TestGramsOfAPart(t *testing.T) {
	text := "夏の海 𠮷野家で食べた🍛カレー summer 2018"
	have := gramsOf(text)
	runes := []rune(text)
	for from := range runes {
		for to := from + 1; to <= len(runes); to++ {
			part := string(runes[from:to])
			for _, g := range gramsToFind([]string{part}) {
				if !slices.Contains(have, g) {
					t.Fatalf("%q is looked up by %d, which %q does not have", part, g, text)
				}
			}
		}
	}
}

func TestGramsAsText(t *testing.T) {
	grams := []gram{unigram('海'), bigram('鷗', '鷗')}
	if got, want := arrayOf(grams), fmt.Sprintf("{%d,%d}", '海', int32(grams[1])); got != want || grams[1] >= 0 {
		t.Errorf("%s, want %s, the second below 0", got, want)
	}
	if got := tokensOf(grams); strings.Trim(got, "0123456789abcdefghijklmnopqrstuvwxyz ") != "" || len(strings.Fields(got)) != 2 {
		t.Errorf("%q are no two tokens of ASCII letters and digits", got)
	}
}
