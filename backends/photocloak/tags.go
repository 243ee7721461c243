package photocloak

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/serve"
)

const (
	mostTags   = 20
	longestTag = 50 // characters
)

// splitTags gives the words of free text, split on white space and commas:
// `旅行　海,山` is 旅行, 海 and 山.
func splitTags(text string) []string { return strings.FieldsFunc(text, separatesTags) }

// separatesTags says whether a character stands between tags. White space is
// what Unicode calls so, the ideographic space U+3000 too. Commas are the one of
// ASCII and that of Japanese, 、, in all the widths in which they are typed.
func separatesTags(r rune) bool {
	switch r {
	case ',', '，', '﹐', '︐', '、', '､', '︑', '﹑':
		return true
	}
	return unicode.IsSpace(r)
}

// tags gives the tags of an optional parameter as they were given, but each only
// once: what folds to the same is one tag, and the first spelling stands. given
// says whether the parameter was there at all, if only empty.
func (p *params) tags(name string) (tags []string, given bool) {
	_, given = p.Raw(name)
	seen := make(map[string]bool, mostTags)
	tooMany, tooLong := false, false
	for _, word := range splitTags(p.text(name, serve.MaxBody)) {
		if utf8.RuneCountInString(word) > longestTag {
			tooLong = true
			continue
		}
		if tooMany || seen[fold(word)] {
			continue
		}
		tooMany = len(tags) == mostTags
		seen[fold(word)] = true
		tags = append(tags, word)
	}
	if tooMany {
		p.fail(fault.Excess, name, "")
	}
	if tooLong {
		p.fail(fault.TooLong, name, "")
	}
	return tags, given
}
