package photocloak

import (
	"strings"
	"unicode"
)

// gram is one character of a folded text, or two that stand side by side, as the
// index of the search knows them: the lower 16 bits of each code point. Where two
// fall together, as where a text has all grams of a word but not the word, the
// search finds out by looking at the text itself.
type gram int32

func unigram(r rune) gram        { return gram(uint16(r)) }
func bigram(first, r rune) gram  { return gram(uint32(uint16(first))<<16 | uint32(uint16(r))) }
func words(text string) []string { return strings.FieldsFunc(text, unicode.IsSpace) }

// gramsOf gives all grams of a folded text, each once: what a cloak is found by.
// None reaches over white space.
func gramsOf(text string) []gram {
	seen := make(map[gram]bool, 2*len(text)/3)
	grams := make([]gram, 0, 2*len(text)/3)
	add := func(g gram) {
		if !seen[g] {
			seen[g] = true
			grams = append(grams, g)
		}
	}
	for _, word := range words(text) {
		var before rune
		for i, r := range word {
			add(unigram(r))
			if i > 0 {
				add(bigram(before, r))
			}
			before = r
		}
	}
	return grams
}

// mostGrams is how many grams of one word a search looks up; the text itself
// says the rest.
const mostGrams = 8

// gramsToFind gives grams, each once, that every text has which has all of these
// folded words as parts: bigrams, or the one character where there is but one.
func gramsToFind(folded []string) []gram {
	seen := map[gram]bool{}
	var grams []gram
	for _, word := range folded {
		for _, g := range wordGrams(word) {
			if !seen[g] {
				seen[g] = true
				grams = append(grams, g)
			}
		}
	}
	return grams
}

func wordGrams(folded string) (grams []gram) {
	for _, word := range words(folded) { // NFKC makes white space of some characters
		runes := []rune(word)
		if len(runes) == 1 {
			grams = append(grams, unigram(runes[0]))
		}
		for i := 1; i < len(runes); i++ {
			grams = append(grams, bigram(runes[i-1], runes[i]))
		}
	}
	return grams[:min(len(grams), mostGrams)]
}
