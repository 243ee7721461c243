// Package manycloaks makes cloaks up to search among, for benchmarks: as many as
// are wanted, the same each time, in the CSV file that `sekisho photocloak import
// cloaks` takes. All of them are public.
package manycloaks

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Library is a number of cloaks. Each has a name of two words of a vocabulary and
// a description of nine, and in parts of further words of the description the own
// words that fall to it. They have no tags: those are found in the same way, and
// importing them would index each cloak twice. The vocabulary's words are as
// frequent as those of a language, by Zipf's law: the second half as often as the
// first, the hundredth a hundredth as often.
type Library struct {
	// Cloaks is how many there are.
	Cloaks int
	// Hits are how many of them have each own word of a kind, by kind; at most a
	// tenth of all, for Own gives ten words of each.
	Hits []int
}

// FirstID is the id of the first cloak; the others follow.
const FirstID = 100_001

// Everywhere is a word that a third of the cloaks has.
const Everywhere = "写真"

// PostgreSQL builds the index of the search much faster at once than cloak by
// cloak: its superuser may say Unindexed before an import, and Indexed and
// Vacuumed behind it, the last what autovacuum would do some time later.
const (
	Unindexed = "UPDATE pg_index SET indisready = false, indisvalid = false WHERE indexrelid = 'photocloak_search_grams'::regclass"
	Indexed   = "REINDEX INDEX photocloak_search_grams"
	Vacuumed  = "VACUUM ANALYZE"
)

const (
	vocabularySize = 2000
	kanjis         = 600 // that the vocabulary is made of
	ownWords       = 10  // of each kind
)

// kanji is the nth of the characters that words are made of.
func kanji(n int) rune { return '一' + rune(n) }

// Own is one of the ten words, n, that as many cloaks have as Hits says of their
// kind: two characters that other words have too, but not side by side.
func Own(kind, n int) string {
	first := kanji(2 * (kind*ownWords + n))
	return string([]rune{first, first + 1})
}

// Middle is one of the ten words in the middle of the vocabulary, when that is
// sorted by how many cloaks have them: a little more than one in a thousand.
func Middle(n int) string { return vocabulary[vocabularySize/2+n] }

// Nowhere is one of ten words of which no cloak has even a character.
func Nowhere(n int) string { return string([]rune{kanji(kanjis + 10 + 2*n), kanji(kanjis + 11 + 2*n)}) }

// Apart is one of ten words that no cloak has, though there are such with each
// pair of its characters.
func Apart(n int) string { return apart[n] }

var (
	vocabulary = makeVocabulary()
	apart      = findApart()
)

// makeVocabulary makes words of two to four characters, none of which holds an
// own word.
func makeVocabulary() []string {
	rnd := random(0)
	words := make([]string, vocabularySize)
	for i := range words {
		word := []rune{kanji(rnd.IntN(kanjis))}
		for range 1 + rnd.IntN(3) {
			next := kanji(rnd.IntN(kanjis))
			if next == word[len(word)-1]+1 {
				next++
			}
			word = append(word, next)
		}
		words[i] = string(word)
	}
	return words
}

// findApart puts words of the vocabulary together that share a character.
func findApart() (found []string) {
	byFirst := map[rune]string{}
	for _, word := range vocabulary {
		byFirst[[]rune(word)[0]] = word
	}
	for _, word := range vocabulary {
		runes := []rune(word)
		next := byFirst[runes[len(runes)-1]]
		if next == "" {
			continue
		}
		whole := word + string([]rune(next)[1:])
		if !slices.ContainsFunc(vocabulary, func(w string) bool { return strings.Contains(w, whole) }) {
			found = append(found, whole)
		}
		if len(found) == ownWords {
			break
		}
	}
	return found
}

func random(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(20180327, stream)) }

// words draws words of the vocabulary.
func words(stream uint64) func() string {
	rnd := random(stream)
	zipf := rand.NewZipf(rnd, 1.001, 1, vocabularySize-1)
	return func() string { return vocabulary[zipf.Uint64()] }
}

// The cloaks were made a second after one another, and end in no order.
var (
	made = time.Date(2018, 3, 27, 0, 0, 0, 0, time.UTC)
	ends = time.Date(2098, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Write writes the file; all cloaks belong to one member.
func (l Library) Write(w io.Writer, member int64) error {
	file := bufio.NewWriter(w)
	fmt.Fprintln(file, "id,member_id,name,description,prefix,no,status,views,created_at,ends_at")
	rnd, word := random(1), words(2)
	for n := range l.Cloaks {
		id := FirstID + n
		name := word() + "の" + word()
		description := l.ownOf(n)
		for range 9 {
			description = append(description, word())
		}
		if n%3 == 0 {
			description = append(description, Everywhere+"集")
		}
		fmt.Fprintf(file, "%d,%d,%s,%s,ume,%d,1,%d,%s,%s\n", id, member, name, strings.Join(description, " "), id, n*7919%10007,
			moment(made, n), moment(ends, rnd.IntN(1e7)))
	}
	return file.Flush()
}

func moment(begin time.Time, seconds int) string {
	return begin.Add(time.Duration(seconds) * time.Second).Format(time.RFC3339)
}

// ownOf are the words of the nth cloak that hold own words: spread evenly, so that
// as many cloaks have each as its kind says.
func (l Library) ownOf(n int) (words []string) {
	for kind, hits := range l.Hits {
		apart := l.Cloaks / hits
		for w := range ownWords {
			if n%apart == w*apart/ownWords {
				words = append(words, "第"+Own(kind, w)+"回")
			}
		}
	}
	return words
}
