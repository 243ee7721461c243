// Copyright 2012 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

package scaledjpeg

// A scan is specified in section B.2.3.
type scan struct {
	components []scanComponent

	// The spectral selection bounds and the successive approximation's high and
	// low value, which the document calls Ss, Se, Ah and Al. A sequential scan
	// has 0, 63, 0, 0 whatever it says.
	start, end int
	high, low  uint
}

type scanComponent struct {
	index  int // in the frame
	dc, ac *huffman
	last   int32 // DC value before
}

// processSOS reads a scan's header and then its data.
func (d *decoder) processSOS(n int) error {
	s, err := d.scanHeader(n)
	if err != nil {
		return err
	}
	if d.scans++; d.scans > MaxScans {
		return FormatError("too many scans")
	}
	if err := d.begin(s); err != nil {
		return err
	}
	if err := d.allocate(); err != nil {
		return err
	}
	if err := s.derive(d.frame.progressive); err != nil {
		return err
	}
	d.eobRun = 0
	d.in.endBits()
	defer d.in.endBits()
	if len(s.components) == 1 {
		return d.scanAlone(s)
	}
	return d.scanInterleaved(s)
}

// begin notes which components the scan brings. From its first scan on, a
// component has the quantization table of that moment (section B.2.4.1).
func (d *decoder) begin(s *scan) error {
	if s.start != 0 || s.high != 0 {
		return nil
	}
	for _, c := range s.components {
		if d.scanned&(1<<c.index) != 0 {
			if !d.frame.progressive {
				return FormatError("component in two scans")
			}
			continue
		}
		tq := d.frame.comp[c.index].tq
		if d.defined&(1<<tq) == 0 {
			return FormatError("missing quantization table")
		}
		d.componentQuant[c.index] = d.quant[tq]
		d.scanned |= 1 << c.index
	}
	return nil
}

func (d *decoder) scanHeader(n int) (*scan, error) {
	if d.frame.n == 0 {
		return nil, FormatError("missing SOF marker")
	}
	if n < 6 || 4+2*d.frame.n < n || n%2 != 0 {
		return nil, FormatError("SOS has wrong length")
	}
	tmp := d.tmp[:n]
	if err := d.in.readFull(tmp); err != nil {
		return nil, err
	}
	if n != 4+2*int(tmp[0]) {
		return nil, FormatError("SOS length inconsistent with number of components")
	}
	s := &scan{end: blockSize - 1}
	if d.frame.progressive {
		s.start, s.end = int(tmp[n-3]), int(tmp[n-2])
		s.high, s.low = uint(tmp[n-1]>>4), uint(tmp[n-1]&0x0f)
	}
	used, sampling := 0, 0
	for spec := tmp[1 : n-3]; len(spec) > 0; spec = spec[2:] {
		c, err := d.scanComponent(spec[0], spec[1])
		if err != nil {
			return nil, err
		}
		if used&(1<<c.index) != 0 {
			return nil, FormatError("repeated component selector")
		}
		used |= 1 << c.index
		sampling += d.frame.comp[c.index].h * d.frame.comp[c.index].v
		s.components = append(s.components, c)
	}
	if d.frame.n > 1 && sampling > 10 {
		return nil, FormatError("total sampling factors too large")
	}
	return s, s.check()
}

// scanComponent looks up a component selector and the selectors of its tables.
func (d *decoder) scanComponent(selector, tables uint8) (scanComponent, error) {
	index := -1
	for i, c := range d.frame.components() {
		if c.id == selector {
			index = i
		}
	}
	if index < 0 {
		return scanComponent{}, FormatError("unknown component selector")
	}
	dc, ac := tables>>4, tables&0x0f
	if dc > maxTh || d.frame.baseline && dc > 1 { // table B.3
		return scanComponent{}, FormatError("bad Td value")
	}
	if ac > maxTh || d.frame.baseline && ac > 1 {
		return scanComponent{}, FormatError("bad Ta value")
	}
	return scanComponent{index: index, dc: &d.huff[dcTable][dc], ac: &d.huff[acTable][ac]}, nil
}

// check says whether a progressive scan's values go together, by section G.1.1.1.
// A sequential scan's do.
func (s *scan) check() error {
	sequential := s.start == 0 && s.end == blockSize-1
	if s.start == 0 && s.end != 0 && !sequential || s.start > s.end || s.end >= blockSize {
		return FormatError("bad spectral selection bounds")
	}
	if s.start != 0 && len(s.components) != 1 {
		return FormatError("progressive AC coefficients for more than one component")
	}
	if s.high != 0 && s.high != s.low+1 || s.low > 13 {
		return FormatError("bad successive approximation values")
	}
	return nil
}

// derive makes the tables ready that the scan uses.
func (s *scan) derive(progressive bool) error {
	for _, c := range s.components {
		if s.start == 0 && s.high == 0 {
			if err := c.dc.derive(); err != nil {
				return err
			}
		}
		if s.start != 0 || !progressive {
			if err := c.ac.derive(); err != nil {
				return err
			}
		}
	}
	return nil
}

