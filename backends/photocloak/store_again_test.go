package photocloak

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// A transaction that PostgreSQL has run again knows nothing of the run before
// it: a cloak whose number was taken between the two was not added.
func TestNumberIsTakenBetweenTwoRuns(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Postgres))
	h.write(func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `CREATE SEQUENCE runs;
			CREATE FUNCTION taken_at_the_second() RETURNS trigger LANGUAGE plpgsql AS $$
				BEGIN IF nextval('runs') > 1 THEN RETURN NULL; END IF; RETURN NEW; END $$;
			CREATE TRIGGER taken_at_the_second BEFORE INSERT ON photocloak_cloaks
				FOR EACH ROW EXECUTE FUNCTION taken_at_the_second();
			CREATE FUNCTION deadlock() RETURNS trigger LANGUAGE plpgsql AS $$
				BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$;
			CREATE TRIGGER deadlock BEFORE INSERT ON photocloak_cloak_views
				FOR EACH ROW EXECUTE FUNCTION deadlock();`)
		return err
	})
	made := h.service.rules.newCloak(h.memberID(umiyama), "海", "", clock.Now())
	added, err := h.service.store.addUnder(t.Context(), &made, cloakNumber{"ume", 11})
	if added || err != nil || made.ID != 0 || made.No != 0 {
		t.Errorf("added: %v, %v, as %d under %d", added, err, made.ID, made.No)
	}
}

// What writes views back holds the cloaks before the counts, as everybody does
// who changes a cloak: the two may wait for each other, but never both at once.
func TestViewsWaitForTheCloakFirst(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Postgres))
	c := h.addCloak(func(c *cloak) { c.AutoExtend = true })
	i := h.mustUpload(umiyama, c.ID, drawJPEG(t, 20, 10, 1))
	h.changeCloak(c.ID, "ends_at = ends_at - 1000")
	h.post("", lookPath, query("cd", i.ID)).wantEmpty(t, "looking")
	written := make(chan error, 1)
	h.write(func(ctx context.Context, tx bun.Tx) error {
		if _, err := h.service.store.lockCloak(ctx, tx, c.ID); err != nil {
			return err
		}
		go func() { written <- h.service.writeViewsBack(stores.Unhurried(t.Context())) }()
		eventually(t, "the views wait for the cloak", func() bool {
			var waiting int
			err := tx.NewRaw(`SELECT count(*) FROM pg_locks
				WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))`).Scan(ctx, &waiting)
			return err == nil && waiting == 1
		})
		_, err := tx.NewRaw("SELECT FROM photocloak_image_views WHERE image_id = ? FOR UPDATE NOWAIT", i.ID).Exec(ctx)
		return err
	})
	if err := <-written; err != nil || h.imageViews(i.ID) != 1 || h.cloakViews(c.ID) != 1 {
		t.Errorf("%v, %d and %d views", err, h.imageViews(i.ID), h.cloakViews(c.ID))
	}
}

// Of secrets that are changed at the same time, each ended by the next, one goes
// on.
func TestRotatingAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		kept := store{s.SQL}
		if err := kept.addClients(t.Context(), []keyedClient{{
			client:  client{ClientID: "app", Name: "app"},
			secrets: []clientSecret{{ClientID: "app", SecretHash: []byte("first")}},
		}}); err != nil {
			t.Fatal(err)
		}
		ends := clock.Now().Add(time.Hour).UnixMilli()
		var rotating sync.WaitGroup
		for i := range 8 {
			rotating.Go(func() {
				fresh := clientSecret{ClientID: "app", SecretHash: []byte(strconv.Itoa(i))}
				if found, err := kept.rotateSecret(stores.Unhurried(t.Context()), fresh, ends); !found || err != nil {
					t.Error(found, err)
				}
			})
		}
		rotating.Wait()
		keyed, err := kept.clientKeys(t.Context(), "app")
		if err != nil || len(keyed.Keys) != 9 {
			t.Fatal(len(keyed.Keys), err)
		}
		endless := 0
		for _, key := range keyed.Keys {
			if key.Ends.IsZero() {
				endless++
			}
		}
		if endless != 1 {
			t.Errorf("%d secrets go on", endless)
		}
	})
}
