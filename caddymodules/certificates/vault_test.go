package certificates

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

const key = "certificates/ca/photocloak.example/photocloak.example.key"

func TestWhatIsStoredIsLoaded(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		for _, name := range []string{
			key, "last_clean.json", "a b", "Ａ/あ", "100%/_", "it's", `back\slash`, `"quoted"`, "*.example", "UPPER/lower", "upper/LOWER",
			"a!", "a-b", "a/b", "a0", "..data", "a?b=c&d", "x\ty", strings.Repeat("long/", 100) + "x",
		} {
			for _, value := range []string{"first " + name, "", "second\x00" + name} {
				if err := v.Store(t.Context(), name, []byte(value)); err != nil {
					t.Fatalf("Store(%q): %v", name, err)
				}
				got, err := v.Load(t.Context(), name)
				if err != nil || string(got) != value {
					t.Errorf("Load(%q) = %q, %v; want %q", name, got, err, value)
				}
				info, err := v.Stat(t.Context(), name)
				if err != nil || info.Key != name || !info.IsTerminal || info.Size != int64(len(value)) || clock.Now().Sub(info.Modified).Abs() > time.Minute {
					t.Errorf("Stat(%q) = %+v, %v", name, info, err)
				}
			}
		}
		for name, value := range map[string]string{"UPPER/lower": "second\x00UPPER/lower", "upper/LOWER": "second\x00upper/LOWER"} {
			if got, _ := v.Load(t.Context(), name); string(got) != value {
				t.Errorf("another key was written over: Load(%q) = %q", name, got)
			}
		}
	})
}

func TestWhatIsNoKeyIsRefusedAndNotThere(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		for _, name := range []string{"", "/", "nul\x00", "latin\xe9", "certificates/"} {
			if err := v.Store(t.Context(), name, []byte("value")); err == nil {
				t.Errorf("Store(%q) was taken", name)
			}
			if _, err := v.Load(t.Context(), name); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Load(%q): %v, want %v", name, err, fs.ErrNotExist)
			}
		}
	})
}

// What certmagic keeps in a folder is the measure of what all of it means.
func TestItAnswersAsAFolderDoes(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		folder := &certmagic.FileStorage{Path: t.TempDir()}
		both := []certmagic.Storage{v, folder}
		for _, name := range []string{
			"acme/ca/users/a@example.com/a.json",
			"certificates/ca/a.example/a.example.crt", "certificates/ca/a.example/a.example.key",
			"certificates/ca/b.example/b.example.crt",
			"certificates/ca-2/a.example/a.example.crt", "certificates/ca0/a", "certificates/CA/a", "certificates/ca_/a", "certificates/ca%/a",
			"last_clean.json", "ocsp/あ",
		} {
			for _, storage := range both {
				if err := storage.Store(t.Context(), name, []byte(name)); err != nil {
					t.Fatal(err)
				}
			}
		}
		compare := func(t *testing.T) {
			t.Helper()
			for _, name := range []string{
				"", "acme", "acme/ca", "certificates", "certificates/", "certificates/ca", "certificates/ca/a.example",
				"certificates/ca/a.example/a.example.crt", "certificates/c", "certificates/ca-2", "certificates/CA", "certificates/ca_",
				"certificates/ca%", "certificate", "last_clean.json", "missing", "missing/", "ocsp", "certificates//ca", "acme/../ocsp",
			} {
				for _, recursive := range []bool{false, true} {
					if got, want := listing(v, name, recursive), listing(folder, name, recursive); got != want {
						t.Errorf("List(%q, %v) =\n%s\nwant\n%s", name, recursive, got, want)
					}
				}
				if got, want := describing(v, name), describing(folder, name); got != want {
					t.Errorf("%q: got %s, want %s", name, got, want)
				}
			}
		}
		compare(t)
		for _, name := range []string{"certificates/ca/a.example/a.example.key", "certificates/ca", "missing", "acme/ca/users/a@example.com/a.json"} {
			for _, storage := range both {
				if err := storage.Delete(t.Context(), name); err != nil {
					t.Errorf("Delete(%q) from %v: %v", name, storage, err)
				}
			}
		}
		// Of the last one a folder keeps empty folders, which are no keys here.
		if err := folder.Delete(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
		compare(t)
	})
}

func listing(s certmagic.Storage, prefix string, recursive bool) string {
	keys, err := s.List(context.Background(), prefix, recursive)
	slices.Sort(keys)
	return fmt.Sprintf("%q, not there: %v", keys, errors.Is(err, fs.ErrNotExist))
}

func describing(s certmagic.Storage, key string) string {
	info, err := s.Stat(context.Background(), key)
	size := info.Size
	if !info.IsTerminal {
		size = 0
	}
	return fmt.Sprintf("%s %v %d bytes, there: %v, exists: %v", info.Key, info.IsTerminal, size, err == nil, s.Exists(context.Background(), key))
}

