package scaledjpeg

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"testing"
	"time"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

// BenchmarkDecode decodes a picture of 3 megapixels at each scale, and each time
// with the standard library too: of-stdlib is the share of the time that this
// decoder takes of that.
func BenchmarkDecode(b *testing.B) {
	for _, progressive := range []bool{false, true} {
		file := written(b, jpegtest.File{Width: 2000, Height: 1500, Progressive: progressive, Sample: func(component, x, y int) uint8 {
			return scene(component, x, y) + uint8((x*7919+y*104729+x*y*31)%23)
		}})
		for _, denominator := range []int{1, 2, 4, 8} {
			b.Run(fmt.Sprintf("progressive=%v/%d", progressive, denominator), func(b *testing.B) {
				var own, standard time.Duration
				for b.Loop() {
					began := time.Now()
					mustDecode(b, file, denominator)
					own += time.Since(began)
					b.StopTimer()
					began = time.Now()
					if _, err := jpeg.Decode(bytes.NewReader(file)); err != nil {
						b.Fatal(err)
					}
					standard += time.Since(began)
					b.StartTimer()
				}
				b.ReportMetric(own.Seconds()/standard.Seconds(), "of-stdlib")
			})
		}
	}
}
