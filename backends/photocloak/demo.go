package photocloak

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/backends/photocloak/thumbnail"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

// demoPhotos are drawn by the package drawing.
//
//go:embed pictures/demo_*.jpg
var demoPhotos embed.FS

const (
	demoClient = "demo-client"
	demoSecret = "demo-secret"
)

// A demo cloak must not run out under anybody's feet: it lives for long, looking
// at it extends it, and loading the demo again renews it while there is still
// half of its time left.
const (
	demoLifetime = 365 * 24 * time.Hour
	demoRenewal  = demoLifetime / 2
)

// demoMember is a member of the demo with their password in clear.
type demoMember struct{ mail, name, password string }

var demoMembers = []demoMember{
	{"umiyama@example.com", "海山太郎", "umiyama1"},
	{"yamada@example.com", "山田花子", "yamada12"},
}

// demoCloak is a cloak of the demo's first member.
type demoCloak struct {
	cloak
	lock   string
	tags   []string
	photos []demoPhoto
}

type demoPhoto struct{ name, file string }

var demoCloaks = []demoCloak{
	{
		cloak: cloak{
			Name: "夏の海の思い出", Description: "浜辺を歩いた夏の一日。入道雲の昼と、富士の見える夕暮れ。",
			Prefix: "ume", No: 11, CanDownload: true, CanUpload: true,
		},
		tags:   []string{"海", "夏"},
		photos: []demoPhoto{{"夏の浜辺.jpg", "pictures/demo_seaside.jpg"}, {"夕暮れの鳥居.jpg", "pictures/demo_sunset.jpg"}},
	},
	{
		cloak: cloak{
			Name: "庭の松", Description: "朝もやの中の一本松。家族だけのアルバムです。",
			Prefix: "matsu", No: 5, Scope: scopeLocked, LockGeneration: 1,
		},
		lock:   "umi2018",
		photos: []demoPhoto{{"朝の松.jpg", "pictures/demo_pine.jpg"}},
	},
}

// loadDemo loads the demo's client, members and cloaks, each of them once. What a
// visitor changed stays changed, but a cloak that has ended, or was deleted,
// lives again.
func loadDemo(ctx context.Context, s *stores.Stores) error {
	kept := store{s.SQL}
	if err := loadDemoClient(ctx, kept, s.Seal); err != nil {
		return err
	}
	for _, m := range demoMembers {
		if err := loadDemoMember(ctx, kept, m); err != nil {
			return err
		}
	}
	owner, err := kept.memberByMail(ctx, demoMembers[0].mail)
	if err != nil {
		return err
	}
	for _, c := range demoCloaks {
		if err := loadDemoCloak(ctx, kept, s.Blobs, owner.ID, c); err != nil {
			return err
		}
	}
	return nil
}

func loadDemoClient(ctx context.Context, kept store, seal *stores.Sealer) error {
	there, err := existing[string](ctx, kept, "photocloak_clients", "client_id", []string{demoClient})
	if err != nil || there[demoClient] {
		return err
	}
	now := clock.Now().UnixMilli()
	err = kept.addClients(ctx, []keyedClient{{
		client:  client{ClientID: demoClient, Name: "デモアプリ", CreatedAt: now},
		secrets: []clientSecret{{ClientID: demoClient, SecretHash: hashClientSecret(seal, demoClient, demoSecret), CreatedAt: now}},
	}})
	return unlessTaken(err)
}

// unlessTaken is for what a gateway that started at the same time may have
// loaded first.
func unlessTaken(err error) error {
	if stores.IsTaken(err) {
		return nil
	}
	return err
}

func loadDemoMember(ctx context.Context, kept store, m demoMember) error {
	there, err := kept.memberByMail(ctx, m.mail)
	if err != nil || there.ID != 0 {
		return err
	}
	hash, err := kit.HashPassword(ctx, m.password)
	if err != nil {
		return err
	}
	_, err = kept.addMember(ctx, member{
		Mail: m.mail, MailKey: kit.MailKey(m.mail), Name: m.name, PassHash: hash,
		Generation: 1, MaxCloaks: usualMaxCloaks, CreatedAt: clock.Now().UnixMilli(),
	})
	return unlessTaken(err)
}

