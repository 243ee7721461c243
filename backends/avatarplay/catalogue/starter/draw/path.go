package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// point is a place on the figure: x from its centre line, to the right, y from
// the top of the picture, both in pixels of the finished picture.
type point struct {
	x, y   float64
	corner bool // the curve may turn sharply here
}

// path is a smooth curve through its points.
type path struct {
	points []point
	closed bool
}

// curve reads an open path: points as "x,y" between blanks; a "!" behind a
// point makes it a corner. Between two corners the path is straight.
func curve(points string) path { return path{points: read(points)} }

// loop reads a closed path.
func loop(points string) path { return path{points: read(points), closed: true} }

// both reads the right half of a closed path that is the same on both sides of
// the centre line, from its top to its bottom.
func both(points string) path {
	right := read(points)
	whole := path{points: right, closed: true}
	for i := len(right) - 1; i >= 0; i-- {
		if p := right[i]; p.x != 0 {
			whole.points = append(whole.points, point{-p.x, p.y, p.corner})
		}
	}
	return whole
}

// read panics where the points are misspelt: they are all in this program.
func read(points string) []point {
	var all []point
	for _, word := range strings.Fields(points) {
		place, corner := strings.CutSuffix(word, "!")
		left, right, _ := strings.Cut(place, ",")
		x, errX := strconv.ParseFloat(left, 64)
		y, errY := strconv.ParseFloat(right, 64)
		if errX != nil || errY != nil {
			panic(fmt.Sprintf("point %q of %q is not x,y", word, points))
		}
		all = append(all, point{x, y, corner})
	}
	return all
}

// oval is an ellipse around x, y.
func oval(x, y, width, height float64) path {
	const corners = 12
	p := path{closed: true}
	for i := range corners {
		turn := 2 * math.Pi * float64(i) / corners
		p.points = append(p.points, point{x: x + width/2*math.Sin(turn), y: y - height/2*math.Cos(turn)})
	}
	return p
}

// disc is a circle around x, y.
func disc(x, y, radius float64) path { return oval(x, y, 2*radius, 2*radius) }

// box is a rectangle whose corners are rounded by radius.
func box(x, y, width, height, radius float64) path {
	if radius == 0 {
		return polygon(x, y, x+width, y, x+width, y+height, x, y+height)
	}
	p := path{closed: true}
	for side, middle := range []point{
		{x: x + width - radius, y: y + radius},
		{x: x + width - radius, y: y + height - radius},
		{x: x + radius, y: y + height - radius},
		{x: x + radius, y: y + radius},
	} {
		for step := range 4 {
			turn := (float64(side) + float64(step)/3) * math.Pi / 2
			p.points = append(p.points, point{
				x: middle.x + radius*math.Sin(turn), y: middle.y - radius*math.Cos(turn),
				corner: step == 0 || step == 3,
			})
		}
	}
	return p
}

// polygon joins the places by straight lines.
func polygon(places ...float64) path {
	p := path{closed: true}
	for i := 0; i < len(places); i += 2 {
		p.points = append(p.points, point{places[i], places[i+1], true})
	}
	return p
}

// star has so many points of the radius outer; between them it goes in to inner.
func star(x, y, outer, inner float64, points int) path {
	p := path{closed: true}
	for i := range 2 * points {
		radius := outer
		if i%2 == 1 {
			radius = inner
		}
		turn := math.Pi * float64(i) / float64(points)
		p.points = append(p.points, point{x + radius*math.Sin(turn), y - radius*math.Cos(turn), true})
	}
	return p
}

// heart is as wide as it is high, around x, y.
func heart(x, y, width float64) path {
	return loop("0,-0.22! 0.25,-0.45 0.5,-0.2 0.36,0.14 0,0.48! -0.36,0.14 -0.5,-0.2 -0.25,-0.45").scaled(width, width).moved(x, y)
}

// flower has round petals around x, y.
func flower(x, y, radius float64, petals int) path {
	p := path{closed: true}
	for i := range petals {
		for _, part := range [...]struct{ turn, far float64 }{{0, 0.38}, {0.24, 0.92}, {0.5, 1}, {0.76, 0.92}} {
			turn := 2 * math.Pi * (float64(i) + part.turn) / float64(petals)
			p.points = append(p.points, point{x + radius*part.far*math.Sin(turn), y - radius*part.far*math.Cos(turn), part.turn == 0})
		}
	}
	return p
}

// limb is the outline of a stroke along the spine whose width changes from one
// of the widths to the next, spread evenly over the spine; its ends are round.
func limb(spine path, widths ...float64) path { return stroke(spine, true, widths) }

// tube is a limb that is cut off straight at its end.
func tube(spine path, widths ...float64) path { return stroke(spine, false, widths) }

func stroke(spine path, roundEnd bool, widths []float64) path {
	middle := spine.flat()
	length := make([]float64, len(middle))
	for i := 1; i < len(middle); i++ {
		length[i] = length[i-1] + math.Hypot(middle[i].x-middle[i-1].x, middle[i].y-middle[i-1].y)
	}
	var left, right []point
	var turn, half float64
	for i, p := range middle {
		before, after := middle[max(i-1, 0)], middle[min(i+1, len(middle)-1)]
		turn = math.Atan2(after.y-before.y, after.x-before.x)
		half = between(widths, length[i]/length[len(middle)-1]) / 2
		if i == 0 {
			left = append(left, arc(p, half, turn+math.Pi, turn+math.Pi/2)...)
		}
		left = append(left, point{p.x - half*math.Sin(turn), p.y + half*math.Cos(turn), true})
		right = append(right, point{p.x + half*math.Sin(turn), p.y - half*math.Cos(turn), true})
	}
	end := middle[len(middle)-1]
	outline := left
	if roundEnd {
		outline = append(outline, arc(end, half, turn+math.Pi/2, turn-math.Pi/2)...)
	}
	for i := len(right) - 1; i >= 0; i-- {
		outline = append(outline, right[i])
	}
	outline = append(outline, arc(middle[0], between(widths, 0)/2, startTurn(middle)-math.Pi/2, startTurn(middle)-math.Pi)...)
	return path{points: outline, closed: true}
}

