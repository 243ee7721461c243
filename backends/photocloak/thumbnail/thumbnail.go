// Package thumbnail makes the small and the large thumbnail of a photo that a
// stranger sent. The photo must be a JPEG file by its content, is decoded once,
// at the smallest scale that will do, and takes what memory it needs from a
// [Budget] that all photos share.
//
// Thumbnails are upright JPEG files without any metadata. Colour profiles (ICC)
// are ignored: what is in an unusual colour space looks a little duller or
// brighter than it is, CMYK is turned to RGB by the plain formula.
package thumbnail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg"
)

const (
	// MaxPixels is the largest photo, 100 megapixels.
	MaxPixels = 100_000_000

	// SmallSide and LargeSide are the longer side of a thumbnail in pixels. A
	// photo that is smaller stays as it is.
	SmallSide, LargeSide = 160, 640

	quality = 85 // of the JPEG encoder, from 1 to 100
)

var (
	// ErrTooLarge says that a photo has more than [MaxPixels], or needs more
	// memory than the whole budget.
	ErrTooLarge = errors.New("photo too large")

	// ErrNotJPEG says that the content is no JPEG file, whatever its name says.
	ErrNotJPEG = errors.New("not a JPEG file")

	// ErrUnsupported says that the file is a JPEG file of a kind that no camera
	// writes: arithmetic or lossless coding, 12 bits a sample, or the like.
	ErrUnsupported = errors.New("unsupported kind of JPEG file")

	// ErrBroken says that a JPEG file is truncated or damaged.
	ErrBroken = errors.New("broken JPEG file")
)

// Photo is what is known of a photo once it is decoded.
type Photo struct {
	// Width and Height are the original's in pixels as they are stored, not yet
	// turned upright.
	Width, Height int

	// Rotate is the clockwise turn in degrees that the original's Exif
	// orientation asks for: 0, 90, 180 or 270. Where it asks for a mirror too,
	// left and right change before the turn.
	Rotate int

	// Small and Large are the thumbnails.
	Small, Large []byte
}

// Make decodes the JPEG file r from its start to its end and makes its
// thumbnails. It waits until the budget has room, at most as long as ctx.
//
// Its errors are [ErrTooLarge], [ErrNotJPEG], [ErrUnsupported] and [ErrBroken],
// which are the photo's fault, and those of ctx and r, which are not.
func Make(ctx context.Context, budget *Budget, r io.ReadSeeker) (Photo, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return Photo{}, fmt.Errorf("reading a photo: %w", err)
	}
	config, err := scaledjpeg.DecodeConfig(ctx, r)
	if err != nil {
		return Photo{}, fault(err)
	}
	if int64(config.Width)*int64(config.Height) > MaxPixels {
		return Photo{}, fmt.Errorf("%w: %d by %d pixels", ErrTooLarge, config.Width, config.Height)
	}
	turn := orientation(config.Exif)
	photo := Photo{Width: config.Width, Height: config.Height, Rotate: turn.degrees()}

	denominator := denominator(config)
	release, err := budget.Acquire(ctx, memory(config, denominator))
	if err != nil {
		return Photo{}, err
	}
	defer release()
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return Photo{}, fmt.Errorf("reading a photo: %w", err)
	}
	decoded, err := scaledjpeg.Decode(ctx, r, config, denominator)
	if err != nil {
		return Photo{}, fault(err)
	}
	planes := planesOf(decoded, float64(config.Width)/float64(denominator), float64(config.Height)/float64(denominator))

	width, height := fit(config.Width, config.Height, LargeSide)
	planes = resampleAll(planes, width, height)
	if photo.Large, err = encode(planes, turn); err != nil {
		return Photo{}, err
	}
	width, height = fit(config.Width, config.Height, SmallSide)
	planes = resampleAll(planes, width, height)
	photo.Small, err = encode(planes, turn)
	return photo, err
}

// fault tells the photo's faults from those of reading it.
func fault(err error) error {
	var format scaledjpeg.FormatError
	var unsupported scaledjpeg.UnsupportedError
	switch {
	case errors.Is(err, scaledjpeg.ErrNotJPEG):
		return ErrNotJPEG
	case errors.As(err, &unsupported):
		return fmt.Errorf("%w: %s", ErrUnsupported, string(unsupported))
	case errors.As(err, &format):
		return fmt.Errorf("%w: %s", ErrBroken, string(format))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: truncated", ErrBroken)
	}
	return fmt.Errorf("reading a photo: %w", err)
}

// denominator is of the smallest scale that still has all the pixels of the large
// thumbnail.
func denominator(config scaledjpeg.Config) int {
	side := max(config.Width, config.Height)
	for _, denominator := range []int{8, 4, 2} {
		if side >= denominator*LargeSide {
			return denominator
		}
	}
	return 1
}

// fit is a size of the same shape whose longer side is at most this long.
func fit(width, height, side int) (int, int) {
	longer := max(width, height)
	if longer <= side {
		return width, height
	}
	scaled := func(x int) int {
		return max(1, int(math.Round(float64(x)*float64(side)/float64(longer))))
	}
	return scaled(width), scaled(height)
}

// memory is what making the thumbnails takes in bytes: the decoder and its
// picture, that picture once more as three planes where it is none already, the
// planes of the thumbnails, before and after they are turned, and the encoded
// files. All of it is counted twice, for what Go has not collected yet.
func memory(config scaledjpeg.Config, denominator int) int64 {
	width, height := config.Size(denominator)
	bytes := config.Bytes(denominator) + 3*int64(width)*int64(height)
	bytes += 4 * 3 * LargeSide * LargeSide
	return 2 * bytes
}

// encode turns a picture upright and writes it as a JPEG file.
func encode(planes []plane, turn turn) ([]byte, error) {
	upright := make([]plane, len(planes))
	for i, p := range planes {
		upright[i] = turn.apply(p)
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, pictureOf(upright), &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("encoding a thumbnail: %w", err)
	}
	return file.Bytes(), nil
}

// pictureOf is grey for one plane, and for three of them Y, Cb and Cr.
func pictureOf(planes []plane) image.Image {
	y := planes[0]
	bounds := image.Rect(0, 0, y.width, y.height)
	if len(planes) == 1 {
		return &image.Gray{Pix: y.pix, Stride: y.stride, Rect: bounds}
	}
	return &image.YCbCr{
		Y: y.pix, Cb: planes[1].pix, Cr: planes[2].pix,
		YStride: y.stride, CStride: planes[1].stride,
		SubsampleRatio: image.YCbCrSubsampleRatio444,
		Rect:           bounds,
	}
}
