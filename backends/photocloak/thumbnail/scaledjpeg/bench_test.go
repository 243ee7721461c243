package scaledjpeg

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"testing"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

// BenchmarkDecode decodes a picture of 3 megapixels at each scale, and with the
// standard library at the only one that it has.
func BenchmarkDecode(b *testing.B) {
	for _, progressive := range []bool{false, true} {
		coding := "baseline"
		if progressive {
			coding = "progressive"
		}
		file := written(b, jpegtest.File{Width: 2000, Height: 1500, Progressive: progressive, Sample: func(component, x, y int) uint8 {
			return scene(component, x, y) + uint8((x*7919+y*104729+x*y*31)%23)
		}})
		decoding := func(name string, once func() error) {
			b.Run("coding="+coding+"/decoder="+name, func(b *testing.B) {
				b.SetBytes(int64(len(file)))
				b.ReportAllocs()
				for b.Loop() {
					if err := once(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		for _, denominator := range []int{1, 2, 4, 8} {
			decoding(fmt.Sprintf("own-1to%d", denominator), func() error {
				_, err := decode(b, file, denominator)
				return err
			})
		}
		decoding("stdlib", func() error {
			_, err := jpeg.Decode(bytes.NewReader(file))
			return err
		})
	}
}
