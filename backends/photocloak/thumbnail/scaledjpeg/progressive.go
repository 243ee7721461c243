// Copyright 2012 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

package scaledjpeg

import "math"

// firstDC is a DC coefficient's first scan; specified in section G.1.2.1.
func (d *decoder) firstDC(s *scan, c *scanComponent, bx, by int) error {
	dc, err := d.nextDC(c)
	if err != nil {
		return err
	}
	_, kept := d.coefficients.at(c.index, bx, by)
	kept[0] = clamp16(dc << s.low)
	return nil
}

// refineDC reads one more bit of a DC coefficient.
func (d *decoder) refineDC(s *scan, c *scanComponent, bx, by int) error {
	bit, err := d.in.bits(1)
	if err != nil {
		return err
	}
	_, kept := d.coefficients.at(c.index, bx, by)
	kept[0] |= int16(bit << s.low)
	return nil
}

// firstAC is the first scan of a band of AC coefficients; specified in section
// G.1.2.2.
func (d *decoder) firstAC(s *scan, c *scanComponent, bx, by int) error {
	if d.eobRun > 0 {
		d.eobRun--
		return nil
	}
	nonzero, kept := d.coefficients.at(c.index, bx, by)
	for zig := s.start; zig <= s.end; zig++ {
		value, err := d.in.value(c.ac)
		if err != nil {
			return err
		}
		zeros, size := int(value>>4), uint(value&0x0f)
		if size == 0 {
			if zeros < 15 {
				err := d.startRun(uint(zeros))
				d.eobRun--
				return err
			}
			zig += 15
			continue
		}
		if zig += zeros; zig > s.end {
			return errTooManyCoefficients
		}
		ac, err := d.in.extended(size)
		if err != nil {
			return err
		}
		*nonzero |= 1 << zig
		if i := int(d.keep[zig]); i < len(kept) {
			kept[i] = clamp16(ac << s.low)
		}
	}
	return nil
}

// startRun begins a run of blocks whose bands end here, this one included.
func (d *decoder) startRun(size uint) error {
	more, err := d.in.bits(size)
	d.eobRun = 1<<size | more
	return err
}

// refineAC reads one more bit of a band of AC coefficients; specified in section
// G.1.2.3.
func (d *decoder) refineAC(s *scan, c *scanComponent, bx, by int) error {
	nonzero, kept := d.coefficients.at(c.index, bx, by)
	zig := s.start
	for d.eobRun == 0 && zig <= s.end {
		value, err := d.in.value(c.ac)
		if err != nil {
			return err
		}
		zeros, size := int(value>>4), value&0x0f
		if size > 1 {
			return FormatError("unexpected Huffman code")
		}
		if size == 0 && zeros < 15 {
			if err := d.startRun(uint(zeros)); err != nil {
				return err
			}
			break
		}
		added := int32(0)
		if size == 1 {
			bit, err := d.in.bits(1)
			if err != nil {
				return err
			}
			added = (2*int32(bit) - 1) << s.low
		}
		zig, err = d.refineNonzero(s, zig, zeros, *nonzero, kept)
		if err != nil {
			return err
		}
		if zig > s.end {
			return errTooManyCoefficients
		}
		if added != 0 {
			*nonzero |= 1 << zig
			if i := int(d.keep[zig]); i < len(kept) {
				kept[i] = clamp16(added)
			}
		}
		zig++
	}
	if d.eobRun == 0 {
		return nil
	}
	d.eobRun--
	_, err := d.refineNonzero(s, zig, blockSize, *nonzero, kept)
	return err
}

// refineNonzero refines the coefficients from zig on that are not zero, up to the
// zero that follows so many others, and gives its place, or the one behind the
// band.
func (d *decoder) refineNonzero(s *scan, zig, zeros int, nonzero uint64, kept []int16) (int, error) {
	if nonzero>>zig == 0 {
		return min(zig+zeros, s.end+1), nil
	}
	for ; zig <= s.end; zig++ {
		if nonzero>>zig&1 == 0 {
			if zeros == 0 {
				break
			}
			zeros--
			continue
		}
		bit, err := d.in.bits(1)
		if err != nil {
			return 0, err
		}
		if i := int(d.keep[zig]); bit != 0 && i < len(kept) {
			delta := int32(1) << s.low
			if kept[i] < 0 {
				delta = -delta
			}
			kept[i] = clamp16(int32(kept[i]) + delta)
		}
	}
	return zig, nil
}

// clamp16 keeps what no 8-bit picture has within the 16 bits of storage.
func clamp16(x int32) int16 {
	return int16(max(math.MinInt16, min(x, math.MaxInt16)))
}

// reconstructProgressive puts all blocks into the picture once the last scan is
// read.
func (d *decoder) reconstructProgressive() error {
	for i := range d.frame.components() {
		q := &d.componentQuant[i]
		width, height := d.frame.inside(i)
		for by := range height {
			if err := d.in.ctx.Err(); err != nil {
				return err
			}
			for bx := range width {
				var b block
				_, kept := d.coefficients.at(i, bx, by)
				for zig, at := range d.keep {
					if int(at) < len(kept) {
						b[at] = int32(kept[at]) * q[zig]
					}
				}
				d.reconstruct(&b, i, bx, by)
			}
		}
	}
	return nil
}
