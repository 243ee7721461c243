package drawing

import "math"

// Seaside is a summer's day at the beach: 海 in the demo.
var Seaside = Picture{1600, 1200, func(x, y, pixel float64) rgb {
	const horizon = 0.46
	var c rgb
	if y < horizon {
		c = summerSky(x, y, horizon, pixel)
	} else {
		c = summerSea(x, y, horizon)
	}
	return boat(c, x, y, pixel)
}}

func summerSky(x, y, horizon, pixel float64) rgb {
	c := between(y/horizon, hex(0x1d6fc4), hex(0x3f95dc), hex(0x7fc0ea), hex(0xc4e4f2))

	// The sun, high on the right, and its glow.
	far := math.Hypot(x-1.08, y-0.12)
	c = c.plus(hex(0xfff2c8), 0.55*math.Exp(-far*6)+0.35*math.Exp(-far*22))
	c = c.over(hex(0xfffdf2), inside(far-0.042, 0.012))

	// A thunderhead over the hills, lit from the right, and thin veils above.
	c = c.over(hex(0xffffff), 0.5*ramp(0.52, 0.85, clouds(x*2.2+4, y*9, 5))*ramp(0.36, 0.05, y))
	c = thunderhead(c, x, y)

	// The hills across the bay, each nearer one greener.
	for i, hill := range []struct {
		height, width, seed float64
		colour              rgb
	}{
		{0.085, 1.9, 3.7, hex(0x8fb4cf)},
		{0.070, 2.6, 11.2, hex(0x5f93a3)},
		{0.055, 3.4, 23.9, hex(0x3d7a62)},
	} {
		fall := ramp(1.25-0.18*float64(i), 0.1, x) // towards the open sea
		top := horizon - hill.height*fall*(0.35+1.1*ridge(x*hill.width, hill.seed, 5)) - 0.004*fall
		if fall == 0 {
			continue
		}
		leaves := 0.88 + 0.3*clouds(x*60, y*90+hill.seed, 3)*float64(i)/2
		c = c.over(hill.colour.times(leaves), inside(top-y, pixel*1.5))
	}
	return c.over(hex(0xdcecf0), 0.55*bump(y, horizon, 0.012)) // haze
}

// thunderhead lays a towering white cloud over the sky: heaps of balls, each
// brighter where the sun comes from.
func thunderhead(sky rgb, x, y float64) rgb {
	rough := 0.055 * (clouds(x*9, y*9, 5) - 0.5)
	for _, ball := range []struct{ x, y, r float64 }{
		{0.16, 0.34, 0.10},
		{0.62, 0.36, 0.09},
		{0.50, 0.27, 0.10},
		{0.27, 0.27, 0.11},
		{0.38, 0.19, 0.105},
		{0.46, 0.33, 0.10},
		{0.33, 0.33, 0.11},
		{0.72, 0.395, 0.055},
		{0.05, 0.385, 0.07},
		{0.21, 0.385, 0.085},
		{0.54, 0.39, 0.075},
	} {
		dx, dy := x-ball.x, y-ball.y
		far := math.Hypot(dx, dy*1.08) + rough
		cover := inside(far-ball.r, 0.009)
		if cover == 0 {
			continue
		}
		light := clamp(0.62 + 0.42*(dx-1.25*dy)/ball.r*0.75 + 2.4*rough)
		cloud := between(light, hex(0x9db9d3), hex(0xd5e3ee), hex(0xfbfcfd), hex(0xfffdf6))
		sky = sky.over(cloud, cover)
	}
	return sky.over(hex(0xcfe6f2), 0.75*ramp(0.33, 0.46, y)*0.8) // it stands in the haze
}

func summerSea(x, y, horizon float64) rgb {
	depth := (y - horizon) / (1 - horizon) // 0 at the horizon
	far := 1 / (depth + 0.03)              // perspective

	// The shore, a slow curve, with the water running up it.
	shore := 0.80 + 0.055*math.Sin(x*2.1+0.7) - 0.10*x/1.333 + 0.012*math.Sin(x*9+1)
	c := between(depth*1.9, hex(0x1f6fa8), hex(0x1c86b5), hex(0x2ba6bd), hex(0x6fd0c4), hex(0xa8e4cf))

	// Waves: long crests that come nearer and larger.
	swell := clouds(x*far*1.1+3, far*7, 4)
	c = c.over(hex(0x0f5288), 0.55*ramp(0.50, 0.78, swell)*ramp(1, 0.1, depth))
	c = c.over(hex(0xd9f4f2), 0.38*ramp(0.60, 0.80, clouds(x*far*2.3+40, far*19, 3)))

	// The sun's glitter below it.
	spark := noise(x*far*13, far*61)
	c = c.over(hex(0xfffbe6), ramp(0.74, 0.94, spark)*bump(x, 1.08, 0.10+0.22*depth)*ramp(0.75, 0.02, depth))

	c = breakers(c, x, y, shore)
	return beach(c, x, y, shore)
}

