package certificates

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

// vault is certmagic's storage over the stores: values under slash-separated
// keys, sealed, and locks that all gateways see. It keeps to what certmagic's
// own storage in a folder does, see there for what is left open here.
//
// Each call, and each lock for as long as it is held, leases the stores:
// certmagic goes on with an order for a while when a reload has replaced the
// configuration that began it.
type vault struct {
	stores *stores.Stores
	rows   rows
	locks  *locks
	log    *zap.Logger

	founding founding
}

func newVault(s *stores.Stores, log *zap.Logger) (*vault, error) {
	locks, err := locksOf(s)
	if err != nil {
		return nil, err
	}
	return &vault{stores: s, rows: rows{s.SQL}, locks: locks, log: log}, nil
}

// String is what certmagic's log calls the storage.
func (*vault) String() string { return "sekisho" }

// clean gives a key the one form in which it is kept, "" for the top.
func clean(key string) string {
	return strings.TrimPrefix(path.Clean("/"+key), "/")
}

// canBeKept says whether both databases take the key as it is.
func canBeKept(key string) bool {
	return key != "" && utf8.ValidString(key) && !strings.ContainsRune(key, 0)
}

func purpose(key string) string { return stores.Purpose(valueTable, valueColumn, key) }

// Store keeps value under key, in place of what was there.
func (v *vault) Store(ctx context.Context, key string, value []byte) error {
	defer v.stores.Lease()()
	name := clean(key)
	if !canBeKept(name) || strings.HasSuffix(key, "/") {
		return fmt.Errorf("storing %q: this is no key of a value", key)
	}
	err := v.rows.put(ctx, entry{
		Name:     name,
		Value:    v.stores.Seal.Seal(purpose(name), value),
		Size:     int64(len(value)),
		StoredAt: clock.Now().UnixMilli(),
	})
	if err != nil {
		return fmt.Errorf("storing %s: %w", key, err)
	}
	return nil
}

// Load gives the value under key, or [fs.ErrNotExist].
func (v *vault) Load(ctx context.Context, key string) ([]byte, error) {
	defer v.stores.Lease()()
	name := clean(key)
	if !canBeKept(name) {
		return nil, notThere("loading", key)
	}
	found, err := v.rows.get(ctx, name)
	if err == nil && found == nil {
		found, err = v.await(ctx, name)
	}
	if err != nil {
		return nil, fmt.Errorf("loading %s: %w", key, err)
	}
	if found == nil {
		return nil, notThere("loading", key)
	}
	value, err := v.stores.Seal.Open(purpose(name), found.Value)
	if err != nil {
		return nil, fmt.Errorf("loading %s: %w", key, err)
	}
	return value, nil
}

func notThere(doing, key string) error {
	return fmt.Errorf("%s %q: %w", doing, key, fs.ErrNotExist)
}

// Delete forgets key and everything below it; an unknown key is no error.
func (v *vault) Delete(ctx context.Context, key string) error {
	defer v.stores.Lease()()
	name := clean(key)
	if name == "" {
		return errors.New("deleting all certificates: a key is missing")
	}
	if !canBeKept(name) {
		return nil
	}
	if err := v.rows.remove(ctx, name); err != nil {
		return fmt.Errorf("deleting %s: %w", key, err)
	}
	return nil
}

// Exists says whether there is a value under key or below it. An outage is not
// to be told from an answer here: it goes to the log, and what is then ordered
// in vain fails at the lock.
func (v *vault) Exists(ctx context.Context, key string) bool {
	_, err := v.Stat(ctx, key)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		v.log.Error("looking for a key of certificates", zap.String("key", key), zap.Error(err))
	}
	return err == nil
}

// Stat describes what is under key: a value, or others below it.
func (v *vault) Stat(ctx context.Context, key string) (certmagic.KeyInfo, error) {
	defer v.stores.Lease()()
	name := clean(key)
	if name == "" {
		return certmagic.KeyInfo{Key: key}, nil // the top is always there
	}
	if !canBeKept(name) {
		return certmagic.KeyInfo{}, notThere("describing", key)
	}
	found, err := v.rows.first(ctx, name)
	switch {
	case err != nil:
		return certmagic.KeyInfo{}, fmt.Errorf("describing %s: %w", key, err)
	case found == nil:
		return certmagic.KeyInfo{}, notThere("describing", key)
	case found.Name != name:
		return certmagic.KeyInfo{Key: key}, nil
	}
	return certmagic.KeyInfo{Key: key, Modified: time.UnixMilli(found.StoredAt), Size: found.Size, IsTerminal: true}, nil
}

// List gives the keys below prefix: those right below it, or all. As with a
// folder, what only leads to others is a key too, nothing is below a value, and
// a prefix that is not there is [fs.ErrNotExist].
func (v *vault) List(ctx context.Context, prefix string, recursive bool) ([]string, error) {
	defer v.stores.Lease()()
	top := clean(prefix)
	if top != "" && !canBeKept(top) {
		return nil, notThere("listing", prefix)
	}
	names, err := v.rows.below(ctx, top)
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", prefix, err)
	}
	if len(names) == 0 {
		_, err := v.Stat(ctx, top)
		return nil, err
	}
	return keysOf(names, top, recursive), nil
}

// keysOf gives the keys that lead from top to the names, which are ordered.
func keysOf(names []string, top string, recursive bool) (keys []string) {
	seen := map[string]bool{}
	for _, name := range names {
		rest := strings.TrimPrefix(strings.TrimPrefix(name, top), "/")
		key := top
		for part := range strings.SplitSeq(rest, "/") {
			key = path.Join(key, part)
			if !seen[key] {
				seen[key] = true
				keys = append(keys, key)
			}
			if !recursive {
				break
			}
		}
	}
	return keys
}

// Interface guards
var (
	_ certmagic.Storage          = (*vault)(nil)
	_ certmagic.TryLocker        = (*vault)(nil)
	_ certmagic.LockLeaseRenewer = (*vault)(nil)
	_ fmt.Stringer               = (*vault)(nil)
)
