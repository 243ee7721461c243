package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

const (
	// chunkSize is at how many bytes a member of rows ends.
	chunkSize = 1 << 20

	// blobsPage is how many blobs are listed at once.
	blobsPage = 1000

	// skew is how far the clock of a bucket may be from ours: with more it refuses
	// every request.
	skew = 15 * time.Minute
)

// taking is a backup under way.
type taking struct {
	stores   *stores.Stores
	archive  *writer
	progress *progress
	end      End

	// since is from when on a blob may have come behind the first copying, and
	// copied are those since then that it has copied already.
	since  time.Time
	copied map[string]stores.BlobInfo
}

// take writes everything that s keeps into out. encrypted is the secret, nil
// where it does not go in.
func take(ctx context.Context, s *stores.Stores, out io.Writer, key, encrypted []byte, p *progress) (End, error) {
	t := &taking{
		stores: s, progress: p, since: clock.Now().Add(-skew), copied: map[string]stores.BlobInfo{},
		end: End{Rows: map[string]int64{}, LastIDs: map[string]int64{}},
	}
	manifest, err := describe(ctx, s)
	if err != nil {
		return End{}, err
	}
	manifest.WithSecret = encrypted != nil
	if t.archive, err = newWriter(out, key); err != nil {
		return End{}, err
	}
	defer t.archive.abandon()
	if err := t.archive.addJSON(nameManifest, manifest); err != nil {
		return End{}, err
	}
	if encrypted != nil {
		if err := t.archive.addBytes(nameSecret, encrypted); err != nil {
			return End{}, err
		}
	}
	if err := t.blobs(ctx, func(stores.BlobInfo) bool { return true }); err != nil {
		return End{}, err
	}
	err = s.Snapshot(ctx, func(ctx context.Context, snap *stores.Snapshot) error {
		if !manifest.sameDatabase(snap) {
			return errors.New("the database was migrated, or its secret changed, while the blobs were copied; run the backup again")
		}
		if err := t.blobs(ctx, t.isNew); err != nil {
			return err
		}
		return t.tables(ctx, snap)
	})
	if err != nil {
		return End{}, err
	}
	return t.end, t.archive.close(t.end)
}

// describe reads what the manifest says of the database.
func describe(ctx context.Context, s *stores.Stores) (m Manifest, err error) {
	err = s.Snapshot(ctx, func(_ context.Context, snap *stores.Snapshot) error {
		m = Manifest{
			Format: format, MadeAt: clock.Now().In(clock.Japan).Format(time.RFC3339),
			Migrations: snap.Migrations, Tables: snap.Tables, Fingerprint: snap.Fingerprint,
		}
		return nil
	})
	return m, err
}

// isNew says whether a blob may have come, or changed, behind the first copying.
func (t *taking) isNew(blob stores.BlobInfo) bool {
	copied, is := t.copied[blob.Key]
	return blob.Modified.After(t.since) && !(is && copied.Size == blob.Size && copied.Modified.Equal(blob.Modified))
}

// blobs copies the blobs that are wanted.
func (t *taking) blobs(ctx context.Context, wanted func(stores.BlobInfo) bool) error {
	after := ""
	for {
		page, err := t.stores.Blobs.List(ctx, "", after, blobsPage)
		if err != nil {
			return fmt.Errorf("listing blobs: %w", err)
		}
		var some []stores.BlobInfo
		for _, blob := range page {
			if wanted(blob) {
				some = append(some, blob)
			}
		}
		if err := fetchAhead(ctx, t.stores.Blobs, some, t.blob); err != nil {
			return err
		}
		if len(page) < blobsPage {
			return nil
		}
		after = page[len(page)-1].Key
	}
}

// blob copies a blob, unless it is gone.
func (t *taking) blob(listed stores.BlobInfo, content io.Reader, info stores.BlobInfo, err error) error {
	if errors.Is(err, stores.ErrNotFound) {
		t.end.Gone++
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading a blob: %w", err)
	}
	if err := t.archive.add(inBlobs+listed.Key, info.Size, info.Modified, content); err != nil {
		return err
	}
	if listed.Modified.After(t.since) {
		t.copied[listed.Key] = listed
	}
	t.end.Blobs++
	t.progress.blob(info.Size)
	return nil
}

// tables copies all rows.
func (t *taking) tables(ctx context.Context, snap *stores.Snapshot) error {
	for _, table := range snap.Tables {
		if err := t.table(ctx, snap, table); err != nil {
			return err
		}
		if table.Serial == "" {
			continue
		}
		last, err := snap.LastID(ctx, table)
		if err != nil {
			return err
		}
		t.end.LastIDs[table.Name] = last
	}
	return nil
}

func (t *taking) table(ctx context.Context, snap *stores.Snapshot, table stores.Table) error {
	var lines []byte
	chunk, rows := 0, 0
	flush := func() error {
		if len(lines) == 0 {
			return nil
		}
		chunk++
		err := t.archive.add(chunkName(table.Name, chunk), int64(len(lines)), clock.Now(), bytes.NewReader(lines))
		t.end.Rows[table.Name] += int64(rows)
		t.progress.someRows(rows)
		lines, rows = lines[:0], 0
		return err
	}
	err := snap.Rows(ctx, table, func(row []any) (err error) {
		if lines, err = appendRow(lines, row); err != nil {
			return fmt.Errorf("reading %s: row %d: %w", table.Name, t.end.Rows[table.Name]+int64(rows)+1, err)
		}
		rows++
		if len(lines) < chunkSize {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	return err
}
