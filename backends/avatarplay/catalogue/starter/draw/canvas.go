package main

import (
	"image"
	"math"

	"github.com/fogleman/gg"
	"golang.org/x/image/draw"
	"golang.org/x/image/vector"
)

// Size of a finished layer in pixels, and how many times larger it is drawn.
const (
	width, height = 240, 320
	fine          = 4
)

// Widths of lines in pixels.
const (
	outline = 1.7 // around a shape
	seam    = 1.1 // folds, seams, strands inside of it
	hairpin = 0.8 // the finest
)

// canvas is a layer that is being drawn.
type canvas struct {
	dc     *gg.Context
	mask   *image.Alpha // what may be painted now, nil for everything
	mirror bool         // draws on the other side of the centre line
}

func newCanvas() *canvas {
	return &canvas{dc: gg.NewContext(width*fine, height*fine)}
}

// finish gives the layer in its own size.
func (c *canvas) finish() *image.NRGBA {
	small := image.NewNRGBA(image.Rect(0, 0, width, height))
	large := c.dc.Image().(*image.RGBA)
	part := painted(large)
	draw.CatmullRom.Scale(small, part, large, image.Rectangle{part.Min.Mul(fine), part.Max.Mul(fine)}, draw.Src, nil)
	for i := 0; i < len(small.Pix); i += 4 { // what cannot be seen is not worth its bytes
		if small.Pix[i+3] < 4 {
			copy(small.Pix[i:i+4], []uint8{0, 0, 0, 0})
		}
	}
	return small
}

// painted is where on the small layer there is anything, and some room around it.
func painted(large *image.RGBA) image.Rectangle {
	const room = 3
	var part image.Rectangle
	for y := range height {
		row := large.Pix[y*fine*large.Stride : (y+1)*fine*large.Stride]
		for i := 3; i < len(row); i += 4 {
			if row[i] != 0 {
				x := i % large.Stride / 4 / fine
				part = part.Union(image.Rect(x-room, y-room, x+room+1, y+room+1))
			}
		}
	}
	return part.Intersect(image.Rect(0, 0, width, height))
}

// place gives where a point is on the large drawing.
func (c *canvas) place(p point) (x, y float64) {
	if c.mirror {
		p.x = -p.x
	}
	return (p.x + width/2) * fine, p.y * fine
}

func (c *canvas) trace(p path) {
	c.dc.ClearPath()
	c.dc.MoveTo(c.place(p.points[0]))
	for _, b := range p.bends() {
		x1, y1 := c.place(b.handleFrom)
		x2, y2 := c.place(b.handleTo)
		x3, y3 := c.place(b.to)
		if b.straight() {
			c.dc.LineTo(x3, y3)
		} else {
			c.dc.CubicTo(x1, y1, x2, y2, x3, y3)
		}
	}
	if p.closed {
		c.dc.ClosePath()
	}
}

// fill paints the inside of a path.
func (c *canvas) fill(p path, with colour) {
	c.trace(p)
	c.dc.SetColor(with)
	c.dc.Fill()
}

// fade paints the inside of a path with colours that pass into each other from
// one place to the other.
func (c *canvas) fade(p path, fromX, fromY, toX, toY float64, colours ...colour) {
	x0, y0 := c.place(point{x: fromX, y: fromY})
	x1, y1 := c.place(point{x: toX, y: toY})
	c.paint(p, gg.NewLinearGradient(x0, y0, x1, y1), colours)
}

// glow paints the inside of a path with colours from a middle outwards.
func (c *canvas) glow(p path, x, y, radius float64, colours ...colour) {
	x, y = c.place(point{x: x, y: y})
	c.paint(p, gg.NewRadialGradient(x, y, 0, x, y, radius*fine), colours)
}

func (c *canvas) paint(p path, with gg.Gradient, colours []colour) {
	for i, stop := range colours {
		with.AddColorStop(float64(i)/float64(max(len(colours)-1, 1)), stop)
	}
	c.trace(p)
	c.dc.SetFillStyle(with)
	c.dc.Fill()
}

// line draws along a path.
func (c *canvas) line(p path, wide float64, with colour) {
	c.trace(p)
	c.dc.SetColor(with)
	c.dc.SetLineWidth(wide * fine)
	c.dc.Stroke()
}

// strand draws a line that is wide in the middle and fine at its ends.
func (c *canvas) strand(p path, wide float64, with colour) {
	c.fill(limb(p, 0.3, wide, 0.3), with)
}

// inside lets draw paint within a path only.
func (c *canvas) inside(p path, draw func()) {
	outer := c.mask
	c.use(c.stencil(p, outer))
	draw()
	c.use(outer)
}

