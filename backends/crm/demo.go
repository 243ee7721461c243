package crm

import (
	"context"

	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

// The demo's tenant, by the prefix of the document's examples, and its logins.
const (
	demoTenant         = "adi-mo"
	demoSystemLogin    = "demo"
	demoSystemPassword = "demo1234"
	demoCode           = "1234567890123"
	demoLogin          = "okamoto"
	demoPassword       = "okamoto1"
	demoUUID           = "000111222eeefff"
	demoPoints         = 4250
)

// loadDemo loads the customer of the document's example, once.
func loadDemo(ctx context.Context, opened *stores.Stores) error {
	kept := store{sql: opened.SQL, seal: opened.Seal}.of(demoTenant)
	there, err := kept.systemLogin(ctx, demoSystemLogin)
	if err != nil || there.LoginID != "" {
		return err
	}
	systemHash, err := kit.HashPassword(ctx, demoSystemPassword)
	if err != nil {
		return err
	}
	hash, err := kit.HashPassword(ctx, demoPassword)
	if err != nil {
		return err
	}
	err = kept.write(ctx, "the demo data", func(ctx context.Context, tx bun.Tx) error {
		return kept.addDemo(ctx, tx, systemHash, hash)
	})
	if stores.IsTaken(err) {
		return nil // a gateway that started at the same time was faster
	}
	return err
}

func (s store) addDemo(ctx context.Context, tx bun.Tx, systemHash, hash string) error {
	now := clock.Now().UnixMilli()
	login := s.sealed(customerLogin{
		ID: kit.NewUUID(), Tenant: s.tenant, LoginID: demoLogin, Code: demoCode, PassHash: hash, HintCode: "01",
	}, secrets{token: kit.RandomToken(tokenBytes), uuid: demoUUID, hintAns: "岡本"})
	okamoto := customer{
		Tenant: s.tenant, Code: demoCode, Name: "岡本", Kana: "オカモト", Rank: "5", Shop: "0001", Gender: 1,
		Segment: segmentSmartphone, ResistDate: "20140401", UpdatedDate: "20140401",
	}
	for _, rows := range []any{
		&systemLogin{Tenant: s.tenant, LoginID: demoSystemLogin, PassHash: systemHash, Generation: 1, CreatedAt: now},
		&[]shop{{Tenant: s.tenant, Code: "0001", Name: "池袋店"}},
		&[]term{
			{Tenant: s.tenant, Kubun: kubunNumber, Code: codeNumber, Renban: 1234567890123},
			{Tenant: s.tenant, Kubun: kubunRank, Code: "5", Name: "E", Rate: 110},
			{Tenant: s.tenant, Kubun: kubunAttribute1, Code: "01", Name: "ブランド1"},
			{Tenant: s.tenant, Kubun: kubunAttribute2, Code: "0001", Name: "新宿店"},
		},
		&okamoto,
		&login,
		&[]attribute{
			{Tenant: s.tenant, Code: demoCode, Kubun: kubunAttribute1, AttrID: "01"},
			{Tenant: s.tenant, Code: demoCode, Kubun: kubunAttribute2, AttrID: "0001"},
		},
		&[]sale{
			{
				Tenant: s.tenant, Code: demoCode, SalesDate: "20140412", Shop: "0001", Goods: "リネンシャツ", Color: "白", Size: "M",
				Category: "シャツ", Brand: "ブランド1", Price: 5800, Quantity: 1, Amount: 5800,
			},
			{
				Tenant: s.tenant, Code: demoCode, SalesDate: "20140426", Shop: "0001", Goods: "デニムパンツ", Color: "紺", Size: "28",
				Category: "パンツ", Brand: "ブランド1", Price: 9800, Quantity: 2, Amount: 19600,
			},
		},
	} {
		if _, err := tx.NewInsert().Model(rows).Returning("NULL").Exec(ctx); err != nil {
			return err
		}
	}
	opening := entry{Tenant: s.tenant, Code: demoCode, GetPoint: demoPoints, Kind: kindOpening, CreatedAt: now}
	if err := addHistory(ctx, tx, []entry{opening}); err != nil {
		return err
	}
	return s.addToBalances(ctx, tx, map[string]int64{demoCode: demoPoints})
}
