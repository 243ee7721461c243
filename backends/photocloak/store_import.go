package photocloak

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"
)

// existing gives which of some values stand in a column.
func existing[T comparable](ctx context.Context, s store, table, column string, values []T) (there map[T]bool, err error) {
	var found []T
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		found = nil
		return db.NewSelect().Table(table).Column(column).Distinct().
			Where("? IN (?)", bun.Ident(column), bun.List(values)).Scan(ctx, &found)
	})
	if err != nil {
		return nil, fmt.Errorf("looking into %s: %w", table, err)
	}
	there = make(map[T]bool, len(found))
	for _, value := range found {
		there[value] = true
	}
	return there, nil
}

// takenNumbers gives which of some numbers a cloak has.
func (s store) takenNumbers(ctx context.Context, numbers []cloakNumber) (taken map[cloakNumber]bool, err error) {
	pairs := make([]bun.TupleValues, len(numbers))
	for i, n := range numbers {
		pairs[i] = bun.Tuple([]any{n.prefix, n.no})
	}
	var found []cloak
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		found = nil
		return db.NewSelect().Model(&found).Column("prefix", "no").
			Where("(prefix, no) IN (VALUES ?)", bun.List(pairs)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("looking for numbers: %w", err)
	}
	taken = make(map[cloakNumber]bool, len(found))
	for _, c := range found {
		taken[cloakNumber{c.Prefix, c.No}] = true
	}
	return taken, nil
}

// owners gives the owners of those cloaks that are there.
func (s store) owners(ctx context.Context, cloakIDs []int64) (owners map[int64]int64, err error) {
	var found []cloak
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		found = nil
		return db.NewSelect().Model(&found).Column("id", "member_id").Where("id IN (?)", bun.List(cloakIDs)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("looking for cloaks: %w", err)
	}
	owners = make(map[int64]int64, len(found))
	for _, c := range found {
		owners[c.ID] = c.MemberID
	}
	return owners, nil
}

// accountPictures gives those members who are there, and the image that is
// their account's picture, 0 for none.
func (s store) accountPictures(ctx context.Context, memberIDs []int64) (pictures map[int64]int64, err error) {
	var found []member
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		found = nil
		return db.NewSelect().Model(&found).Column("id", "picture_id").Where("id IN (?)", bun.List(memberIDs)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("looking for members: %w", err)
	}
	pictures = make(map[int64]int64, len(found))
	for _, m := range found {
		pictures[m.ID] = m.PictureID
	}
	return pictures, nil
}

// existingFollows gives what some members follow of some cloaks.
func (s store) existingFollows(ctx context.Context, memberIDs, cloakIDs []int64) (there map[followKey]bool, err error) {
	var found []follow
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		found = nil
		return db.NewSelect().Model(&found).
			Where("member_id IN (?)", bun.List(memberIDs)).Where("cloak_id IN (?)", bun.List(cloakIDs)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("looking for follows: %w", err)
	}
	there = make(map[followKey]bool, len(found))
	for _, f := range found {
		there[f.key()] = true
	}
	return there, nil
}

// importMembers adds members under their ids, all or none.
func (s store) importMembers(ctx context.Context, members []member) error {
	return s.importAll(ctx, "members", func(ctx context.Context, tx bun.Tx) error {
		highest := int64(0)
		for some := range slices.Chunk(members, batch) {
			some = slices.Clone(some)
			if _, err := tx.NewInsert().Model(&some).Returning("NULL").Exec(ctx); err != nil {
				return err
			}
			for _, m := range some {
				highest = max(highest, m.ID)
			}
		}
		return s.numberBehind(ctx, tx, "photocloak_members", highest)
	})
}

// importCloaks adds cloaks under their ids, with their view counts, all or none.
func (s store) importCloaks(ctx context.Context, coming []*comingCloak) error {
	return s.importAll(ctx, "cloaks", func(ctx context.Context, tx bun.Tx) error {
		highest := int64(0)
		for some := range slices.Chunk(coming, batch) {
			cloaks, views, found := make([]cloak, len(some)), make([]bun.TupleValues, len(some)), make([]searchable, len(some))
			for i, c := range some {
				cloaks[i], views[i] = c.cloak, bun.Tuple([]any{c.ID, c.views})
				found[i] = searchable{cloakID: c.ID, name: c.Name, description: c.Description}
				highest = max(highest, c.ID)
			}
			if _, err := tx.NewInsert().Model(&cloaks).Returning("NULL").Exec(ctx); err != nil {
				return err
			}
			_, err := tx.NewRaw("INSERT INTO photocloak_cloak_views (cloak_id, views) VALUES ?", bun.List(views)).Exec(ctx)
			if err != nil {
				return err
			}
			if err := s.indexMany(ctx, tx, found); err != nil {
				return err
			}
		}
		return s.numberBehind(ctx, tx, "photocloak_cloaks", highest)
	})
}

