// Package census takes note of who still calls: which API and operation, by whose
// program and from what family of clients, how often and when last. From it an
// operator tells when an API, or one client of it, has come to its end.
package census

import (
	"context"
	"embed"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

//go:embed migrations/*.sql
var migrations embed.FS

func init() {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the name is written in the line above
	}
	stores.Register(stores.Schema{Name: "census", Migrations: files})
}

const (
	// writeEvery is how often what was seen is written; a gateway that is killed
	// forgets as much.
	writeEvery = 15 * time.Second

	// mostRows are kept in memory until they are written. Callers beyond are seen
	// as one, see others.
	mostRows = 10_000

	// forgottenAfter is how long a row stays that nobody adds to. Callers are those
	// that the operator made, operations and families stand in tables: with this
	// there is an end to the rows.
	forgottenAfter = 400 * 24 * time.Hour
	forgetEvery    = time.Hour
)

// others is the caller that stands for all beyond the bound.
const others = "(others)"

// Census is the memory of one gateway. It implements serve.Census, is safe for
// use by many at once, and writes what it saw by itself.
type Census struct {
	store store
	stop  context.CancelFunc
	ended chan struct{}
	most  int

	families familyMemory

	mu   sync.RWMutex // held for writing where rows come or go
	rows map[row]*seen
}

// row is what is told apart.
type row struct{ API, Operation, Caller, Family string }

// seen is what was seen of a row and is not written yet.
type seen struct {
	calls, first, last atomic.Int64 // first and last in Unix milliseconds
}

// Of gives the census over a gateway's stores. All configurations of a gateway
// share it, and it goes with the last of them.
func Of(s *stores.Stores) (*Census, error) {
	return stores.Keep(s, "census", func() *Census {
		return start(s.SQL)
	})
}

// start makes a census and has it write what it sees until Close.
func start(sql *stores.SQL) *Census {
	ctx, stop := context.WithCancel(context.Background())
	c := &Census{store: store{sql}, stop: stop, ended: make(chan struct{}), most: mostRows, rows: map[row]*seen{}}
	go c.writeOn(ctx)
	return c
}

// Close writes what is not written yet, and ends.
func (c *Census) Close() error {
	c.stop()
	<-c.ended
	return nil
}

// Saw counts one call of an operation at a time. caller is the id of the calling program, ""
// where it did not prove who it is; of userAgent the family is kept.
func (c *Census) Saw(at time.Time, api, operation, caller, userAgent string) {
	r, now := row{api, operation, caller, c.families.of(userAgent)}, at.UnixMilli()
	c.mu.RLock()
	s := c.rows[r]
	if s != nil {
		s.saw(now)
	}
	c.mu.RUnlock()
	if s == nil {
		c.mu.Lock()
		c.rowOf(r).saw(now)
		c.mu.Unlock()
	}
}

// rowOf gives a row, which may be a new one; mu is held for writing.
func (c *Census) rowOf(r row) *seen {
	s := c.rows[r]
	if s == nil && len(c.rows) >= c.most {
		r.Caller = others
		s = c.rows[r]
	}
	if s == nil {
		s = new(seen)
		c.rows[r] = s
	}
	return s
}

// saw counts one call at a time in Unix milliseconds.
func (s *seen) saw(at int64) {
	s.first.CompareAndSwap(0, at)
	s.last.Store(at)
	s.calls.Add(1)
}

// add adds calls of an earlier time; nobody else has s.
func (s *seen) add(calls, first, last int64) {
	if known := s.first.Load(); known == 0 || first < known {
		s.first.Store(first)
	}
	s.last.Store(max(s.last.Load(), last))
	s.calls.Add(calls)
}

// writeOn writes again and again until ctx ends, and then once more.
func (c *Census) writeOn(ctx context.Context) {
	defer close(c.ended)
	tick := time.NewTicker(writeEvery)
	defer tick.Stop()
	var forgot time.Time
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			tell(c.write(context.WithoutCancel(ctx)))
			return
		}
		tell(c.write(ctx))
		if now := clock.Now(); now.Sub(forgot) >= forgetEvery {
			forgot = now
			tell(c.store.forget(ctx, now.Add(-forgottenAfter)))
		}
	}
}

func tell(err error) {
	if err != nil {
		// Not by a logger of its own: a reload may have changed where logs go.
		caddy.Log().Named("sekisho.census").Warn("keeping the census failed", zap.Error(err))
	}
}

// write moves what was seen into the database, some rows at a time. What fails is
// kept for the next time, and may come to be counted twice if only the answer was
// lost.
func (c *Census) write(ctx context.Context) error {
	c.mu.Lock()
	gathered := c.rows
	c.rows = make(map[row]*seen, len(gathered))
	c.mu.Unlock()
	all := inOrder(gathered)
	for len(all) > 0 {
		some := all[:min(len(all), rowsAtOnce)]
		if err := c.store.add(ctx, some); err != nil {
			c.takeBack(all)
			return err
		}
		all = all[len(some):]
	}
	return nil
}

func (c *Census) takeBack(all []counted) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range all {
		c.rowOf(row{r.API, r.Operation, r.Caller, r.Family}).add(r.Calls, r.FirstSeen, r.LastSeen)
	}
}
