// Copyright 2009 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

// Package scaledjpeg decodes JPEG files at 1/1, 1/2, 1/4 or 1/8 of their size.
//
// It is a copy of the decoder of Go's image/jpeg, changed for a gateway that
// makes thumbnails of whatever strangers send:
//
//   - Scaling happens on the DCT coefficients, so that a thumbnail costs neither
//     the time nor the memory of the whole picture. At full size the pixels are
//     those of image/jpeg.
//   - Of a progressive file only the coefficients that the scale asks for are
//     kept, in 16 bits each, with a bit for each of the others (which is what
//     reading the later scans takes). 100 megapixels at 1/8 are 23 MB that way
//     where image/jpeg takes 600. They lie outside of Go's heap where the system
//     allows it, and are given back before Decode returns.
//   - What a file may cost is known before anything is allocated, see
//     [Config.Bytes], and bounded: at most [MaxScans] scans, a sequential scan
//     once for each component. A context ends it early.
//   - Bits are read eight bytes at a time, and short codes together with their
//     value. Restart intervals of scans of one component count blocks, as
//     section A.2.2 has it.
//   - What image/jpeg lets pass is an error where it would give half a picture:
//     a component without a scan, coefficients past the end of a block.
//
// Colour profiles (ICC) and all other metadata are left to the caller, who gets
// the Exif segment with the [Config].
//
// JPEG is defined in ITU-T T.81: https://www.w3.org/Graphics/JPEG/itu-t81.pdf;
// sections and tables named in this package are those of that document.
package scaledjpeg

import (
	"context"
	"errors"
	"image"
	"io"
)

// MaxScans is how many scans a progressive file may have. Encoders write about
// 10, the most eager optimisers below 20; each scan costs a pass over all blocks,
// however short it is.
const MaxScans = 100

// ErrNotJPEG says that the content does not begin as a JPEG file does, with the
// bytes FF D8.
var ErrNotJPEG = errors.New("not a JPEG file")

// A FormatError says in what a file is no valid JPEG. A file that ends too early
// is [io.ErrUnexpectedEOF], or a FormatError where another marker cuts the data
// short.
type FormatError string

func (e FormatError) Error() string { return "invalid JPEG file: " + string(e) }

// An UnsupportedError names what a file uses that is valid JPEG but not decoded
// here: arithmetic coding, lossless and hierarchical files, 12 bits a sample,
// rare subsamplings, a height that follows the first scan (DNL).
type UnsupportedError string

func (e UnsupportedError) Error() string { return "unsupported JPEG feature: " + string(e) }

// Config is what a file says of its picture before the first scan.
type Config struct {
	Width, Height int // pixels, each at least 1
	Components    int // 1 grey, 3 YCbCr or RGB, 4 CMYK or YCCK
	Progressive   bool

	// Exif is the content of the first Exif segment, without its "Exif\0\0": a
	// TIFF file of at most 64 KiB. Nil where there is none.
	Exif []byte

	frame frame
	rgb   bool
}

// DecodeConfig reads r up to the first scan. It allocates next to nothing
// whatever the file says, so its answer is what a limit on pixels or bytes is
// held against. Its errors are [ErrNotJPEG], [FormatError], [UnsupportedError],
// [io.ErrUnexpectedEOF], and those of ctx and r.
func DecodeConfig(ctx context.Context, r io.Reader) (Config, error) {
	d := decoder{in: input{ctx: ctx, r: r}, headerOnly: true}
	if err := d.segments(); err != nil {
		return Config{}, err
	}
	return d.config(), nil
}

// Bytes is how much memory [Decode] takes at this denominator, its result
// included.
func (c Config) Bytes(denominator int) int64 {
	side := 8 / denominator
	blocks := int64(0)
	for i := range c.frame.components() {
		blocks += int64(c.frame.blocks(i))
	}
	bytes := blocks * int64(side*side)
	if c.Progressive {
		bytes += blocks * bytesPerBlock(side)
	}
	if c.rgb || c.Components == 4 {
		width, height := c.Size(denominator)
		bytes += 4 * int64(width) * int64(height)
	}
	return bytes + decoderBytes
}

// Size is the picture's width and height at 1/denominator, rounded up.
func (c Config) Size(denominator int) (width, height int) {
	return ceilDiv(c.Width, denominator), ceilDiv(c.Height, denominator)
}

// Decode reads a whole JPEG file from r, up to its End Of Image marker, and gives
// its picture at 1/denominator of its size: 1, 2, 4 or 8, anything else panics.
// It is an *image.Gray, *image.YCbCr, *image.RGBA or *image.CMYK.
//
// The config is what [DecodeConfig] said of the same file; another frame than
// that is a [FormatError], so that nobody gets more memory than was asked for.
// The other errors are those of DecodeConfig.
func Decode(ctx context.Context, r io.Reader, config Config, denominator int) (image.Image, error) {
	switch denominator {
	case 1, 2, 4, 8:
	default:
		panic("scaledjpeg: the denominator is none of 1, 2, 4, 8")
	}
	d := decoder{in: input{ctx: ctx, r: r}, side: 8 / denominator, expected: config.frame}
	d.keep = keeps(d.side)
	defer d.coefficients.release()
	if err := d.segments(); err != nil {
		return nil, err
	}
	if missing := d.frame.all() &^ d.scanned; missing != 0 {
		return nil, FormatError("component without a scan")
	}
	if d.frame.progressive {
		if err := d.reconstructProgressive(); err != nil {
			return nil, err
		}
		d.coefficients.release()
	}
	return d.image(denominator)
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
