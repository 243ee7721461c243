// Package drawing draws PhotoCloak's own pictures: the photos of the demo, and
// the two that stand for no photo and for a locked cloak. They are functions of
// the place alone, so that they come out alike each time and at any size. The
// program serves the JPEG files beside it, which the tests here draw.
package drawing

import (
	"image"
	"image/color"
	"math"
	"runtime"
	"sync"
)

// Picture is what is drawn.
type Picture struct {
	Width, Height int // pixels it is meant for

	// shade gives the colour of the place x, y: y runs from 0 at the top to 1, x
	// in the same unit. pixel is the width of a pixel, over which edges are
	// smoothed.
	shade func(x, y, pixel float64) rgb
}

// Draw draws the whole picture, on all processors.
func (p Picture) Draw() *image.RGBA {
	drawn := image.NewRGBA(image.Rect(0, 0, p.Width, p.Height))
	var drawing sync.WaitGroup
	painters := runtime.GOMAXPROCS(0)
	for first := range painters {
		drawing.Go(func() {
			for row := first; row < p.Height; row += painters {
				for column := range p.Width {
					drawn.SetRGBA(column, row, p.At(column, row))
				}
			}
		})
	}
	drawing.Wait()
	return drawn
}

// At draws one pixel.
func (p Picture) At(column, row int) color.RGBA {
	pixel := 1 / float64(p.Height)
	return p.shade((float64(column)+0.5)*pixel, (float64(row)+0.5)*pixel, pixel).pixel()
}

// rgb is a colour, each part from 0 to 1.
type rgb struct{ r, g, b float64 }

// hex gives the colour 0xRRGGBB.
func hex(code uint32) rgb {
	return rgb{float64(code>>16&0xff) / 255, float64(code>>8&0xff) / 255, float64(code&0xff) / 255}
}

func (c rgb) pixel() color.RGBA {
	part := func(v float64) uint8 { return uint8(math.Round(clamp(v) * 255)) }
	return color.RGBA{part(c.r), part(c.g), part(c.b), 255}
}

// visible is c without light beyond white.
func (c rgb) visible() rgb { return rgb{clamp(c.r), clamp(c.g), clamp(c.b)} }

// over lays another colour over c, from 0 (not at all) to 1.
func (c rgb) over(other rgb, how float64) rgb {
	how = clamp(how)
	return rgb{c.r + (other.r-c.r)*how, c.g + (other.g-c.g)*how, c.b + (other.b-c.b)*how}
}

// plus adds light.
func (c rgb) plus(light rgb, how float64) rgb {
	return rgb{c.r + light.r*how, c.g + light.g*how, c.b + light.b*how}
}

// times makes c brighter or darker.
func (c rgb) times(how float64) rgb { return rgb{c.r * how, c.g * how, c.b * how} }

// between gives the colour at t on a way over colours at equal distances.
func between(t float64, colours ...rgb) rgb {
	t = clamp(t) * float64(len(colours)-1)
	i := min(int(t), len(colours)-2)
	return colours[i].over(colours[i+1], t-float64(i))
}

func clamp(v float64) float64 { return min(max(v, 0), 1) }

// ramp rises smoothly from 0 at from to 1 at to.
func ramp(from, to, v float64) float64 {
	t := clamp((v - from) / (to - from))
	return t * t * (3 - 2*t)
}

// inside says how much of a pixel is within a shape whose edge is that far away
// (below 0 inside), over an edge of that width.
func inside(distance, width float64) float64 { return clamp(0.5 - distance/width) }

// bump is 1 at the centre and falls off on both sides within about width.
func bump(v, centre, width float64) float64 {
	d := (v - centre) / width
	return math.Exp(-d * d)
}