func TestAllIsNotDeletedAtOnce(t *testing.T) {
	v := vaultOf(t, storetest.Open(t, storetest.Embedded))
	if err := v.Store(t.Context(), key, []byte("value")); err != nil {
		t.Fatal(err)
	}
	for _, all := range []string{"", "/", "."} {
		if err := v.Delete(t.Context(), all); err == nil {
			t.Errorf("Delete(%q) was taken", all)
		}
	}
	if !v.Exists(t.Context(), key) {
		t.Error("all was deleted")
	}
}

func TestNothingIsKeptYet(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		if keys, err := v.List(t.Context(), "", true); err != nil || len(keys) != 0 {
			t.Errorf("List of everything = %v, %v", keys, err)
		}
		if keys, err := v.List(t.Context(), "certificates", false); !errors.Is(err, fs.ErrNotExist) || len(keys) != 0 {
			t.Errorf("List(certificates) = %v, %v", keys, err)
		}
	})
}

func TestValuesAreSealed(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		secret := []byte("-----BEGIN EC PRIVATE KEY-----")
		other := strings.Replace(key, "photocloak", "ydits", 2)
		for _, name := range []string{key, other} {
			if err := v.Store(t.Context(), name, secret); err != nil {
				t.Fatal(err)
			}
		}
		sealed := columnOf(t, v.stores, key)
		if len(sealed) == 0 || bytes.Contains(sealed, []byte("PRIVATE")) {
			t.Fatalf("the table holds %q", sealed)
		}
		err := v.stores.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE certificate_values SET value = ? WHERE name = ?", sealed, other)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if value, err := v.Load(t.Context(), other); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a value that belongs to another key was loaded: %q, %v", value, err)
		}
	})
}

func columnOf(t *testing.T, s *stores.Stores, name string) (sealed []byte) {
	t.Helper()
	err := s.SQL.Read(t.Context(), func(ctx context.Context, db bun.IDB) error {
		return db.QueryRowContext(ctx, "SELECT value FROM certificate_values WHERE name = ?", name).Scan(&sealed)
	})
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// More values than one transaction of a reseal covers, under keys whose order
// differs between a database's own language and their bytes.
func TestReseal(t *testing.T) {
	for _, combination := range []string{storetest.Embedded, storetest.PostgresRedis} {
		t.Run(combination, func(t *testing.T) {
			t.Parallel()
			config := storetest.Config(t, combination)
			before := vaultOf(t, storetest.OpenConfig(t, config))
			var names []string
			for i := range 110 {
				names = append(names, fmt.Sprintf("a/%d", i), fmt.Sprintf("B%d_あ", i))
			}
			for some := range slices.Chunk(append(names, "empty"), 16) { // each in time, on a busy machine too
				var all sync.WaitGroup
				for _, name := range some {
					all.Go(func() {
						if err := before.Store(t.Context(), name, []byte(strings.TrimPrefix(name, "empty"))); err != nil {
							t.Errorf("Store(%q): %v", name, err)
						}
					})
				}
				all.Wait()
			}
			config.SecretPrevious, config.Secret = config.Secret, "another secret of 32 characters"
			after := vaultOf(t, storetest.OpenConfig(t, config))
			resealed := map[string]int{}
			if err := after.stores.Reseal(t.Context(), func(table string, n int) { resealed[table] += n }); err != nil {
				t.Fatal(err)
			}
			if resealed["certificate_values"] != len(names) {
				t.Errorf("%v values were sealed anew, want %d", resealed, len(names))
			}
			config.SecretPrevious = ""
			alone := vaultOf(t, storetest.OpenConfig(t, config))
			for _, name := range names {
				if value, err := alone.Load(t.Context(), name); err != nil || string(value) != name {
					t.Fatalf("Load(%q) = %q, %v", name, value, err)
				}
			}
		})
	}
}

// An outage is an error, and never "not there": certmagic would order anew.
func TestAnOutageIsAnError(t *testing.T) {
	each(t, func(t *testing.T, v *vault) {
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		check := func(why string, ctx context.Context) {
			t.Helper()
			_, loading := v.Load(ctx, key)
			_, describing := v.Stat(ctx, key)
			_, listing := v.List(ctx, "", true)
			_, trying := v.TryLock(ctx, "lock")
			for what, err := range map[string]error{
				"Load": loading, "Stat": describing, "List": listing, "TryLock": trying,
				"Store": v.Store(ctx, key, nil), "Delete": v.Delete(ctx, key), "Lock": v.Lock(ctx, "lock"),
			} {
				if err == nil || errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s, %s: %v", why, what, err)
				}
			}
		}
		if err := v.Store(t.Context(), key, []byte("value")); err != nil {
			t.Fatal(err)
		}
		check("the caller has gone", gone)
		if value, err := v.Load(t.Context(), key); err != nil || string(value) != "value" {
			t.Errorf("Load = %q, %v", value, err)
		}
		if err := v.stores.Close(); err != nil {
			t.Fatal(err)
		}
		check("the database is closed", t.Context())
	})
}
