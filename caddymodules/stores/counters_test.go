package stores_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

const set = "views"

func TestCounters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		makeTotals(t, s)
		expectPending(t, s, 0)
		if n, err := drain(t.Context(), s); n != 0 || err != nil {
			t.Errorf("draining nothing = %d, %v", n, err)
		}
		count(t, s, map[string]int64{"a": 1, "b": 2})
		count(t, s, map[string]int64{"a": 10, "鍵 {x}": -3})
		count(t, s, nil)
		if err := s.Counters.Add(t.Context(), "other_set", map[string]int64{"a": 1000}); err != nil {
			t.Fatal(err)
		}
		expectPending(t, s, 3)
		if n, err := drain(t.Context(), s); n != 3 || err != nil {
			t.Errorf("draining = %d, %v; want 3 fields", n, err)
		}
		expectTotals(t, s, map[string]int64{"a": 11, "b": 2, "鍵 {x}": -3})
		expectPending(t, s, 0)

		count(t, s, map[string]int64{"a": 1})
		if n, err := drain(t.Context(), s); n != 1 || err != nil {
			t.Errorf("draining again = %d, %v; want 1 field", n, err)
		}
		expectTotals(t, s, map[string]int64{"a": 12, "b": 2, "鍵 {x}": -3})
	})
}

// A count that is refused spoils none of those that are written with it.
func TestCountersRefuse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		makeTotals(t, s)
		var all sync.WaitGroup
		for name, refused := range map[string]struct {
			set    string
			deltas map[string]int64
		}{
			"an empty set":             {"", map[string]int64{"a": 1}},
			"a set in capitals":        {"Views", map[string]int64{"a": 1}},
			"a set with a brace":       {"views}", map[string]int64{"a": 1}},
			"an empty field":           {set, map[string]int64{"": 1}},
			"a long field":             {set, map[string]int64{strings.Repeat("f", 201): 1}},
			"a field with NUL":         {set, map[string]int64{"a\x00": 1}},
			"a field that is no UTF-8": {set, map[string]int64{"\xff": 1}},
			"a delta beyond measure":   {set, map[string]int64{"a": 1 << 41}},
		} {
			all.Go(func() {
				if err := s.Counters.Add(t.Context(), refused.set, refused.deltas); err == nil {
					t.Errorf("counting in %s: no error", name)
				}
			})
			all.Go(func() { count(t, s, map[string]int64{"good": 1}) })
		}
		all.Wait()
		if _, err := drain(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		expectTotals(t, s, map[string]int64{"good": 8})
		if _, err := s.Counters.Pending(t.Context(), "No"); err == nil {
			t.Error("asking for an impossible set: no error")
		}
	})
}

// 64 callers count while three gateways drain: everything arrives once.
func TestCountersUnderLoad(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		makeTotals(t, s)
		const callers, each = 64, 40
		var counting, draining sync.WaitGroup
		var counted atomic.Bool
		for caller := range callers {
			counting.Go(func() {
				own := fmt.Sprintf("own %02d", caller)
				for range each {
					count(t, s, map[string]int64{"hot": 1, own: 2})
				}
			})
		}
		for range 3 {
			draining.Go(func() {
				for !counted.Load() {
					if _, err := drain(t.Context(), s); err != nil {
						t.Errorf("draining: %v", err)
						return
					}
					time.Sleep(5 * time.Millisecond) // counting has its turn, too
				}
			})
		}
		counting.Wait()
		counted.Store(true)
		draining.Wait()
		if _, err := drain(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		want := map[string]int64{"hot": callers * each}
		for caller := range callers {
			want[fmt.Sprintf("own %02d", caller)] = 2 * each
		}
		expectTotals(t, s, want)
		expectPending(t, s, 0)
	})
}

// More than one transaction takes is drained in several, all by one Drain.
func TestDrainInBatches(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		makeTotals(t, s)
		const fields = 2*stores.DrainFields + 500
		want := map[string]int64{}
		for i := range fields {
			want[fmt.Sprintf("field %d", i)] = int64(i + 1)
		}
		for some := range slices.Chunk(slices.Collect(maps.Keys(want)), 500) { // each in time on a busy machine
			deltas := map[string]int64{}
			for _, field := range some {
				deltas[field] = want[field]
			}
			count(t, s, deltas)
		}
		expectPending(t, s, fields)

		// The second batch fails: the first is safe, the rest waits.
		batches := 0
		n, err := s.Counters.Drain(t.Context(), set, func(ctx context.Context, tx bun.Tx, deltas map[string]int64) error {
			if batches++; batches == 2 {
				return errors.New("not now")
			}
			return addToTotals(ctx, tx, deltas)
		})
		if n != stores.DrainFields || err == nil {
			t.Errorf("draining with a second batch that fails = %d, %v; want %d and an error", n, err, stores.DrainFields)
		}
		expectPending(t, s, fields-stores.DrainFields)

		if n, err = drain(t.Context(), s); n != fields-stores.DrainFields || err != nil {
			t.Errorf("draining the rest = %d, %v; want %d", n, err, fields-stores.DrainFields)
		}
		expectTotals(t, s, want)
		expectPending(t, s, 0)
	})
}

