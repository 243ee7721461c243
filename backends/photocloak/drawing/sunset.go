package drawing

import "math"

// Sunset is an evening by the sea, with Mount Fuji and a gate in the water.
var Sunset = Picture{1600, 1200, func(x, y, pixel float64) rgb {
	const horizon = 0.60
	if y < horizon {
		return gate(eveningSky(x, y, horizon, pixel), x, y, horizon, pixel)
	}
	return gate(eveningSea(x, y, horizon, pixel), x, y, horizon, pixel)
}}

// Where the sun stands.
const sunX, sunY = 0.40, 0.505

func eveningSky(x, y, horizon, pixel float64) rgb {
	c := between(y/horizon, hex(0x232a5c), hex(0x4d3f7d), hex(0x9a5488), hex(0xdd7273), hex(0xf9a65e), hex(0xffd27e))
	far := math.Hypot(x-sunX, (y-sunY)*1.05)
	c = c.plus(hex(0xff9a4a), 0.55*math.Exp(-far*5))

	for i := range 70 { // the first stars
		sx, sy := random(i, 1)*1.334, random(i, 2)*0.26
		c = c.plus(hex(0xfff6e6), 0.85*random(i, 3)*math.Exp(-math.Pow(math.Hypot(x-sx, y-sy)/0.0013, 2))*ramp(0.26, 0.04, sy))
	}

	// Long clouds, lit from below.
	bank := clouds(x*1.7+2, y*11+0.8*x, 5)
	lit := clouds(x*1.7+2, (y+0.012)*11+0.8*x, 5)
	cover := ramp(0.50, 0.70, bank) * ramp(0.02, 0.16, y) * ramp(0.56, 0.42, y)
	cloud := between(y/0.5, hex(0x4a3b72), hex(0x8f4a7c), hex(0xd0626a)).plus(hex(0xff9e62), clamp(4*(bank-lit))*1.1)
	c = c.over(cloud, 0.85*cover)

	c = c.over(hex(0xfff3c4), inside(far-0.060, 0.006))
	c = fuji(c, x, y, horizon, pixel)
	for i, hill := range []rgb{hex(0x6d3f70), hex(0x402d57)} {
		top := horizon - (0.052-0.020*float64(i))*ramp(0.55+0.15*float64(i), 1.2, x)*(0.5+0.9*ridge(x*(4+3*float64(i)), 31+7*float64(i), 5)) -
			(0.035-0.012*float64(i))*ramp(0.42-0.1*float64(i), -0.05, x)*(0.4+ridge(x*5, 57+3*float64(i), 5))
		c = c.over(hill, inside(top-y, pixel*1.5)*ramp(horizon-0.002, horizon-0.004, top))
	}
	return c.over(hex(0xffc07a), 0.35*bump(y, horizon, 0.02))
}

// fuji is the mountain with its cap of snow.
func fuji(c rgb, x, y, horizon, pixel float64) rgb {
	const cx, crater = 0.90, 0.030
	side := max(math.Abs(x-cx)-crater, 0)
	slope := 0.285*math.Exp(-side*4.6) - 0.020 + 0.004*(noise(x*50, 3)-0.5)
	top := horizon - max(slope, 0) + 0.004*math.Sin((x-cx)*160)*inside(math.Abs(x-cx)-crater, 0.02)
	cover := inside(top-y, pixel*1.5)
	if cover == 0 || slope <= 0 {
		return c
	}
	gullies := clouds(x*26, (y-top)*4+x, 4)
	rock := between((y-top)/0.27, hex(0x47345f), hex(0x5e4273), hex(0x93597f), hex(0xc9797d))
	rock = rock.times(0.86 + 0.28*gullies)
	snowLine := 0.345 + 0.085*clouds(x*34, 8, 3) - 0.02
	snow := between((cx+0.10-x)/0.2, hex(0x8d7ba6), hex(0xd6a9b4), hex(0xffd9c4))
	rock = rock.over(snow.times(0.88+0.2*gullies), ramp(0.012, -0.010, y-snowLine))
	return c.over(rock.over(hex(0xf5a06a), 0.40*ramp(0.44, horizon, y)), cover)
}

func eveningSea(x, y, horizon, pixel float64) rgb {
	depth := (y - horizon) / (1 - horizon)
	far := 1 / (depth + 0.025)
	// The sky, upside down and stirred.
	stir := (clouds(x*far*1.3, far*9, 4) - 0.5) * (0.05 + 0.10*depth)
	mirrored := clamp(horizon - (y-horizon)*1.25 - math.Abs(stir)*0.9)
	c := eveningSky(x+stir*0.25, min(mirrored, horizon-0.004), horizon, pixel).visible().times(0.80).over(hex(0x2a2450), 0.25+0.3*depth)

	crest := clouds(x*far*1.5+9, far*15, 3)
	c = c.over(hex(0x1f1b45), 0.55*ramp(0.50, 0.72, crest))
	// The way of the sun.
	path := bump(x, sunX+0.03*math.Sin(far*3)*depth, 0.035+0.10*depth) * ramp(1.25, 0.0, depth)
	c = c.plus(hex(0xffb45e), 0.34*path)
	c = c.over(hex(0xffedb0), path*1.5*ramp(0.52, 0.74, noise(x*far*5, far*39)))
	return c.over(hex(0xffce8a), 0.4*bump(y, horizon, 0.006))
}

// gate is the torii that stands in the shallow water.
func gate(c rgb, x, y, horizon, pixel float64) rgb {
	const cx, foot, width, height = 0.40, 0.765, 0.135, 0.330
	edge := pixel * 1.5
	if y > foot { // its reflection
		wave := 0.006 * math.Sin(y*230+5*noise(x*20, y*60)) * (1 + 6*(y-foot))
		shape := torii(x+wave-cx, 2*foot-y, foot, width, height)
		return c.over(hex(0x2a1636), 0.62*inside(shape, 0.006)*ramp(foot+0.235, foot, y)*ramp(0.2, 0.42, noise(x*40, y*170)))
	}
	light := ramp(0.03, 0, math.Abs(x-cx)-width*0.98) // the sun behind burns along the edges
	colour := between((foot-y)/height, hex(0x3a1226), hex(0x7a1f2a), hex(0xa83328)).times(0.92 + 0.12*noise(x*14, y*160))
	shape := torii(x-cx, y, foot, width, height)
	c = c.over(colour, inside(shape, edge))
	return c.plus(hex(0xff8a4a), 0.30*light*bump(shape, -0.0015, 0.0022)*inside(shape, edge))
}

// torii gives the distance from a gate: two columns that lean inwards, the two
// beams, and the tablet between them.
func torii(x, y, foot, width, height float64) float64 {
	up := foot - y // above the water
	lean := width - 0.055*up
	column := max(math.Abs(math.Abs(x)-lean)-0.0125-0.004*ramp(0.03, 0, up), -up, up-height*0.97)
	tie := max(math.Abs(x)-width*1.22, math.Abs(up-height*0.72)-0.0105)
	rise := 0.42 * x * x // both ends of the lintel turn up
	lintel := max(math.Abs(x)-width*1.50-0.25*(up-height), math.Abs(up-height*0.955-rise)-0.0125)
	roof := max(math.Abs(x)-width*1.62-0.25*(up-height), math.Abs(up-height*1.035-rise*1.08)-0.0125)
	tablet := box(x, up, 0, height*0.835, 0.016, 0.026, 0.002)
	return min(column, tie, lintel, roof, tablet)
}
