package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
)

// The photos that are looked at stand behind those of the demo, twenty to a cloak.
// The hot ones, which have 80 of 100 looks, are each in a cloak of its own.
const (
	firstPhoto    = 1_000_000
	photosOfCloak = 20
	hotPhotos     = 100
)

// viewsSet is the set of counters in which they gather.
const viewsSet = "photocloak_views"

// lookPath is where an app says that it has shown a photo.
const lookPath = "/api/v2/photos/look"

// viewed are photos to look at, in a database with a gateway over it.
type viewed struct {
	gateway *gateway
	stores  *stores.Stores
	photos  int
	seconds int // a side is asked for at least as long
}

// measureViews measures what counting the views of photos costs (V). What is
// answered is counted: the run ends where a view is missing once the counts have
// been moved into SQL, and the WAL is measured after that.
func (b *bench) measureViews() error {
	g, database, err := b.gatewayOnServers()
	if err != nil {
		return err
	}
	onServers, err := b.viewed(g)
	if err != nil {
		return err
	}
	if err := b.measureLook(onServers, database); err != nil {
		return err
	}
	if err := b.measureConfirmed(onServers, database); err != nil {
		return err
	}
	if g, err = b.startGateway(shipped); err != nil {
		return err
	}
	embedded, err := b.viewed(g)
	if err != nil {
		return err
	}
	return b.measureLookEmbedded(embedded)
}

// measureLook is V1: whole requests.
func (b *bench) measureLook(v *viewed, database string) error {
	uncounted, err := b.uncounted(v)
	if err != nil {
		return err
	}
	naive, err := b.plain("pgx-look", database)
	if err != nil {
		return err
	}
	if err := touchViews(database); err != nil {
		return err
	}
	look := func(at string, pid int) func() (sample, error) {
		return b.wrk(at+lookPath, v.looks(), connections, pid)
	}
	const counting, without, plainly = "photos/look", "photos/look that counts nothing", "net/http + pgx, an UPDATE for each look"
	found, err := b.inTurn(
		side{counting, v.settled(look(v.gateway.url, v.gateway.pid))},
		side{without, look(uncounted.url, uncounted.pid)},
		side{plainly, v.settled(look(naive.url, naive.pid))},
	)
	if err != nil {
		return err
	}
	b.row("V1", "`photos/look` : the same in a gateway that counts nothing, requests/s", atLeast(0.60), ratio(found[counting], found[without], rate))
	b.row("V1", "`photos/look` : net/http + pgx with an UPDATE for each look, requests/s, where both pay for the request", atLeast(5), ratio(found[counting], found[plainly], rate))
	b.row("", "… what no counting could exceed: the gateway that counts nothing : the same", goal{}, ratio(found[without], found[plainly], rate))
	b.row("", "… WAL for each of these looks, the moving into SQL included : with an UPDATE for each", goal{}, ratio(found[counting], found[plainly], size))
	return nil
}

// measureLookEmbedded says what it costs on SQLite.
func (b *bench) measureLookEmbedded(v *viewed) error {
	uncounted, err := b.uncounted(v)
	if err != nil {
		return err
	}
	const counting, without = "photos/look, embedded", "photos/look that counts nothing, embedded"
	found, err := b.inTurn(
		side{counting, v.settled(b.wrk(v.gateway.url+lookPath, v.looks(), connections, v.gateway.pid))},
		side{without, b.wrk(uncounted.url+lookPath, v.looks(), connections, uncounted.pid)},
	)
	if err != nil {
		return err
	}
	b.row("V1", "`photos/look` on the embedded SQLite : the same in a gateway that counts nothing, requests/s", goal{}, ratio(found[counting], found[without], rate))
	return nil
}

