package jpegtest

import (
	"bufio"
	"math/bits"
)

type encoder struct {
	File
	w   *bufio.Writer
	acc uint64
	n   uint
	b   [64]int32 // the block that is written

	eobRun  int    // blocks whose band has ended, but that are not written yet
	pending []byte // their correction bits
}

// scan is a scan's components, band and successive approximation.
type scan struct {
	components []int
	start, end int
	high, low  uint
}

// tables writes one quantization table, and Huffman tables that have a code for
// every value: 128 of 8 bits, 128 of 9.
func (e *encoder) tables() {
	quant := []byte{0}
	for zig := range 64 {
		quant = append(quant, byte(Quantization(zig)))
	}
	e.w.Write(Segment(0xdb, quant))
	for _, class := range []byte{0x00, 0x10} {
		huff := make([]byte, 17, 17+256)
		huff[0], huff[8], huff[9] = class, 128, 128
		for value := range 256 {
			huff = append(huff, byte(value))
		}
		e.w.Write(Segment(0xc4, huff))
	}
	if e.Restart > 0 {
		e.w.Write(Segment(0xdd, []byte{byte(e.Restart >> 8), byte(e.Restart)}))
	}
}

// start writes the frame.
func (e *encoder) start() {
	marker := byte(0xc0)
	if e.Progressive {
		marker = 0xc2
	}
	frame := []byte{8, byte(e.Height >> 8), byte(e.Height), byte(e.Width >> 8), byte(e.Width), byte(len(e.Sampling))}
	for i, s := range e.Sampling {
		frame = append(frame, byte(i+1), s, 0)
	}
	e.w.Write(Segment(marker, frame))
}

func (e *encoder) baseline() {
	all := scan{end: 63}
	for i := range e.Sampling {
		all.components = append(all.components, i)
		if e.Separate {
			e.scan(scan{components: []int{i}, end: 63}, e.sequential)
		}
	}
	if !e.Separate {
		e.scan(all, e.sequential)
	}
}

// progressive writes the scans that libjpeg writes by default, or nearly so.
func (e *encoder) progressive() {
	first, refined := scan{low: 1}, scan{high: 1}
	for i := range e.Sampling {
		first.components = append(first.components, i)
		refined.components = append(refined.components, i)
	}
	e.scan(first, e.dc)
	for i := range e.Sampling {
		one := []int{i}
		e.scan(scan{components: one, start: 1, end: 5, low: 2}, e.firstAC)
		e.scan(scan{components: one, start: 6, end: 63, low: 2}, e.firstAC)
		e.scan(scan{components: one, start: 1, end: 63, high: 2, low: 1}, e.refineAC)
	}
	e.scan(refined, e.dc)
	for i := range e.Sampling {
		e.scan(scan{components: []int{i}, start: 1, end: 63, high: 1}, e.refineAC)
	}
}

