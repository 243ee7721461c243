package stores_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

func TestUnmigratedPostgresIsRefused(t *testing.T) {
	config := storetest.Config(t, storetest.Postgres)
	_, err := stores.Open(t.Context(), config)
	if err == nil || !strings.Contains(err.Error(), "sekisho migrate up") {
		t.Fatalf("opening an unmigrated database: %v; want a refusal that says what to do", err)
	}
}

func TestSQLiteMigratesByItself(t *testing.T) {
	s, err := stores.Open(t.Context(), storetest.Config(t, storetest.Embedded))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	checkMigrated(t, s)
}

// Two operators, or two pods, may migrate at the same moment: each step runs
// once, and both succeed.
func TestMigratorsRace(t *testing.T) {
	for _, combination := range []string{storetest.Embedded, storetest.Postgres} {
		t.Run(combination, func(t *testing.T) {
			t.Parallel()
			config := storetest.Config(t, combination)
			var (
				all sync.WaitGroup
				mu  sync.Mutex
				ran []string
			)
			for range 8 {
				all.Go(func() {
					err := stores.MigrateDatabase(context.Background(), config, func(step stores.Step) {
						mu.Lock()
						defer mu.Unlock()
						ran = append(ran, step.Schema+"/"+step.Name)
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			slices.Sort(ran)
			if len(slices.Compact(slices.Clone(ran))) != len(ran) {
				t.Errorf("a step ran twice: %v", ran)
			}
			s, err := stores.Open(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			checkMigrated(t, s)
		})
	}
}

func checkMigrated(t *testing.T, s *stores.Stores) {
	t.Helper()
	steps, err := s.SQL.Steps(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if pending := stores.Pending(steps); pending != 0 || len(steps) < 2 {
		t.Errorf("%d of %d steps pending", pending, len(steps))
	}
}

func TestWriteIsAllOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.NewInsert().Model(&vaultRow{ID: 1}).Exec(ctx); err != nil {
				return err
			}
			_, err := tx.NewInsert().Model(&vaultRow{ID: 1}).Exec(ctx)
			return err
		})
		if !stores.IsTaken(err) {
			t.Fatalf("the same id twice: %v; want what IsTaken knows", err)
		}
		checkVault(t, s, nil)
	})
}

func TestSerialNumbersAreNeverGivenTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		first := fillVault(t, s, 3)
		err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewDelete().Model((*vaultRow)(nil)).Where("1 = 1").Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if next := fillVault(t, s, 1); next[0] <= first[2] {
			t.Errorf("after %v were deleted came %d", first, next[0])
		}
	})
}
