package photocloak

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/uptrace/bun"
)

// numberWindow is how many numbers one query looks through. With five of six
// numbers taken, all of 100 are taken once in 10^8 times.
const numberWindow = 100

// freeNumber gives a free number from 1 to max of one of these prefixes, which
// it tries in their order; found says whether one has any. A number is free when
// no cloak's row holds it.
//
// It looks through a window of each prefix at random. Only where all of those are
// full it narrows down to a gap by counting, which reads each entry of a prefix
// in the index about twice.
func (s store) freeNumber(ctx context.Context, prefixes []string, max int64) (n cloakNumber, found bool, err error) {
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		found = false
		for _, look := range []func(context.Context, bun.IDB, string, int64) (int64, error){glanceForNumber, searchForNumber} {
			for _, code := range prefixes {
				no, err := look(ctx, db, code, max)
				if err != nil {
					return err
				}
				if no > 0 {
					n, found = cloakNumber{code, no}, true
					return nil
				}
			}
		}
		return nil
	})
	if err != nil {
		return cloakNumber{}, false, fmt.Errorf("looking for a free number: %w", err)
	}
	return n, found, nil
}

// glanceForNumber gives a free number of a window of a prefix, 0 where it has none.
func glanceForNumber(ctx context.Context, db bun.IDB, code string, max int64) (int64, error) {
	size := min(numberWindow, max)
	first := 1 + rand.Int64N(max-size+1)
	return freeWithin(ctx, db, code, first, first+size-1)
}

// searchForNumber gives a free number of a prefix, 0 where all are taken.
func searchForNumber(ctx context.Context, db bun.IDB, code string, max int64) (int64, error) {
	for max > numberWindow { // else the glance saw them all
		taken, err := countTaken(ctx, db, code, 1, max)
		if err != nil || taken == max {
			return 0, err
		}
		first, last, err := narrow(ctx, db, code, 1, max)
		if err != nil {
			return 0, err
		}
		free, err := freeWithin(ctx, db, code, first, last)
		if err != nil || free > 0 {
			return free, err
		}
		// Somebody took the gap meanwhile.
	}
	return 0, nil
}

// narrow gives a window within first to last that has a free number, if they
// have one: of the lower half where that has one, and else of the upper.
func narrow(ctx context.Context, db bun.IDB, code string, first, last int64) (from, to int64, err error) {
	for last-first >= numberWindow {
		middle := first + (last-first)/2
		taken, err := countTaken(ctx, db, code, first, middle)
		if err != nil {
			return 0, 0, err
		}
		if taken < middle-first+1 {
			last = middle
		} else {
			first = middle + 1
		}
	}
	return first, last, nil
}

func countTaken(ctx context.Context, db bun.IDB, code string, first, last int64) (int64, error) {
	return db.NewSelect().Model((*cloak)(nil)).
		Where("prefix = ?", code).Where("no BETWEEN ? AND ?", first, last).Count(ctx)
}

// freeWithin gives a free number of a window, any of them, or 0.
func freeWithin(ctx context.Context, db bun.IDB, code string, first, last int64) (int64, error) {
	var taken []int64
	err := db.NewSelect().Model((*cloak)(nil)).Column("no").
		Where("prefix = ?", code).Where("no BETWEEN ? AND ?", first, last).Scan(ctx, &taken)
	if err != nil {
		return 0, err
	}
	isTaken := make(map[int64]bool, len(taken))
	for _, no := range taken {
		isTaken[no] = true
	}
	var free []int64
	for no := first; no <= last; no++ {
		if !isTaken[no] {
			free = append(free, no)
		}
	}
	if len(free) == 0 {
		return 0, nil
	}
	return free[rand.IntN(len(free))], nil
}