// scan writes a scan's header, then its blocks.
func (e *encoder) scan(s scan, write func(s *scan, b, last *[64]int32)) {
	header := []byte{byte(len(s.components))}
	for _, c := range s.components {
		header = append(header, byte(c+1), 0)
	}
	e.w.Write(Segment(0xda, append(header, byte(s.start), byte(s.end), byte(s.high<<4|s.low))))

	var last [4][64]int32 // the DC values before
	mcu := 0
	next := func() {
		if e.Restart > 0 && mcu > 0 && mcu%e.Restart == 0 {
			e.endScan()
			e.w.Write([]byte{0xff, 0xd0 + byte((mcu/e.Restart-1)%8)})
			clear(last[:])
		}
		mcu++
	}
	block := func(c, bx, by int) {
		clear(e.b[:])
		e.Block(c, bx, by, &e.b)
		write(&s, &e.b, &last[c])
		last[c][0] = e.b[0]
	}
	if len(s.components) == 1 {
		width, height := e.inside(s.components[0])
		for by := range height {
			for bx := range width {
				next()
				block(s.components[0], bx, by)
			}
		}
	} else {
		width, height := e.mcus()
		for my := range height {
			for mx := range width {
				next()
				for _, c := range s.components {
					h, v := e.sampling(c)
					for j := range h * v {
						block(c, mx*h+j%h, my*v+j/h)
					}
				}
			}
		}
	}
	e.endScan()
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// largest gives the largest sampling factors. A single component has none.
func (f *File) largest() (h, v int) {
	for c := range f.Sampling {
		ch, cv := f.sampling(c)
		h, v = max(h, ch), max(v, cv)
	}
	return h, v
}

func (e *encoder) mcus() (x, y int) {
	h, v := e.largest()
	return ceilDiv(e.Width, 8*h), ceilDiv(e.Height, 8*v)
}

// inside is how many blocks of a component hold some of the picture.
func (e *encoder) inside(c int) (x, y int) {
	h, v := e.largest()
	ch, cv := e.sampling(c)
	return ceilDiv(ceilDiv(e.Width*ch, h), 8), ceilDiv(ceilDiv(e.Height*cv, v), 8)
}

// sequential writes a block of a baseline file.
func (e *encoder) sequential(s *scan, b, last *[64]int32) {
	e.dc(s, b, last)
	zeros := 0
	for zig := 1; zig < 64; zig++ {
		if b[zig] == 0 {
			zeros++
			continue
		}
		for ; zeros > 15; zeros -= 16 {
			e.symbol(0xf0)
		}
		e.number(zeros, b[zig])
		zeros = 0
	}
	if zeros > 0 {
		e.symbol(0)
	}
}

// dc writes a DC coefficient, or one more bit of it.
func (e *encoder) dc(s *scan, b, last *[64]int32) {
	if s.high != 0 {
		e.bits(uint32(b[0]>>s.low)&1, 1)
		return
	}
	e.number(0, b[0]>>s.low-last[0]>>s.low)
}

// firstAC writes a band for the first time.
func (e *encoder) firstAC(s *scan, b, _ *[64]int32) {
	zeros := 0
	for zig := s.start; zig <= s.end; zig++ {
		value := magnitude(b[zig]) >> s.low
		if value == 0 {
			zeros++
			continue
		}
		e.endRun()
		for ; zeros > 15; zeros -= 16 {
			e.symbol(0xf0)
		}
		if b[zig] < 0 {
			value = -value
		}
		e.number(zeros, value)
		zeros = 0
	}
	if zeros > 0 {
		e.endBlock(nil)
	}
}

// refineAC writes one more bit of a band.
func (e *encoder) refineAC(s *scan, b, _ *[64]int32) {
	lastNew := 0
	for zig := s.start; zig <= s.end; zig++ {
		if magnitude(b[zig])>>s.low == 1 {
			lastNew = zig
		}
	}
	zeros := 0
	var corrections []byte
	for zig := s.start; zig <= s.end; zig++ {
		value := magnitude(b[zig]) >> s.low
		if value == 0 {
			zeros++
			continue
		}
		for ; zeros > 15 && zig <= lastNew; zeros -= 16 {
			e.endRun()
			e.symbol(0xf0)
			e.corrections(corrections)
			corrections = nil
		}
		if value > 1 {
			corrections = append(corrections, byte(value&1))
			continue
		}
		e.endRun()
		e.symbol(byte(zeros<<4 | 1))
		sign := uint32(0)
		if b[zig] > 0 {
			sign = 1
		}
		e.bits(sign, 1)
		e.corrections(corrections)
		corrections, zeros = nil, 0
	}
	if zeros > 0 || len(corrections) > 0 {
		e.endBlock(corrections)
	}
}

func magnitude(x int32) int32 { return max(x, -x) }

// endBlock ends a block's band early.
func (e *encoder) endBlock(corrections []byte) {
	e.eobRun++
	e.pending = append(e.pending, corrections...)
	if e.eobRun == 0x7fff || len(e.pending) > 900 {
		e.endRun()
	}
}

// endRun writes the run of blocks whose bands have ended.
func (e *encoder) endRun() {
	if e.eobRun == 0 {
		return
	}
	size := uint(bits.Len(uint(e.eobRun))) - 1
	e.symbol(byte(size << 4))
	e.bits(uint32(e.eobRun)&(1<<size-1), size)
	e.corrections(e.pending)
	e.eobRun, e.pending = 0, e.pending[:0]
}

func (e *encoder) corrections(corrections []byte) {
	for _, bit := range corrections {
		e.bits(uint32(bit), 1)
	}
}

// number writes a value and how many zeros come before it.
func (e *encoder) number(zeros int, value int32) {
	size := uint(bits.Len32(uint32(magnitude(value))))
	e.symbol(byte(zeros<<4) | byte(size))
	if value < 0 {
		value--
	}
	e.bits(uint32(value)&(1<<size-1), size)
}

func (e *encoder) symbol(value byte) {
	if value < 128 {
		e.bits(uint32(value), 8)
	} else {
		e.bits(uint32(value)+128, 9)
	}
}

func (e *encoder) bits(value uint32, count uint) {
	e.acc = e.acc<<count | uint64(value)
	for e.n += count; e.n >= 8; e.n -= 8 {
		x := byte(e.acc >> (e.n - 8))
		e.w.WriteByte(x)
		if x == 0xff {
			e.w.WriteByte(0)
		}
	}
}

// endScan fills up the last byte with ones.
func (e *encoder) endScan() {
	e.endRun()
	if e.n > 0 {
		e.bits(1<<(8-e.n)-1, 8-e.n)
	}
}
