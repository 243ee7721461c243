package thumbnail

import (
	"fmt"
	"image"
	"image/color"
)

// A plane is one component of a picture: its brightness, or one of the two that
// make its colour. Those may have fewer pixels than the picture.
type plane struct {
	pix           []byte
	width, height int
	stride        int

	// The part that holds the picture is so wide and high, in pixels of the
	// plane: 10001 pixels at 1/8 are 1250.125 of the 1251 that a row has.
	extentX, extentY float64
}

func newPlane(width, height int) plane {
	return plane{
		pix:   make([]byte, width*height),
		width: width, height: height,
		stride:  width,
		extentX: float64(width), extentY: float64(height),
	}
}

// planesOf gives the Y, Cb and Cr of a decoded picture, or its grey. The picture
// takes up extentX by extentY of it.
func planesOf(decoded image.Image, extentX, extentY float64) []plane {
	size := decoded.Bounds().Size()
	full := func(pix []byte, stride int) plane {
		return plane{pix, size.X, size.Y, stride, extentX, extentY}
	}
	switch m := decoded.(type) {
	case *image.Gray:
		return []plane{full(m.Pix, m.Stride)}
	case *image.YCbCr:
		h, v := subsampling(m.SubsampleRatio)
		colour := func(pix []byte) plane {
			return plane{
				pix, (size.X + h - 1) / h, (size.Y + v - 1) / v, m.CStride,
				extentX / float64(h), extentY / float64(v),
			}
		}
		return []plane{full(m.Y, m.YStride), colour(m.Cb), colour(m.Cr)}
	case *image.RGBA:
		return convert(size, extentX, extentY, func(x, y int) (r, g, b uint8) {
			pix := m.Pix[m.PixOffset(x, y):]
			return pix[0], pix[1], pix[2]
		})
	case *image.CMYK:
		return convert(size, extentX, extentY, func(x, y int) (r, g, b uint8) {
			pix := m.Pix[m.PixOffset(x, y):]
			return color.CMYKToRGB(pix[0], pix[1], pix[2], pix[3])
		})
	}
	panic(fmt.Sprintf("thumbnail: decoded a photo to %T", decoded))
}

// subsampling is how many pixels of the picture one of a colour plane covers.
func subsampling(ratio image.YCbCrSubsampleRatio) (h, v int) {
	switch ratio {
	case image.YCbCrSubsampleRatio422:
		return 2, 1
	case image.YCbCrSubsampleRatio420:
		return 2, 2
	case image.YCbCrSubsampleRatio440:
		return 1, 2
	case image.YCbCrSubsampleRatio411:
		return 4, 1
	case image.YCbCrSubsampleRatio410:
		return 4, 2
	}
	return 1, 1
}

func convert(size image.Point, extentX, extentY float64, at func(x, y int) (r, g, b uint8)) []plane {
	planes := make([]plane, 3)
	for i := range planes {
		planes[i] = newPlane(size.X, size.Y)
		planes[i].extentX, planes[i].extentY = extentX, extentY
	}
	for y := range size.Y {
		for x := range size.X {
			i := y*size.X + x
			planes[0].pix[i], planes[1].pix[i], planes[2].pix[i] = color.RGBToYCbCr(at(x, y))
		}
	}
	return planes
}
