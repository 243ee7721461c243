package drawing

import "math"

// NoImage stands where a cloak has no photo yet: an empty frame.
var NoImage = Picture{320, 240, func(x, y, pixel float64) rgb {
	const cx, cy = 0.6667, 0.5
	c := between(y, hex(0xf3f5f7), hex(0xe6eaee))
	edge := pixel * 1.2
	frame := box(x, y, cx, cy, 0.30, 0.225, 0.035)
	c = c.over(hex(0xc3cad2), 0.55*inside(box(x, y, cx, cy+0.012, 0.30, 0.225, 0.035)-0.004, 0.03)) // its shadow
	c = c.over(hex(0xffffff), inside(frame, edge))
	inner := box(x, y, cx, cy, 0.268, 0.193, 0.014)
	view := between((y-0.307)/0.386, hex(0xd4dee8), hex(0xe9eef3))
	view = view.over(hex(0xffffff), inside(math.Hypot(x-0.80, y-0.405)-0.042, edge))
	hill := func(peakX, peakY, steep float64) float64 {
		return peakY + math.Sqrt((x-peakX)*(x-peakX)*steep+0.0004) - y
	}
	view = view.over(hex(0xb4c0cc), inside(hill(0.80, 0.525, 0.55), edge))
	view = view.over(hex(0x98a7b6), inside(hill(0.56, 0.430, 0.85), edge))
	return c.over(view, inside(inner, edge))
}}

// Locked stands for the photos of a cloak that has a password: a padlock.
var Locked = Picture{320, 240, func(x, y, pixel float64) rgb {
	const cx, cy = 0.6667, 0.575
	edge := pixel * 1.2
	c := between(y, hex(0x46566b), hex(0x2c394b))
	c = c.plus(hex(0x9db4d0), 0.16*math.Exp(-math.Hypot(x-cx, y-0.47)*4))

	// The shackle.
	arch := math.Hypot(x-cx, min(y-0.385, 0)) - 0.100
	if y > cy {
		arch = 1
	}
	steel := between((x-cx+0.13)/0.26, hex(0x9aa8b8), hex(0xf2f5f8), hex(0xb3bfcc), hex(0x7d8b9c))
	c = c.over(steel, inside(math.Abs(arch)-0.026, edge))

	// The body and its shadow.
	body := box(x, y, cx, cy+0.03, 0.168, 0.135, 0.030)
	c = c.over(hex(0x141c28), 0.55*inside(box(x, y, cx, cy+0.047, 0.168, 0.135, 0.030)-0.004, 0.04))
	brass := between((y-cy+0.105)/0.27, hex(0xffe08a), hex(0xf6c14a), hex(0xe3a02c), hex(0xbd7c1d))
	brass = brass.plus(hex(0xffffff), 0.25*bump(x, cx-0.10, 0.03))
	c = c.over(brass, inside(body, edge))
	c = c.over(hex(0xfff0b8), 0.65*inside(math.Abs(body+0.008)-0.0025, edge)*ramp(cy+0.05, cy-0.10, y))

	// The keyhole.
	hole := min(math.Hypot(x-cx, y-cy-0.005)-0.031, max(math.Abs(x-cx)-0.011-0.16*(y-cy-0.02), y-cy-0.090, cy+0.005-y))
	return c.over(hex(0x3a2a12), inside(hole, edge))
}}
