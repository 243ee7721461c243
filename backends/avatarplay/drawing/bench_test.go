package drawing

import "testing"

// These are for benchstat, to see what a change does. What a drawing costs beside
// the standard library is G1 of deploy/bench.

// BenchmarkAnimated draws 8 layers in 8 frames: the figure of these tests, and
// what is slowest, noise, in which hardly two pixels are alike.
func BenchmarkAnimated(b *testing.B) {
	for _, bb := range []struct {
		name   string
		layers []Layer
	}{
		{"figure", girl(b)},
		{"noise", append([]Layer{{Sprite: noise(b, red)}}, girl(b)[1:]...)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			frames, size := breathing(), 0
			b.ReportAllocs()
			for b.Loop() {
				file, err := Animated(bb.layers, frames)
				if err != nil {
					b.Fatal(err)
				}
				size = len(file)
			}
			b.ReportMetric(float64(size), "file-bytes")
		})
	}
}

// BenchmarkPaint paints all frames and numbers their colours, the first half of
// the work, and BenchmarkPalette chooses the palette, most of the second.
func BenchmarkPaint(b *testing.B) {
	layers, e := girl(b), takeEasel()
	poses, _ := posesOf(layers, breathing())
	b.ReportAllocs()
	for b.Loop() {
		e.paintAll(layers, poses)
	}
}

func BenchmarkPalette(b *testing.B) {
	layers, e := girl(b), takeEasel()
	poses, _ := posesOf(layers, breathing())
	e.paintAll(layers, poses)
	b.ReportAllocs()
	for b.Loop() {
		paletteOf(e.colours.all)
	}
	b.ReportMetric(float64(len(e.colours.all)), "colours")
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

func BenchmarkDecode(b *testing.B) {
	file := files()[1].file
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(file); err != nil {
			b.Fatal(err)
		}
	}
}
