package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// How much there is to read.
const (
	readCustomers = 2_000
	readCloaks    = 500
	cloakImages   = 20
	cloakTags     = 5
)

// The cloaks that are read are made behind those of the demo.
const firstCloak = 1_000

// measureReads measures the two reads that are asked for most, whole requests
// with guard, access log and metrics as shipped, beside a bare net/http + pgx
// service over the same rows of the same PostgreSQL.
func (b *bench) measureReads() error {
	g, database, err := b.gatewayOnServers()
	if err != nil {
		return err
	}
	if err := b.fillReads(g, database); err != nil {
		return err
	}
	if err := b.measureDetail(g, database); err != nil {
		return err
	}
	return b.measureCloaks(g, database)
}

// measureDetail is S1: over PostgreSQL alone, with the Redis beside it that g has,
// which counts wrong keys for all gateways, and embedded.
func (b *bench) measureDetail(g *gateway, database string) error {
	bare, err := b.plain("pgx-detail", database)
	if err != nil {
		return err
	}
	alone, err := b.startGateway(shipped, "SEKISHO_DATABASE="+database, benchSecret)
	if err != nil {
		return err
	}
	embedded, err := b.startGateway(shipped)
	if err != nil {
		return err
	}
	if err := embedded.importCustomers(readCustomers); err != nil {
		return err
	}
	const bareSide = "net/http + pgx, a customer"
	ask := func(g *gateway) func() (sample, error) {
		return b.wrk(g.url, anyOf("/user/detail?sid=3&key=00000000&id=", firstCustomer, readCustomers), connections, g.pid)
	}
	found, err := b.inTurn(
		side{"/user/detail, PostgreSQL", ask(alone)},
		side{"/user/detail, PostgreSQL and Redis", ask(g)},
		side{"/user/detail, embedded", ask(embedded)},
		side{bareSide, b.wrk(bare.url, anyOf("/?id=", firstCustomer, readCustomers), connections, bare.pid)},
	)
	if err != nil {
		return err
	}
	against := func(side string) []float64 { return ratio(found[side], found[bareSide], rate) }
	b.row("S1", "`/user/detail` on PostgreSQL : net/http + pgx, prepared, of the same row, requests/s", atLeast(0.60), against("/user/detail, PostgreSQL"))
	b.row("S1", "the same with Redis beside PostgreSQL : the same", goal{}, against("/user/detail, PostgreSQL and Redis"))
	b.row("S1", "the same embedded, on SQLite : the same", goal{}, against("/user/detail, embedded"))
	return nil
}

// measureCloaks is S2.
func (b *bench) measureCloaks(g *gateway, database string) error {
	bare, err := b.plain("pgx-cloak", database)
	if err != nil {
		return err
	}
	found, err := b.inTurn(
		side{"/api/v2/cloaks", b.wrk(g.url, anyOf("/api/v2/cloaks?ci=", firstCloak, readCloaks), connections, g.pid)},
		side{"net/http + pgx, a cloak", b.wrk(bare.url, anyOf("/?ci=", firstCloak, readCloaks), connections, bare.pid)},
	)
	if err != nil {
		return err
	}
	b.row("S2", "`GET /api/v2/cloaks` with 20 images and 5 tags : net/http + pgx, 4 prepared queries in turn, requests/s", atLeast(0.90),
		ratio(found["/api/v2/cloaks"], found["net/http + pgx, a cloak"], rate))
	return nil
}

// anyOf is wrk's script that asks for any of n ids from first on.
func anyOf(path string, first, n int) string {
	return fmt.Sprintf("request = function() return wrk.format('GET', '%s' .. math.random(%d, %d)) end\n", path, first, first+n-1)
}

