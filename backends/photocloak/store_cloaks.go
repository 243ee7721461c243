package photocloak

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
)

// addCloak adds a cloak with its tags within tx, with a view count of 0, makes
// it found by the search and sets its id where that is 0.
func (s store) addCloak(ctx context.Context, tx bun.Tx, c *cloak, tags []string) error {
	if _, err := tx.NewInsert().Model(c).Exec(ctx); err != nil {
		return err
	}
	return s.furnish(ctx, tx, *c, tags)
}

// furnish adds what belongs to a new cloak.
func (s store) furnish(ctx context.Context, tx bun.Tx, c cloak, tags []string) error {
	_, err := tx.NewRaw("INSERT INTO photocloak_cloak_views (cloak_id, views) VALUES (?, 0)", c.ID).Exec(ctx)
	if err != nil {
		return err
	}
	if err := addTags(ctx, tx, c.ID, tags); err != nil {
		return err
	}
	return s.index(ctx, tx, c.ID, c.Name, c.Description, tags)
}

func addTags(ctx context.Context, tx bun.Tx, cloakID int64, tags []string) error {
	if len(tags) == 0 {
		return nil
	}
	rows := make([]tag, len(tags))
	for i, t := range tags {
		rows[i] = tag{CloakID: cloakID, Position: int64(i), Tag: t}
	}
	_, err := tx.NewInsert().Model(&rows).Exec(ctx)
	return err
}

// addUnder adds a cloak without tags under a number, and sets its number and id,
// unless somebody took the number meanwhile: then added is false. A member who
// has as many cloaks as they may is the fault Excess.
func (s store) addUnder(ctx context.Context, c *cloak, n cloakNumber) (added bool, err error) {
	var made cloak
	err = s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		added = false
		// The member's row is held until tx ends, so that cloaks made at the same
		// time are counted one after the other.
		owner, err := s.lockMember(ctx, tx, c.MemberID)
		if err != nil {
			return err
		}
		if err := underLimit(ctx, tx, owner); err != nil {
			return err
		}
		made = *c // as it came: an id of a run that was rolled back means nothing
		made.Prefix, made.No = n.prefix, n.no
		_, err = tx.NewInsert().Model(&made).On("CONFLICT (prefix, no) DO NOTHING").Exec(ctx)
		if err != nil || made.ID == 0 {
			return err
		}
		added = true
		return s.furnish(ctx, tx, made, nil)
	})
	if err != nil {
		return false, fmt.Errorf("adding a cloak: %w", err)
	}
	if added {
		*c = made
	}
	return added, nil
}

// mayHaveAnother is the fault Excess for a member who has as many cloaks as they
// may.
func (s store) mayHaveAnother(ctx context.Context, memberID int64) error {
	owner, err := s.member(ctx, memberID)
	if err != nil {
		return err
	}
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error { return underLimit(ctx, db, owner) })
	if err != nil {
		return fmt.Errorf("counting a member's cloaks: %w", err)
	}
	return nil
}

// underLimit counts the cloaks of a member that have not ended.
func underLimit(ctx context.Context, db bun.IDB, owner member) error {
	has, err := db.NewSelect().Model((*cloak)(nil)).
		Where("member_id = ?", owner.ID).Where("ends_at > ?", clock.Now().UnixMilli()).Where("deleted_at IS NULL").Count(ctx)
	if err != nil {
		return err
	}
	if has >= owner.MaxCloaks {
		return fault.New(fault.Excess, subjectCloak)
	}
	return nil
}

// lockMember gives a member and holds their row until tx ends. What only names
// the member, as a follow does, need not wait.
func (s store) lockMember(ctx context.Context, tx bun.Tx, id int64) (m member, err error) {
	locking := tx.NewSelect().Model(&m).Where("id = ?", id)
	if s.sql.Postgres() {
		locking.For("NO KEY UPDATE")
	}
	err = locking.Scan(ctx)
	return m, err
}

// changeCloak lets change work on a cloak that nobody else can change meanwhile
// (the zero cloak where there is none), and keeps what came of it unless change
// refuses. Where newTags is not nil, those take the place of its tags. change may
// run again on the cloak as it then is.
func (s store) changeCloak(ctx context.Context, id int64, newTags *[]string, change func(*cloak) error) error {
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		c, err := s.lockCloak(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := change(&c); err != nil {
			return err
		}
		if _, err := tx.NewUpdate().Model(&c).WherePK().Exec(ctx); err != nil {
			return err
		}
		if newTags == nil {
			return nil
		}
		if _, err := tx.NewDelete().Model((*tag)(nil)).Where("cloak_id = ?", id).Exec(ctx); err != nil {
			return err
		}
		if err := addTags(ctx, tx, id, *newTags); err != nil {
			return err
		}
		return s.index(ctx, tx, id, c.Name, c.Description, *newTags)
	})
	if err != nil {
		return fmt.Errorf("changing a cloak: %w", err)
	}
	return nil
}

// lockCloak gives a cloak and holds its row until tx ends, or gives the zero
// cloak.
func (s store) lockCloak(ctx context.Context, tx bun.Tx, id int64) (cloak, error) {
	var c cloak
	locking := tx.NewSelect().Model(&c).Where("id = ?", id)
	if s.sql.Postgres() {
		locking.For("NO KEY UPDATE")
	}
	err := locking.Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return cloak{}, nil
	}
	return c, err
}

// numberedCloak gives the cloak that holds a number, whoever may see it, or the
// zero cloak.
func (s store) numberedCloak(ctx context.Context, n cloakNumber) (found cloak, err error) {
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		found = cloak{}
		return db.NewSelect().Model(&found).Where("prefix = ?", n.prefix).Where("no = ?", n.no).Scan(ctx)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return cloak{}, nil
	}
	if err != nil {
		return cloak{}, fmt.Errorf("reading the cloak of a number: %w", err)
	}
	return found, nil
}

// mostListed is how many cloaks one list shows, so that a member who follows
// everybody is answered within bounds, too.
const mostListed = 1000

// ownCloaks gives those of a member's cloaks that a list shows, the newest first:
// also those that have ended, but not what they deleted.
func (s store) ownCloaks(ctx context.Context, memberID int64, shown listView) (cloaks []cloak, err error) {
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		cloaks = nil
		query := db.NewSelect().Model(&cloaks).Where("member_id = ?", memberID).Where("deleted_at IS NULL")
		if shown.status != whichever {
			query.Where("status = ?", shown.status)
		}
		if shown.scope != whichever {
			query.Where("scope = ?", shown.scope)
		}
		return query.Order("created_at DESC", "id DESC").Limit(mostListed).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("reading a member's cloaks: %w", err)
	}
	return cloaks, nil
}
