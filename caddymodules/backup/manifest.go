package backup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"sekisho/caddymodules/stores"
)

// format is the version of the archive. What a reader of this version cannot
// read gets another one.
const format = 1

// Manifest is the archive's first member.
type Manifest struct {
	Format int    `json:"format"`
	MadeAt string `json:"made_at"` // RFC 3339

	// Migrations are those that the database had seen, and Tables what they have
	// made, in the order of the archive.
	Migrations []stores.Migration `json:"migrations"`
	Tables     []stores.Table     `json:"tables"`

	// Fingerprint is that of SEKISHO_SECRET, and tells nothing of it.
	Fingerprint string `json:"secret_fingerprint"`

	// WithSecret says that secret.age follows.
	WithSecret bool `json:"with_secret"`
}

// End is the archive's last member but for the sums.
type End struct {
	Rows    map[string]int64 `json:"rows"`     // of each table
	LastIDs map[string]int64 `json:"last_ids"` // that tables which number themselves have given
	Blobs   int64            `json:"blobs"`    // one that changed meanwhile is there twice

	// Gone counts the blobs that were deleted while they were copied.
	Gone int64 `json:"blobs_gone"`
}

// sameDatabase says whether a snapshot is of the database that the manifest
// tells of.
func (m Manifest) sameDatabase(snap *stores.Snapshot) bool {
	return m.Fingerprint == snap.Fingerprint && reflect.DeepEqual(m.Migrations, snap.Migrations)
}

func readManifest(text []byte) (m Manifest, err error) {
	if err := decode(text, &m); err != nil {
		return m, fmt.Errorf("reading the manifest: %w", err)
	}
	if m.Format != format {
		return m, fmt.Errorf("the archive has format %d; this program knows %d", m.Format, format)
	}
	return m, nil
}

// check says why this program cannot restore what the manifest tells of.
func (m Manifest) check(ctx context.Context) error {
	tables, err := stores.TablesAt(ctx, m.Migrations)
	if err != nil {
		return fmt.Errorf("reading the manifest: %w", err)
	}
	named := func(tables []stores.Table) string { text, _ := json.Marshal(tables); return string(text) }
	if named(tables) != named(m.Tables) {
		return errors.New("reading the manifest: its tables are not those that this program makes with the same migrations")
	}
	return nil
}

// decode reads a whole text of JSON.
func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if decoder.More() {
		return errors.New("something stands behind its end")
	}
	return nil
}
