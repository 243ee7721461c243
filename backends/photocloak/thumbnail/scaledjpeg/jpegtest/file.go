// Package jpegtest writes JPEG files that tests need and no encoder of the
// standard library gives: progressive ones, any subsampling, restart markers,
// CMYK, and files of a hundred megapixels that never exist in memory as a
// picture. It also draws a landscape to put into them.
package jpegtest

import (
	"bufio"
	"encoding/binary"
	"io"
)

// Subsamplings of Y, Cb and Cr, and of one grey component.
var (
	Grey   = []byte{0x11}
	YUV444 = []byte{0x11, 0x11, 0x11}
	YUV420 = []byte{0x22, 0x11, 0x11}
)

// File is a JPEG file to write.
type File struct {
	Width, Height int
	Sampling      []byte // of each component, horizontal<<4 | vertical; nil is YUV420
	Progressive   bool
	Separate      bool     // a baseline file has a scan for each component
	Restart       int      // restart interval in MCUs, 0 for none
	Segments      [][]byte // whole segments to put behind the start, see [Exif] and [Adobe]

	// Sample gives a component's value at a place of the picture. The
	// coefficients of a progressive file that is written from samples are kept
	// in memory.
	Sample func(component, x, y int) uint8

	// Block gives the quantized coefficients of a block in zig-zag order instead;
	// all are zero before. It is called once for each scan, and must always give
	// the same.
	Block func(component, bx, by int, b *[64]int32)
}

// Quantization is the step of a coefficient in zig-zag order.
func Quantization(zig int) int { return 3 + zig/4 }

// sampling is a component's horizontal and vertical sampling factor.
func (f *File) sampling(c int) (h, v int) {
	return int(f.Sampling[c] >> 4), int(f.Sampling[c] & 0x0f)
}

// Write writes the file.
func (f File) Write(w io.Writer) error {
	if f.Sampling == nil {
		f.Sampling = YUV420
	}
	if f.Block == nil {
		f.Block = f.blocksOf()
	}
	e := &encoder{File: f, w: bufio.NewWriterSize(w, 64<<10)}
	e.w.Write([]byte{0xff, 0xd8})
	for _, segment := range f.Segments {
		e.w.Write(segment)
	}
	e.tables()
	e.start()
	if f.Progressive {
		e.progressive()
	} else {
		e.baseline()
	}
	e.w.Write([]byte{0xff, 0xd9})
	return e.w.Flush()
}

// Segment is a marker segment with this content.
func Segment(marker byte, content []byte) []byte {
	segment := []byte{0xff, marker}
	segment = binary.BigEndian.AppendUint16(segment, uint16(len(content)+2))
	return append(segment, content...)
}

// Exif is the segment of a camera that was held so that a picture needs this
// orientation, 1 to 8, as TIFF's tag 0x0112 defines it.
func Exif(order binary.AppendByteOrder, orientation uint16) []byte {
	mark := "MM"
	if order.String() == binary.LittleEndian.String() {
		mark = "II"
	}
	tiff := order.AppendUint16([]byte("Exif\x00\x00"+mark), 42)
	tiff = order.AppendUint32(tiff, 8) // where the directory is
	tiff = order.AppendUint16(tiff, 2) // its entries
	for _, entry := range [][2]uint16{{0x0103, 6}, {0x0112, orientation}} {
		tiff = order.AppendUint16(tiff, entry[0])
		tiff = order.AppendUint16(tiff, 3) // a 16-bit number
		tiff = order.AppendUint32(tiff, 1)
		tiff = order.AppendUint16(tiff, entry[1])
		tiff = append(tiff, 0, 0)
	}
	return Segment(0xe1, append(tiff, 0, 0, 0, 0))
}

// Adobe is the segment that says what the components are: 0 for RGB or CMYK, 1
// for YCbCr, 2 for YCCK.
func Adobe(transform byte) []byte {
	return Segment(0xee, []byte{'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, transform})
}
