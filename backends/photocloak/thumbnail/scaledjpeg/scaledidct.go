// Copyright 2009 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

package scaledjpeg

// unzig maps from the zig-zag ordering to the natural ordering. For example,
// unzig[3] is the column and row of the fourth element in zig-zag order. The
// value is 16, which means first column (16%8 == 0) and third row (16/8 == 2).
var unzig = [blockSize]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}

// dropped is where the coefficients go that a scaled block has no use for. No
// scaled block has one of its own there.
const dropped = blockSize - 1

// keeps maps from the zig-zag ordering to the rows of a scaled block of side by
// side pixels: its coefficients are the lowest of the 8 by 8.
func keeps(side int) *[blockSize]uint8 {
	var keep [blockSize]uint8
	for zig, at := range unzig {
		row, column := int(at/8), int(at%8)
		keep[zig] = dropped
		if row < side && column < side {
			keep[zig] = uint8(row*side + column)
		}
	}
	return &keep
}

// reconstruct puts a block of coefficients, multiplied by their quantization
// values, into the picture.
func (d *decoder) reconstruct(b *block, component, bx, by int) {
	p := &d.planes[component]
	at := d.side * (by*p.stride + bx)
	switch d.side {
	case 1:
		p.pix[at] = level((b[0] + 4) >> 3)
	case 2:
		idct2(b, p.pix[at:], p.stride)
	case 4:
		idct4(b, p.pix[at:], p.stride)
	case 8:
		idct(b)
		for y := range 8 {
			row := p.pix[at+y*p.stride:][:8]
			for x := range row {
				row[x] = level(b[8*y+x])
			}
		}
	}
}

// level shifts a sample to where zero is black, and clips it.
func level(x int32) uint8 { return uint8(max(0, min(x+128, 255))) }

// idct2 is the inverse DCT of 2 by 2 coefficients, which are a quarter of what a
// transform of that size would have.
func idct2(b *block, dst []byte, stride int) {
	top, bottom := b[0]+b[1]+4, b[2]+b[3]
	topDiff, bottomDiff := b[0]-b[1]+4, b[2]-b[3]
	dst[0] = level((top + bottom) >> 3)
	dst[1] = level((topDiff + bottomDiff) >> 3)
	dst[stride] = level((top - bottom) >> 3)
	dst[stride+1] = level((topDiff - bottomDiff) >> 3)
}

// idct4 is the inverse DCT of 4 by 4 coefficients, which are half of what a
// transform of that size would have. The columns come first and keep 4 bits of
// fraction.
func idct4(b *block, dst []byte, stride int) {
	var columns [16]int32
	for x := range 4 {
		y0, y1, y2, y3 := idctOf4(b[x], b[4+x], b[8+x], b[12+x], 0)
		columns[x] = y0 >> 9
		columns[4+x] = y1 >> 9
		columns[8+x] = y2 >> 9
		columns[12+x] = y3 >> 9
	}
	for y := range 4 {
		c := columns[4*y : 4*y+4]
		x0, x1, x2, x3 := idctOf4(c[0], c[1], c[2], c[3], 1<<19)
		row := dst[y*stride:][:4]
		row[0] = level(x0 >> 20)
		row[1] = level(x1 >> 20)
		row[2] = level(x2 >> 20)
		row[3] = level(x3 >> 20)
	}
}

// idctOf4 is the inverse DCT of four values, with 13 bits of fraction and √8
// times as large. It adds round to each.
func idctOf4(f0, f1, f2, f3, round int32) (x0, x1, x2, x3 int32) {
	const (
		cos1 = 10703 // √2 cos π/8
		cos3 = 4433  // √2 cos 3π/8
	)
	even0, even1 := (f0+f2)<<13+round, (f0-f2)<<13+round
	odd0, odd1 := cos1*f1+cos3*f3, cos3*f1-cos1*f3
	return even0 + odd0, even1 + odd1, even1 - odd1, even0 - odd0
}
