package thumbnail

import (
	"bytes"
	"testing"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

// These are for benchstat, to see what a change does. What thumbnails cost beside
// the standard library and x/image is I1 of deploy/bench.

// BenchmarkMake makes both thumbnails of photos of 12 megapixels, of one that is
// hardly larger than the thumbnails, and of one that is smaller.
func BenchmarkMake(b *testing.B) {
	for _, bb := range []struct {
		name string
		file func() []byte
	}{
		{"photo=4000x3000", func() []byte { return encoded(b, jpegtest.Landscape(4000, 3000)) }},
		{"photo=4000x3000-progressive", func() []byte { return written(b, detailed(4000, 3000, true, nil)) }},
		{"photo=800x600", func() []byte { return encoded(b, jpegtest.Landscape(800, 600)) }},
		{"photo=320x240", func() []byte { return encoded(b, jpegtest.Landscape(320, 240)) }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			file, budget := bb.file(), NewBudget(DefaultBudget)
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Make(b.Context(), budget, bytes.NewReader(file)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkResample scales a plane as the brightness of a photo is scaled for the
// large thumbnail.
func BenchmarkResample(b *testing.B) {
	p := plane{pix: jpegtest.Landscape(1000, 750).Y, width: 1000, height: 750, stride: 1000, extentX: 1000, extentY: 750}
	b.ReportAllocs()
	for b.Loop() {
		resample(p, 640, 480)
	}
}
