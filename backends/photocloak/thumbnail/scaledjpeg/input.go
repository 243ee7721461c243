// Copyright 2009 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

package scaledjpeg

import (
	"context"
	"encoding/binary"
	"io"
)

// input reads a file bytewise, and the entropy-coded data in it bitwise.
type input struct {
	ctx  context.Context
	r    io.Reader
	err  error // what r ended with; io.ErrUnexpectedEOF for io.EOF
	buf  [16 << 10]byte
	i, j int // buf[i:j] has been read from r, but not yet from here

	// The upper n bits of acc are the next ones of the entropy-coded data; the
	// bits below are zero, or what will come there.
	acc uint64
	n   uint
}

// fill reads more into the buffer, which has room for it: what is still unread
// is no longer than two bytes or so.
func (in *input) fill() error {
	if in.err != nil {
		return in.err
	}
	in.j = copy(in.buf[:], in.buf[in.i:in.j])
	in.i = 0
	if in.err = in.ctx.Err(); in.err != nil {
		return in.err
	}
	for range 100 {
		n, err := in.r.Read(in.buf[in.j:])
		in.j += n
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		in.err = err
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	in.err = io.ErrNoProgress
	return in.err
}

// readByte gives the next byte, whatever it is.
func (in *input) readByte() (byte, error) {
	if in.i == in.j {
		if err := in.fill(); err != nil {
			return 0, err
		}
	}
	x := in.buf[in.i]
	in.i++
	return x, nil
}

// readFull reads len(p) bytes.
func (in *input) readFull(p []byte) error {
	for {
		n := copy(p, in.buf[in.i:in.j])
		p = p[n:]
		in.i += n
		if len(p) == 0 {
			return nil
		}
		if err := in.fill(); err != nil {
			return err
		}
	}
}

// ignore passes over n bytes.
func (in *input) ignore(n int) error {
	for {
		m := min(in.j-in.i, n)
		in.i += m
		n -= m
		if n == 0 {
			return nil
		}
		if err := in.fill(); err != nil {
			return err
		}
	}
}

// endBits leaves the entropy-coded data. Bits read ahead are dropped: they never
// reach past a marker, and what precedes a marker is padding.
func (in *input) endBits() { in.acc, in.n = 0, 0 }

// refill makes n at least 56, unless a marker or the end of the file is near.
func (in *input) refill() { in.acc, in.n = in.refilled(in.acc, in.n) }

// refilled is refill for a loop that keeps acc and n in registers.
func (in *input) refilled(acc uint64, n uint) (uint64, uint) {
	if in.j-in.i >= 8 {
		next := binary.BigEndian.Uint64(in.buf[in.i:])
		const ones = 0x0101010101010101
		if (^next-ones)&next&(ones<<7) == 0 { // no byte is FF
			in.i += int(63-n) >> 3
			return acc | next>>n, n | 56
		}
	}
	return in.refilledBytewise(acc, n)
}

// refilledBytewise undoes byte stuffing, which section F.1.2.3 specifies: FF 00
// stands for FF, while FF and anything else is a marker.
func (in *input) refilledBytewise(acc uint64, n uint) (uint64, uint) {
	for n <= 56 {
		if in.i == in.j && in.fill() != nil {
			break
		}
		x := in.buf[in.i]
		if x == 0xff {
			if in.j-in.i < 2 && in.fill() != nil || in.buf[in.i+1] != 0 {
				break
			}
			in.i++
		}
		in.i++
		acc |= uint64(x) << (56 - n)
		n += 8
	}
	return acc, n
}

// short is the error of a scan whose bits have run out: what r ended with, or
// that a marker came too early.
func (in *input) short() error {
	if in.err != nil && in.j-in.i < 2 {
		return in.err
	}
	return FormatError("short Huffman data")
}

// bits gives the next count bits, at most 16.
func (in *input) bits(count uint) (uint32, error) {
	if in.n < count {
		if in.refill(); in.n < count {
			return 0, in.short()
		}
	}
	x := uint32(in.acc >> (64 - count))
	in.acc <<= count
	in.n -= count
	return x, nil
}

// extended gives a value of count bits, at most 16: the composition of RECEIVE
// and EXTEND of section F.2.2.1.
func (in *input) extended(count uint) (int32, error) {
	x, err := in.bits(count)
	return extend(x, count), err
}

// extend has no branch, for which way it went nobody could foretell.
func extend(x uint32, count uint) int32 {
	negative := int32(x>>((count-1)&31)) - 1 // all ones where the first bit is not set
	return int32(x) + negative&(1-1<<(count&31))
}
