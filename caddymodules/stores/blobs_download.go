package stores

import (
	"context"
	"errors"
	"io"
	"time"
)

// longestStall bounds a download's wait for its next bytes, and the wait for
// the server to put the parts of an upload together.
const longestStall = 10 * time.Second

var (
	errBucketSilent = errors.New("the bucket did not answer in time")
	errBucketStalls = errors.New("the bucket stopped in the middle of a download")
)

// download is the body of a blob that comes from a bucket. The answer must
// begin within [Timeout]; after that each wait for more is bounded, not the
// whole, and not the time that the reader of a slow client takes between two.
type download struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	watch  *time.Timer // nil where nothing hurries
	body   io.ReadCloser
}

// beginDownload starts the wait for the answer to a request under d.ctx.
func beginDownload(ctx context.Context) *download {
	d := &download{}
	hurried := !isUnhurried(ctx)
	d.ctx, d.cancel = context.WithCancelCause(ctx)
	if hurried {
		d.watch = time.AfterFunc(patience.call, func() { d.cancel(errBucketSilent) })
	}
	return d
}

// answered ends the wait for the answer.
func (d *download) answered(body io.ReadCloser, err error) error {
	d.body = body
	if d.watch == nil || d.watch.Stop() {
		return err
	}
	if err == nil {
		_ = body.Close()
	}
	return errBucketSilent
}

func (d *download) Read(p []byte) (int, error) {
	if d.watch == nil {
		return d.body.Read(p)
	}
	stalls := time.AfterFunc(longestStall, func() { d.cancel(errBucketStalls) })
	n, err := d.body.Read(p)
	if !stalls.Stop() && err != nil && err != io.EOF {
		err = errBucketStalls
	}
	return n, err
}

// Close gives the connection back.
func (d *download) Close() error {
	err := d.body.Close()
	d.end()
	return err
}

func (d *download) end() {
	if d.watch != nil {
		d.watch.Stop()
	}
	d.cancel(nil)
}