// stencil gives a mask that shows a path, where outer shows anything too.
func (c *canvas) stencil(p path, outer *image.Alpha) *image.Alpha {
	mask := image.NewAlpha(image.Rect(0, 0, width*fine, height*fine))
	part := c.around(p).Intersect(mask.Bounds())
	if part.Empty() {
		return mask
	}
	r := vector.NewRasterizer(part.Dx(), part.Dy())
	at := func(q point) (x, y float32) {
		left, top := c.place(q)
		return float32(left - float64(part.Min.X)), float32(top - float64(part.Min.Y))
	}
	r.MoveTo(at(p.points[0]))
	for _, b := range p.bends() {
		x1, y1 := at(b.handleFrom)
		x2, y2 := at(b.handleTo)
		x3, y3 := at(b.to)
		r.CubeTo(x1, y1, x2, y2, x3, y3)
	}
	r.ClosePath()
	r.Draw(mask, part, image.Opaque, image.Point{})
	if outer != nil {
		for y := part.Min.Y; y < part.Max.Y; y++ {
			from, to := mask.PixOffset(part.Min.X, y), mask.PixOffset(part.Max.X, y)
			for i := from; i < to; i++ {
				mask.Pix[i] = uint8(int(mask.Pix[i]) * int(outer.Pix[i]) / 255)
			}
		}
	}
	return mask
}

// around is a rectangle of the large drawing that holds all of a path.
func (c *canvas) around(p path) image.Rectangle {
	hull := path{}
	for _, b := range p.bends() {
		hull.points = append(hull.points, b.from, b.handleFrom, b.handleTo, b.to)
	}
	left, top, right, bottom := hull.bounds()
	x0, y0 := c.place(point{x: left, y: top})
	x1, y1 := c.place(point{x: right, y: bottom})
	return image.Rect(int(math.Floor(min(x0, x1))), int(math.Floor(y0)), int(math.Ceil(max(x0, x1))), int(math.Ceil(y1)))
}

func (c *canvas) use(mask *image.Alpha) {
	c.mask = mask
	if mask == nil {
		c.dc.ResetClip()
		return
	}
	if err := c.dc.SetMask(mask); err != nil {
		panic(err) // all masks are of one size
	}
}

// shape fills a path, lets details paint within it (nil for none) and draws its
// outline in the ink that goes with the colour.
func (c *canvas) shape(p path, with colour, details func()) {
	c.fill(p, with)
	if details != nil {
		c.inside(p, details)
	}
	c.line(p, outline, with.ink())
}

// trinket is a shape so small that a finer outline becomes it.
func (c *canvas) trinket(p path, with colour, details func()) {
	c.fill(p, with)
	if details != nil {
		c.inside(p, details)
	}
	c.line(p, seam, with.ink())
}

// sides draws twice: as it is, and mirrored on the centre line.
func (c *canvas) sides(draw func()) {
	draw()
	c.mirror = !c.mirror
	draw()
	c.mirror = !c.mirror
}

// stripes paints lines of one width within a path, a step apart; they are
// turned clockwise from lying.
func (c *canvas) stripes(p path, wide, step, degrees float64, with colour) {
	c.inside(p, func() { c.lines(p, 0, wide, step, degrees, with) })
}

// check paints a tartan within a path: wide bands both ways, and fine threads
// between them.
func (c *canvas) check(p path, step, degrees float64, band, thread colour) {
	c.inside(p, func() {
		for _, turn := range []float64{degrees, degrees + 90} {
			c.lines(p, 0, step*0.45, step, turn, band)
			c.lines(p, step*0.7, step*0.09, step, turn, thread)
		}
	})
}

// lines paints across all of a path, and beyond it: the first of them begins so
// far from the top of the picture.
func (c *canvas) lines(over path, first, wide, step, degrees float64, with colour) {
	left, top, right, bottom := over.bounds()
	_, from, _, to := polygon(left, top, right, top, right, bottom, left, bottom).turned(-degrees, 0, height/2).bounds()
	for at := first + step*math.Floor((from-first)/step-1); at < to; at += step {
		c.fill(box(-3*width, at, 6*width, wide, 0).turned(degrees, 0, height/2), with)
	}
}

// scatter repeats a motif within a path, at places in rows that are shifted
// against each other.
func (c *canvas) scatter(p path, step float64, motif func(x, y float64)) {
	c.inside(p, func() {
		left, top, right, bottom := p.bounds()
		for row := 0; top+float64(row)*step*0.8 < bottom+step; row++ {
			shift := float64(row%2) * step / 2
			for x := math.Floor(left/step)*step - step + shift; x < right+step; x += step {
				motif(x, top+float64(row)*step*0.8)
			}
		}
	})
}

// dots scatters dots within a path.
func (c *canvas) dots(p path, radius, step float64, with colour) {
	c.scatter(p, step, func(x, y float64) { c.fill(disc(x, y, radius), with) })
}

func (p path) bounds() (left, top, right, bottom float64) {
	left, top, right, bottom = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, q := range p.points {
		left, right = min(left, q.x), max(right, q.x)
		top, bottom = min(top, q.y), max(bottom, q.y)
	}
	return left, top, right, bottom
}
