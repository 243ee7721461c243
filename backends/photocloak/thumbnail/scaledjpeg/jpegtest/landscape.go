package jpegtest

import (
	"image"
	"image/color"
	"math"
)

// Landscape draws what a camera might see: a sky that grows paler downwards, a
// sun, hills one behind the other, and grass with fine texture in front.
func Landscape(width, height int) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for y := range height {
		for x := range width {
			c := landscapeAt(float64(x)/float64(height), float64(y)/float64(height), x, y)
			yy, cb, cr := color.RGBToYCbCr(c[0], c[1], c[2])
			img.Y[img.YOffset(x, y)] = yy
			img.Cb[img.COffset(x, y)], img.Cr[img.COffset(x, y)] = cb, cr
		}
	}
	return img
}

func landscapeAt(fx, fy float64, x, y int) [3]uint8 {
	grain := float64(noise(uint32(x), uint32(y))%23) - 11
	if math.Hypot(fx-0.95, fy-0.22) < 0.07 {
		return [3]uint8{255, 244, 200}
	}
	for i := 3; i >= 1; i-- {
		ridge := 0.38 + 0.14*float64(i) + 0.06*math.Sin(fx*float64(7-i)+float64(i)*2) + 0.015*math.Sin(fx*31*float64(i))
		if fy > ridge {
			shade := float64(4-i) * 22
			grass := grain * float64(i) / 2
			return rgbOf(40+shade+grass, 95+shade+grass*1.5, 50+shade*1.3+grass)
		}
	}
	return rgbOf(95+150*fy+grain/4, 155+100*fy+grain/4, 225+30*fy+grain/4)
}

// noise gives each pixel a number of its own, without a pattern.
func noise(x, y uint32) uint32 {
	n := x*0x9e3779b1 ^ y*0x85ebca77
	n = (n ^ n>>15) * 0x2c1b3c6d
	n = (n ^ n>>12) * 0x297a2d39
	return n ^ n>>15
}

func rgbOf(r, g, b float64) [3]uint8 {
	clip := func(v float64) uint8 { return uint8(max(0, min(v, 255))) }
	return [3]uint8{clip(r), clip(g), clip(b)}
}