// measureConfirmed leaves out the request, which costs more than an UPDATE: 64
// callers who each wait until their view is safe. The more views come in a second,
// the fewer rows are written for each: a photo has one in the second, however often
// it was looked at.
func (b *bench) measureConfirmed(v *viewed, database string) error {
	ctx := context.Background()
	pool, err := openPool(ctx, database, connections)
	if err != nil {
		return err
	}
	b.atEnd(pool.Close)
	const counters, updates = "Counters.Add, 64 callers", "pgx, an UPDATE for each view, 64 callers"
	found, err := b.inTurn(
		side{counters, v.settled(b.callers(func(n uint64) error {
			photo, cloak := v.pick(n)
			return v.stores.Counters.Add(ctx, viewsSet, map[string]int64{
				"i" + strconv.FormatInt(photo, 10): 1, "c" + strconv.FormatInt(cloak, 10): 1,
			})
		}))},
		side{updates, v.settled(b.callers(func(n uint64) error {
			photo, cloak := v.pick(n)
			_, err := pool.Exec(ctx, countPlainly, photo, cloak)
			return err
		}))},
	)
	if err != nil {
		return err
	}
	b.row("V1", "the counting alone, 64 callers who wait until it is safe : an UPDATE for each", atLeast(5), ratio(found[counters], found[updates], rate))
	b.row("V1", "WAL for each of these, the moving into SQL included : with an UPDATE for each", atMost(0.1), ratio(found[counters], found[updates], size))
	return nil
}

