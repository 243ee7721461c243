package backup

import (
	"bytes"
	"context"
	"errors"
	"io"

	"golang.org/x/sync/errgroup"

	"sekisho/caddymodules/stores"
)

const (
	// blobsAtOnce is how many blobs are under way to or from a store: a bucket
	// takes its time for each, and there are three of every photo.
	blobsAtOnce = 8

	// smallBlob is up to how many bytes they are held in memory for that. Larger
	// ones pass through one by one.
	smallBlob = 4 << 20
)

// fetched is a blob that is on its way.
type fetched struct {
	listed stores.BlobInfo
	done   chan struct{}

	info    stores.BlobInfo
	content []byte
	err     error
}

// fetchAhead gives each of these blobs to each, in their order, while it fetches
// the next ones. Its content is the next one's when each returns.
func fetchAhead(ctx context.Context, blobs stores.Blobs, list []stores.BlobInfo,
	each func(listed stores.BlobInfo, content io.Reader, info stores.BlobInfo, err error) error,
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ahead := make(chan *fetched, blobsAtOnce-1)
	go func() {
		defer close(ahead)
		for _, listed := range list {
			f := &fetched{listed: listed, done: make(chan struct{})}
			select {
			case ahead <- f:
			case <-ctx.Done():
				return
			}
			go f.fetch(ctx, blobs)
		}
	}()
	for f := range ahead {
		<-f.done
		if err := f.give(ctx, blobs, each); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// fetch reads a small blob.
func (f *fetched) fetch(ctx context.Context, blobs stores.Blobs) {
	defer close(f.done)
	if f.listed.Size > smallBlob {
		return
	}
	content, info, err := blobs.Get(ctx, f.listed.Key, 0, -1)
	if err != nil {
		f.err = err
		return
	}
	f.info = info
	f.content, f.err = io.ReadAll(io.LimitReader(content, info.Size))
	f.err = errors.Join(f.err, content.Close())
}

func (f *fetched) give(ctx context.Context, blobs stores.Blobs,
	each func(listed stores.BlobInfo, content io.Reader, info stores.BlobInfo, err error) error,
) error {
	if f.listed.Size <= smallBlob {
		return each(f.listed, bytes.NewReader(f.content), f.info, f.err)
	}
	content, info, err := blobs.Get(ctx, f.listed.Key, 0, -1)
	if err != nil {
		return each(f.listed, nil, info, err)
	}
	return errors.Join(each(f.listed, content, info, nil), content.Close())
}

// putting puts blobs, several at once.
type putting struct {
	blobs stores.Blobs
	group *errgroup.Group
	ctx   context.Context
	done  func(size int64) // is called for each
}

func newPutting(ctx context.Context, blobs stores.Blobs, done func(size int64)) *putting {
	p := &putting{blobs: blobs, done: done}
	p.group, p.ctx = errgroup.WithContext(ctx)
	p.group.SetLimit(blobsAtOnce)
	return p
}

// put puts a blob, a small one while the caller goes on. Where one could not be
// put, wait says why.
func (p *putting) put(key string, size int64, content io.Reader) error {
	if size > smallBlob {
		return p.putNow(key, size, content)
	}
	held, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	p.group.Go(func() error { return p.putNow(key, size, bytes.NewReader(held)) })
	return p.ctx.Err()
}

func (p *putting) putNow(key string, size int64, content io.Reader) error {
	if err := p.blobs.Put(p.ctx, key, content); err != nil {
		return err
	}
	p.done(size)
	return nil
}

// wait waits until all are put.
func (p *putting) wait() error { return p.group.Wait() }
