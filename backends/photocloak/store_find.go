package photocloak

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"sekisho/caddymodules/clock"
)

// bounds are those between which a search chooses its way, see finder.find.
type bounds struct {
	few    int64 // cloaks that are all read and put in order
	first  int64 // cloaks of the order that a walk looks at first
	most   int64 // and all in all
	common int64 // and all in all for words that seem common
}

// searchBounds is a variable for the tests.
var searchBounds = bounds{few: 3000, first: 250, most: 30_000, common: 2000}

// sampled is how many of the newest cloaks tell PostgreSQL whether words are
// common.
const sampled = 64

// mostAtOnce is how many cloaks one query looks at.
const mostAtOnce = 4000

// wanted is what a search asks for: the cloaks from offset on, at most limit,
// that are public and have all of these folded words, in an order.
type wanted struct {
	words         []string
	order         string // see orders
	offset, limit int64
}

// orders are how found cloaks may be sorted. Each has an index of its own.
var orders = map[string]order{
	"new":   {by: "c.created_at DESC, c.id"},
	"limit": {by: "c.ends_at, c.id"},
	"name":  {by: "c.name, c.id", byOfPostgres: `c.name COLLATE "C", c.id`},
	"view":  {by: "v.views DESC, v.cloak_id", views: true},
}

// order is one of them.
type order struct {
	by           string
	byOfPostgres string // where it differs
	views        bool   // it is that of the view counts
}

// find gives the cloaks that a search asks for.
func (s store) find(ctx context.Context, w wanted) (cloaks []cloak, err error) {
	f := finder{
		wanted: w, order: orders[w.order], bounds: searchBounds,
		postgres: s.sql.Postgres(), now: clock.Now().UnixMilli(),
	}
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		f.db = db
		ids, err := f.find(ctx)
		if err == nil {
			cloaks, err = cloaksInOrder(ctx, db, ids)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("searching cloaks: %w", err)
	}
	return cloaks, nil
}

// cloaksInOrder gives the cloaks with these ids in their order, without those
// that have gone meanwhile, and without deleted ones: the indexes know them by
// their end alone, which by a clock that is behind is still to come.
func cloaksInOrder(ctx context.Context, db bun.IDB, ids []int64) ([]cloak, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var found []cloak
	if err := db.NewSelect().Model(&found).Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	byID := make(map[int64]cloak, len(found))
	for _, c := range found {
		byID[c.ID] = c
	}
	cloaks := make([]cloak, 0, len(found))
	for _, id := range ids {
		if c, there := byID[id]; there && c.DeletedAt == 0 {
			cloaks = append(cloaks, c)
		}
	}
	return cloaks, nil
}

// finder finds the ids for one search.
type finder struct {
	wanted
	order    order
	bounds   bounds
	postgres bool
	now      int64
	db       bun.IDB
}

// find goes one of two ways. What few cloaks have is gathered from the index and
// put in order. What many have turns up soon among all public cloaks in that
// order; gathering it would take as long as there are cloaks. A word that many
// have, but only far down in the order, is gathered after all. What a sample shows
// to be common the index is not asked for before.
func (f *finder) find(ctx context.Context) ([]int64, error) {
	if len(f.words) == 0 {
		return f.inOrder(ctx, f.limit, f.offset)
	}
	common, err := f.common(ctx)
	if err != nil {
		return nil, err
	}
	if common {
		ids, done, err := f.sift(ctx, f.inOrder, f.bounds.first, f.bounds.common)
		if err != nil || done {
			return ids, err
		}
	}
	gathered, all, err := f.gatherFew(ctx)
	if err != nil {
		return nil, err
	}
	if !all {
		ids, done, err := f.sift(ctx, f.inOrder, f.bounds.first, f.bounds.most)
		if err != nil || done {
			return ids, err
		}
		if gathered, err = f.gather(ctx); err != nil {
			return nil, err
		}
	}
	page := func(_ context.Context, limit, offset int64) ([]int64, error) {
		end := int64(len(gathered))
		return gathered[min(offset, end):min(offset+limit, end)], nil
	}
	ids, _, err := f.sift(ctx, page, f.offset+f.limit, math.MaxInt64)
	return ids, err
}