func startTurn(middle []point) float64 {
	return math.Atan2(middle[1].y-middle[0].y, middle[1].x-middle[0].x)
}

// arc goes around middle from one angle to the other.
func arc(middle point, radius, from, to float64) []point {
	const steps = 6
	points := make([]point, 0, steps)
	for i := range steps {
		turn := from + (to-from)*float64(i)/(steps-1)
		points = append(points, point{middle.x + radius*math.Cos(turn), middle.y + radius*math.Sin(turn), true})
	}
	return points
}

// between gives the value at t, from 0 to 1, of a line through the values.
func between(values []float64, t float64) float64 {
	if len(values) == 1 {
		return values[0]
	}
	at := t * float64(len(values)-1)
	i := min(int(at), len(values)-2)
	return values[i] + (values[i+1]-values[i])*(at-float64(i))
}

// upTo cuts an open path off behind a part of its length, from 0 to 1.
func (p path) upTo(part float64) path {
	places := p.flat()
	var whole float64
	for i := 1; i < len(places); i++ {
		whole += math.Hypot(places[i].x-places[i-1].x, places[i].y-places[i-1].y)
	}
	left := part * whole
	for i := 1; i < len(places); i++ {
		a, b := places[i-1], places[i]
		step := math.Hypot(b.x-a.x, b.y-a.y)
		if step >= left {
			t := left / step
			cut := append(places[:i:i], point{x: a.x + (b.x-a.x)*t, y: a.y + (b.y-a.y)*t})
			return path{points: cut}.cornered()
		}
		left -= step
	}
	return path{points: places}.cornered()
}

// cornered is a path of straight lines.
func (p path) cornered() path {
	return p.each(func(q point) point { return point{q.x, q.y, true} })
}

// moved shifts a path.
func (p path) moved(x, y float64) path {
	return p.each(func(q point) point { return point{q.x + x, q.y + y, q.corner} })
}

// scaled stretches a path away from the origin.
func (p path) scaled(x, y float64) path {
	return p.each(func(q point) point { return point{q.x * x, q.y * y, q.corner} })
}

// turned rotates a path clockwise around x, y.
func (p path) turned(degrees, x, y float64) path {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	return p.each(func(q point) point {
		return point{x + (q.x-x)*cos - (q.y-y)*sin, y + (q.x-x)*sin + (q.y-y)*cos, q.corner}
	})
}

func (p path) each(change func(point) point) path {
	changed := path{points: make([]point, len(p.points)), closed: p.closed}
	for i, q := range p.points {
		changed.points[i] = change(q)
	}
	return changed
}

// bend is a piece of a path as a cubic Bézier curve.
type bend struct{ from, handleFrom, handleTo, to point }

func (b bend) straight() bool { return b.handleFrom == b.from && b.handleTo == b.to }

// bends gives the pieces between the points.
func (p path) bends() []bend {
	n := len(p.points)
	pieces := n
	if !p.closed {
		pieces--
	}
	all := make([]bend, 0, pieces)
	for i := range pieces {
		from, to := p.points[i], p.points[(i+1)%n]
		reach := 0.36 * math.Hypot(to.x-from.x, to.y-from.y)
		b := bend{from: from, to: to, handleFrom: from, handleTo: to}
		if dx, dy, smooth := p.direction(i); smooth {
			b.handleFrom = point{x: from.x + reach*dx, y: from.y + reach*dy}
		}
		if dx, dy, smooth := p.direction((i + 1) % n); smooth {
			b.handleTo = point{x: to.x - reach*dx, y: to.y - reach*dy}
		}
		all = append(all, b)
	}
	return all
}

// direction is that of the circle through a point and its two neighbours; a
// corner and the end of an open path have none.
func (p path) direction(i int) (dx, dy float64, smooth bool) {
	n := len(p.points)
	if p.points[i].corner || !p.closed && (i == 0 || i == n-1) {
		return 0, 0, false
	}
	before, here, after := p.points[(i+n-1)%n], p.points[i], p.points[(i+1)%n]
	in := math.Hypot(here.x-before.x, here.y-before.y)
	out := math.Hypot(after.x-here.x, after.y-here.y)
	if in == 0 || out == 0 {
		return 0, 0, false
	}
	dx = (here.x-before.x)*out/in + (after.x-here.x)*in/out
	dy = (here.y-before.y)*out/in + (after.y-here.y)*in/out
	long := math.Hypot(dx, dy)
	if long == 0 {
		return 0, 0, false
	}
	return dx / long, dy / long, true
}

// flat gives places along the path, close enough for a straight line between.
func (p path) flat() []point {
	const steps = 10
	places := []point{p.points[0]}
	for _, b := range p.bends() {
		for i := 1; i <= steps; i++ {
			t := float64(i) / steps
			u := 1 - t
			w0, w1, w2, w3 := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
			places = append(places, point{
				x: w0*b.from.x + w1*b.handleFrom.x + w2*b.handleTo.x + w3*b.to.x,
				y: w0*b.from.y + w1*b.handleFrom.y + w2*b.handleTo.y + w3*b.to.y,
			})
		}
	}
	return places
}

func (p point) distance(q point) float64 { return math.Hypot(q.x-p.x, q.y-p.y) }
