package scaledjpeg

import (
	"bytes"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

// Whatever the file: nothing panics, it does not take long, all scales find the
// same fault or none, and where the standard library sees a picture too, it is as
// large.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.jpeg")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		file, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	for _, progressive := range []bool{false, true} {
		for _, sampling := range [][]byte{jpegtest.Grey, jpegtest.YUV420, {0x42, 0x11, 0x11}, {0x22, 0x11, 0x11, 0x22}} {
			f.Add(written(f, jpegtest.File{
				Width: 33, Height: 17, Sampling: sampling, Progressive: progressive, Restart: 2,
				Segments: [][]byte{jpegtest.Adobe(2)}, Sample: scene,
			}))
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		config, err := DecodeConfig(t.Context(), bytes.NewReader(file))
		if err != nil || config.Width*config.Height > 1<<20 {
			return
		}
		began := time.Now()
		var first error
		for i, denominator := range []int{1, 2, 4, 8} {
			img, err := Decode(t.Context(), bytes.NewReader(file), config, denominator)
			if i == 0 {
				first = err
			}
			if err != first {
				t.Fatalf("at 1/1 the error is %v, at 1/%d it is %v", first, denominator, err)
			}
			if err != nil {
				continue
			}
			width, height := config.Size(denominator)
			if got := img.Bounds(); got.Dx() != width || got.Dy() != height {
				t.Fatalf("at 1/%d the picture is %v, want %d by %d", denominator, got, width, height)
			}
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Fatalf("it took %v", took)
		}
		if other, err := jpeg.Decode(bytes.NewReader(file)); err == nil && first == nil {
			if got := other.Bounds(); got.Dx() != config.Width || got.Dy() != config.Height {
				t.Fatalf("the picture is %d by %d, the standard library says %v", config.Width, config.Height, got)
			}
		}
	})
}
