package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sekisho/backends/photocloak/manycloaks"
)

// librarian is who has all the cloaks that are searched, and nothing to log in
// with.
const (
	librarian  = 9001
	librarians = "id,mail,name,pass_hash\n9001,librarian@example.com,司書,{md5}00000000000000000000000000000000\n"
)

// searches are the words that are looked for, ten of each kind.
var searches = []struct {
	id, name string
	goal     goal
	word     func(n int) string
	found    int // by how many cloaks at least; none for -1
}{
	{"F1", "rare words, of 20 cloaks", atMost(3), own(0), 1},
	{"F1", "median words, of as many cloaks here as there", atMost(3), own(1), 1},
	{"F1", "absent words", atMost(3), manycloaks.Nowhere, -1},
	{"", "absent words, each pair of whose characters is there", goal{}, manycloaks.Apart, -1},
	{"", "median words of the vocabulary, of more cloaks among more", goal{}, manycloaks.Middle, 0},
	{"", "a word of every third cloak", goal{}, func(int) string { return manycloaks.Everywhere }, 1},
}

func own(kind int) func(n int) string {
	return func(n int) string { return manycloaks.Own(kind, n) }
}

// measureSearch is F1: a search among a million cloaks beside the same among ten
// thousand. The median word is the middle one of a vocabulary of 2,000 in which
// words are as frequent as Zipf has it: of a million cloaks a thousand have it. It
// is looked for where a thousand of the ten thousand have it, too.
func (b *bench) measureSearch() error {
	for _, database := range []struct {
		name  string
		start func() (*gateway, string, error)
	}{{"SQLite", b.gatewayOnSQLite}, {"PostgreSQL", b.gatewayOnServers}} {
		if err := b.searchOn(database.name, database.start); err != nil {
			return fmt.Errorf("%s: %w", database.name, err)
		}
		b.stop() // it makes room for the next
	}
	return nil
}

func (b *bench) gatewayOnSQLite() (*gateway, string, error) {
	g, err := b.startGateway(shipped)
	return g, "", err
}

func (b *bench) searchOn(database string, start func() (*gateway, string, error)) error {
	sizes := [2]int{b.size(10_000, 500), b.size(1_000_000, 2_000)}
	var libraries [2]*gateway
	for i, cloaks := range sizes {
		g, address, err := start()
		if err != nil {
			return err
		}
		b.say("importing %d cloaks into %s", cloaks, database)
		if err := g.importLibrary(manycloaks.Library{Cloaks: cloaks, Hits: []int{20, b.size(1000, 50)}}, address); err != nil {
			return err
		}
		libraries[i] = g
	}
	for _, k := range searches {
		beside := fmt.Sprintf("search on %s among %d cloaks : among %d, median time: %s", database, sizes[1], sizes[0], k.name)
		samples := [2][]sample{}
		for range b.rounds {
			medians, err := searchInTurn(libraries, k.word, k.found, b.size(10, 1))
			if err != nil {
				return err
			}
			for i, seconds := range medians {
				samples[i] = append(samples[i], sample{Rate: 1 / seconds})
			}
		}
		b.row(k.id, beside, k.goal, ratio(samples[0], samples[1], rate)) // of rates, so the other way round
		for i, size := range sizes {
			b.figures = append(b.figures, figures{fmt.Sprintf("search on %s among %d cloaks: %s", database, size, k.name), samples[i]})
		}
	}
	return nil
}

// searchInTurn searches for each of ten words so many times, each time in both
// libraries, so that a busy machine is busy for both. It gives the median seconds
// of each.
func searchInTurn(libraries [2]*gateway, word func(n int) string, found, times int) (medians [2]float64, err error) {
	var took [2][]float64
	for i := range 10 * times {
		for l, library := range libraries {
			began := time.Now()
			cloaks, err := library.search(word(i % 10))
			if err != nil {
				return medians, err
			}
			took[l] = append(took[l], time.Since(began).Seconds())
			if cloaks < found || found < 0 && cloaks > 0 {
				return medians, fmt.Errorf("a search for %s finds %d cloaks", word(i%10), cloaks)
			}
		}
	}
	return [2]float64{median(took[0]), median(took[1])}, nil
}

// importLibrary has the gateway's own command import cloaks; database is
// PostgreSQL's address, or "".
func (g *gateway) importLibrary(library manycloaks.Library, database string) error {
	if err := g.run(strings.NewReader(librarians), "photocloak", "import", "members", "-"); err != nil {
		return err
	}
	if err := onPostgres(database, manycloaks.Unindexed); err != nil {
		return err
	}
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(library.Write(writer, librarian)) }()
	if err := g.run(reader, "photocloak", "import", "cloaks", "-"); err != nil {
		return err
	}
	return onPostgres(database, manycloaks.Indexed, manycloaks.Vacuumed)
}

// onPostgres runs statements where there is a PostgreSQL.
func onPostgres(database string, statements ...string) error {
	if database == "" {
		return nil
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("filling the database: %w", err)
		}
	}
	return nil
}

// search searches once, and counts what it finds.
func (g *gateway) search(word string) (cloaks int, err error) {
	response, err := http.Get(g.url + "/api/v2/cloaks/search?tg=" + url.QueryEscape(word))
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("a search is answered %s", response.Status)
	}
	return bytes.Count(body, []byte(`"CloakId"`)), err
}