// importTags gives tags to cloaks that have none, all or none.
func (s store) importTags(ctx context.Context, coming []*taggedCloak) error {
	return s.importAll(ctx, "tags", func(ctx context.Context, tx bun.Tx) error {
		for some := range slices.Chunk(coming, batch) {
			if err := s.importTagsOf(ctx, tx, some); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s store) importTagsOf(ctx context.Context, tx bun.Tx, some []*taggedCloak) error {
	ids := make([]int64, len(some))
	var rows []tag
	for i, c := range some {
		ids[i] = c.cloakID
		for position, t := range c.tags {
			rows = append(rows, tag{CloakID: c.cloakID, Position: int64(position), Tag: t})
		}
	}
	var cloaks []cloak
	query := tx.NewSelect().Model(&cloaks).Column("id", "name", "description").Where("id IN (?)", bun.List(ids)).Order("id")
	if s.sql.Postgres() {
		query.For("NO KEY UPDATE") // complete changes tags under the same lock
	}
	if err := query.Scan(ctx); err != nil {
		return err
	}
	if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
		return err
	}
	byID := make(map[int64]cloak, len(cloaks))
	for _, c := range cloaks {
		byID[c.ID] = c
	}
	found := make([]searchable, len(some))
	for i, c := range some {
		found[i] = searchable{c.cloakID, byID[c.cloakID].Name, byID[c.cloakID].Description, c.tags}
	}
	return s.indexMany(ctx, tx, found)
}

// importFollows adds followings, all or none.
func (s store) importFollows(ctx context.Context, follows []follow) error {
	return s.importAll(ctx, "follows", func(ctx context.Context, tx bun.Tx) error {
		for some := range slices.Chunk(follows, batch) {
			if _, err := tx.NewInsert().Model(&some).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// importPhotos adds images under their ids, with their view counts, all or none.
func (s store) importPhotos(ctx context.Context, coming []*comingPhoto) error {
	return s.importAll(ctx, "photos", func(ctx context.Context, tx bun.Tx) error {
		highest := int64(0)
		for some := range slices.Chunk(coming, batch) {
			images, views := make([]image, len(some)), tally{}
			for i, p := range some {
				images[i], views[p.ID] = p.image, p.views
				highest = max(highest, p.ID)
			}
			if err := addImages(ctx, tx, images); err != nil {
				return err
			}
			if err := addViews(ctx, tx, nil, views); err != nil {
				return err
			}
			if err := setAccountPictures(ctx, tx, some); err != nil {
				return err
			}
		}
		return s.numberBehind(ctx, tx, "photocloak_images", highest)
	})
}

func setAccountPictures(ctx context.Context, tx bun.Tx, some []*comingPhoto) error {
	for _, p := range some {
		if !p.accountPicture {
			continue
		}
		_, err := tx.NewUpdate().Model((*member)(nil)).Set("picture_id = ?", p.ID).Where("id = ?", p.MemberID).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s store) importAll(ctx context.Context, what string, do func(context.Context, bun.Tx) error) error {
	if err := s.sql.Write(ctx, do); err != nil {
		return fmt.Errorf("importing %s: %w", what, err)
	}
	return nil
}

// numberBehind lets the next new row of a table be numbered behind the highest
// id that came in. SQLite does so by itself.
func (s store) numberBehind(ctx context.Context, tx bun.Tx, table string, highest int64) error {
	if !s.sql.Postgres() || highest == 0 {
		return nil
	}
	_, err := tx.NewRaw(`SELECT setval(seq, ?)
		FROM (SELECT pg_get_serial_sequence(?, 'id')::regclass AS seq) AS sequence
		WHERE ? > COALESCE(pg_sequence_last_value(seq), 0)`, highest, table, highest).Exec(ctx)
	if err != nil {
		return fmt.Errorf("moving the sequence of ids: %w", err)
	}
	return nil
}
