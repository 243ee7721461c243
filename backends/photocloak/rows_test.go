package photocloak

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

// memberID gives the id of one of the tests' members.
func memberID(t testing.TB, s *stores.Stores, mail string) int64 {
	t.Helper()
	m, err := store{s.SQL}.memberByMail(t.Context(), mail)
	if err != nil || m.ID == 0 {
		t.Fatalf("there is no %s: %v", mail, err)
	}
	return m.ID
}

// published is a cloak that everybody finds, for addAlbum.
func published(name string) cloak { return cloak{Name: name, Status: statusPublic} }

// lockedWith is a published cloak with a password, whose hash is an old server's.
func lockedWith(password string) cloak {
	return cloak{Name: "鍵の箱", Status: statusPublic, Scope: scopeLocked, LockHash: "{plain}" + password, LockGeneration: 1}
}

// addAlbum puts a cloak with tags and images in. What c leaves out is umiyama's,
// has the next number of 梅, was made now and ends in 30 days.
func addAlbum(t testing.TB, s *stores.Stores, c cloak, tags []string, images ...image) cloak {
	t.Helper()
	if c.MemberID == 0 {
		c.MemberID = memberID(t, s, umiyama)
	}
	now := clock.Now()
	setDefault(&c.CreatedAt, now.UnixMilli())
	setDefault(&c.UpdatedAt, c.CreatedAt)
	setDefault(&c.EndsAt, now.Add(30*24*time.Hour).UnixMilli())
	setDefault(&c.Prefix, "ume")
	given := c
	err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		c = given
		if c.No == 0 {
			if err := tx.NewRaw("SELECT COALESCE(max(no), 0) + 1 FROM photocloak_cloaks WHERE prefix = ?", c.Prefix).Scan(ctx, &c.No); err != nil {
				return err
			}
		}
		if err := (store{s.SQL}).addCloak(ctx, tx, &c, tags); err != nil {
			return err
		}
		for _, i := range images {
			i.CloakID, i.MemberID, i.Blob, i.Digest = c.ID, c.MemberID, kit.NewUUID(), []byte{1}
			if _, err := tx.NewInsert().Model(&i).Exec(ctx); err != nil {
				return err
			}
			if _, err := tx.NewRaw("INSERT INTO photocloak_image_views (image_id, views) VALUES (?, ?)", i.ID, i.ID).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// change runs one statement on the rows of a test.
func change(t testing.TB, s *stores.Stores, query string, args ...any) {
	t.Helper()
	err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(query, args...).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
