package drawing

import "math"

// Pine is an old pine tree over a valley in the mist: 松 in the demo.
var Pine = Picture{1600, 1200, func(x, y, pixel float64) rgb {
	c := morning(x, y, pixel)
	c = trunk(c, x, y, pixel)
	c = rocks(c, x, y, pixel)
	c = crown(c, x, y)
	// The paper's grain, and a little less light in the corners.
	c = c.times(0.985 + 0.03*clouds(x*180, y*180, 2))
	return c.times(1 - 0.22*math.Pow(math.Hypot(x-0.667, y-0.5)/0.83, 3))
}}

// morning is the sky with the red sun, the mountains and the mist between them.
func morning(x, y, pixel float64) rgb {
	c := between(y, hex(0xd9c9a3), hex(0xeedfbb), hex(0xf7ead0), hex(0xf3dfc0), hex(0xe4cda6))
	far := math.Hypot(x-0.37, y-0.30)
	c = c.plus(hex(0xff9a62), 0.22*math.Exp(-far*4.5))
	sun := between((y-0.15)/0.3, hex(0xc93a2b), hex(0xd9523a), hex(0xe8825e))
	c = c.over(sun, 0.94*inside(far-0.135, pixel*2))
	// Bands of mist before it.
	band := ramp(0.46, 0.66, clouds(x*2.2+7, y*13, 4))
	c = c.over(hex(0xf6ead2), 0.75*band*ramp(0.24, 0.42, y))

	for i := range 5 { // birds
		c = c.over(hex(0x4a3d38), inside(bird(x, y, 0.16+0.052*float64(i)+0.02*random(i, 7), 0.155-0.022*float64(i)+0.03*random(i, 9), 0.013), pixel*1.4))
	}
	for i := range 5 {
		t := float64(i) / 4
		base := 0.52 + 0.105*float64(i)
		top := base - (0.19-0.02*float64(i))*(ridge(x*(1.6+0.5*float64(i))+3.1*float64(i), 5.5+9.7*float64(i), 6)-0.22)
		if i == 1 {
			top -= 0.16 * bump(x, 0.93, 0.16) // one peak above the others
		}
		mountain := between(t, hex(0xb9bfb4), hex(0x90a59f), hex(0x668a86), hex(0x41696a), hex(0x2c4f52))
		mountain = mountain.times(0.93 + 0.14*clouds(x*24, (y-top)*16, 4))
		mountain = mountain.over(hex(0xf1e6cf), 0.95*ramp(0.0, 0.17, y-top)) // its foot is in the mist
		c = c.over(mountain, inside(top-y, pixel*2))
	}
	return c
}

func bird(x, y, cx, cy, size float64) float64 {
	dx, dy := math.Abs(x-cx)/size, (y-cy)/size
	wing := math.Abs(dy+0.55*math.Sin(dx*2.6)) - 0.10*(1-dx)
	return max(wing, dx-1) * size
}

// rocks are the crag on which the tree stands.
func rocks(c rgb, x, y, pixel float64) rgb {
	top := 1.075 - 0.33*ramp(0.42, 1.12, x) + 0.085*(clouds(x*6, 4, 5)-0.5) + 0.05*ramp(1.05, 1.33, x)
	if y < top-0.03 {
		return c
	}
	cracks := clouds(x*9+3*y, y*22, 5)
	stone := between(cracks*1.4-0.2, hex(0x1d2426), hex(0x3a4340), hex(0x6b6c60), hex(0x8e8a76))
	stone = stone.over(hex(0x4f6b3a), 0.75*ramp(0.060, 0, y-top)*ramp(0.35, 0.6, clouds(x*30, y*30, 3))) // moss
	c = c.over(stone, inside(top-y, pixel*2))
	grass := top - 0.018*clouds(x*130, 2, 2)*ramp(0.3, 0.7, clouds(x*8, 3, 2))
	return c.over(hex(0x3c5a33), 0.9*inside(grass-y, pixel*3)*ramp(0.012, 0, y-top))
}

// limb is a part of the trunk or a branch, thinner towards its end.
type limb struct{ ax, ay, bx, by, thick, thin float64 }

