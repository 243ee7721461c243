// Copyright 2009 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

package scaledjpeg

import (
	"image"
	"image/color"
)

// A plane is one component of the picture, whole MCUs of it.
type plane struct {
	pix    []byte
	stride int
}

// allocate makes room for the picture at the first scan.
func (d *decoder) allocate() error {
	if d.planes[0].pix != nil {
		return nil
	}
	for i := range d.frame.n {
		d.planes[i] = plane{
			pix:    make([]byte, d.frame.blocks(i)*d.side*d.side),
			stride: d.frame.stride(i) * d.side,
		}
	}
	if d.frame.progressive {
		return d.coefficients.allocate(&d.frame, d.side)
	}
	return nil
}

// image gives the picture without what only fills up its MCUs.
func (d *decoder) image(denominator int) (image.Image, error) {
	bounds := image.Rect(0, 0, ceilDiv(d.frame.width, denominator), ceilDiv(d.frame.height, denominator))
	y := d.planes[0]
	if d.frame.n == 1 {
		return &image.Gray{Pix: y.pix, Stride: y.stride, Rect: bounds}, nil
	}
	img := &image.YCbCr{
		Y: y.pix, Cb: d.planes[1].pix, Cr: d.planes[2].pix,
		YStride: y.stride, CStride: d.planes[1].stride,
		SubsampleRatio: d.frame.ratio(),
		Rect:           bounds,
	}
	switch {
	case d.frame.n == 4:
		return d.cmyk(img)
	case d.isRGB():
		return rgb(img), nil
	}
	return img, nil
}

func (f *frame) ratio() image.YCbCrSubsampleRatio {
	switch f.comp[0].h/f.comp[1].h<<4 | f.comp[0].v/f.comp[1].v {
	case 0x12:
		return image.YCbCrSubsampleRatio440
	case 0x21:
		return image.YCbCrSubsampleRatio422
	case 0x22:
		return image.YCbCrSubsampleRatio420
	case 0x41:
		return image.YCbCrSubsampleRatio411
	case 0x42:
		return image.YCbCrSubsampleRatio410
	}
	return image.YCbCrSubsampleRatio444
}

// isRGB follows libjpeg: JFIF is YCbCr, Adobe's segment says what it is, and
// component identifiers may spell it out.
func (d *decoder) isRGB() bool {
	if d.frame.n != 3 || d.jfif {
		return false
	}
	if d.adobeTransformValid && d.adobeTransform == adobeTransformUnknown {
		return true
	}
	return d.frame.comp[0].id == 'R' && d.frame.comp[1].id == 'G' && d.frame.comp[2].id == 'B'
}

// rgb takes the three planes of img for red, green and blue.
func rgb(img *image.YCbCr) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	for y := range img.Rect.Max.Y {
		row := out.Pix[y*out.Stride:]
		for x := range img.Rect.Max.X {
			c := img.COffset(x, y)
			row[4*x] = img.Y[img.YOffset(x, y)]
			row[4*x+1] = img.Cb[c]
			row[4*x+2] = img.Cr[c]
			row[4*x+3] = 255
		}
	}
	return out
}

// cmyk puts the planes of img and the fourth one together. Adobe's CMYK is
// inverted: 255 means no ink.
//
// A file that is not marked as "unknown (RGB or CMYK)" is taken for YCCK, as
// libjpeg does: turning its YCbCr to RGB inverts it, which undoes Adobe's
// inversion, so that only black is left to invert.
func (d *decoder) cmyk(img *image.YCbCr) (image.Image, error) {
	if !d.adobeTransformValid {
		return nil, UnsupportedError("four components without Adobe's APP14 segment")
	}
	ycck := d.adobeTransform != adobeTransformUnknown
	out := image.NewCMYK(img.Rect)
	black := d.planes[3]
	for y := range img.Rect.Max.Y {
		row := out.Pix[y*out.Stride:]
		for x := range img.Rect.Max.X {
			c := img.COffset(x, y)
			c0, c1, c2 := img.Y[img.YOffset(x, y)], img.Cb[c], img.Cr[c]
			if ycck {
				c0, c1, c2 = color.YCbCrToRGB(c0, c1, c2)
			} else {
				c0, c1, c2 = 255-c0, 255-c1, 255-c2
			}
			row[4*x], row[4*x+1], row[4*x+2] = c0, c1, c2
			row[4*x+3] = 255 - black.pix[y*black.stride+x]
		}
	}
	return out, nil
}