// boat puts a white sail on the water, with its reflection.
func boat(c rgb, x, y, pixel float64) rgb {
	const cx, line = 0.905, 0.508
	hull := max(math.Abs(x-cx)-0.034+0.5*(y-line), line-0.008-y, y-line)
	c = c.over(hex(0xeaf6f8), 0.5*bump(x, cx-0.004, 0.018)*ramp(line+0.05, line, y)*inside(line-y, pixel)*ramp(0.35, 0.6, noise(x*90, y*420)))
	main := max(x-cx+0.002, line-0.098-y, y-line+0.013, cx-0.002-x-0.46*(y-line+0.098))
	jib := max(cx+0.003-x, y-line+0.016, x-cx-0.003-0.36*(y-line+0.084))
	c = c.over(hex(0xfdfdfb).times(0.94+0.06*math.Sin((x+y)*90)), inside(main, pixel*1.5))
	c = c.over(hex(0xf0785a), inside(jib, pixel*1.5))
	return c.over(hex(0x24405a), inside(hull, pixel*1.5))
}

// breakers draws the foam before the shore.
func breakers(c rgb, x, y, shore float64) rgb {
	for _, wave := range []struct{ before, width, seed float64 }{{0.150, 0.006, 3}, {0.085, 0.011, 9}, {0.030, 0.016, 15}} {
		crest := shore - wave.before + 0.014*math.Sin(x*(5+wave.seed/4)+wave.seed) + 0.016*(clouds(x*7, wave.seed, 4)-0.5)
		below := y - crest
		lace := clouds(x*46, y*80+wave.seed, 4)
		c = c.over(hex(0x1d8fa6), 0.45*bump(below, -wave.width*1.1, wave.width*0.9)) // the hollow face
		c = c.over(hex(0xffffff), inside(math.Abs(below-0.4*wave.width)-wave.width*(0.25+0.7*lace), 0.004)*ramp(0.22, 0.5, clouds(x*5+wave.seed, 2, 3)))
		c = c.over(hex(0xf4fffb), 0.75*ramp(0.50, 0.62, lace)*ramp(wave.width*5.5, 0, below)*ramp(-0.002, 0.004, below))
	}
	return c
}

// beach lays the sand over the water's edge.
func beach(c rgb, x, y, shore float64) rgb {
	edge := shore + 0.008*(clouds(x*14, 5, 4)-0.5)
	up := y - edge
	if up < -0.012 {
		return c
	}
	ripples := 0.5 + 0.5*math.Sin(y*150+6*clouds(x*5, y*12, 3))
	grain := 0.90 + 0.12*random(int(x*1600), int(y*1600)) + 0.06*ripples*ramp(0.06, 0.2, up)
	sand := between(up/0.22, hex(0xb89a6c), hex(0xe2c895), hex(0xf1dfb6), hex(0xf6e8c6)).times(grain)
	sand = sand.over(hex(0x8fb9b0), 0.45*ramp(0.055, 0, up)) // still wet
	c = c.over(sand, ramp(-0.002, 0.004, up))
	lace := clouds(x*52, y*60, 4)
	c = c.over(hex(0xffffff), 0.95*inside(math.Abs(up)-0.0055*(0.3+1.4*lace), 0.003))
	c = shell(c, x, y, 0.36, 0.925, 0.020, hex(0xf6b8a6))
	return starfish(c, x, y, 0.93, 0.90, 0.026)
}

func shell(c rgb, x, y, cx, cy, size float64, colour rgb) rgb {
	dx, dy := x-cx, y-cy
	c = c.over(hex(0x8a7148), 0.45*inside(math.Hypot(dx-size*0.15, (dy-size*0.75)*2.2)-size, size*0.5))
	turn := math.Atan2(dx, -(dy - size*0.8))
	far := math.Hypot(dx, dy-size*0.8)
	rim := size*1.75 + size*0.07*math.Abs(math.Sin(turn*9))
	fan := max(far-rim, math.Abs(turn)*size*2.2-size*2.05)
	return c.over(between(far/rim, hex(0xfff4ec), colour, hex(0xfff1e6)).times(0.9+0.12*math.Cos(turn*18)), inside(fan, 0.0016))
}

func starfish(c rgb, x, y, cx, cy, size float64) rgb {
	dx, dy := x-cx, (y-cy)*1.25
	star := func(dx, dy float64) float64 {
		turn := math.Atan2(dy, dx) + 0.35
		return math.Hypot(dx, dy) - size*(0.52+0.46*math.Pow(0.5+0.5*math.Cos(5*turn), 1.6))
	}
	c = c.over(hex(0x8a7148), 0.5*inside(star(dx-0.004, dy-0.007), 0.008))
	dots := 0.9 + 0.18*noise(x*420, y*420)
	return c.over(between(math.Hypot(dx, dy)/size, hex(0xff9a5c), hex(0xf0703c), hex(0xd9552b)).times(dots), inside(star(dx, dy), 0.0022))
}
