package main

import "fmt"

// dusk lies over cloth, whatever its pattern, where less light falls.
var dusk = hex("#6b4a78").veil(0.20)

// Necklines: the right half, from the centre line to the shoulder.
const (
	neckRound = "0,134 6,132.6 11.5,125.5!"
	neckHigh  = "0,128.5 6,127.6 10.5,124!"
	neckWide  = "0,137 8,135.4 14.5,127!"
	neckVee   = "0,144! 11.5,125.5!"
)

// shirt is the outline of what covers the trunk, down to hem; it is so many
// pixels wider than the body on each side.
func shirt(neck string, loose, hem float64) path {
	return both(fmt.Sprintf("%s 24,130 29,137 %.1f,151 %.1f,168 %.1f,182 %.1f,%.1f! 12,%.1f 0,%.1f",
		neck, 23+loose, 18.5+loose, 20.5+loose, 22+loose, hem, hem+1.2, hem+1.6))
}

// trunk draws cloth over the trunk: its pattern, its shadows and its outline.
func trunk(c *canvas, p path, with colour, pattern func()) {
	c.shape(p, with, func() {
		if pattern != nil {
			pattern()
		}
		c.fill(loop("14,110! 15,140 12.5,162 15,186 18,230! 60,230! 60,110!"), dusk)
		c.fill(both("0,110! 24,110! 17,129 8,134 0,135.5"), dusk)
	})
}

// sleeve is the outline of the right sleeve; it covers the arm from the
// shoulder to a part of its length, 0 to 1.
func sleeve(part float64, widths ...float64) path {
	return tube(curve(armLine).upTo(part), widths...)
}

// sleeves draws both sleeves and what is on the right one.
func sleeves(c *canvas, p path, with colour, pattern func()) {
	const shoulder = 13 // points of the outline up to the armpit: no line there
	c.sides(func() {
		c.fill(p, with)
		c.inside(p, func() {
			if pattern != nil {
				pattern()
			}
			c.fill(p.moved(-9.5, 4), dusk)
		})
		c.line(path{points: p.points[shoulder:]}, outline, with.ink())
	})
}

// cuff draws the end of both sleeves: a band across the arm at a part of its
// length.
func cuff(c *canvas, from, to, wide float64, with colour, pattern func()) {
	c.sides(func() {
		p := armBand(from, to, wide)
		c.shape(p, with, func() {
			if pattern != nil {
				pattern()
			}
			c.fill(p.moved(-9, 0), dusk)
		})
	})
}

// armBand is the outline of a band across the right arm.
func armBand(from, to, wide float64) path {
	start, end := armPlace(from), armPlace(to)
	long := start.distance(end)
	x, y := (end.y-start.y)/long*wide/2, -(end.x-start.x)/long*wide/2
	return polygon(start.x+x, start.y+y, end.x+x, end.y+y, end.x-x, end.y-y, start.x-x, start.y-y)
}

// armPlace is the middle of the right arm at a part of its length.
func armPlace(part float64) point {
	places := curve(armLine).upTo(part).points
	return places[len(places)-1]
}

// trousers are the outline of both legs down to hem, from the waist; flare is
// how many pixels a leg is wider than the body's there, on each side.
func trousers(hem, flare float64) path {
	return both(fmt.Sprintf("0,165! 18.5,165! 22,180 24,198 %.1f,226 %.1f,%.1f! %.1f,%.1f! %.1f,234 1.2,214 0,208!",
		22.8+flare*0.6, 19.8+flare, hem, max(3.4-flare, 0.8), hem+1, max(2.2-flare*0.4, 0.9)))
}

// trouserLegs draws both trouser legs with their folds.
func trouserLegs(c *canvas, p path, with colour, pattern func()) {
	c.shape(p, with, func() {
		if pattern != nil {
			pattern()
		}
		c.sides(func() {
			c.fill(loop("14.5,165! 17,200 15.6,246 16,300! 40,300! 40,165!"), dusk)
		})
		c.fill(loop("-3,196! -6,206 0,216 6,206 3,196!"), dusk)
		c.strand(curve("-14,203 -7,204 -2,207"), 1.3, with.ink().veil(0.6))
		c.strand(curve("14,203 7,204 2,207"), 1.3, with.ink().veil(0.6))
	})
}

// skirt is the outline of a skirt from the waist to hem, with so many scallops
// along its hem (0 for a plain one).
func skirt(hem, wide float64, scallops int) path {
	side := fmt.Sprintf("0,164! 18,164! %.1f,%.1f %.1f,%.1f! ", 18+(wide-18)*0.55, 164+(hem-164)*0.42, wide, hem)
	if scallops == 0 {
		return both(side + fmt.Sprintf("%.1f,%.1f 0,%.1f", wide*0.5, hem+3.4, hem+4.4))
	}
	for i := range scallops {
		from, to := wide*(1-float64(i)/float64(scallops)), wide*(1-float64(i+1)/float64(scallops))
		sag := 4.2 * (1 - (from+to)*(from+to)/4/wide/wide)
		side += fmt.Sprintf("%.1f,%.1f ", (from+to)/2, hem+sag+3)
		if i < scallops-1 {
			side += fmt.Sprintf("%.1f,%.1f! ", to, hem+4.4*(1-to*to/wide/wide))
		} else {
			side += fmt.Sprintf("0,%.1f!", hem+4.4)
		}
	}
	return both(side)
}

// pleats draws the folds of a skirt: so many on each side of the centre.
func pleats(c *canvas, count int, hem, wide float64, with colour) {
	c.sides(func() {
		for i := range count {
			t := (float64(i) + 0.5) / float64(count)
			x0, x1 := 18*t, wide*t
			c.fill(polygon(x0, 166, x1, hem+6, x1+wide*0.30/float64(count), hem+6), dusk)
			c.line(curve(fmt.Sprintf("%.1f,167! %.1f,%.1f!", x0, x1, hem+6)), seam, with.ink().veil(0.55))
		}
	})
}

// flank shades the right side of a skirt.
func flank(c *canvas, hem, wide float64) {
	c.fill(loop(fmt.Sprintf("11,160! 15,182 %.1f,%.1f! %.1f,%.1f! %.1f,160!", wide*0.62, hem+8, wide+10, hem+8, wide+10)), dusk)
}

// button draws one.
func button(c *canvas, x, y, radius float64, with colour) {
	c.fill(disc(x, y, radius), with)
	c.line(disc(x, y, radius), hairpin, with.ink())
}

// stitch draws a seam.
func stitch(c *canvas, points string, with colour) {
	c.line(curve(points), seam, with.ink().veil(0.7))
}

// bow draws a ribbon tied in a bow; wide is its whole width.
func bow(c *canvas, x, y, wide float64, with colour) {
	scale := wide / 24
	piece := c.trinket
	if wide > 22 {
		piece = c.shape
	}
	for _, side := range []float64{-1, 1} {
		place := func(points string) path { return loop(points).scaled(side*scale, scale).moved(x, y) }
		piece(place("0,1! 3,2 7,10! 3.6,9.4! 1.4,12! -0.6,4"), with, nil)
		piece(place("1,0! 5,-5 11,-6 12,-1 11,4.6 5,4"), with, func() { c.fill(oval(x+side*3*scale, y+scale, 7*scale, 7*scale), dusk) })
	}
	piece(box(x-2.6*scale, y-3*scale, 5.2*scale, 6*scale, 2*scale), with, nil)
}
