package photocloak

import (
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// tagsOf reads the parameter tg as complete does, and gives the codes of its
// faults, too.
func tagsOf(t testing.TB, tg string) (tags []string, faults string) {
	t.Helper()
	r := httptest.NewRequest("POST", "/api/v2/mycloaks/complete?tg="+url.QueryEscape(tg), nil)
	p, err := readParams(httptest.NewRecorder(), r)
	if err != nil {
		t.Fatal(err)
	}
	tags, given := p.tags("tg")
	if !given {
		t.Errorf("%q was not there", tg)
	}
	var codes []string
	for _, f := range p.faults {
		codes = append(codes, drawError(f).ErrorCode)
	}
	return tags, strings.Join(codes, " ")
}

func TestTags(t *testing.T) {
	var twenty, twentyOne []string
	for i := range mostTags {
		twenty = append(twenty, "t"+strconv.Itoa(i))
	}
	twentyOne = append(slices.Clone(twenty), "one more")
	fifty := strings.Repeat("海", longestTag)
	for name, test := range map[string]struct {
		tg     string
		tags   []string
		faults string
	}{
		"none":                     {"", nil, ""},
		"nothing but separators":   {" ,　、\t\r\n", nil, ""},
		"one":                      {"旅行", []string{"旅行"}, ""},
		"spaces":                   {"旅行 海", []string{"旅行", "海"}, ""},
		"ideographic spaces":       {"　旅行　　海　", []string{"旅行", "海"}, ""},
		"other white space":        {"旅行\u00a0海\u2003山\r\n川\u0085空", []string{"旅行", "海", "山", "川", "空"}, ""},
		"commas":                   {"旅行,海，山、川､空", []string{"旅行", "海", "山", "川", "空"}, ""},
		"the order given":          {"c a b", []string{"c", "a", "b"}, ""},
		"other signs are no comma": {"a.b・c;d/e", []string{"a.b・c;d/e"}, ""},
		"twenty":                   {strings.Join(twenty, " "), twenty, ""},
		"twenty, some twice":       {strings.Join(append(twenty, twenty...), ","), twenty, ""},
		"twenty-one":               {strings.Join(twentyOne, ","), nil, "toomany_tg"},
		"50 characters":            {fifty, []string{fifty}, ""},
		"51 characters":            {fifty + "海", nil, "toolong_tg"},
		"too many and too long":    {strings.Join(twentyOne, ",") + " " + fifty + "海", nil, "toomany_tg toolong_tg"},
		"too long, and too many":   {fifty + "海 " + strings.Join(twentyOne, ","), nil, "toomany_tg toolong_tg"},
		"a NUL":                    {"a\x00b", nil, "invalid_tg"},
		"no UTF-8":                 {"a\xffb", nil, "invalid_tg"},
	} {
		tags, faults := tagsOf(t, test.tg)
		if faults != test.faults {
			t.Errorf("%s: faults %q, want %q", name, faults, test.faults)
		}
		if test.faults == "" && !slices.Equal(tags, test.tags) {
			t.Errorf("%s: %q, want %q", name, tags, test.tags)
		}
	}
}

// What compares equal is one tag, and stays as it was first written.
func TestTagsThatFoldToOne(t *testing.T) {
	tags, faults := tagsOf(t, "Sea ｓｅａ SEA ウミ ｳﾐ 海")
	if want := []string{"Sea", "ウミ", "海"}; faults != "" || !slices.Equal(tags, want) {
		t.Errorf("%q %s, want %q", tags, faults, want)
	}
}

// Whatever stands in tg, it gives at most 20 different tags of 1 to 50
// characters without anything that separates tags, in the order in which they
// stand there, or a fault.
func FuzzTags(f *testing.F) {
	for _, seed := range []string{
		"", "旅行　海,山", "a,a,A ａ", strings.Repeat("x ", 30), strings.Repeat("海", 51), "a\x00", "\xff", "İ ı ŉ ﷺ", "ｶﾞ ガ が",
		strings.Repeat("a,b、", 1000),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, tg string) {
		tags, faults := tagsOf(t, tg)
		if faults != "" {
			return
		}
		if len(tags) > mostTags {
			t.Errorf("%d tags", len(tags))
		}
		seen := map[string]bool{}
		rest := tg
		for _, tag := range tags {
			if n := utf8.RuneCountInString(tag); n < 1 || n > longestTag || strings.ContainsFunc(tag, separatesTags) {
				t.Errorf("the tag %q of %q", tag, tg)
			}
			if seen[fold(tag)] {
				t.Errorf("%q is there twice, of %q", tag, tg)
			}
			seen[fold(tag)] = true
			at := strings.Index(rest, tag)
			if at < 0 {
				t.Fatalf("%q is not in order, of %q", tag, tg)
			}
			rest = rest[at+len(tag):]
		}
		for _, word := range splitTags(tg) {
			if !seen[fold(word)] {
				t.Errorf("the word %q of %q is lost", word, tg)
			}
		}
	})
}
