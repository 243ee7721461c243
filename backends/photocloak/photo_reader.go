package photocloak

import (
	"context"
	"errors"
	"fmt"
	"io"

	"sekisho/caddymodules/stores"
)

// photoReader reads a blob from wherever it is sought to. It asks the store when
// there is something to read, from there to the end, and has one blob open at a
// time.
type photoReader struct {
	ctx   context.Context
	blobs stores.Blobs
	key   string

	size   int64 // bytes; -1 until the store has told
	offset int64 // where Read goes on

	body   io.ReadCloser // nil, or open at the offset at
	at     int64
	failed error // what Read could not do
}

// open opens the blob where Read goes on. That it is not there is a failure of
// ours: the photo is.
func (p *photoReader) open() error {
	if p.body != nil && p.at == p.offset {
		return nil
	}
	p.close()
	body, info, err := p.blobs.Get(p.ctx, p.key, p.offset, -1)
	if err != nil {
		return fmt.Errorf("opening a photo: %w", err)
	}
	if p.size >= 0 && info.Size != p.size {
		_ = body.Close()
		return errors.New("opening a photo: its file has not the size that was noted")
	}
	p.body, p.at, p.size = body, p.offset, info.Size
	return nil
}

// stat asks the store for the size without opening the blob.
func (p *photoReader) stat() error {
	info, err := p.blobs.Stat(p.ctx, p.key)
	if err != nil {
		return fmt.Errorf("looking for a photo: %w", err)
	}
	p.size = info.Size
	return nil
}

// Read opens the blob if need be. A blob that ends too early is an error.
func (p *photoReader) Read(b []byte) (int, error) {
	if p.offset >= p.size {
		return 0, io.EOF
	}
	n, err := 0, p.open()
	if err == nil {
		n, err = p.body.Read(b)
		p.offset += int64(n)
		p.at = p.offset
	}
	if errors.Is(err, io.EOF) {
		if p.offset == p.size {
			return n, io.EOF
		}
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		p.failed = fmt.Errorf("reading a photo: %w", err)
	}
	return n, p.failed
}

// Seek moves to where Read goes on. The size must be known.
func (p *photoReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += p.offset
	case io.SeekEnd:
		offset += p.size
	}
	if offset < 0 || p.size < 0 {
		return 0, errors.New("seeking in a photo: out of its bounds")
	}
	p.offset = offset
	return offset, nil
}

// close gives the open blob back.
func (p *photoReader) close() {
	if p.body != nil {
		_ = p.body.Close() // it was only read
		p.body = nil
	}
}
