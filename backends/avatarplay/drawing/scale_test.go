package drawing

import (
	"image"
	"testing"

	"golang.org/x/image/draw"
)

// Scaling comes out as by golang.org/x/image/draw, but for rounding.
func TestScale(t *testing.T) {
	t.Parallel()
	for _, layers := range [][]Layer{girl(t), girl(t)[8:]} {
		c := make(canvas, Width*Height)
		c.paintAll(layers, pose{})
		m := image.NewRGBA(image.Rect(0, 0, Width, Height))
		for i, p := range c {
			copy(m.Pix[4*i:], []uint8{uint8(p.red()), uint8(p.green()), uint8(p.blue()), uint8(p.alpha())})
		}
		for _, tt := range []struct {
			section       image.Rectangle
			width, height int
		}{
			{image.Rect(60, 16, 180, 176), 60, 80},
			{image.Rect(0, 0, 240, 320), 60, 80},
			{image.Rect(31, 7, 130, 139), 60, 80},
			{image.Rect(100, 80, 121, 108), 60, 80},
			{image.Rect(50, 10, 190, 160), 54, 58},
			{image.Rect(119, 40, 120, 41), 2, 2},
			{image.Rect(0, 0, 240, 1), 54, 1},
		} {
			want := image.NewRGBA(image.Rect(0, 0, tt.width, tt.height))
			draw.CatmullRom.Scale(want, want.Rect, m.SubImage(tt.section), tt.section, draw.Src, nil)
			got := scale(c, tt.section, tt.width, tt.height)
			if len(got) != tt.width*tt.height {
				t.Fatalf("%d pixels", len(got))
			}
			for i, p := range got {
				q := colourAt(want, i)
				for _, off := range [4]int{p.red() - q.red(), p.green() - q.green(), p.blue() - q.blue(), p.alpha() - q.alpha()} {
					if max(off, -off) > 2 {
						t.Fatalf("%v, pixel %d is %08x, want %08x", tt.section, i, p, q)
					}
				}
			}
		}
	}
}

// What is of one colour stays so at any size.
func TestScaleKeepsFlat(t *testing.T) {
	t.Parallel()
	c := make(canvas, Width*Height)
	for _, p := range []pixel{white, nothing, 0x80402010, 0xff010203} {
		c.fill(p)
		for side := 1; side <= Width; side += 7 {
			for _, got := range scale(c, image.Rect(0, 0, side, side), 54, 60) {
				if got != p {
					t.Fatalf("%08x became %08x from %d pixels", p, got, side)
				}
			}
		}
	}
}