// viewed makes the photos behind a gateway.
func (b *bench) viewed(g *gateway) (*viewed, error) {
	ctx := context.Background()
	opened, err := stores.Open(ctx, stores.Config{
		Data: g.variable("SEKISHO_DATA"), Database: g.variable("SEKISHO_DATABASE"), Sessions: g.variable("SEKISHO_SESSIONS"),
		Secret: g.variable("SEKISHO_SECRET"), Demo: g.variable("SEKISHO_DEMO"),
	})
	if err != nil {
		return nil, err
	}
	b.atEnd(func() { _ = opened.Close() })
	v := &viewed{g, opened, b.size(20_000, 2_000), b.seconds}
	const moment, future = "1522076400000", "4102444800000"
	numbers := fmt.Sprintf("WITH RECURSIVE n (id) AS (VALUES (%d) UNION ALL SELECT id + 1 FROM n WHERE id < %d) ", firstPhoto, firstPhoto+v.photos-1)
	cloaks := fmt.Sprintf(" FROM n WHERE id %% %d = 0", photosOfCloak)
	err = opened.SQL.Write(stores.Unhurried(ctx), func(ctx context.Context, tx bun.Tx) error {
		for _, statement := range []string{
			numbers + `INSERT INTO photocloak_cloaks
				(id, member_id, name, description, prefix, no, status, scope, lock_hash, lock_generation,
				 can_download, can_upload, auto_extend, created_at, updated_at, published_at, ends_at)
				SELECT id, (SELECT min(id) FROM photocloak_members), '夏の海の思い出', '浜辺を歩いた夏の一日。', 'hagi', id, 1, 0, '', 0,
				TRUE, FALSE, FALSE, ` + moment + "," + moment + "," + moment + "," + future + cloaks,
			numbers + `INSERT INTO photocloak_images
				(id, cloak_id, member_id, my_photo_id, name, blob, digest, size, width, height, rotate, created_at)
				SELECT id, id - id % ` + strconv.Itoa(photosOfCloak) + `, (SELECT min(id) FROM photocloak_members), id, 'IMG.jpg', 'views/' || id,
				'\x00', 3000000, 4000, 3000, 0, ` + moment + " FROM n",
			numbers + "INSERT INTO photocloak_cloak_views SELECT id, 0" + cloaks,
			numbers + "INSERT INTO photocloak_image_views SELECT id, 0 FROM n",
		} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("filling the database: %w", err)
	}
	return v, nil
}

// variable gives one of the variables that a gateway has in its environment.
func (g *gateway) variable(name string) (value string) {
	for _, pair := range g.env {
		if of, v, _ := strings.Cut(pair, "="); of == name {
			value = v
		}
	}
	return value
}

// uncounted starts a gateway over the same stores whose counters count nothing. No
// option of the product does that, see the program itself.
func (b *bench) uncounted(v *viewed) (*gateway, error) {
	binary, err := b.build("./deploy/bench/uncounted")
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile("Caddyfile")
	if err != nil {
		return nil, err
	}
	caddyfile := strings.Replace(string(text), "(photocloak) {\n", "(photocloak) {\n\tuncounted\n", 1)
	var env []string
	for _, name := range []string{"SEKISHO_DATA", "SEKISHO_DATABASE", "SEKISHO_SESSIONS", "SEKISHO_SECRET"} {
		if value := v.gateway.variable(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return b.startGatewayOf(binary, caddyfile, env...)
}

// touchViews has each page of the counts written once since the last checkpoint:
// PostgreSQL writes the whole of a page into its log the first time, whoever comes
// to it.
func touchViews(database string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, statement := range []string{
		"VACUUM ANALYZE", "CHECKPOINT",
		"UPDATE photocloak_image_views SET views = views", "UPDATE photocloak_cloak_views SET views = views",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("touching the counts: %w", err)
		}
	}
	return nil
}

// looks is wrk's script.
func (v *viewed) looks() string {
	return fmt.Sprintf(`
local threads = 0
function setup(thread)
	threads = threads + 1
	thread:set("seed", os.time() * 10 + threads)
end
function init()
	math.randomseed(seed)
end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
function request()
	local photo = math.random(0, %d)
	if math.random(100) <= 80 then
		photo = math.random(0, %d) * %d
	end
	return wrk.format(nil, nil, nil, "cd=" .. %d + photo)
end
`, v.photos-1, hotPhotos-1, photosOfCloak, firstPhoto)
}

// pick gives the n-th photo that is looked at, with its cloak.
func (v *viewed) pick(n uint64) (photo, cloak int64) {
	spread := n * 0x9e3779b97f4a7c15 >> 20
	photo = firstPhoto + int64(spread%uint64(v.photos))
	if n%5 != 0 {
		photo = firstPhoto + int64(spread%hotPhotos)*photosOfCloak
	}
	return photo, photo - photo%photosOfCloak
}

// callers has 64 callers do something one after the other.
func (b *bench) callers(do func(n uint64) error) func() (sample, error) {
	var n atomic.Uint64
	return func() (sample, error) {
		var all sync.WaitGroup
		var done, failed atomic.Int64
		var failure atomic.Value
		began := time.Now()
		for range connections {
			all.Go(func() {
				for time.Since(began) < time.Duration(b.seconds)*time.Second && failed.Load() == 0 {
					if err := do(n.Add(1)); err != nil {
						failed.Add(1)
						failure.Store(err)
						return
					}
					done.Add(1)
				}
			})
		}
		all.Wait()
		if err, ok := failure.Load().(error); ok {
			return sample{}, err
		}
		return sample{Rate: float64(done.Load()) / time.Since(began).Seconds()}, nil
	}
}

// settled waits after a side for its last views to be moved into SQL, sees that as
// many stand there as were answered, and gives what PostgreSQL wrote into its log
// for each of them.
func (v *viewed) settled(run func() (sample, error)) func() (sample, error) {
	return func() (sample, error) {
		before, err := v.standing()
		if err != nil {
			return sample{}, err
		}
		got, err := run()
		if err != nil {
			return sample{}, err
		}
		if err := v.drained(); err != nil {
			return sample{}, err
		}
		after, err := v.standing()
		if err != nil {
			return sample{}, err
		}
		views := after.views - before.views
		if answered := int64(got.Rate * float64(v.seconds)); views < answered {
			return sample{}, fmt.Errorf("of %d views that were answered %d were counted", answered, views)
		}
		got.Size = float64(after.log-before.log) / float64(views)
		return got, nil
	}
}

// standing is how many views stand in SQL, and how much PostgreSQL has written.
type standing struct{ views, log int64 }

func (v *viewed) standing() (s standing, err error) {
	err = v.stores.SQL.Read(context.Background(), func(ctx context.Context, db bun.IDB) error {
		if err := db.QueryRowContext(ctx, "SELECT CAST(sum(views) AS BIGINT) FROM photocloak_image_views").Scan(&s.views); err != nil || !v.stores.SQL.Postgres() {
			return err
		}
		return db.QueryRowContext(ctx, "SELECT CAST(pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS BIGINT)").Scan(&s.log)
	})
	return s, err
}

// drained waits until no view waits to be moved into SQL.
func (v *viewed) drained() error {
	for range 200 {
		waiting, err := v.stores.Counters.Pending(context.Background(), viewsSet)
		if err != nil || waiting == 0 {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.New("the views are not moved into SQL")
}
