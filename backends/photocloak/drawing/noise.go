package drawing

import "math"

// random gives a number from 0 to 1 that belongs to a grid point.
func random(x, y int) float64 {
	h := uint32(x)*0x8da6b343 ^ uint32(y)*0xd8163841
	h ^= h >> 15
	h *= 0x2c1b3c6d
	h ^= h >> 12
	h *= 0x297a2d39
	h ^= h >> 15
	return float64(h) / math.MaxUint32
}

// noise is a smooth landscape of random heights from 0 to 1, a hill a unit.
func noise(x, y float64) float64 {
	left, top := math.Floor(x), math.Floor(y)
	i, j := int(left), int(top)
	u, v := x-left, y-top
	u, v = u*u*(3-2*u), v*v*(3-2*v)
	a, b := random(i, j), random(i+1, j)
	c, d := random(i, j+1), random(i+1, j+1)
	upper, lower := a+(b-a)*u, c+(d-c)*u
	return upper + (lower-upper)*v
}

// clouds is noise with finer and finer noise upon it, from 0 to 1.
func clouds(x, y float64, layers int) float64 {
	sum, height, whole := 0.0, 0.5, 0.0
	for range layers {
		sum += height * noise(x, y)
		whole += height
		height /= 2
		x, y = 1.6*x+1.2*y+17.3, -1.2*x+1.6*y+9.1 // turned, so that no grid shows
	}
	return sum / whole
}

// ridge is the line of distant hills: noise along one direction.
func ridge(x, seed float64, layers int) float64 { return clouds(x, seed, layers) }

// segment gives the distance from a line between two points, and how far along
// it that is, from 0 to 1.
func segment(x, y, ax, ay, bx, by float64) (distance, along float64) {
	dx, dy := bx-ax, by-ay
	along = clamp(((x-ax)*dx + (y-ay)*dy) / (dx*dx + dy*dy))
	return math.Hypot(x-ax-along*dx, y-ay-along*dy), along
}

// box gives the distance from a rectangle with rounded corners.
func box(x, y, cx, cy, halfWidth, halfHeight, corner float64) float64 {
	dx, dy := math.Abs(x-cx)-halfWidth+corner, math.Abs(y-cy)-halfHeight+corner
	return math.Hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - corner
}
