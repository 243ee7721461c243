package stores_test

import (
	"bytes"
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// vault is a table of sealed values, as a backend would bring one.
func init() {
	stores.Register(stores.Schema{
		Name:       "vault",
		Migrations: fstest.MapFS{"0001_vault.sql": {Data: []byte("CREATE TABLE vault (id {{.Serial}}, gold {{.Bytes}}, note TEXT NOT NULL DEFAULT '')")}},
		Tables:     []string{"vault"},
		Sealed:     []stores.SealedColumns{{Table: "vault", ID: "id", Columns: []string{"gold"}}},
	})
}

type vaultRow struct {
	bun.BaseModel `bun:"table:vault"`

	ID   int64  `bun:"id,pk,autoincrement"`
	Gold []byte `bun:"gold"`
}

func TestWhatIsSealedOpensForItsPurposeOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		sealed := s.Seal.Seal("vault.gold:1", []byte("お宝"))
		if bytes.Contains(sealed, []byte("お宝")) {
			t.Fatal("the value stands in clear in what was sealed")
		}
		if bytes.Equal(sealed, s.Seal.Seal("vault.gold:1", []byte("お宝"))) {
			t.Error("the same value sealed twice looks the same")
		}
		plain, err := s.Seal.Open("vault.gold:1", sealed)
		if err != nil || string(plain) != "お宝" {
			t.Fatalf("Open = %q, %v", plain, err)
		}
		if _, err := s.Seal.Open("vault.gold:2", sealed); err == nil {
			t.Error("a value opened in another row")
		}
		for at := range sealed {
			changed := bytes.Clone(sealed)
			changed[at] ^= 1
			if _, err := s.Seal.Open("vault.gold:1", changed); err == nil {
				t.Errorf("a value opened although byte %d was changed", at)
			}
		}
		for length := range sealed {
			if plain, err := s.Seal.Open("vault.gold:1", sealed[:length]); err == nil && plain != nil {
				t.Errorf("a value cut to %d bytes opened", length)
			}
		}
	})
}

func TestNothingSealedIsNothing(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	if sealed := s.Seal.Seal("p", nil); sealed != nil {
		t.Errorf("Seal(nothing) = %x", sealed)
	}
	if plain, err := s.Seal.Open("p", nil); plain != nil || err != nil {
		t.Errorf("Open(nothing) = %x, %v", plain, err)
	}
}

func TestMACKeepsTheBordersOfItsParts(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	seen := map[string]string{}
	for _, parts := range [][]string{{"p", "ab", "c"}, {"p", "a", "bc"}, {"p", "abc"}, {"pa", "b", "c"}, {"p", "ab", "c", ""}} {
		mac := string(s.Seal.MAC(parts[0], parts[1:]...))
		if other, taken := seen[mac]; taken {
			t.Errorf("%q and %q have one MAC", parts, other)
		}
		seen[mac] = strings.Join(parts, "|")
	}
}

func TestAnotherSecretIsRefused(t *testing.T) {
	for _, combination := range storetest.Combinations {
		t.Run(combination, func(t *testing.T) {
			t.Parallel()
			config := storetest.Config(t, combination)
			storetest.OpenConfig(t, config)
			config.Secret = "another secret, as long as that one"
			_, err := stores.Open(t.Context(), config)
			if err == nil || !strings.Contains(err.Error(), "SEKISHO_SECRET_PREVIOUS") {
				t.Fatalf("opening under another secret: %v; want a refusal that says what to do", err)
			}
			if strings.Contains(err.Error(), config.Secret) || strings.Contains(err.Error(), storetest.Secret) {
				t.Error("the refusal shows a secret")
			}
		})
	}
}

func TestShortSecretIsRefused(t *testing.T) {
	config := storetest.Config(t, storetest.Embedded)
	config.Secret = "short"
	if _, err := stores.Open(t.Context(), config); err == nil {
		t.Fatal("a secret of five characters was taken")
	}
}

// A gateway starts beside a long import: it reads what is kept, and writes nothing.
func TestStartsWhileAnotherProgramWrites(t *testing.T) {
	config := storetest.Config(t, storetest.Embedded)
	first, err := stores.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	hash := first.Seal.MAC("key", "secret")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", filepath.Join(config.Data, "sekisho.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	if _, err := other.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if again := storetest.OpenConfig(t, config); !bytes.Equal(again.Seal.MAC("key", "secret"), hash) {
		t.Error("the key of the hashes is another one than before")
	}
}

