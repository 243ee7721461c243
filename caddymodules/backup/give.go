package backup

import (
	"context"
	"errors"

	"sekisho/caddymodules/stores"
)

// mayGive says why an archive cannot be restored into s. It changes nothing.
func mayGive(ctx context.Context, s *stores.Stores, m Manifest, keepBlobs bool) error {
	if err := s.CanRefill(ctx, m.Migrations); err != nil {
		return err
	}
	if keepBlobs {
		return nil
	}
	err := s.MustHaveNoBlobs(ctx)
	if errors.Is(err, stores.ErrBlobsThere) {
		return errors.New("the blobs are not empty; with --keep-blobs they stay, and the backup's are put among them: after a restore that was broken off, or where only the database is lost")
	}
	return err
}

// give brings what r reads into s: the blobs, and then all rows in one
// transaction, which is committed once the archive has shown to be whole. What
// breaks off leaves the database empty.
func give(ctx context.Context, s *stores.Stores, r *reader, key []byte, p *progress) error {
	putting := newPutting(ctx, s.Blobs, p.blob)
	err := r.readBlobs(ctx, key, putting.put)
	if notPut := putting.wait(); notPut != nil {
		return notPut // which is why reading broke off, if it did
	}
	if err != nil {
		return err
	}
	fill := func(ctx context.Context, refill *stores.Refill) error {
		return r.readRows(ctx, func(table stores.Table, rows [][]any) error {
			p.someRows(len(rows))
			return refill.Insert(ctx, table, rows)
		})
	}
	return s.Refill(ctx, r.manifest.Migrations, fill, func() map[string]int64 { return r.end.LastIDs })
}
