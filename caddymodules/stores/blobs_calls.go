package stores

import (
	"context"
	"errors"
	"io"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// observedBlobs are blobs whose calls are counted. What is counted of Get is the
// opening.
type observedBlobs struct {
	Blobs
	calls *calls
}

func observeBlobs(b Blobs, system string) *observedBlobs {
	return &observedBlobs{b, newCalls("blobs", system, "put", "get", "stat", "delete", "list")}
}

func (b *observedBlobs) done(call string, began time.Time, span trace.Span, err error) {
	b.calls.done(call, began, span, err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, context.Canceled))
}

// Put implements [Blobs].
func (b *observedBlobs) Put(ctx context.Context, key string, r io.Reader) error {
	began := time.Now()
	ctx, span := b.calls.begin(ctx, "put")
	err := b.Blobs.Put(ctx, key, r)
	b.done("put", began, span, err)
	return err
}

// Get implements [Blobs].
func (b *observedBlobs) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, BlobInfo, error) {
	began := time.Now()
	ctx, span := b.calls.begin(ctx, "get")
	content, info, err := b.Blobs.Get(ctx, key, offset, length)
	b.done("get", began, span, err)
	return content, info, err
}

// Stat implements [Blobs].
func (b *observedBlobs) Stat(ctx context.Context, key string) (BlobInfo, error) {
	began := time.Now()
	ctx, span := b.calls.begin(ctx, "stat")
	info, err := b.Blobs.Stat(ctx, key)
	b.done("stat", began, span, err)
	return info, err
}

// Delete implements [Blobs].
func (b *observedBlobs) Delete(ctx context.Context, key string) error {
	began := time.Now()
	ctx, span := b.calls.begin(ctx, "delete")
	err := b.Blobs.Delete(ctx, key)
	b.done("delete", began, span, err)
	return err
}

// List implements [Blobs].
func (b *observedBlobs) List(ctx context.Context, prefix, after string, limit int) ([]BlobInfo, error) {
	began := time.Now()
	ctx, span := b.calls.begin(ctx, "list")
	found, err := b.Blobs.List(ctx, prefix, after, limit)
	b.done("list", began, span, err)
	return found, err
}

func (b *observedBlobs) close() error {
	return pooled{b.Blobs}.Destruct()
}
