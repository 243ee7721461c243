// Package stores opens and owns everything the gateway keeps: SQL, sessions,
// counters, blobs and the sealing key. Every kind has an embedded form and a
// server form behind one small interface; the tests of a kind run on each form.
//
// The Caddy app "sekisho" (see [App]) holds the stores of a configuration; the
// command line opens the same ones from the same Caddyfile.
package stores

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"
)

// Timeout bounds each single call of a store on a request's way, so that an
// outage is answered in the API's own shape within two seconds. [Unhurried]
// lifts it for commands.
const Timeout = 1500 * time.Millisecond

// patience is how long a call waits, and for what. Tests whose subject is no outage wait
// longer: see package storetest/patient.
var patience = struct {
	call time.Duration

	// A write on SQLite waits for its group, and then for the group's commit: both
	// end within two seconds, also on a slow disk with a crowd before it.
	group, commit time.Duration

	// redis bounds each of dialling, writing, reading and waiting for a connection;
	// all together are bounded by call.
	redis time.Duration
}{Timeout, 1000 * time.Millisecond, 900 * time.Millisecond, time.Second}

// ErrNotFound says that a session or blob is not there. It never stands for an
// outage.
var ErrNotFound = errors.New("not found")

// Stores are the open stores of one configuration.
type Stores struct {
	SQL      *SQL
	Sessions Sessions
	Counters Counters
	Blobs    Blobs
	Seal     *Sealer
	Redis    *Redis // nil unless the sessions are kept in Redis

	config   Config       // as resolved
	taken    []string     // keys to give back to the pool
	leases   atomic.Int64 // requests under way
	giveBack func()       // one of them

	leaving atomic.Bool // a reload has put another configuration in place
}

// Sessions keep small values for a lifetime. Keys and values are the caller's:
// what is secret comes in hashed or sealed (see [Sealer]). A key is at most 200
// bytes of printable ASCII, a value at most 64 KiB. An outlived session is
// [ErrNotFound]; any other error is an outage.
type Sessions interface {
	// Put keeps value under key for lifetime, in place of what was there. An error
	// does not say that nothing was done: it may have been, or be a moment later.
	Put(ctx context.Context, key string, value []byte, lifetime time.Duration) error
	// Add is Put where nothing is kept under key yet; added says whether that was
	// so. Of two at once one adds. A caller whose first answer was lost may be
	// told that its own value is there already.
	Add(ctx context.Context, key string, value []byte, lifetime time.Duration) (added bool, err error)
	// Swap puts value under key for lifetime where exactly old is kept there now
	// (nil: where nothing is), and forgets key where value is nil. Of several at
	// once with the same old one swaps. Without old and value nothing is swapped;
	// swapped then says whether nothing is kept. A caller whose first answer was
	// lost may be told that nothing was swapped although it was.
	Swap(ctx context.Context, key string, old, value []byte, lifetime time.Duration) (swapped bool, err error)
	// Get gives what is kept under key, which is never nil.
	Get(ctx context.Context, key string) ([]byte, error)
	// Take gives what is kept under key and deletes it; of two at once one gets it.
	Take(ctx context.Context, key string) ([]byte, error)
	// Extend lets key live for lifetime from now on.
	Extend(ctx context.Context, key string, lifetime time.Duration) error
	// Delete forgets key; an unknown key is no error.
	Delete(ctx context.Context, key string) error
}

// Counters count what happens too often to write each time into the row it
// belongs to. A set ("photocloak_views": lower-case letters, digits and
// underscores) holds one number for each field. Add answers once the count is
// safe; Drain moves what has gathered into SQL, in batches, exactly once each,
// also when the gateway, Redis or the database is killed at any point.
type Counters interface {
	// Add adds each delta to its field. Calls at the same time are gathered
	// into one write, and each returns only after that write is confirmed.
	Add(ctx context.Context, set string, deltas map[string]int64) error
	// Drain takes what has gathered in set and hands it to apply inside a
	// transaction that remembers the batch: it commits once, or the batch stays
	// for the next Drain. It returns how many fields were applied.
	Drain(ctx context.Context, set string, apply func(ctx context.Context, tx bun.Tx, deltas map[string]int64) error) (int, error)
	// Pending is how many fields of set wait to be drained.
	Pending(ctx context.Context, set string) (int, error)
}

// Blobs keep files under slash-separated keys of [a-z0-9._-] segments. A blob
// is there whole or not at all.
type Blobs interface {
	// Put keeps what r gives until EOF. It replaces what was there.
	Put(ctx context.Context, key string, r io.Reader) error
	// Get opens the blob from offset on, for length bytes (length < 0: to the
	// end). The caller closes it.
	Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, BlobInfo, error)
	// Stat describes the blob without opening it.
	Stat(ctx context.Context, key string) (BlobInfo, error)
	// Delete forgets the blob; an unknown key is no error.
	Delete(ctx context.Context, key string) error
	// List gives up to limit blobs whose keys start with prefix and stand after
	// the key after, in the order of their keys.
	List(ctx context.Context, prefix, after string, limit int) ([]BlobInfo, error)
}

// BlobInfo describes a blob.
type BlobInfo struct {
	Key      string
	Size     int64 // bytes
	Modified time.Time
}

type boundKey struct{}

const unbounded = time.Duration(-1)

// Unhurried lifts [Timeout] from the calls made with the returned context: for
// commands that import, export or migrate.
func Unhurried(ctx context.Context) context.Context {
	return context.WithValue(ctx, boundKey{}, unbounded)
}

// Within puts another bound in the place of [Timeout], for a call that does the
// work of many. An outage in its midst is answered as much later.
func Within(ctx context.Context, bound time.Duration) context.Context {
	if isUnhurried(ctx) {
		return ctx
	}
	return context.WithValue(ctx, boundKey{}, bound)
}

// Bounded bounds a call that another package makes to Redis as a store's own, also
// where the rest is unhurried.
func Bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, patience.call)
}

func boundOf(ctx context.Context) time.Duration {
	if bound, ok := ctx.Value(boundKey{}).(time.Duration); ok {
		return bound
	}
	return patience.call
}

func isUnhurried(ctx context.Context) bool { return boundOf(ctx) == unbounded }

// hurry bounds one call of a store.
func hurry(ctx context.Context) (context.Context, context.CancelFunc) {
	if isUnhurried(ctx) {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, boundOf(ctx))
}