// A gateway with both secrets serves before, during and after the change, the
// hashes of keys stay what they were, and in the end the old secret is of no
// use.
func TestReseal(t *testing.T) {
	for _, combination := range []string{storetest.Embedded, storetest.PostgresRedis} {
		t.Run(combination, func(t *testing.T) {
			t.Parallel()
			config := storetest.Config(t, combination)
			before := storetest.OpenConfig(t, config)
			addEmptyRow(t, before)
			ids := fillVault(t, before, 450) // more than two pages
			mac := before.Seal.MAC("key", "00000000")

			changing := config
			changing.SecretPrevious, changing.Secret = config.Secret, "the new secret, 32 characters long"
			gateway := storetest.OpenConfig(t, changing)
			checkVault(t, gateway, ids)
			ids = append(ids, fillVault(t, gateway, 1)...) // still sealed under the old one
			checkVault(t, before, ids)

			tables := map[string]int{}
			if err := gateway.Reseal(t.Context(), func(table string, changed int) { tables[table] += changed }); err != nil {
				t.Fatal(err)
			}
			if tables["vault"] != len(ids) {
				t.Errorf("%d values of vault sealed anew, want %d", tables["vault"], len(ids))
			}
			checkVault(t, gateway, ids)

			after := changing
			after.SecretPrevious = ""
			s := storetest.OpenConfig(t, after)
			checkVault(t, s, ids)
			if !bytes.Equal(s.Seal.MAC("key", "00000000"), mac) {
				t.Error("the hash of a key changed with the secret: its client would be locked out")
			}
			if _, err := stores.Open(t.Context(), config); err == nil {
				t.Error("the old secret still opens the database")
			}
			again := 0
			if err := gateway.Reseal(t.Context(), func(_ string, changed int) { again += changed }); err != nil || again != 0 {
				t.Errorf("a second reseal changed %d values: %v", again, err)
			}
		})
	}
}

func TestResealNeedsThePreviousSecret(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	if err := s.Reseal(t.Context(), func(string, int) {}); err == nil || !strings.Contains(err.Error(), "SEKISHO_SECRET_PREVIOUS") {
		t.Fatalf("Reseal = %v", err)
	}
}

func fillVault(t *testing.T, s *stores.Stores, rows int) (ids []int64) {
	t.Helper()
	err := s.SQL.Write(stores.Unhurried(t.Context()), func(ctx context.Context, tx bun.Tx) error {
		ids = nil
		for range rows {
			row := vaultRow{}
			if _, err := tx.NewInsert().Model(&row).Returning("id").Exec(ctx); err != nil {
				return err
			}
			row.Gold = s.Seal.Seal(stores.Purpose("vault", "gold", row.ID), []byte("gold"))
			if _, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx); err != nil {
				return err
			}
			ids = append(ids, row.ID)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("filling the vault: %v", err)
	}
	return ids
}

// addEmptyRow adds a row in which nothing is sealed.
func addEmptyRow(t *testing.T, s *stores.Stores) {
	t.Helper()
	err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&vaultRow{}).Returning("NULL").Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatalf("filling the vault: %v", err)
	}
}

func checkVault(t *testing.T, s *stores.Stores, ids []int64) {
	t.Helper()
	var rows []vaultRow
	err := s.SQL.Read(t.Context(), func(ctx context.Context, db bun.IDB) error {
		rows = nil
		return db.NewSelect().Model(&rows).Where("gold IS NOT NULL").Scan(ctx)
	})
	if err != nil || len(rows) != len(ids) {
		t.Fatalf("%d rows, want %d: %v", len(rows), len(ids), err)
	}
	for _, row := range rows {
		if plain, err := s.Seal.Open(stores.Purpose("vault", "gold", row.ID), row.Gold); err != nil || string(plain) != "gold" {
			t.Fatalf("row %d opens to %q: %v", row.ID, plain, err)
		}
	}
}

// BenchmarkMAC hashes a key as a guard does for each request.
func BenchmarkMAC(b *testing.B) {
	s := storetest.Open(b, storetest.Embedded)
	b.ReportAllocs()
	for b.Loop() {
		s.Seal.MAC("avatarplay_app_keys.key_hash", "demo-api-key")
	}
}
