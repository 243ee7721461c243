package stores

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
)

const (
	// partSize is what an upload holds in memory: the smallest part that S3
	// takes. With the 10,000 parts that it allows a blob has up to 48 GiB.
	partSize = 5 << 20
	maxParts = 10_000

	// slowestUpload is how fast a part must at least go up: each has Timeout
	// and its size divided by this, in bytes a second.
	slowestUpload = 1 << 20
)

func (b *bucket) Put(ctx context.Context, key string, r io.Reader) error {
	if !isBlobKey(key) {
		return errors.New("putting a blob: its key is malformed")
	}
	part := partBuffers.Get().(*bytes.Buffer)
	last, err := fill(part, r)
	if err == nil {
		if last {
			err = b.putWhole(ctx, key, part.Bytes())
		} else {
			err = b.putInParts(ctx, key, part, r)
		}
	}
	if err != nil {
		return fmt.Errorf("putting a blob: %w", err) // a broken-off request may still read the part
	}
	partBuffers.Put(part)
	return nil
}

// partBuffers are the buffers of uploads, kept for the next: each has grown to some
// megabytes, and a burst of uploads would leave them behind faster than Go
// collects them.
var partBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// fill reads the next part, and says whether it is the last.
func fill(part *bytes.Buffer, r io.Reader) (last bool, err error) {
	part.Reset()
	_, err = io.CopyN(part, r, partSize)
	if errors.Is(err, io.EOF) && part.Len() < partSize {
		return true, nil
	}
	return false, err
}

func (b *bucket) putWhole(ctx context.Context, key string, blob []byte) error {
	ctx, cancel := uploading(ctx, len(blob))
	defer cancel()
	_, err := b.s3.PutObject(ctx, b.name, b.prefix+key, bytes.NewReader(blob), int64(len(blob)), "", hexSum(blob),
		minio.PutObjectOptions{DisableContentSha256: true})
	return err
}

// putInParts uploads the first part, which is there, and those that r still
// gives. They become a blob all at once in the end, or are thrown away.
func (b *bucket) putInParts(ctx context.Context, key string, part *bytes.Buffer, r io.Reader) error {
	first, cancel := hurry(ctx)
	upload, err := b.s3.NewMultipartUpload(first, b.name, b.prefix+key, minio.PutObjectOptions{})
	cancel()
	if err != nil {
		return err
	}
	parts, err := b.putParts(ctx, key, upload, part, r)
	if err == nil {
		completing, cancel := atMost(ctx, longestStall)
		_, err = b.s3.CompleteMultipartUpload(completing, b.name, b.prefix+key, upload, parts, minio.PutObjectOptions{})
		cancel()
	}
	if err != nil {
		aborting, cancel := context.WithTimeout(context.WithoutCancel(ctx), Timeout)
		defer cancel()
		// Where this fails too, the bucket's own rule for unfinished uploads remains.
		_ = b.s3.AbortMultipartUpload(aborting, b.name, b.prefix+key, upload)
	}
	return err
}

func (b *bucket) putParts(ctx context.Context, key, upload string, part *bytes.Buffer, r io.Reader) (parts []minio.CompletePart, err error) {
	for last := false; ; {
		if part.Len() > 0 {
			if len(parts) == maxParts {
				return nil, fmt.Errorf("it is longer than %d parts of %d bytes", maxParts, partSize)
			}
			done, err := b.putPart(ctx, key, upload, len(parts)+1, part.Bytes())
			if err != nil {
				return nil, err
			}
			parts = append(parts, minio.CompletePart{PartNumber: done.PartNumber, ETag: done.ETag})
		}
		if last {
			return parts, nil
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if last, err = fill(part, r); err != nil {
			return nil, err
		}
	}
}

func (b *bucket) putPart(ctx context.Context, key, upload string, number int, part []byte) (minio.ObjectPart, error) {
	ctx, cancel := uploading(ctx, len(part))
	defer cancel()
	return b.s3.PutObjectPart(ctx, b.name, b.prefix+key, upload, number, bytes.NewReader(part), int64(len(part)),
		minio.PutObjectPartOptions{Sha256Hex: hexSum(part), DisableContentSha256: true})
}

// uploading bounds the upload of size bytes by its progress, not the whole of
// a long one.
func uploading(ctx context.Context, size int) (context.Context, context.CancelFunc) {
	return atMost(ctx, patience.call+time.Duration(size)*time.Second/slowestUpload)
}

func atMost(ctx context.Context, bound time.Duration) (context.Context, context.CancelFunc) {
	if isUnhurried(ctx) {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, bound)
}

// hexSum is what the server checks the bytes against that reach it. It is given
// with DisableContentSha256, which only turns off minio's other way to do that:
// in chunks, in which an empty blob has a byte too many.
func hexSum(bytes []byte) string {
	sum := sha256.Sum256(bytes)
	return hex.EncodeToString(sum[:])
}
