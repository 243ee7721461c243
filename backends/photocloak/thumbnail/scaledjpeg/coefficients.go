package scaledjpeg

import "unsafe"

// coefficients keeps between the scans of a progressive file what its picture
// takes at the scale asked for, and which of the other coefficients are not zero:
// the data of a refining scan cannot be told apart without knowing that.
//
// All of it lies in one piece of memory that is zero at first, see allocate and
// release in the files memory_*.go.
type coefficients struct {
	memory  []byte
	each    int // coefficients kept of a block
	stride  [maxComponents]int
	nonzero [maxComponents][]uint64 // a bit for each coefficient, in zig-zag order
	kept    [maxComponents][]int16
}

// bytesPerBlock is what a block takes that is scaled to this many pixels a side.
func bytesPerBlock(side int) int64 { return 8 + 2*int64(side*side) }

// allocate makes room for all components of a frame.
func (c *coefficients) allocate(f *frame, side int) (err error) {
	total := 0
	for i := range f.n {
		total += f.blocks(i)
	}
	if c.memory, err = allocate(total * int(bytesPerBlock(side))); err != nil {
		return err
	}
	c.each = side * side
	nonzero := unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(c.memory))), total)
	kept := unsafe.Slice((*int16)(unsafe.Pointer(&c.memory[8*total])), total*c.each)
	for i := range f.n {
		n := f.blocks(i)
		c.stride[i] = f.stride(i)
		c.nonzero[i], nonzero = nonzero[:n:n], nonzero[n:]
		c.kept[i], kept = kept[:n*c.each:n*c.each], kept[n*c.each:]
	}
	return nil
}

// at gives what is kept of a block.
func (c *coefficients) at(component, bx, by int) (nonzero *uint64, kept []int16) {
	i := by*c.stride[component] + bx
	return &c.nonzero[component][i], c.kept[component][i*c.each : (i+1)*c.each]
}

// release gives the memory back to the system. Nothing may be asked of the
// coefficients after that; releasing them again does nothing.
func (c *coefficients) release() {
	if c.memory != nil {
		release(c.memory)
	}
	*c = coefficients{}
}