var limbs = []limb{
	{1.060, 0.840, 1.042, 0.765, 0.062, 0.042},
	{1.042, 0.765, 1.015, 0.690, 0.042, 0.034},
	{1.015, 0.690, 0.925, 0.600, 0.034, 0.029},
	{0.925, 0.600, 0.915, 0.500, 0.029, 0.025},
	{0.915, 0.500, 0.985, 0.405, 0.025, 0.020},
	{0.985, 0.405, 0.970, 0.300, 0.020, 0.015},
	{0.970, 0.300, 0.900, 0.215, 0.015, 0.009},
	{0.930, 0.600, 0.800, 0.575, 0.020, 0.013},
	{0.800, 0.575, 0.690, 0.605, 0.013, 0.008},
	{0.690, 0.605, 0.560, 0.590, 0.008, 0.004},
	{0.917, 0.510, 0.820, 0.430, 0.014, 0.008},
	{0.820, 0.430, 0.720, 0.420, 0.008, 0.004},
	{0.985, 0.410, 1.090, 0.400, 0.014, 0.009},
	{1.090, 0.400, 1.190, 0.425, 0.009, 0.004},
	{0.970, 0.310, 1.050, 0.250, 0.010, 0.005},
	{1.010, 0.690, 1.120, 0.620, 0.014, 0.008},
	{1.120, 0.620, 1.230, 0.610, 0.008, 0.004},
}

func trunk(c rgb, x, y, pixel float64) rgb {
	wx := x + 0.012*(clouds(x*13, y*13, 3)-0.5)
	wy := y + 0.012*(clouds(x*13+40, y*13, 3)-0.5)
	nearest, across := math.Inf(1), 0.0
	for _, l := range limbs {
		far, along := segment(wx, wy, l.ax, l.ay, l.bx, l.by)
		thick := l.thick + (l.thin-l.thick)*along
		if far-thick < nearest {
			nearest = far - thick
			side := (wx-l.ax)*(l.by-l.ay) - (wy-l.ay)*(l.bx-l.ax)
			across = math.Copysign(far/thick, side)
		}
	}
	if nearest > 0.01 {
		return c
	}
	scales := clouds(x*36+4*noise(x*9, y*9), y*24, 4)
	bark := between(0.40+0.42*across+0.75*(scales-0.5), hex(0x2a1a16), hex(0x5c3a2b), hex(0x8e5f45), hex(0xc08e66))
	bark = bark.over(hex(0x1f1412), 0.6*ramp(0.46, 0.38, scales))
	return c.over(bark, inside(nearest, pixel*2))
}

// pad is one of the flat cushions of needles.
type pad struct{ x, y, wide, high float64 }

var pads = []pad{
	{0.545, 0.590, 0.115, 0.040},
	{0.660, 0.560, 0.125, 0.048},
	{0.780, 0.545, 0.100, 0.042},
	{1.215, 0.590, 0.110, 0.042},
	{1.120, 0.585, 0.075, 0.033},
	{0.715, 0.405, 0.110, 0.044},
	{0.820, 0.385, 0.100, 0.044},
	{1.200, 0.400, 0.115, 0.045},
	{1.090, 0.370, 0.095, 0.042},
	{1.055, 0.240, 0.105, 0.046},
	{0.850, 0.245, 0.110, 0.045},
	{0.955, 0.285, 0.085, 0.036},
	{0.930, 0.190, 0.120, 0.050},
	{0.985, 0.145, 0.075, 0.035},
}

// crown lays the needles over the branches, cushion by cushion: dark below, lit
// above, and frayed at the edge into single needles.
func crown(c rgb, x, y float64) rgb {
	for i, p := range pads {
		dx, dy := (x-p.x)/p.wide, (y-p.y)/p.high
		if math.Abs(dx) > 1.35 || math.Abs(dy) > 1.7 {
			continue
		}
		seed := float64(i) * 13.7
		// Flat below, round above; needles stand out from the middle.
		if dy > 0 {
			dy *= 1.9
		}
		turn := math.Atan2(dy, dx)
		lumps := 0.20 * (clouds(x*17+seed, y*24, 3) - 0.5)
		fringe := 0.20 * noise(turn*34+seed, math.Hypot(dx, dy)*2)
		shape := math.Hypot(dx, dy) - 0.98 - lumps + fringe
		cover := inside(shape, 0.07)
		if cover == 0 {
			continue
		}
		tufts := clouds(x*44+seed, y*62, 3)
		needles := noise((x+0.35*y)*330+4*tufts, (y-0.5*x)*70) * 0.5
		light := 0.52 - 0.40*dy - 0.10*dx + 1.15*(tufts-0.5) + 0.45*(needles-0.25)
		green := between(light, hex(0x0f231d), hex(0x1c3f2d), hex(0x33623a), hex(0x5f8c48), hex(0x9db463))
		c = c.over(green, cover)
	}
	return c
}
