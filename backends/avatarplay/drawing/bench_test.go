package drawing

import (
	"bytes"
	"compress/lzw"
	"image"
	"image/gif"
	"io"
	"testing"
	"time"
)

// whole gives the frames of an animation whole, each in the file's palette.
func whole(tb testing.TB, file []byte) *gif.GIF {
	tb.Helper()
	all, err := gif.DecodeAll(bytes.NewReader(file))
	if err != nil {
		tb.Fatal(err)
	}
	screen := image.NewPaletted(image.Rect(0, 0, Width, Height), all.Image[0].Palette)
	for i, frame := range all.Image {
		for y := frame.Rect.Min.Y; y < frame.Rect.Max.Y; y++ {
			for x := frame.Rect.Min.X; x < frame.Rect.Max.X; x++ {
				if _, _, _, a := frame.At(x, y).RGBA(); a > 0 {
					screen.SetColorIndex(x, y, frame.ColorIndexAt(x, y))
				}
			}
		}
		all.Image[i] = &image.Paletted{Pix: bytes.Clone(screen.Pix), Stride: screen.Stride, Rect: screen.Rect, Palette: screen.Palette}
	}
	return all
}

// BenchmarkAnimated draws 8 layers in 8 frames. of-lzw is how long that takes
// beside the compression of its whole frames alone, in the same run, and
// of-whole how large the file is beside one of whole frames.
func BenchmarkAnimated(b *testing.B) {
	layers, frames := girl(b), breathing()
	file := animated(b, layers, frames)
	full := whole(b, file)
	var size bytes.Buffer
	if err := gif.EncodeAll(&size, full); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var own, compression time.Duration
	for b.Loop() {
		began := time.Now()
		if _, err := Animated(layers, frames); err != nil {
			b.Fatal(err)
		}
		own += time.Since(began)
		b.StopTimer()
		began = time.Now()
		for _, frame := range full.Image {
			w := lzw.NewWriter(io.Discard, lzw.LSB, 8)
			if _, err := w.Write(frame.Pix); err != nil {
				b.Fatal(err)
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
		}
		compression += time.Since(began)
		b.StartTimer()
	}
	b.ReportMetric(own.Seconds()/compression.Seconds(), "of-lzw")
	b.ReportMetric(float64(len(file))/float64(size.Len()), "of-whole")
	b.ReportMetric(float64(len(file)), "bytes")
}

func BenchmarkStill(b *testing.B) {
	layers := girl(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Still(layers); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBust(b *testing.B) {
	layers := girl(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Bust(layers, girlsBust); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkThumbnail(b *testing.B) {
	layers := girl(b)[8:]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Thumbnail(layers); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkManyColours draws what is slowest: noise, in which hardly two pixels
// are alike.
func BenchmarkManyColours(b *testing.B) {
	layers := append([]Layer{{Sprite: noise(b, red)}}, girl(b)[1:]...)
	frames := breathing()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Animated(layers, frames); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	file := files()[1].file
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(file); err != nil {
			b.Fatal(err)
		}
	}
}
