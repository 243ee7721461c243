package drawing

import "image"

// Scaling is by the Catmull-Rom kernel in whole numbers: golang.org/x/image/draw
// reckons with floating point, which comes out otherwise on other machines.

const (
	one       = 1 << 16 // of the kernel
	weightSum = 1 << 14 // of a pixel's taps
)

// catmullRom gives the kernel at t, both with 16 bits after the point. It reaches
// from -2 to 2.
func catmullRom(t int64) int64 {
	square := t * t / one
	cube := square * t / one
	switch {
	case t < one:
		return (3*cube-5*square)/2 + one
	case t < 2*one:
		return (5*square-cube)/2 - 4*t + 2*one
	}
	return 0
}

// taps are the pixels that make one pixel of the result: their weights, and where
// they begin.
type taps struct {
	first   int
	weights []int64
}

// tapsOf gives the taps of each of n pixels that are made of size pixels.
func tapsOf(n, size int) []taps {
	all := make([]taps, n)
	spread := max(size, n) // the kernel's unit, in n-ths of a pixel
	for i := range all {
		// In halves of an n-th of a pixel, from the left edge.
		center := (2*i + 1) * size
		first := max(0, (center-4*spread)/(2*n))
		end := min(size, (center+4*spread)/(2*n)+1)
		t := taps{first: first, weights: make([]int64, end-first)}
		sum := int64(0)
		for j := range t.weights {
			distance := int64((2*(first+j)+1)*n - center)
			t.weights[j] = catmullRom(max(distance, -distance) * one / int64(2*spread))
			sum += t.weights[j]
		}
		t.normalize(sum)
		all[i] = t
	}
	return all
}

// normalize makes the weights' sum weightSum. What rounding leaves goes to the
// heaviest.
func (t taps) normalize(sum int64) {
	rest, heaviest := int64(weightSum), 0
	for j, weight := range t.weights {
		t.weights[j] = weight * weightSum / sum
		rest -= t.weights[j]
		if t.weights[j] > t.weights[heaviest] {
			heaviest = j
		}
	}
	t.weights[heaviest] += rest
}

// parts are the red, green, blue and alpha of a pixel while it is scaled, with
// partBits after the point.
type parts [4]int64

const partBits = 6

// scale gives a section of a canvas in another size.
func scale(c canvas, section image.Rectangle, width, height int) []pixel {
	columns, rows := tapsOf(width, section.Dx()), tapsOf(height, section.Dy())
	narrow := make([]parts, width*section.Dy())
	for y := range section.Dy() {
		row := c[(section.Min.Y+y)*Width+section.Min.X:][:section.Dx()]
		for x, t := range columns {
			narrow[y*width+x] = t.across(row)
		}
	}
	scaled := make([]pixel, 0, width*height)
	for _, t := range rows {
		for x := range width {
			scaled = append(scaled, t.down(narrow[x:], width))
		}
	}
	return scaled
}

func (t taps) across(row []pixel) parts {
	var sum parts
	for j, weight := range t.weights {
		p := row[t.first+j]
		sum[0] += weight * int64(p.red())
		sum[1] += weight * int64(p.green())
		sum[2] += weight * int64(p.blue())
		sum[3] += weight * int64(p.alpha())
	}
	for i := range sum {
		sum[i] = sum[i] << partBits / weightSum
	}
	return sum
}

// down gives the pixel of a column, whose pixels are so far apart.
func (t taps) down(column []parts, apart int) pixel {
	var sum parts
	for j, weight := range t.weights {
		for i, part := range column[(t.first+j)*apart] {
			sum[i] += weight * part
		}
	}
	const unit = weightSum << partBits
	for i := range sum {
		sum[i] = (sum[i] + unit/2) / unit
	}
	// The kernel reaches beyond what it scales.
	alpha := min(max(sum[3], 0), 255)
	p := pixel(alpha) << 24
	for i, part := range sum[:3] {
		p |= pixel(min(max(part, 0), alpha)) << (8 * i)
	}
	return p
}
