package thumbnail

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"
	"time"

	"golang.org/x/image/draw"
)

// BenchmarkMake makes both thumbnails of a photo of 12 megapixels, and then once
// more as it is done with the standard library and x/image, in the same run:
// of-stdlib is the share of the time that Make takes of that.
func BenchmarkMake(b *testing.B) {
	file := encoded(b, landscape(4000, 3000))
	b.Logf("the photo is %d bytes", len(file))
	budget := NewBudget(DefaultBudget)
	var own, standard time.Duration
	for b.Loop() {
		began := time.Now()
		if _, err := Make(b.Context(), budget, bytes.NewReader(file)); err != nil {
			b.Fatal(err)
		}
		own += time.Since(began)
		b.StopTimer()
		began = time.Now()
		standardMake(b, file)
		standard += time.Since(began)
		b.StartTimer()
	}
	b.ReportMetric(own.Seconds()/standard.Seconds(), "of-stdlib")
}

func standardMake(b *testing.B, file []byte) {
	img := decoded(b, file)
	for _, size := range []image.Point{{LargeSide, 480}, {SmallSide, 120}} {
		scaled := image.NewRGBA(image.Rectangle{Max: size})
		draw.CatmullRom.Scale(scaled, scaled.Bounds(), img, img.Bounds(), draw.Src, nil)
		var out bytes.Buffer
		if err := jpeg.Encode(&out, scaled, &jpeg.Options{Quality: quality}); err != nil {
			b.Fatal(err)
		}
		img = scaled
	}
}