// public are the conditions of a cloak that a search may show, the first two
// written as in the indexes.
const public = "c.status = 1 AND c.scope = 0 AND c.ends_at > ?"

func (f *finder) by() bun.Safe {
	if f.postgres && f.order.byOfPostgres != "" {
		return bun.Safe(f.order.byOfPostgres)
	}
	return bun.Safe(f.order.by)
}

// inOrder gives the ids of public cloaks, whatever their words. (A CROSS JOIN
// tells SQLite in which order to go through the tables.)
func (f *finder) inOrder(ctx context.Context, limit, offset int64) (ids []int64, err error) {
	err = f.inOrderQuery(limit, offset).Scan(ctx, &ids)
	return ids, err
}

func (f *finder) inOrderQuery(limit, offset int64) *bun.RawQuery {
	from := "photocloak_cloaks AS c WHERE "
	if f.order.views {
		from = "photocloak_cloak_views AS v CROSS JOIN " + f.cloaksByID() + " WHERE c.id = v.cloak_id AND "
	}
	return f.db.NewRaw("SELECT c.id FROM "+from+public+" ORDER BY ? LIMIT ? OFFSET ?", f.now, f.by(), limit, offset)
}

// cloaksByID is the table of cloaks where many of them are looked up by their
// ids. SQLite must be told that the small index has all it needs.
func (f *finder) cloaksByID() string {
	if f.postgres {
		return "photocloak_cloaks AS c"
	}
	return "photocloak_cloaks AS c INDEXED BY photocloak_cloaks_public"
}

// index is the query for the cloaks that the index has for the words.
func (f *finder) index() schema.QueryAppender {
	grams := gramsToFind(f.words)
	if f.postgres {
		return bun.SafeQuery("SELECT cloak_id FROM photocloak_search WHERE grams @> ?", arrayOf(grams))
	}
	return bun.SafeQuery("SELECT rowid AS cloak_id FROM photocloak_search_grams WHERE photocloak_search_grams MATCH ?", tokensOf(grams))
}

// common says whether the words seem to be such that the index would find more
// than few cloaks for them. PostgreSQL's index finds all before it gives the
// first, so that a word of every third cloak would take ten times as long among a
// million as among ten thousand (BenchmarkSearch, third): a sample says it sooner,
// unless the table was never analyzed. SQLite's index gives them one by one.
func (f *finder) common(ctx context.Context) (seem bool, err error) {
	if !f.postgres {
		return false, nil
	}
	err = f.db.NewRaw(`SELECT count(*) > 1 AND count(*) * (SELECT reltuples FROM pg_class WHERE oid = 'photocloak_search'::regclass) > ?
		FROM (SELECT words FROM photocloak_search ORDER BY cloak_id DESC LIMIT ?) AS t WHERE ?`,
		f.bounds.few*sampled, sampled, f.hasWords()).Scan(ctx, &seem)
	return seem, err
}

// gatherFew gives the ids of all public cloaks that the index has for the words,
// if those are few. One query finds them, counts them and puts them in order:
// PostgreSQL's index tells where a cloak's row is and not its id, and a look at
// the rows of 2,000 among a million is what takes time (see BenchmarkSearch).
func (f *finder) gatherFew(ctx context.Context) (ids []int64, all bool, err error) {
	var n int64
	var list []byte
	if err := f.gatherFewQuery().Scan(ctx, &n, &list); err != nil {
		return nil, false, err
	}
	if n > f.bounds.few || list == nil { // of nothing PostgreSQL makes no list
		return nil, n <= f.bounds.few, nil
	}
	err = json.Unmarshal(list, &ids)
	return ids, true, err
}

