package customers

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

const (
	demoSite = 3
	demoKey  = "00000000"
)

// demo loads the site and the customers of the document's examples. Once the
// site is there everything is, and what a visitor changed stays changed.
func demo(ctx context.Context, opened *stores.Stores) error {
	s := &store{opened}
	return s.SQL.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		there, err := tx.NewSelect().Model((*siteRow)(nil)).Where("sid = ?", demoSite).Exists(ctx)
		if err != nil || there {
			return err
		}
		now := clock.Now().UnixMilli()
		site := siteRow{SID: demoSite, Name: "デモショップ", Passwords: true, CreatedAt: now}
		if _, err := tx.NewInsert().Model(&site).Exec(ctx); err != nil {
			return fmt.Errorf("adding the site: %w", err)
		}
		key := siteKeyRow{SID: demoSite, KeyHash: s.hashKey(demoSite, demoKey), CreatedAt: now}
		if _, err := tx.NewInsert().Model(&key).Exec(ctx); err != nil {
			return fmt.Errorf("adding the site's key: %w", err)
		}
		return s.insert(ctx, tx, demoCustomers())
	})
}

// demoCustomers are customer 1 of the detail example and customer 3 of the list
// example, with another between them.
func demoCustomers() []customer {
	usera := record{
		"name01": "ユーザーA", "name02": "太郎", "kana01": "ユーザーエー", "kana02": "タロウ",
		"zip01": "100", "zip02": "0001", "pref": "13", "addr01": "千代田区千代田", "addr02": "1",
		"email": "usera@example.com", "email_mobile": "em",
		"tel01": "03", "tel02": "1770", "tel03": "3333", "fax01": "03", "fax02": "1770", "fax03": "4444",
		"sex": "1", "job": "1", "birth": "1970", "password": "usera", "reminder": "1", "reminder_answer": "テスト",
		"secret_key": "00000000", "first_buy_date": "0000", "last_buy_date": "0000",
		"buy_times": "0", "buy_total": "0", "point": "0", "note": "memo", "status": "1",
		"create_date": "2017", "update_date": "0000", "cel01": "c1", "cel02": "c2", "cel03": "c3",
		"del_flg": "0", "mailmaga_flg": "0", "url": "url",
	}
	member := func(name01, name02, kana01, kana02, account, secretKey string) record {
		return record{
			"name01": name01, "name02": name02, "kana01": kana01, "kana02": kana02,
			"email": account + "@example.com", "password": account, "secret_key": secretKey,
			"buy_times": "0", "buy_total": "0", "point": "0", "status": "2",
			"create_date": "2017-05-17 12:34:56", "update_date": "2017-05-17 12:34:56",
			"del_flg": "0", "mailmaga_flg": "0",
		}
	}
	return []customer{
		{ID: 1, Values: usera},
		{ID: 2, Values: member("ユーザーB", "次郎", "ユーザービー", "ジロウ", "userb", "5b0c4d3e-7d0f-4f0e-9a51-2f6f3c1d9b02")},
		{ID: 3, Values: member("テスト", "太郎", "テスト", "タロウ", "userc", "5b0c4d3e-7d0f-4f0e-9a51-2f6f3c1d9b03")},
	}
}
