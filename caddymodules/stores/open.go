package stores

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// The bounds of a configuration's farewell: after a reload the old one's
// requests go on for a while, and one that was just accepted may only begin.
const (
	farewellAtLeast = 5 * time.Second
	farewellAtMost  = 10 * time.Minute
)

// pool holds what is open, by its address: two configurations with the same
// address share it, so that a reload keeps its connections.
var pool = caddy.NewUsagePool()

// Open opens the stores of config, for a gateway: an unmigrated PostgreSQL, a
// secret that is not the database's, a demo database without the demo switch,
// or any address that does not answer is an error, and nothing stays open.
func Open(ctx context.Context, config Config) (*Stores, error) {
	return open(ctx, config, asGateway)
}

// MigrateDatabase runs the migrations that config's database lacks, as
// `sekisho migrate up` does, and tells report of each.
func MigrateDatabase(ctx context.Context, config Config, report func(Step)) error {
	s, err := open(ctx, config, asMigration)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.SQL.Migrate(ctx, report)
}

type purpose int

const (
	asGateway   purpose = iota
	asCommand           // may look at demo data without the switch; makes no database
	asSetup             // a command that may make one
	asMigration         // gets the database alone, as it is
)

func open(ctx context.Context, config Config, why purpose) (_ *Stores, err error) {
	config, err = config.resolve()
	if err != nil {
		return nil, err
	}
	s := &Stores{config: config}
	s.giveBack = func() { s.leases.Add(-1) }
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if err = mustBeThere(config, why); err != nil {
		return nil, err
	}
	if s.SQL, err = take(s, "sql", config.Database, func() (*SQL, error) { return openSQL(ctx, config.Database) }); err != nil {
		return nil, err
	}
	if why == asMigration {
		return s, nil
	}
	if err = s.bringUpToDate(ctx); err != nil {
		return nil, err
	}
	if s.Seal, err = take(s, "seal", strings.Join([]string{config.Database, config.Secret, config.SecretPrevious}, "\x00"), func() (*Sealer, error) {
		return newSealer(ctx, s.SQL, config.Secret, config.SecretPrevious)
	}); err != nil {
		return nil, err
	}
	// A reload may share a sealer that was right when it was made.
	if err = s.SQL.Read(ctx, s.Seal.refresh); err != nil {
		return nil, fmt.Errorf("holding the secret against the database: %w", err)
	}
	if err = s.openSessions(ctx); err != nil {
		return nil, err
	}
	if s.Blobs, err = take(s, "blobs", config.Blobs, func() (*observedBlobs, error) { return openBlobs(ctx, config.Blobs) }); err != nil {
		return nil, err
	}
	if why == asGateway {
		err = s.demoAtStart(ctx)
	}
	return s, err
}

// mustBeThere keeps a command that runs in the wrong folder from making an empty
// database there and working on that.
func mustBeThere(config Config, why purpose) error {
	path, embedded := strings.CutPrefix(config.Database, "sqlite://")
	if !embedded || why != asCommand {
		return nil
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no database at %s; name the Caddyfile with --config or the folder with SEKISHO_DATA, or run `sekisho migrate up` to make one", path)
	}
	return nil
}

// bringUpToDate migrates an SQLite file; PostgreSQL is the operator's, who
// migrates when they are ready.
func (s *Stores) bringUpToDate(ctx context.Context) error {
	if !s.SQL.Postgres() {
		return s.SQL.Migrate(ctx, func(Step) {})
	}
	steps, err := s.SQL.Steps(ctx)
	if err != nil {
		return err
	}
	if pending := Pending(steps); pending > 0 {
		return fmt.Errorf("the database lacks %d migrations; run `sekisho migrate up`", pending)
	}
	return nil
}

