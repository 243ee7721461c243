package drawing

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"sync"
)

const (
	margin  = 3 // pixels around an item
	corner  = 6 // radius of a background's corners, in pixels
	enlarge = 2 // how often its size a small item is shown at most
)

// encoder lends each picture what its compression needs of memory, most of a
// megabyte.
var encoder = png.Encoder{BufferPool: &buffers{}}

type buffers struct{ pool sync.Pool }

func (b *buffers) Get() *png.EncoderBuffer {
	buffer, _ := b.pool.Get().(*png.EncoderBuffer)
	return buffer // nil makes a new one
}

func (b *buffers) Put(buffer *png.EncoderBuffer) { b.pool.Put(buffer) }

// Thumbnail draws an item alone as a PNG of 60×60 pixels. It is cut to its bounds
// and fitted in with a margin; a small one is enlarged at most twofold. What
// covers all of the canvas, a background, shows its middle square instead, over
// all of the thumbnail, with rounded corners.
func Thumbnail(layers []Layer) ([]byte, error) {
	e := takeEasel()
	defer e.giveBack()
	e.now.fill(nothing)
	e.now.paintAll(layers, pose{})

	picture := image.NewRGBA(image.Rect(0, 0, ThumbnailSide, ThumbnailSide))
	if e.now.full() {
		place(picture, picture.Rect, e.now, middleSquare)
		roundOff(picture)
	} else if bounds := e.now.bounds(); !bounds.Empty() {
		place(picture, fit(bounds.Size()), e.now, bounds)
	}
	var out bytes.Buffer
	if err := encoder.Encode(&out, picture); err != nil {
		return nil, fmt.Errorf("encoding a thumbnail: %w", err)
	}
	return out.Bytes(), nil
}

var middleSquare = image.Rect(0, (Height-Width)/2, Width, (Height+Width)/2)

// full says whether nothing shows through anywhere.
func (c canvas) full() bool {
	for _, p := range c {
		if p.alpha() != 255 {
			return false
		}
	}
	return true
}

// fit gives the place of something of this size in a thumbnail.
func fit(size image.Point) image.Rectangle {
	const side = ThumbnailSide - 2*margin
	longer := max(size.X, size.Y)
	length := min(side, enlarge*longer)
	scaled := func(x int) int { return max(1, (2*x*length+longer)/(2*longer)) }
	width, height := scaled(size.X), scaled(size.Y)
	x, y := (ThumbnailSide-width)/2, (ThumbnailSide-height)/2
	return image.Rect(x, y, x+width, y+height)
}

// place scales a section of the canvas to a place of the picture.
func place(picture *image.RGBA, to image.Rectangle, c canvas, section image.Rectangle) {
	for i, p := range scale(c, section, to.Dx(), to.Dy()) {
		at := picture.PixOffset(to.Min.X+i%to.Dx(), to.Min.Y+i/to.Dx())
		copy(picture.Pix[at:], []uint8{uint8(p.red()), uint8(p.green()), uint8(p.blue()), uint8(p.alpha())})
	}
}

// roundOff makes what is outside of rounded corners transparent.
func roundOff(picture *image.RGBA) {
	for y := range corner {
		for x := range corner {
			covered := cornerCover(x, y)
			for _, at := range []int{
				picture.PixOffset(x, y),
				picture.PixOffset(ThumbnailSide-1-x, y),
				picture.PixOffset(x, ThumbnailSide-1-y),
				picture.PixOffset(ThumbnailSide-1-x, ThumbnailSide-1-y),
			} {
				for i, part := range picture.Pix[at : at+4] {
					picture.Pix[at+i] = uint8(int(part) * covered / (fine * fine))
				}
			}
		}
	}
}

// fine is into how many parts a pixel is cut in each direction, to know how much
// of it is within a corner.
const fine = 8

// cornerCover says how many parts of a pixel are within the top left corner.
func cornerCover(x, y int) (parts int) {
	for i := range fine {
		for j := range fine {
			// From the center of the circle, in halves of a part.
			dx, dy := 2*fine*(corner-x)-2*i-1, 2*fine*(corner-y)-2*j-1
			if dx*dx+dy*dy <= 4*fine*fine*corner*corner {
				parts++
			}
		}
	}
	return parts
}