// fillReads makes the customers and the cloaks that are read.
func (b *bench) fillReads(g *gateway, database string) error {
	if err := g.importCustomers(readCustomers); err != nil {
		return err
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, statement := range []string{
		fmt.Sprintf(`INSERT INTO photocloak_cloaks
			(id, member_id, name, description, prefix, no, status, scope, lock_hash, lock_generation,
			 can_download, can_upload, auto_extend, created_at, updated_at, published_at, ends_at)
			SELECT id, (SELECT min(id) FROM photocloak_members), '夏の海の思い出 ' || id, '浜辺を歩いた夏の一日。', 'hagi', id, 1, 0, '', 0,
			true, false, false, 1522076400000, 1522076400000, 1522076400000, 4102444800000
			FROM generate_series(%d, %d) AS id`, firstCloak, firstCloak+readCloaks-1),
		fmt.Sprintf(`INSERT INTO photocloak_images
			(id, cloak_id, member_id, my_photo_id, name, blob, digest, size, width, height, rotate, created_at)
			SELECT c.id * 100 + n, c.id, c.member_id, c.id * 100 + n, 'IMG_' || n || '.jpg', c.id || '/' || n, sha256(n::text::bytea),
			3000000, 4000, 3000, 0, c.created_at
			FROM photocloak_cloaks AS c, generate_series(1, %d) AS n WHERE c.id >= %d`, cloakImages, firstCloak),
		fmt.Sprintf(`INSERT INTO photocloak_tags SELECT c.id, n, (ARRAY['海','夏','旅行','家族','夕暮れ'])[n + 1]
			FROM photocloak_cloaks AS c, generate_series(0, %d) AS n WHERE c.id >= %d`, cloakTags-1, firstCloak),
		fmt.Sprintf("INSERT INTO photocloak_cloak_views SELECT id, id %% 1000 FROM photocloak_cloaks WHERE id >= %d", firstCloak),
		fmt.Sprintf("INSERT INTO photocloak_image_views SELECT id, id %% 100 FROM photocloak_images WHERE cloak_id >= %d", firstCloak),
		"VACUUM ANALYZE",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("filling the database: %w", err)
		}
	}
	return nil
}

// firstCustomer is the id of the first that is imported.
const firstCustomer = 1_000

// importCustomers has the gateway import n customers, of whom every column is
// filled, passwords and all.
func (g *gateway) importCustomers(n int) error {
	r, w := io.Pipe()
	go func() {
		rows := csv.NewWriter(w)
		_ = rows.Write(customerColumns)
		for id := firstCustomer; id < firstCustomer+n; id++ {
			_ = rows.Write(customerRow(id))
		}
		rows.Flush()
		w.CloseWithError(rows.Error())
	}()
	defer r.Close()
	return g.run(r, "customers", "import", "-")
}

// customerColumns are those of dtb_customer, as detail answers them.
var customerColumns = []string{
	"customer_id", "name01", "name02", "kana01", "kana02", "zip01", "zip02", "pref", "addr01", "addr02",
	"email", "email_mobile", "tel01", "tel02", "tel03", "fax01", "fax02", "fax03", "sex", "job", "birth",
	"password", "reminder", "reminder_answer", "secret_key", "first_buy_date", "last_buy_date", "buy_times",
	"buy_total", "point", "note", "status", "create_date", "update_date", "cel01", "cel02", "cel03", "del_flg",
	"mailmaga_flg", "url",
}

func customerRow(id int) []string {
	number := strconv.Itoa(id)
	return []string{
		number, "海山", "太郎" + number, "ウミヤマ", "タロウ", "100", "0001", "13", "千代田区千代田", "1-1-" + number,
		"customer" + number + "@example.com", "", "03", "1770", "3333", "03", "1770", "4444", "1", "3", "1970-01-01 00:00:00",
		"password" + number, "1", "テスト", "5b0c4d3e-7d0f-4f0e-9a51-" + number, "2017-05-17 12:34:56", "2018-03-27 12:34:56", "12",
		"34567", "890", "お届けは夕方に", "2", "2017-05-17 12:34:56", "2018-03-27 12:34:56", "090", "1234", "5678", "0",
		"2", "",
	}
}
