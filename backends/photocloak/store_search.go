package photocloak

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
)

// searchable is what the search finds a cloak by.
type searchable struct {
	cloakID           int64
	name, description string
	tags              []string
}

// lines gives all of it, folded. The line break keeps a word from matching over
// two of them, as no word has one.
func (f searchable) lines() string {
	folded := make([]string, 0, 2+len(f.tags))
	for _, line := range slices.Concat([]string{f.name, f.description}, f.tags) {
		folded = append(folded, fold(line))
	}
	return strings.Join(folded, "\n")
}

// index makes a cloak found by its name, description and tags, in the place of
// what it was found by before.
func (s store) index(ctx context.Context, tx bun.Tx, cloakID int64, name, description string, tags []string) error {
	return s.indexMany(ctx, tx, []searchable{{cloakID, name, description, tags}})
}

// indexMany is index for many cloaks, each of which stands in the list once.
func (s store) indexMany(ctx context.Context, tx bun.Tx, cloaks []searchable) error {
	for some := range slices.Chunk(cloaks, batch) {
		index := indexSQLite
		if s.sql.Postgres() {
			index = indexPostgres
		}
		if err := index(ctx, tx, some); err != nil {
			return err
		}
	}
	return nil
}

func indexPostgres(ctx context.Context, tx bun.Tx, cloaks []searchable) error {
	rows := make([]bun.TupleValues, len(cloaks))
	for i, c := range cloaks {
		lines := c.lines()
		rows[i] = bun.Tuple([]any{c.cloakID, lines, arrayOf(gramsOf(lines))})
	}
	// Equal lines have equal grams, and writing those is what takes time.
	_, err := tx.NewRaw(`INSERT INTO photocloak_search (cloak_id, words, grams)
		SELECT id, words, grams::integer[] FROM (VALUES ?) AS given (id, words, grams)
		ON CONFLICT (cloak_id) DO UPDATE SET words = excluded.words, grams = excluded.grams
		WHERE photocloak_search.words <> excluded.words`, bun.List(rows)).Exec(ctx)
	return err
}

func indexSQLite(ctx context.Context, tx bun.Tx, cloaks []searchable) error {
	texts := make([]bun.TupleValues, len(cloaks))
	grams := make([]bun.TupleValues, len(cloaks))
	for i, c := range cloaks {
		lines := c.lines()
		texts[i] = bun.Tuple([]any{c.cloakID, lines})
		grams[i] = bun.Tuple([]any{c.cloakID, tokensOf(gramsOf(lines))})
	}
	_, err := tx.NewRaw(`INSERT INTO photocloak_search (cloak_id, words) VALUES ?
		ON CONFLICT (cloak_id) DO UPDATE SET words = excluded.words`, bun.List(texts)).Exec(ctx)
	if err == nil {
		_, err = tx.NewRaw(`INSERT OR REPLACE INTO photocloak_search_grams (rowid, grams) VALUES ?`, bun.List(grams)).Exec(ctx)
	}
	return err
}

// arrayOf writes grams as an array of PostgreSQL.
func arrayOf(grams []gram) string {
	array := []byte{'{'}
	for i, g := range grams {
		if i > 0 {
			array = append(array, ',')
		}
		array = strconv.AppendInt(array, int64(g), 10)
	}
	return string(append(array, '}'))
}

// tokensOf writes grams as tokens that nothing in FTS5 splits, folds or takes
// for its own words.
func tokensOf(grams []gram) string {
	var tokens []byte
	for i, g := range grams {
		if i > 0 {
			tokens = append(tokens, ' ')
		}
		tokens = strconv.AppendUint(tokens, uint64(uint32(g)), 36)
	}
	return string(tokens)
}

// unindex takes a cloak out of the index. It comes before the cloak's row goes.
func (s store) unindex(ctx context.Context, tx bun.Tx, cloakID int64) error {
	_, err := tx.NewRaw("DELETE FROM photocloak_search WHERE cloak_id = ?", cloakID).Exec(ctx)
	if err == nil && !s.sql.Postgres() {
		_, err = tx.NewRaw("DELETE FROM photocloak_search_grams WHERE rowid = ?", cloakID).Exec(ctx)
	}
	return err
}
