// Copyright 2009 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

package scaledjpeg

const (
	maxCodeLength = 16  // bits of a code
	maxCodes      = 256 // codes of a table
	lookupBits    = 10  // a code up to this length is found at once
)

// huffman is a table of codes, specified in section C. A file may define tables
// without end, so what is looked up is derived only when a scan uses a table.
type huffman struct {
	counts [maxCodeLength + 1]uint8 // codes of each length
	values [maxCodes]uint8          // sorted by their codes
	n      int                      // codes; 0 where the table was never defined
	ready  bool                     // the fields below are derived from those above

	// lookup has for the next bits the value and the code's length: value<<8 |
	// length. Zero where the code is longer.
	lookup [1 << lookupBits]uint16

	// short has for the next bits a coefficient, where the bits hold its code
	// and itself: value<<16 | zeros before it<<8 | bits of both. Zero where they
	// do not.
	short [1 << lookupBits]int32

	// A code of a length is below its limit, both shifted to 16 bits, and its
	// value at its number plus the offset.
	limit  [maxCodeLength + 1]uint32
	offset [maxCodeLength + 1]int32
}

// processDHT defines tables; specified in section B.2.4.2.
func (d *decoder) processDHT(n int) error {
	for n > 0 {
		if n < 17 {
			return FormatError("DHT has wrong length")
		}
		if err := d.in.readFull(d.tmp[:17]); err != nil {
			return err
		}
		class, number := d.tmp[0]>>4, d.tmp[0]&0x0f
		if class > maxTc {
			return FormatError("bad Tc value")
		}
		if number > maxTh || d.frame.baseline && number > 1 {
			return FormatError("bad Th value")
		}
		h := &d.huff[class][number]
		h.ready, h.n = false, 0
		for i, count := range d.tmp[1:17] {
			h.counts[i+1] = count
			h.n += int(count)
		}
		if h.n == 0 {
			return FormatError("Huffman table has zero length")
		}
		if h.n > maxCodes {
			return FormatError("Huffman table has excessive length")
		}
		if n -= h.n + 17; n < 0 {
			return FormatError("DHT has wrong length")
		}
		if err := d.in.readFull(h.values[:h.n]); err != nil {
			return err
		}
	}
	return nil
}

// derive makes a table ready for a scan.
func (h *huffman) derive() error {
	if h.n == 0 {
		return FormatError("uninitialized Huffman table")
	}
	if h.ready {
		return nil
	}
	clear(h.lookup[:])
	clear(h.short[:])
	code, index := uint32(0), int32(0)
	for length := uint(1); length <= maxCodeLength; length++ {
		h.offset[length] = index - int32(code)
		for range h.counts[length] {
			if code >= 1<<length {
				return FormatError("bad Huffman table")
			}
			if length <= lookupBits {
				h.deriveLookup(code, length, h.values[index])
			}
			code++
			index++
		}
		h.limit[length] = code << (maxCodeLength - length)
		code <<= 1
	}
	h.ready = true
	return nil
}

// deriveLookup enters a code and whatever may follow it.
func (h *huffman) deriveLookup(code uint32, length uint, value uint8) {
	rest := lookupBits - length
	size := uint(value & 0x0f)
	for tail := range uint32(1) << rest {
		next := code<<rest | tail
		h.lookup[next] = uint16(value)<<8 | uint16(length)
		if size != 0 && size <= rest {
			coefficient := extend(tail>>(rest-size), size)
			h.short[next] = coefficient<<16 | int32(value>>4)<<8 | int32(length+size)
		}
	}
}

// find gives the value of the code that acc begins with, and the code's length,
// which may be more than there are bits. The length is 0 where there is no such
// code.
func (h *huffman) find(acc uint64) (value uint8, length uint) {
	if found := h.lookup[acc>>(64-lookupBits)]; found != 0 {
		return uint8(found >> 8), uint(found & 0xff)
	}
	code := uint32(acc >> (64 - maxCodeLength))
	for length = lookupBits + 1; length <= maxCodeLength; length++ {
		if code < h.limit[length] {
			return h.values[uint8(int32(code>>(maxCodeLength-length))+h.offset[length])], length
		}
	}
	return 0, 0
}

// value reads the next value that is coded by h.
func (in *input) value(h *huffman) (uint8, error) {
	if in.n < maxCodeLength {
		in.refill()
	}
	value, length := h.find(in.acc)
	if length > in.n {
		return 0, in.short()
	}
	if length == 0 {
		if in.n < maxCodeLength {
			return 0, in.short()
		}
		return 0, FormatError("bad Huffman code")
	}
	in.acc <<= length
	in.n -= length
	return value, nil
}