// loadDemoCloak adds a cloak with its photos, all at once, unless somebody has
// its number. The demo's own cloak is renewed.
func loadDemoCloak(ctx context.Context, kept store, blobs stores.Blobs, ownerID int64, c demoCloak) error {
	there, err := kept.numberedCloak(ctx, cloakNumber{c.Prefix, c.No})
	if err != nil {
		return err
	}
	if there.ID != 0 {
		if there.MemberID != ownerID || there.Name != c.Name {
			return nil // a visitor's, who got the number when the demo's had gone
		}
		return kept.renewDemo(ctx, there.ID)
	}
	if err := c.fill(ctx, ownerID); err != nil {
		return err
	}
	images, err := keepDemoPhotos(ctx, blobs, c)
	if err != nil {
		return err // the janitor takes what was kept
	}
	err = kept.addDemoCloak(ctx, c, images)
	if !stores.IsTaken(err) {
		return err
	}
	var errs []error // a gateway that started at the same time was faster
	for _, i := range images {
		errs = append(errs, forgetPhoto(ctx, blobs, i.Blob))
	}
	return errors.Join(errs...)
}

// fill sets what every demo cloak has alike.
func (c *demoCloak) fill(ctx context.Context, ownerID int64) (err error) {
	now := clock.Now()
	c.MemberID, c.Status, c.AutoExtend = ownerID, statusPublic, true
	c.CreatedAt, c.UpdatedAt, c.PublishedAt = now.UnixMilli(), now.UnixMilli(), now.UnixMilli()
	c.EndsAt = now.Add(demoLifetime).UnixMilli()
	if c.lock != "" {
		c.LockHash, err = kit.HashPassword(ctx, c.lock)
	}
	return err
}

func keepDemoPhotos(ctx context.Context, blobs stores.Blobs, c demoCloak) (images []image, err error) {
	budget := thumbnail.NewBudget(defaultDecodeMemory)
	for _, photo := range c.photos {
		content, err := fs.ReadFile(demoPhotos, photo.file)
		if err != nil {
			return nil, fmt.Errorf("reading a demo photo: %w", err)
		}
		kept, err := keepPhoto(ctx, blobs, budget, bytes.NewReader(content))
		if err != nil {
			return nil, fmt.Errorf("keeping a demo photo: %w", err)
		}
		kept.MemberID, kept.Name, kept.CreatedAt = c.MemberID, photo.name, c.CreatedAt
		images = append(images, kept)
	}
	return images, nil
}

// addDemoCloak adds a cloak with its photos, all or nothing. Where the number is
// taken, stores.IsTaken says so.
func (s store) addDemoCloak(ctx context.Context, c demoCloak, images []image) error {
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		added := c.cloak
		if err := s.addCloak(ctx, tx, &added, c.tags); err != nil {
			return err
		}
		photos := make([]image, len(images))
		for i, photo := range images {
			photos[i] = photo
			photos[i].CloakID = added.ID
		}
		return addImages(ctx, tx, photos)
	})
	if err != nil {
		return fmt.Errorf("adding a demo cloak: %w", err)
	}
	return nil
}

// renewDemo moves the end of a demo cloak that has ended, was deleted or would
// end soon.
func (s store) renewDemo(ctx context.Context, id int64) error {
	now := clock.Now()
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*cloak)(nil)).
			Set("ends_at = ?", now.Add(demoLifetime).UnixMilli()).Set("deleted_at = NULL").
			Where("id = ? AND ends_at < ?", id, now.Add(demoRenewal).UnixMilli()).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("renewing a demo cloak: %w", err)
	}
	return nil
}
