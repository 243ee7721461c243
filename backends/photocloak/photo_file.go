package photocloak

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"sekisho/backends/kit"
	"sekisho/backends/photocloak/thumbnail"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores"
)

// photoSize is the parameter ps: which of the three files of a photo.
type photoSize int

// The document prints 1 twice; 2 is the large thumbnail.
const (
	originalPhoto photoSize = 0
	smallPhoto    photoSize = 1
	largePhoto    photoSize = 2
)

// photoSizes are all files of a photo, the original first.
var photoSizes = []photoSize{originalPhoto, smallPhoto, largePhoto}

// blobRoot is the folder of the blob store in which all photos are.
const blobRoot = "photocloak/"

// newBlob gives a folder for the files of a photo that nobody else has:
// photocloak/ab/abcd…, so that no folder holds too many others.
func newBlob() string {
	token := kit.RandomToken(16)
	return blobRoot + token[:2] + "/" + token
}

// blobKey gives the key of one of a photo's files; blob is image.Blob, and the
// folder of the key.
func blobKey(blob string, size photoSize) string {
	switch size {
	case smallPhoto:
		return blob + "/small.jpg"
	case largePhoto:
		return blob + "/large.jpg"
	}
	return blob + "/original.jpg"
}

// decodePatience bounds how long a photo waits until there is memory to decode
// it, and its decoding. It is a variable for the tests.
var decodePatience = 90 * time.Second

const (
	// putsAtOnce bounds how many files go into the blob store at once in the
	// whole process: a bucket holds up to 8 MiB of each in memory.
	putsAtOnce = 8

	putPatience = 30 * time.Second
)

var puts = make(chan struct{}, putsAtOnce)

// overloaded is the fault of a caller who comes at a time when too much is done.
func overloaded() *fault.Fault {
	return &fault.Fault{Kind: fault.TooMany, RetryAfter: 5 * time.Second}
}

// keepPhoto makes the thumbnails of a photo and keeps all three files under a
// new blob. What it gives lacks the ids, the name and the time. Its error is a
// *fault.Fault about the file, or that there is too much to do, or a failure of
// ours; some files may then be left behind for the janitor.
func keepPhoto(ctx context.Context, blobs stores.Blobs, budget *thumbnail.Budget, original io.ReadSeeker) (image, error) {
	made, err := makeThumbnails(ctx, budget, original)
	if err != nil {
		return image{}, err
	}
	if _, err := original.Seek(0, io.SeekStart); err != nil {
		return image{}, fmt.Errorf("rewinding a photo: %w", err)
	}
	kept := image{
		Blob:   newBlob(),
		Width:  int64(made.Width),
		Height: int64(made.Height),
		Rotate: int64(made.Rotate),
	}
	sum := sha256.New()
	counted := &countingReader{r: io.TeeReader(original, sum)}
	files := map[photoSize]io.Reader{
		originalPhoto: counted,
		smallPhoto:    bytes.NewReader(made.Small),
		largePhoto:    bytes.NewReader(made.Large),
	}
	for _, size := range photoSizes {
		if err := putFile(ctx, blobs, blobKey(kept.Blob, size), files[size]); err != nil {
			return image{}, errors.Join(err, forgetPhoto(ctx, blobs, kept.Blob))
		}
	}
	kept.Digest, kept.Size = sum.Sum(nil), counted.n
	return kept, nil
}

// makeThumbnails decodes a photo, once there is memory for it.
func makeThumbnails(ctx context.Context, budget *thumbnail.Budget, original io.ReadSeeker) (thumbnail.Photo, error) {
	decoding, cancel := context.WithTimeout(ctx, decodePatience)
	defer cancel()
	made, err := thumbnail.Make(decoding, budget, original)
	switch {
	case err == nil:
		return made, nil
	case errors.Is(err, thumbnail.ErrTooLarge):
		return made, fault.New(fault.TooLarge, subjectFile)
	case errors.Is(err, thumbnail.ErrNotJPEG), errors.Is(err, thumbnail.ErrUnsupported):
		return made, fault.New(fault.Unsupported, subjectFile)
	case errors.Is(err, thumbnail.ErrBroken):
		return made, fault.New(fault.Malformed, subjectFile)
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return made, overloaded()
	}
	return made, fmt.Errorf("making thumbnails: %w", err)
}

// putFile puts one file when it is its turn.
func putFile(ctx context.Context, blobs stores.Blobs, key string, r io.Reader) error {
	if err := takePlace(ctx, puts, putPatience); err != nil {
		return err
	}
	defer func() { <-puts }()
	return blobs.Put(ctx, key, r)
}

// takePlace takes one of the places of a queue. Where none is free in time, the error
// is TooMany.
func takePlace(ctx context.Context, places chan struct{}, patience time.Duration) error {
	select {
	case places <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for a place: %w", ctx.Err())
	case <-timer.C:
		return overloaded()
	}
}

// forgetPhoto deletes the files of a photo.
func forgetPhoto(ctx context.Context, blobs stores.Blobs, blob string) error {
	var errs []error
	for _, size := range photoSizes {
		errs = append(errs, blobs.Delete(context.WithoutCancel(ctx), blobKey(blob, size)))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("deleting the files of a photo: %w", err)
	}
	return nil
}

// countingReader counts the bytes that were read.
type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
