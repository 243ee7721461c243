package photocloak

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

// viewsSet is the set of counters in which views gather: under i17 those of the
// image 17, under c3 those of the cloak 3.
const viewsSet = "photocloak_views"

const (
	imageField = 'i'
	cloakField = 'c'
)

func viewsField(kind byte, id int64) string { return string(kind) + strconv.FormatInt(id, 10) }

// aroundImage is what decides whether a photo may be looked at. Every look asks it,
// so it is prepared: a look then costs the gateway half of what it costs with the
// whole rows by bun, see V1 in deploy/bench.
var aroundImage = stores.Prepare(`SELECT c.id, c.member_id, c.status, c.scope, c.lock_generation, c.ends_at, COALESCE(c.deleted_at, 0)
	FROM photocloak_images AS i JOIN photocloak_cloaks AS c ON c.id = i.cloak_id WHERE i.id = $1`)

// around gives of the cloak around an image what the rules of access look at, the
// zero cloak where there is no such image.
func (s store) around(ctx context.Context, imageID int64) (c cloak, err error) {
	err = s.sql.ReadPrepared(ctx, stores.Asking{Read: aroundImage, Args: []any{imageID}, Each: func(row stores.Row) error {
		return row.Scan(&c.ID, &c.MemberID, &c.Status, &c.Scope, &c.LockGeneration, &c.EndsAt, &c.DeletedAt)
	}})
	if err != nil {
		return cloak{}, fmt.Errorf("reading the cloak around a photo: %w", err)
	}
	return c, nil
}

// writeViewsBack moves the views that have gathered in the counters into SQL,
// and the ends of cloaks that extend themselves.
func (s *service) writeViewsBack(ctx context.Context) error {
	_, err := s.counters.Drain(ctx, viewsSet, func(ctx context.Context, tx bun.Tx, deltas map[string]int64) error {
		cloaks, images := sortViews(deltas)
		now := clock.Now()
		// The cloaks first, as everywhere: two who change them must not wait for each other.
		if err := extend(ctx, tx, cloaks, now.UnixMilli(), now.Add(s.rules.lifetime).UnixMilli()); err != nil {
			return err
		}
		return addViews(ctx, tx, cloaks, images)
	})
	if err != nil {
		return fmt.Errorf("writing views back: %w", err)
	}
	return nil
}

// sortViews tells the views of cloaks and of images apart. What is neither
// counts nothing, and must not keep the others from being written.
func sortViews(deltas map[string]int64) (cloaks, images tally) {
	cloaks, images = tally{}, tally{}
	for field, n := range deltas {
		if field == "" {
			continue
		}
		id, err := strconv.ParseInt(field[1:], 10, 64)
		if err != nil {
			continue
		}
		switch field[0] {
		case cloakField:
			cloaks[id] = n
		case imageField:
			images[id] = n
		}
	}
	return cloaks, images
}

// tally is how often things were looked at, by their ids.
type tally map[int64]int64

// sorted gives the tally as the rows of a VALUES list, in one order, in which no
// two writers can lock each other out.
func (t tally) sorted() []bun.TupleValues {
	rows := make([]bun.TupleValues, 0, len(t))
	for _, id := range slices.Sorted(maps.Keys(t)) {
		rows = append(rows, bun.Tuple([]int64{id, t[id]}))
	}
	return rows
}

// addViews adds views to those of cloaks and images within tx. What was deleted
// in the meantime has nothing to add to.
func addViews(ctx context.Context, tx bun.Tx, cloaks, images tally) error {
	for _, counted := range []struct {
		tally  tally
		update string
	}{
		{images, "UPDATE photocloak_image_views SET views = views + looked.n FROM looked WHERE image_id = looked.id"},
		{cloaks, "UPDATE photocloak_cloak_views SET views = views + looked.n FROM looked WHERE cloak_id = looked.id"},
	} {
		if len(counted.tally) == 0 {
			continue
		}
		_, err := tx.NewRaw("WITH looked (id, n) AS (VALUES ?) "+counted.update, bun.List(counted.tally.sorted())).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// extend moves the ends of cloaks to ends within tx: of those that extend
// themselves, were published, and have not ended now.
func extend(ctx context.Context, tx bun.Tx, cloaks tally, now, ends int64) error {
	if len(cloaks) == 0 {
		return nil
	}
	_, err := tx.NewUpdate().Model((*cloak)(nil)).Set("ends_at = ?", ends).
		Where("id IN (?)", bun.List(slices.Sorted(maps.Keys(cloaks)))).
		Where("auto_extend AND published_at IS NOT NULL AND deleted_at IS NULL").
		Where("ends_at > ? AND ends_at < ?", now, ends).Exec(ctx)
	return err
}
