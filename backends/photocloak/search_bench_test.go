package photocloak

import (
	"context"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// BenchmarkSearch searches over the API among 10,000 and among 1,000,000 cloaks
// (SEKISHO_BENCH_CLOAKS sets another large number) for two-character words that
// as many cloaks have here as there, for such that a third of them has, and
// without a word in each order. It gives the medians in milliseconds, and for
// equal hits how many times the one is the other.
func BenchmarkSearch(b *testing.B) {
	many := 1_000_000
	if given := os.Getenv("SEKISHO_BENCH_CLOAKS"); given != "" {
		var err error
		if many, err = strconv.Atoi(given); err != nil {
			b.Fatal(err)
		}
	}
	for _, combination := range []string{storetest.Embedded, storetest.Postgres} {
		b.Run(combination, func(b *testing.B) {
			libraries := []*library{newLibrary(b, combination, 10_000), newLibrary(b, combination, many)}
			for b.Loop() {
				for i := range kindsOfSearch {
					for range 5 { // in turn, so that a busy machine is busy for both
						libraries[0].measure(i)
						libraries[1].measure(i)
					}
				}
			}
			b.ReportMetric(0, "ns/op")
			for i, kind := range kindsOfSearch {
				few, many := libraries[0].median(i), libraries[1].median(i)
				b.ReportMetric(few, kind.name+"-small-ms")
				b.ReportMetric(many, kind.name+"-large-ms")
				if kind.hits > 0 {
					b.ReportMetric(many/few, kind.name+"-ratio")
				}
			}
		})
	}
}

// kindsOfSearch are what is measured. hits says how many cloaks have each of the
// kind's own words, which are looked for together with the parameters.
var kindsOfSearch = []struct {
	name       string
	hits       int
	parameters string
}{
	{"20-hits", 20, ""},
	{"200-hits", 200, ""},
	{"1000-hits", 1000, ""},
	{"2000-hits", 2000, ""},
	{"1000-by-view", 1000, "s=view"},
	{"third", 0, "tg=" + everywhere},
	{"third-by-view", 0, "s=view&tg=" + everywhere},
	{"all-new", 0, "s=new"},
	{"all-limit", 0, "s=limit"},
	{"all-view", 0, "s=view"},
	{"all-name", 0, "s=name"},
	{"all-new-far", 0, "s=new&os=9900"},
}

// everywhere is a word that a third of the cloaks has.
const everywhere = "写真"

// wordsOfKind is how many words a kind has of its own.
const wordsOfKind = 10

// ownWord is the nth word of a kind: two characters that other words have too,
// but not side by side.
func ownWord(kind, n int) string {
	first := kanji(2 * (kind*wordsOfKind + n))
	return string([]rune{first, first + 1})
}

// kanji is the nth of the characters that the words are made of.
func kanji(n int) rune { return '一' + rune(n) }

const kanjis = 600

// library is a gateway with many cloaks.
type library struct {
	*api
	b      *testing.B
	cloaks int
	rnd    *rand.Rand
	took   [][]time.Duration // by kind of search
}

func newLibrary(b *testing.B, combination string, cloaks int) *library {
	b.Helper()
	s := storetest.Open(b, combination)
	l := &library{
		api:    newAPI(b, s, "max_cloak_no 100000000"),
		b:      b,
		cloaks: cloaks,
		rnd:    rand.New(rand.NewPCG(20180327, 1)),
		took:   make([][]time.Duration, len(kindsOfSearch)),
	}
	began := time.Now()
	l.fill()
	b.Logf("%s: %d cloaks put in within %v", combination, cloaks, time.Since(began).Round(time.Second))
	return l
}

// measure searches once for each word of a kind.
func (l *library) measure(kind int) {
	k := kindsOfSearch[kind]
	for n := range wordsOfKind {
		query := k.parameters
		if k.hits > 0 {
			query += "&tg=" + ownWord(kind, n)
		}
		began := time.Now()
		got := l.get("", "/api/v2/cloaks/search", query)
		l.took[kind] = append(l.took[kind], time.Since(began))
		if got.status != http.StatusOK || strings.Count(got.body, `"CloakId"`) != usualFound {
			l.b.Fatalf("%s: %d %.300s", query, got.status, got.body)
		}
	}
}

// median is that of a kind of search, in milliseconds.
func (l *library) median(kind int) float64 {
	sorted := slices.Sorted(slices.Values(l.took[kind]))
	return float64(sorted[len(sorted)/2].Microseconds()) / 1000
}

// fill puts the cloaks in, each with a name of two words, a description of six
// and three tags.
func (l *library) fill() {
	const some = 1000
	ctx := stores.Unhurried(l.b.Context())
	s := store{l.stores.SQL}
	vocabulary := l.vocabulary()
	owner := memberID(l.b, l.stores, umiyama)
	finish := func() {}
	if s.sql.Postgres() {
		finish = l.withoutIndex()
	}
	for first := 0; first < l.cloaks; first += 10 * some {
		err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
			for from := first; from < min(first+10*some, l.cloaks); from += some {
				if err := l.put(ctx, tx, owner, vocabulary, from, min(from+some, l.cloaks)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			l.b.Fatal(err)
		}
	}
	finish()
}

// withoutIndex takes PostgreSQL's index away while a library is filled; finish
// makes it again, and does what autovacuum would some time later.
func (l *library) withoutIndex() (finish func()) {
	var definition string
	run := func(query string, into ...any) {
		l.b.Helper()
		err := l.stores.SQL.Read(stores.Unhurried(l.b.Context()), func(ctx context.Context, db bun.IDB) error {
			if len(into) > 0 {
				return db.NewRaw(query).Scan(ctx, into...)
			}
			_, err := db.ExecContext(ctx, query)
			return err
		})
		if err != nil {
			l.b.Fatal(err)
		}
	}
	run("SELECT indexdef FROM pg_indexes WHERE indexname = 'photocloak_search_grams'", &definition)
	run("DROP INDEX photocloak_search_grams")
	return func() {
		run(definition)
		run("VACUUM ANALYZE")
	}
}

// put puts the cloaks from first to before last in.
func (l *library) put(ctx context.Context, tx bun.Tx, owner int64, vocabulary []string, first, last int) error {
	now := clock.Now().UnixMilli()
	cloaks := make([]cloak, 0, last-first)
	tags := make([]tag, 0, 4*cap(cloaks))
	index := make([]searchable, 0, cap(cloaks))
	for i := first; i < last; i++ {
		id := int64(i + 1)
		word := func() string { return vocabulary[l.rnd.IntN(len(vocabulary))] }
		c := cloak{
			ID: id, MemberID: owner, Name: word() + "の" + word(),
			Description: strings.Join([]string{word(), word(), word(), word(), word(), word()}, " "),
			Prefix:      "ume", No: id, Status: statusPublic,
			CreatedAt: now + id, UpdatedAt: now + id, PublishedAt: now + id, EndsAt: now + 30*24*3600*1000 + l.rnd.Int64N(1e9),
		}
		if i%3 == 0 {
			c.Description += " " + everywhere + "集"
		}
		own := l.ownWords(i)
		own = append(own, word(), word(), word())
		cloaks = append(cloaks, c)
		index = append(index, searchable{id, c.Name, c.Description, own})
		for n, t := range own {
			tags = append(tags, tag{CloakID: id, Position: int64(n), Tag: t})
		}
	}
	if _, err := tx.NewInsert().Model(&cloaks).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.NewInsert().Model(&tags).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.NewRaw("INSERT INTO photocloak_cloak_views SELECT id, (id * 7919) % 10007 FROM photocloak_cloaks WHERE id BETWEEN ? AND ?", first+1, last).Exec(ctx)
	if err != nil {
		return err
	}
	return store{l.stores.SQL}.indexMany(ctx, tx, index)
}

// ownWords are the kinds' words that the nth cloak has, each as a part of a tag:
// spread evenly, so that as many cloaks have one as its kind says.
func (l *library) ownWords(n int) []string {
	var tags []string
	for kind, k := range kindsOfSearch {
		for w := range wordsOfKind {
			if k.hits > 0 && n%(l.cloaks/k.hits) == w*(l.cloaks/k.hits)/wordsOfKind {
				tags = append(tags, "第"+ownWord(kind, w)+"回")
			}
		}
	}
	return tags
}

// vocabulary makes 2,000 words of two to four characters, without those of the
// kinds.
func (l *library) vocabulary() []string {
	var words []string
	for len(words) < 2000 {
		word := []rune{kanji(l.rnd.IntN(kanjis))}
		for range 1 + l.rnd.IntN(3) {
			next := kanji(l.rnd.IntN(kanjis))
			if next == word[len(word)-1]+1 {
				next++
			}
			word = append(word, next)
		}
		words = append(words, string(word))
	}
	return words
}
