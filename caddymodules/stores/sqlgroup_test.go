package stores_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// A crowd writes at once. Some fail, some panic, some hang up: each harms only
// itself, and what was answered is there.
func TestWritesOfACrowd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		var (
			crowd sync.WaitGroup
			mu    sync.Mutex
			there []int64
		)
		for number := range int64(200) {
			crowd.Go(func() {
				ctx, hangUp := context.WithCancel(t.Context())
				defer hangUp()
				id := number + 1
				err := s.SQL.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
					if _, err := tx.NewInsert().Model(&vaultRow{ID: id, Gold: gold(s, id)}).Exec(ctx); err != nil {
						return err
					}
					switch number % 5 {
					case 1:
						return errors.New("no")
					case 2:
						if !s.SQL.Postgres() {
							panic("a secret")
						}
						return errors.New("no")
					case 3:
						hangUp()
					}
					return nil
				})
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					there = append(there, id)
				}
				if number%5 == 2 && (err == nil || strings.Contains(err.Error(), "a secret")) {
					t.Errorf("a panic gave %v; want an error without its value", err)
				}
			})
		}
		crowd.Wait()
		if len(there) < 1 {
			t.Errorf("only %d of 200 were answered", len(there))
		}
		checkAnswered(t, s, there)
	})
}

// More writes wait than a group has time for: it commits those that it could run,
// and undoes none of them over the others.
func TestAGroupEndsInTime(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	var (
		crowd sync.WaitGroup
		mu    sync.Mutex
		there []int64
	)
	slow := make(chan struct{})
	crowd.Go(func() { // holds the turn until the others wait
		err := s.SQL.Write(t.Context(), func(context.Context, bun.Tx) error { <-slow; return nil })
		if err != nil {
			t.Error(err)
		}
	})
	for id := range int64(20) {
		crowd.Go(func() {
			err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				time.Sleep(100 * time.Millisecond)
				_, err := tx.NewInsert().Model(&vaultRow{ID: 5 * (id + 1), Gold: gold(s, id)}).Exec(ctx)
				return err
			})
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				there = append(there, 5*(id+1))
			}
		})
	}
	time.Sleep(100 * time.Millisecond)
	close(slow)
	crowd.Wait()
	if len(there) == 0 {
		t.Error("none of 20 writes was committed")
	}
	checkAnswered(t, s, there)
}

func gold(s *stores.Stores, id int64) []byte {
	return s.Seal.Seal(stores.Purpose("vault", "gold", id), []byte("gold"))
}

// checkAnswered: what was answered is there, and what failed is not; of who
// hung up nobody knows.
func checkAnswered(t *testing.T, s *stores.Stores, answered []int64) {
	t.Helper()
	var rows []vaultRow
	if err := s.SQL.Read(t.Context(), func(ctx context.Context, db bun.IDB) error { return db.NewSelect().Model(&rows).Scan(ctx) }); err != nil {
		t.Fatal(err)
	}
	there := map[int64]bool{}
	for _, row := range rows {
		there[row.ID] = true
		if number := row.ID - 1; number%5 == 1 || number%5 == 2 {
			t.Errorf("row %d is there although its transaction failed", row.ID)
		}
	}
	for _, id := range answered {
		if !there[id] {
			t.Errorf("row %d was answered and is not there", id)
		}
	}
}

// BenchmarkWritesOfACrowd: 64 clients, each waiting for the disk.
func BenchmarkWritesOfACrowd(b *testing.B) {
	for _, combination := range storetest.Combinations {
		b.Run(combination, func(b *testing.B) {
			s := storetest.Open(b, combination)
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := writeOne(b.Context(), s); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// A write that runs out of time half-way leaves nothing behind, and those that
// share its commit are not harmed.
func TestHalfAWriteIsUndone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		var crowd sync.WaitGroup
		for number := range int64(6) {
			crowd.Go(func() {
				id := number + 1
				err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					if _, err := tx.NewInsert().Model(&vaultRow{ID: id}).Exec(ctx); err != nil {
						return err
					}
					<-ctx.Done()
					return ctx.Err()
				})
				if err == nil {
					t.Errorf("write %d ran out of time and gave no error", id)
				}
			})
		}
		crowd.Wait()
		checkVault(t, s, nil)
		fillVault(t, s, 1) // and the writer is free again
	})
}
