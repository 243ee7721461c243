package thumbnail

import (
	"encoding/binary"
	"testing"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

// exif is the TIFF file in an Exif segment.
func exif(orientation uint16) []byte { return jpegtest.Exif(binary.BigEndian, orientation)[10:] }

// changed is an Exif segment of orientation 6 with other bytes at an offset. The
// orientation's entry begins at 22: tag, type, count, value.
func changed(offset int, other ...byte) []byte {
	b := exif(6)
	copy(b[offset:], other)
	return b
}

func TestOrientation(t *testing.T) {
	for name, tt := range map[string]struct {
		tiff []byte
		want turn
	}{
		"6":                                  {exif(6), 6},
		"6 as a number of 32 bits":           {changed(24, 0, 4, 0, 0, 0, 1, 0, 0, 0, 6), 6},
		"no Exif":                            {nil, 1},
		"0":                                  {exif(0), 1},
		"9":                                  {exif(9), 1},
		"another type":                       {changed(24, 0, 2), 1},
		"two numbers":                        {changed(26, 0, 0, 0, 2), 1},
		"another tag":                        {changed(22, 1, 3), 1},
		"no byte order":                      {changed(0, 'X'), 1},
		"not 42":                             {changed(2, 0, 43), 1},
		"a directory beyond the end":         {changed(4, 0xff, 0xff, 0xff, 0xff), 1},
		"a directory in the header":          {changed(4, 0, 0, 0, 0), 1},
		"more entries than there is room of": {changed(8, 0xff, 0xff), 6},
		"the entry cut off":                  {exif(6)[:33], 1},
		"the header cut off":                 {exif(6)[:7], 1},
	} {
		if got := orientation(tt.tiff); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}

// Whatever stands in Exif, it is one of the eight, and the pixels of a plane turn
// without any being lost.
func FuzzOrientation(f *testing.F) {
	for orientation := range uint16(10) {
		f.Add(exif(orientation))
	}
	f.Fuzz(func(t *testing.T, tiff []byte) {
		turn := orientation(tiff)
		if turn < 1 || turn > 8 {
			t.Fatalf("the orientation is %d", turn)
		}
		p := newPlane(3, 2)
		for i := range p.pix {
			p.pix[i] = 1 << i
		}
		turned, all := turn.apply(p), byte(0)
		for _, v := range turned.pix {
			all |= v
		}
		if all != 1<<6-1 || len(turned.pix) != 6 {
			t.Fatalf("orientation %d makes %v of %v", turn, turned.pix, p.pix)
		}
	})
}
