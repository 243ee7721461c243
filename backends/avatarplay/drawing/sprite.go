package drawing

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"unsafe"
)

// MaxFile is the largest PNG file of a layer, in bytes: 1 MiB.
const MaxFile = 1 << 20

var (
	// ErrTooLarge says that a file has more than [MaxFile] bytes.
	ErrTooLarge = fmt.Errorf("larger than %d bytes", MaxFile)

	// ErrNotPNG says that the content is no PNG file, or a broken one.
	ErrNotPNG = errors.New("not a PNG file")

	// ErrSize says that a picture is not of 240×320 pixels.
	ErrSize = fmt.Errorf("not %d×%d pixels", Width, Height)
)

// Sprite is the picture of a layer, decoded and cut to what is not transparent.
// It never changes, and any number of drawings may use it at once.
type Sprite struct {
	bounds image.Rectangle
	pixels []pixel // row by row
}

// Decode reads a PNG file of exactly 240×320 pixels. Its size is looked at before
// anything is decoded. The errors are [ErrTooLarge], [ErrNotPNG] and [ErrSize].
func Decode(file []byte) (*Sprite, error) {
	if len(file) > MaxFile {
		return nil, ErrTooLarge
	}
	config, err := png.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPNG, err)
	}
	if config.Width != Width || config.Height != Height {
		return nil, fmt.Errorf("%w, but %d×%d", ErrSize, config.Width, config.Height)
	}
	decoded, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPNG, err)
	}
	premultiplied := image.NewRGBA(decoded.Bounds())
	draw.Draw(premultiplied, premultiplied.Rect, decoded, decoded.Bounds().Min, draw.Src)
	pixels := make(canvas, Width*Height)
	for i := range pixels {
		pixels[i] = pixel(binary.LittleEndian.Uint32(premultiplied.Pix[4*i:]))
	}
	return cut(pixels), nil
}

// cut makes a sprite of what is not transparent.
func cut(pixels canvas) *Sprite {
	s := &Sprite{bounds: pixels.bounds()}
	s.pixels = make([]pixel, 0, s.bounds.Dx()*s.bounds.Dy())
	for y := s.bounds.Min.Y; y < s.bounds.Max.Y; y++ {
		s.pixels = append(s.pixels, pixels[y*Width+s.bounds.Min.X:y*Width+s.bounds.Max.X]...)
	}
	return s
}

// Empty says that all of the picture is transparent.
func (s *Sprite) Empty() bool { return s.bounds.Empty() }

// Size is how many bytes of memory the sprite takes.
func (s *Sprite) Size() int {
	return int(unsafe.Sizeof(*s)) + len(s.pixels)*int(unsafe.Sizeof(pixel(0)))
}