// scanAlone reads a scan of one component: its blocks from left to right and from
// top to bottom, without those that only fill up. A block is an MCU.
func (d *decoder) scanAlone(s *scan) error {
	read := d.blockReader(s)
	width, height := d.frame.inside(s.components[0].index)
	restarts := restarts{d: d, s: s, left: d.ri, expected: rst0Marker}
	for by := range height {
		if err := d.in.ctx.Err(); err != nil {
			return err
		}
		for bx := range width {
			if err := restarts.next(); err != nil {
				return err
			}
			if err := read(&s.components[0], bx, by); err != nil {
				return err
			}
		}
	}
	return nil
}

// scanInterleaved reads a scan of several components. Of 4:2:0 each MCU has four
// blocks of Y, two rows of two, then one of Cb and one of Cr.
func (d *decoder) scanInterleaved(s *scan) error {
	read := d.blockReader(s)
	width, height := d.frame.mcus()
	restarts := restarts{d: d, s: s, left: d.ri, expected: rst0Marker}
	for my := range height {
		if err := d.in.ctx.Err(); err != nil {
			return err
		}
		for mx := range width {
			if err := restarts.next(); err != nil {
				return err
			}
			for i := range s.components {
				c := &s.components[i]
				h, v := d.frame.comp[c.index].h, d.frame.comp[c.index].v
				for j := range h * v {
					if err := read(c, h*mx+j%h, v*my+j/h); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// blockReader gives the method that reads the scan's blocks at (bx, by).
func (d *decoder) blockReader(s *scan) func(c *scanComponent, bx, by int) error {
	switch {
	case !d.frame.progressive:
		return d.sequential
	case s.start == 0 && s.high == 0:
		return func(c *scanComponent, bx, by int) error { return d.firstDC(s, c, bx, by) }
	case s.start == 0:
		return func(c *scanComponent, bx, by int) error { return d.refineDC(s, c, bx, by) }
	case s.high == 0:
		return func(c *scanComponent, bx, by int) error { return d.firstAC(s, c, bx, by) }
	}
	return func(c *scanComponent, bx, by int) error { return d.refineAC(s, c, bx, by) }
}

// nextDC reads the DC coefficient of a block; specified in section F.2.2.1.
func (d *decoder) nextDC(c *scanComponent) (int32, error) {
	in := &d.in
	if in.n < lookupBits {
		in.refill()
	}
	short := c.dc.short[in.acc>>(64-lookupBits)]
	if length := uint(short & 0xff); length != 0 && length <= in.n && short&0xff00 == 0 {
		in.acc <<= length
		in.n -= length
		c.last += short >> 16
		return c.last, nil
	}
	size, err := in.value(c.dc)
	if err != nil {
		return 0, err
	}
	if size > 16 {
		return 0, UnsupportedError("excessive DC component")
	}
	delta, err := in.extended(uint(size))
	c.last += delta
	return c.last, err
}

// sequential reads a block of a sequential file and puts it into the picture. The
// AC coefficients are specified in section F.2.2.2.
func (d *decoder) sequential(c *scanComponent, bx, by int) error {
	var b block
	q := &d.componentQuant[c.index]
	dc, err := d.nextDC(c)
	if err != nil {
		return err
	}
	b[0] = dc * q[0]
	if err := d.sequentialAC(c.ac, q, &b); err != nil {
		return err
	}
	d.reconstruct(&b, c.index, bx, by)
	return nil
}

// sequentialAC reads the AC coefficients of a block: where most of the time goes.
// By the bits in registers, masks that tell the compiler how far it shifts, and
// the wide tables, BenchmarkDecode takes a sixth less at 1/4 and 1/8.
func (d *decoder) sequentialAC(h *huffman, q, b *block) error {
	in, keep := &d.in, d.keep
	acc, n := in.acc, in.n
	for zig := uint(1); zig < blockSize; zig++ {
		if n < maxCodeLength+15 {
			acc, n = in.refilled(acc, n)
		}
		if short := h.short[acc>>(64-lookupBits)]; short != 0 {
			length := uint(short & 0xff)
			if length > n {
				return in.short()
			}
			acc <<= length & 63
			n -= length
			if zig += uint(short>>8) & 0xff; zig >= blockSize {
				return errTooManyCoefficients
			}
			b[keep[zig]&(blockSize-1)] = short >> 16 * q[zig]
			continue
		}
		value, length := h.find(acc)
		if length == 0 && n >= maxCodeLength {
			return FormatError("bad Huffman code")
		}
		if zeros, size := uint(value>>4), uint(value&0x0f); size != 0 {
			if length == 0 || length+size > n {
				return in.short()
			}
			acc <<= length & 63
			ac := extend(uint32(acc>>((64-size)&63)), size)
			acc <<= size & 63
			n -= length + size
			if zig += zeros; zig >= blockSize {
				return errTooManyCoefficients
			}
			b[keep[zig]&(blockSize-1)] = ac * q[zig]
			continue
		}
		if length == 0 || length > n {
			return in.short()
		}
		acc <<= length & 63
		n -= length
		if value != 0xf0 {
			break // the end of the block
		}
		zig += 15
	}
	in.acc, in.n = acc, n
	return nil
}

const errTooManyCoefficients = FormatError("too many coefficients")
