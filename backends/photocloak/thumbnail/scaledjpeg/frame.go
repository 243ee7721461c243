// Copyright 2009 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

package scaledjpeg

const maxComponents = 4

// A component is specified in section B.2.2.
type component struct {
	h, v int   // horizontal and vertical sampling factor
	id   uint8 // component identifier
	tq   uint8 // quantization table
}

// A frame is what a Start Of Frame segment says. Two frames are the same where
// they are equal.
type frame struct {
	width, height int
	n             int // components
	comp          [maxComponents]component
	baseline      bool
	progressive   bool
}

func (f *frame) components() []component { return f.comp[:f.n] }

// all has a bit for each component.
func (f *frame) all() uint8 { return 1<<f.n - 1 }

// mcus is how many Minimum Coded Units the picture is wide and high.
func (f *frame) mcus() (x, y int) {
	return ceilDiv(f.width, 8*f.comp[0].h), ceilDiv(f.height, 8*f.comp[0].v)
}

// stride is how many blocks of component i lie side by side, those that only
// fill up the last MCU included.
func (f *frame) stride(i int) int {
	x, _ := f.mcus()
	return x * f.comp[i].h
}

// blocks is how many blocks component i has, those that only fill up the last
// MCUs included.
func (f *frame) blocks(i int) int {
	x, y := f.mcus()
	return x * f.comp[i].h * y * f.comp[i].v
}

// inside is how many blocks of component i the picture is wide and high without
// those that only fill up: what a scan of this component alone holds, by section
// A.2.2.
func (f *frame) inside(i int) (x, y int) {
	width := ceilDiv(f.width*f.comp[i].h, f.comp[0].h)
	height := ceilDiv(f.height*f.comp[i].v, f.comp[0].v)
	return ceilDiv(width, 8), ceilDiv(height, 8)
}

// processSOF is specified in section B.2.2.
func (d *decoder) processSOF(n int, marker byte) error {
	if d.frame.n != 0 {
		return FormatError("multiple SOF markers")
	}
	if n != 6+3*1 && n != 6+3*3 && n != 6+3*4 {
		return UnsupportedError("number of components")
	}
	tmp := d.tmp[:n]
	if err := d.in.readFull(tmp); err != nil {
		return err
	}
	if tmp[0] != 8 {
		return UnsupportedError("precision")
	}
	f := frame{
		height:      int(tmp[1])<<8 + int(tmp[2]),
		width:       int(tmp[3])<<8 + int(tmp[4]),
		n:           (n - 6) / 3,
		baseline:    marker == sof0Marker,
		progressive: marker == sof2Marker,
	}
	if int(tmp[5]) != f.n {
		return FormatError("SOF has wrong length")
	}
	if f.width == 0 {
		return FormatError("no width")
	}
	if f.height == 0 {
		return UnsupportedError("height after the first scan")
	}
	for i := range f.n {
		if err := f.setComponent(i, tmp[6+3*i:]); err != nil {
			return err
		}
	}
	if !d.headerOnly && f != d.expected {
		return FormatError("other frame than at first")
	}
	d.frame = f
	return nil
}

// setComponent takes the three bytes that a frame has for a component.
func (f *frame) setComponent(i int, spec []byte) error {
	c := component{id: spec[0], h: int(spec[1] >> 4), v: int(spec[1] & 0x0f), tq: spec[2]}
	for _, other := range f.comp[:i] {
		if c.id == other.id {
			return FormatError("repeated component identifier")
		}
	}
	if c.tq > maxTq {
		return FormatError("bad Tq value")
	}
	if c.h < 1 || 4 < c.h || c.v < 1 || 4 < c.v {
		return FormatError("luma/chroma subsampling ratio")
	}
	if !f.supports(i, c) {
		return UnsupportedError("luma/chroma subsampling ratio")
	}
	if f.n == 1 {
		// Data of one component is never interleaved (section A.2), and it is
		// the ratio to the largest factor that matters (section A.1.1), which is
		// always 1 here: a 20x5 image of factors (2, 1) is three blocks.
		c.h, c.v = 1, 1
	}
	f.comp[i] = c
	return nil
}

// supports says whether the image types of the standard library can hold the
// subsampling: 4:4:4, 4:4:0, 4:2:2, 4:2:0, 4:1:1 and 4:1:0 of YCbCr, where both
// chroma components have the same, and of CMYK the two that are in use.
func (f *frame) supports(i int, c component) bool {
	if c.h == 3 || c.v == 3 {
		return false
	}
	y := f.comp[0]
	switch {
	case f.n == 3 && i == 0:
		return c.v != 4
	case f.n == 3 && i == 1:
		return y.h%c.h == 0 && y.v%c.v == 0
	case f.n == 3:
		return f.comp[1].h == c.h && f.comp[1].v == c.v
	case f.n == 4 && i == 0:
		return c.h == c.v && c.h <= 2
	case f.n == 4 && i == 3:
		return c.h == y.h && c.v == y.v
	case f.n == 4:
		return c.h == 1 && c.v == 1
	}
	return true
}
