package main

import (
	"fmt"
	"image/color"
)

// colour is one colour; A tells how opaque it is.
type colour color.NRGBA

// RGBA makes it a color.Color.
func (c colour) RGBA() (r, g, b, a uint32) { return color.NRGBA(c).RGBA() }

// hex reads a colour written as "#rrggbb".
func hex(code string) colour {
	c := colour{A: 255}
	if _, err := fmt.Sscanf(code, "#%02x%02x%02x", &c.R, &c.G, &c.B); err != nil {
		panic(fmt.Sprintf("colour %q: %v", code, err))
	}
	return c
}

// mix gives a colour on the way from one to the other, at t from 0 to 1.
func mix(from, to colour, t float64) colour {
	channel := func(a, b uint8) uint8 { return uint8(float64(a) + (float64(b)-float64(a))*t + 0.5) }
	return colour{channel(from.R, to.R), channel(from.G, to.G), channel(from.B, to.B), channel(from.A, to.A)}
}

// times darkens each channel by its own factor.
func (c colour) times(r, g, b float64) colour {
	channel := func(a uint8, by float64) uint8 { return uint8(min(float64(a)*by, 255) + 0.5) }
	return colour{channel(c.R, r), channel(c.G, g), channel(c.B, b), c.A}
}

// shade is the second tone, where less light falls: darker, warmer, a little
// towards violet.
func (c colour) shade() colour { return c.times(0.86, 0.79, 0.85) }

// deep is the third tone, for what lies under something else.
func (c colour) deep() colour { return c.shade().times(0.86, 0.80, 0.86) }

// light is the tone of highlights.
func (c colour) light() colour { return mix(c, white, 0.42) }

// sheen is the light on hair.
func (c colour) sheen() colour { return mix(c.times(1.22, 1.18, 1.16), hex("#fff4e6"), 0.36) }

// ink is the colour of the lines of what has this colour.
func (c colour) ink() colour {
	opaque := c
	opaque.A = 255
	return mix(lineBrown, opaque.times(0.50, 0.42, 0.46), 0.45)
}

// veil is the colour seen through: t is how opaque it is, from 0 to 1.
func (c colour) veil(t float64) colour {
	c.A = uint8(float64(c.A)*t + 0.5)
	return c
}