// A Drain that fails or is broken off at any point leaves everything to the next.
func TestDrainBrokenOff(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		makeTotals(t, s)
		want := map[string]int64{}
		for name, broken := range map[string]func(ctx context.Context, cancel func(), tx bun.Tx, deltas map[string]int64) error{
			"before it applies": func(context.Context, func(), bun.Tx, map[string]int64) error { return errors.New("no") },
			"after it applied": func(ctx context.Context, _ func(), tx bun.Tx, deltas map[string]int64) error {
				return errors.Join(addToTotals(ctx, tx, deltas), errors.New("no"))
			},
			"by its caller, before the commit": func(ctx context.Context, cancel func(), tx bun.Tx, deltas map[string]int64) error {
				defer cancel()
				return addToTotals(ctx, tx, deltas)
			},
			"by a statement that fails": func(ctx context.Context, _ func(), tx bun.Tx, deltas map[string]int64) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO totals (field, total) VALUES (NULL, NULL)")
				return err
			},
		} {
			count(t, s, map[string]int64{"a": 1, name: 1})
			want["a"]++
			want[name]++
			ctx, cancel := context.WithCancel(t.Context())
			n, err := s.Counters.Drain(ctx, set, func(ctx context.Context, tx bun.Tx, deltas map[string]int64) error {
				return broken(ctx, cancel, tx, deltas)
			})
			cancel()
			if n != 0 || err == nil {
				t.Errorf("draining, broken off %s = %d, %v; want 0 and an error", name, n, err)
			}
			expectPending(t, s, 2)
			count(t, s, map[string]int64{"a": 1}) // while the batch waits
			want["a"]++
			if _, err := drain(t.Context(), s); err != nil {
				t.Errorf("draining after one broken off %s: %v", name, err)
			}
			expectTotals(t, s, want)
			expectPending(t, s, 0)
		}
	})
}

// A caller who is gone before its turn gets its error, and nobody else does.
func TestCountingWithoutTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		makeTotals(t, s)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				if err := s.Counters.Add(gone, set, map[string]int64{"gone": 1}); !errors.Is(err, context.Canceled) {
					t.Errorf("counting for a caller who is gone: %v, want context.Canceled", err)
				}
			})
			all.Go(func() { count(t, s, map[string]int64{"there": 1}) })
		}
		all.Wait()
		if _, err := drain(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if got := totals(t, s)["there"]; got != 16 {
			t.Errorf("counted %d for callers who waited, want 16", got)
		}
	})
}

// Stores that close while callers count: what was confirmed is there.
func TestCountingWhileClosing(t *testing.T) {
	for _, combination := range storetest.Combinations {
		t.Run(combination, func(t *testing.T) {
			config := storetest.Config(t, combination)
			s := storetest.OpenConfig(t, config)
			makeTotals(t, s)
			closing, err := stores.Open(t.Context(), withOwnPool(config))
			if err != nil {
				t.Fatal(err)
			}
			var confirmed atomic.Int64
			var all sync.WaitGroup
			for range 16 {
				all.Go(func() {
					for closing.Counters.Add(t.Context(), set, map[string]int64{"a": 1}) == nil {
						confirmed.Add(1)
					}
				})
			}
			for began := time.Now(); confirmed.Load() == 0 && time.Since(began) < 10*time.Second; {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(50 * time.Millisecond)
			if err := closing.Close(); err != nil {
				t.Error(err)
			}
			all.Wait()
			if _, err := drain(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if got := totals(t, s)["a"]; got != confirmed.Load() || got == 0 {
				t.Errorf("%d counted, %d confirmed", got, confirmed.Load())
			}
		})
	}
}

// withOwnPool spells the same addresses differently, so that the stores are
// not shared with those that are open already.
func withOwnPool(config stores.Config) stores.Config {
	if path, ok := strings.CutPrefix(config.Database, "sqlite://"); ok {
		config.Database = "sqlite:///." + path
	} else {
		config.Database += "&application_name=second"
	}
	if config.Sessions != "database" {
		config.Sessions += "&client_name=second"
	}
	return config
}

func count(t *testing.T, s *stores.Stores, deltas map[string]int64) {
	t.Helper()
	if err := s.Counters.Add(t.Context(), set, deltas); err != nil {
		t.Errorf("counting: %v", err)
	}
}

func drain(ctx context.Context, s *stores.Stores) (int, error) {
	return s.Counters.Drain(ctx, set, addToTotals)
}

func expectPending(t *testing.T, s *stores.Stores, want int) {
	t.Helper()
	if got, err := s.Counters.Pending(t.Context(), set); got != want || err != nil {
		t.Errorf("pending = %d, %v; want %d", got, err, want)
	}
}

func makeTotals(t *testing.T, s *stores.Stores) {
	t.Helper()
	err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `CREATE TABLE totals (field TEXT NOT NULL PRIMARY KEY, total BIGINT NOT NULL)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

type total struct {
	bun.BaseModel `bun:"table:totals"`

	Field string `bun:"field,pk"`
	Total int64  `bun:"total"`
}

func addToTotals(ctx context.Context, tx bun.Tx, deltas map[string]int64) error {
	rows := make([]total, 0, len(deltas))
	for field, delta := range deltas {
		rows = append(rows, total{Field: field, Total: delta})
	}
	_, err := tx.NewInsert().Model(&rows).
		On("CONFLICT (field) DO UPDATE").Set("total = ?TableAlias.total + excluded.total").Exec(ctx)
	return err
}

func totals(t *testing.T, s *stores.Stores) map[string]int64 {
	t.Helper()
	var rows []total
	err := s.SQL.Read(t.Context(), func(ctx context.Context, db bun.IDB) error {
		rows = nil
		return db.NewSelect().Model(&rows).Scan(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int64{}
	for _, row := range rows {
		all[row.Field] = row.Total
	}
	return all
}

func expectTotals(t *testing.T, s *stores.Stores, want map[string]int64) {
	t.Helper()
	got := totals(t, s)
	if len(got) != len(want) {
		t.Errorf("%d totals, want %d", len(got), len(want))
	}
	for field, total := range want {
		if got[field] != total {
			t.Errorf("total of %q = %d, want %d", field, got[field], total)
		}
	}
}