// gatherFewQuery stops counting behind the bound. PostgreSQL must plan as if it
// had to find all hits, and then not do it: with the bound in sight it would read
// the whole table for two words that many cloaks have, but few together.
func (f *finder) gatherFewQuery() *bun.RawQuery {
	fence, list := "NOT MATERIALIZED", "json_group_array"
	if f.postgres {
		fence, list = "MATERIALIZED", "json_agg"
	}
	return f.db.NewRaw("WITH found AS "+fence+" (?), hits AS MATERIALIZED (SELECT cloak_id FROM found LIMIT ?) "+
		"SELECT (SELECT count(*) FROM hits), (SELECT "+list+"(c.id ORDER BY ?) FROM "+f.publicHits()+" AND (SELECT count(*) FROM hits) <= ?)",
		f.index(), f.bounds.few+1, f.by(), f.now, f.bounds.few)
}

// gather gives the ids of all public cloaks that the index has for the words.
func (f *finder) gather(ctx context.Context) (ids []int64, err error) {
	err = f.gatherQuery().Scan(ctx, &ids)
	return ids, err
}

func (f *finder) gatherQuery() *bun.RawQuery {
	return f.db.NewRaw("WITH hits AS MATERIALIZED (?) SELECT c.id FROM "+f.publicHits()+" ORDER BY ?", f.index(), f.now, f.by())
}

// publicHits joins the hits to what is known of public cloaks.
func (f *finder) publicHits() string {
	from, joined := "hits CROSS JOIN "+f.cloaksByID(), "c.id = hits.cloak_id"
	if f.order.views {
		from += " CROSS JOIN photocloak_cloak_views AS v"
		joined += " AND v.cloak_id = hits.cloak_id"
	}
	return from + " WHERE " + joined + " AND " + public
}

// sift gives what is wanted of the cloaks that ids gives in their order: those
// that have the words. It looks at ever more at once, first of all at so many,
// and gives up (done is false) when it has looked at most.
func (f *finder) sift(ctx context.Context, ids func(ctx context.Context, limit, offset int64) ([]int64, error), first, most int64) (found []int64, done bool, err error) {
	seen := map[int64]bool{}
	for at, steps := int64(0), min(first, mostAtOnce); ; at, steps = at+steps, min(steps*2, mostAtOnce) {
		next, err := ids(ctx, steps, at)
		if err != nil {
			return nil, false, err
		}
		have, err := f.having(ctx, next)
		if err != nil {
			return nil, false, err
		}
		for _, id := range next {
			if have[id] && !seen[id] { // a cloak made meanwhile moves the others on
				seen[id] = true
				found = append(found, id)
			}
		}
		n := int64(len(found))
		if n >= f.offset+f.limit || int64(len(next)) < steps {
			return found[min(f.offset, n):min(f.offset+f.limit, n)], true, nil
		}
		if at+steps >= most {
			return nil, false, nil
		}
	}
}

// having gives which of these cloaks have the words.
func (f *finder) having(ctx context.Context, ids []int64) (map[int64]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var having []int64
	err := f.db.NewRaw("SELECT t.cloak_id FROM photocloak_search AS t WHERE t.cloak_id IN (?) AND ?",
		bun.List(ids), f.hasWords()).Scan(ctx, &having)
	have := make(map[int64]bool, len(having))
	for _, id := range having {
		have[id] = true
	}
	return have, err
}

// hasWords is the condition that a row t of the index has all words, in its text
// and not only their grams.
func (f *finder) hasWords() schema.QueryAppender {
	find := "instr(t.words, ?) > 0"
	if f.postgres {
		find = "strpos(t.words, ?) > 0"
	}
	conditions := strings.Repeat(find+" AND ", len(f.words)-1) + find
	args := make([]any, len(f.words))
	for i, word := range f.words {
		args[i] = word
	}
	return bun.SafeQuery(conditions, args...)
}