func (s *Stores) openSessions(ctx context.Context) (err error) {
	if s.config.Sessions == sessionsInDatabase {
		if s.Sessions, err = take(s, "sessions", s.config.Database, func() (*sqlSessions, error) { return newSQLSessions(s.SQL), nil }); err != nil {
			return err
		}
		s.Counters, err = take(s, "counters", s.config.Database, func() (*observedCounters, error) {
			return observeCounters(newSQLCounters(s.SQL)), nil
		})
		return err
	}
	if s.Redis, err = take(s, "redis", s.config.Sessions, func() (*Redis, error) { return openRedis(ctx, s.config.Sessions) }); err != nil {
		return err
	}
	s.Sessions = newRedisSessions(s.Redis)
	s.Counters, err = take(s, "counters", s.config.Sessions+"\x00"+s.config.Database, func() (*observedCounters, error) {
		return observeCounters(newRedisCounters(s.Redis, s.SQL)), nil
	})
	return err
}

func openBlobs(ctx context.Context, address string) (_ *observedBlobs, err error) {
	var opened Blobs
	scheme, rest, _ := strings.Cut(address, "://")
	switch scheme {
	case "file":
		opened, err = openFolder(rest)
	case "s3":
		opened, err = openBucket(ctx, address)
	default:
		err = errBlobsAddress
	}
	if err != nil {
		return nil, err
	}
	return observeBlobs(opened, scheme), nil
}

var errBlobsAddress = errors.New("opening blobs: the address must start with file:// or s3://")

// pooled is one open thing in the pool.
type pooled struct{ thing any }

// Destruct closes the thing; the pool calls it when its last user is gone.
func (p pooled) Destruct() error {
	switch thing := p.thing.(type) {
	case interface{ close() error }:
		return thing.close()
	case io.Closer: // what another package keeps
		return thing.Close()
	case interface{ close() }:
		thing.close()
	}
	return nil
}

// take gives the thing that is open under this address, or opens it. The
// address may hold a password: it becomes a key by its hash.
func take[T any](s *Stores, kind, address string, open func() (T, error)) (T, error) {
	sum := sha256.Sum256([]byte(address))
	key := kind + ":" + hex.EncodeToString(sum[:])
	value, _, err := pool.LoadOrNew(key, func() (caddy.Destructor, error) {
		thing, err := open()
		return pooled{thing}, err
	})
	if err != nil {
		var none T
		return none, err
	}
	s.taken = append(s.taken, key)
	return value.(pooled).thing.(T), nil
}

// Close gives everything back at once; what nobody else uses is closed.
func (s *Stores) Close() error {
	var all error
	for len(s.taken) > 0 {
		last := len(s.taken) - 1 // what was opened last leans on what was opened first
		_, err := pool.Delete(s.taken[last])
		all = errors.Join(all, err)
		s.taken = s.taken[:last]
	}
	return all
}

// Lease holds the stores open for one request, also over a reload. The caller
// gives it back with release, once.
func (s *Stores) Lease() (release func()) {
	s.leases.Add(1)
	return s.giveBack
}

// closeAfterLastLease closes the stores of a configuration that was replaced,
// once its requests are answered.
func (s *Stores) closeAfterLastLease() {
	began := time.Now()
	for time.Since(began) < farewellAtMost {
		time.Sleep(farewellAtLeast)
		if s.leases.Load() == 0 {
			break
		}
	}
	_ = s.Close()
}

// Ping asks every kind of store at once whether it answers, and gives the
// errors of those that do not, by kind: sql, sessions, blobs.
func (s *Stores) Ping(ctx context.Context) map[string]error {
	ctx, cancel := hurry(ctx)
	defer cancel()
	var (
		all      sync.WaitGroup
		mu       sync.Mutex
		failures = map[string]error{}
	)
	for kind, ask := range map[string]func() error{
		"sql":      func() error { return s.SQL.write.PingContext(ctx) },
		"sessions": func() error { _, err := s.Sessions.Get(ctx, "ping"); return err },
		"blobs":    func() error { _, err := s.Blobs.Stat(ctx, "ping"); return err },
	} {
		all.Go(func() {
			if err := ask(); err != nil && !errors.Is(err, ErrNotFound) {
				mu.Lock()
				defer mu.Unlock()
				failures[kind] = err
			}
		})
	}
	all.Wait()
	return failures
}
