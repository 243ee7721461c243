package photocloak

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/backends/photocloak/manycloaks"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// BenchmarkSearch searches over the API among 10,000 and among 1,000,000 cloaks
// (SEKISHO_BENCH_CLOAKS sets another large number) for words that as many cloaks
// have here as there, for such that a share of all has, and without a word in
// each order. It gives the medians in milliseconds, and for equal hits how many
// times the one is the other.
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
			few, many := newLibrary(b, combination, 10_000), newLibrary(b, combination, many)
			for b.Loop() {
				for i := range kindsOfSearch {
					for range 5 { // in turn, so that a busy machine is busy for both
						few.measure(i)
						many.measure(i)
					}
				}
			}
			b.ReportMetric(0, "ns/op")
			for i, kind := range kindsOfSearch {
				b.ReportMetric(few.median(i), kind.name+"-small-ms")
				b.ReportMetric(many.median(i), kind.name+"-large-ms")
				if !kind.grows {
					b.ReportMetric(many.median(i)/few.median(i), kind.name+"-ratio")
				}
			}
		})
	}
}

// ownHits are how many cloaks have the libraries' own words.
var ownHits = []int{20, 200, 1000, 2000}

// kindsOfSearch are what is measured: ten words each, "" for none, with more
// parameters.
var kindsOfSearch = []struct {
	name       string
	word       func(n int) string
	parameters string
	grows      bool // more cloaks have it among more
	none       bool // none has it
}{
	{name: "20-hits", word: own(0)},
	{name: "200-hits", word: own(1)},
	{name: "1000-hits", word: own(2)},
	{name: "2000-hits", word: own(3)},
	{name: "1000-by-view", word: own(2), parameters: "s=view"},
	{name: "nowhere", word: manycloaks.Nowhere, none: true},
	{name: "apart", word: manycloaks.Apart, none: true, grows: true},
	{name: "middle", word: manycloaks.Middle, grows: true},
	{name: "third", word: always(manycloaks.Everywhere), grows: true},
	{name: "third-by-view", word: always(manycloaks.Everywhere), parameters: "s=view", grows: true},
	{name: "all-new", word: always("")},
	{name: "all-limit", word: always(""), parameters: "s=limit"},
	{name: "all-view", word: always(""), parameters: "s=view"},
	{name: "all-name", word: always(""), parameters: "s=name"},
	{name: "all-new-far", word: always(""), parameters: "os=9900"},
}

func own(kind int) func(int) string {
	return func(n int) string { return manycloaks.Own(kind, n) }
}

func always(word string) func(int) string {
	return func(int) string { return word }
}

// library is a gateway with many cloaks.
type library struct {
	*api
	b    *testing.B
	took [][]time.Duration // by kind of search
}

func newLibrary(b *testing.B, combination string, cloaks int) *library {
	b.Helper()
	s := storetest.Open(b, combination)
	l := &library{api: newAPI(b, s, "max_cloak_no 100000000"), b: b, took: make([][]time.Duration, len(kindsOfSearch))}
	began := time.Now()
	l.fill(manycloaks.Library{Cloaks: cloaks, Hits: ownHits})
	b.Logf("%s: %d cloaks imported within %v", combination, cloaks, time.Since(began).Round(time.Second))
	return l
}

// fill imports the cloaks.
func (l *library) fill(made manycloaks.Library) {
	l.b.Helper()
	owner := memberID(l.b, l.stores, umiyama)
	if l.stores.SQL.Postgres() {
		l.run(manycloaks.Unindexed)
	}
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(made.Write(writer, owner)) }()
	file, err := kit.OpenCSV("-", reader, cloaksFormat)
	if err != nil {
		l.b.Fatal(err)
	}
	defer file.Close()
	if _, err := importCloaks(stores.Unhurried(l.b.Context()), l.stores, file); err != nil {
		l.b.Fatal(err)
	}
	if l.stores.SQL.Postgres() {
		l.run(manycloaks.Indexed)
		l.run(manycloaks.Vacuumed)
	}
}

// run runs a statement that takes its time, and may want no transaction.
func (l *library) run(statement string) {
	l.b.Helper()
	err := l.stores.SQL.Read(stores.Unhurried(l.b.Context()), func(ctx context.Context, db bun.IDB) error {
		_, err := db.ExecContext(ctx, statement)
		return err
	})
	if err != nil {
		l.b.Fatal(err)
	}
}

// measure searches once for each word of a kind.
func (l *library) measure(kind int) {
	k := kindsOfSearch[kind]
	for n := range 10 {
		query := k.parameters + "&tg=" + url.QueryEscape(k.word(n))
		began := time.Now()
		got := l.get("", "/api/v2/cloaks/search", query)
		l.took[kind] = append(l.took[kind], time.Since(began))
		found := strings.Count(got.body, `"CloakId"`)
		if got.status != http.StatusOK || !k.none && !k.grows && found != usualFound || k.none != (found == 0) {
			l.b.Fatalf("%s: %d %.300s", query, got.status, got.body)
		}
	}
}

// median is that of a kind of search, in milliseconds.
func (l *library) median(kind int) float64 {
	sorted := slices.Sorted(slices.Values(l.took[kind]))
	return float64(sorted[len(sorted)/2].Microseconds()) / 1000
}
