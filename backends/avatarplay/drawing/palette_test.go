package drawing

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"
)

// quality is how near a picture is to the true colours, in decibels, and how far
// the worst part of a pixel is off.
func quality(want canvas, got *image.RGBA) (decibels float64, worst int) {
	sum := 0
	for i, p := range want {
		q := colourAt(got, i)
		for _, off := range [3]int{p.red() - q.red(), p.green() - q.green(), p.blue() - q.blue()} {
			sum += off * off
			worst = max(worst, off, -off)
		}
	}
	return 10 * math.Log10(255*255*3*float64(len(want))/float64(max(sum, 1))), worst
}

// Flat areas keep their very colour, small things their own, and a gradient does
// not break into steps that anybody sees.
func TestPalette(t *testing.T) {
	t.Parallel()
	layers := girl(t)
	for _, tt := range []struct {
		what     string
		layers   []Layer
		decibels float64
		worst    int
	}{
		{"the figure before the sky", layers, 46, 30},
		{"the figure alone", layers[1:], 54, 16},
		{"the sky alone", layers[:1], 45, 12},
	} {
		s := show(t, still(t, tt.layers))
		decibels, worst := quality(composed(tt.layers, Frame{}), s.frames[0])
		t.Logf("%s: %.1f dB, off by %d at worst", tt.what, decibels, worst)
		if decibels < tt.decibels || worst > tt.worst {
			t.Errorf("%s: %.1f dB, off by %d at worst; want %.1f and %d", tt.what, decibels, worst, tt.decibels, tt.worst)
		}
	}
	exact(t, show(t, still(t, layers)).frames[0])
	for _, frame := range show(t, animated(t, layers, breathing())).frames {
		exact(t, frame)
	}
}

// exact looks for the colours of the girl's flat areas, the lips being the
// smallest.
func exact(t *testing.T, frame *image.RGBA) {
	t.Helper()
	counts := map[color.RGBA]int{}
	for i := range Width * Height {
		p := colourAt(frame, i)
		counts[color.RGBA{uint8(p.red()), uint8(p.green()), uint8(p.blue()), 255}]++
	}
	for what, c := range map[string]color.NRGBA{
		"skin": skin, "shaded skin": skinShade, "hair": hair, "shaded hair": hairShade,
		"dress": dress, "shaded dress": dressDark, "lips": lips, "black": black,
	} {
		if counts[color.RGBA(c)] < 20 {
			t.Errorf("the %s has %d pixels of its colour %v", what, counts[color.RGBA(c)], c)
		}
	}
}

// noise is a layer in which hardly two pixels are alike, but for a patch.
func noise(tb testing.TB, patch color.NRGBA) *Sprite {
	tb.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	m := image.NewNRGBA(image.Rect(0, 0, Width, Height))
	for i := range m.Pix {
		m.Pix[i] = uint8(random.Uint32()) | uint8(0xff*(i%4/3))
	}
	for y := range 60 {
		for x := range 60 {
			m.SetNRGBA(x, y, patch)
		}
	}
	return sprite(tb, encoded(m))
}

// A picture that has more colours than are told apart is drawn all the same, and
// keeps the colour of a flat area.
func TestTooManyColours(t *testing.T) {
	t.Parallel()
	patch := color.NRGBA{203, 149, 101, 255}
	layers := []Layer{{Sprite: noise(t, patch)}, {Sprite: square(t, red, image.Rect(100, 100, 140, 140)), Group: Head}}
	frames := breathing()
	s := show(t, animated(t, layers, frames))
	if len(s.frames) != len(frames) {
		t.Fatalf("%d frames, want %d", len(s.frames), len(frames))
	}
	for i, frame := range frames {
		frame.Moves[Scene] = image.Point{}
		if decibels, _ := quality(composed(layers, frame), s.frames[i]); decibels < 22 {
			t.Errorf("frame %d: %.1f dB", i, decibels)
		}
		if got := s.frames[i].RGBAAt(30, 30); got != color.RGBA(patch) {
			t.Errorf("frame %d: the patch is %v, want %v", i, got, patch)
		}
	}
}

// What assign finds is the nearest entry, though it does not look at all.
func TestNearest(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	colour := func() rgb {
		return rgb{random.Int64N(256), random.Int64N(256), random.Int64N(256)}
	}
	samples, entries := make([]sample, 5000), make([]rgb, maxPalette)
	for i := range samples {
		samples[i] = sample{rgb: colour(), entry: random.IntN(maxPalette)}
	}
	for i := range entries {
		entries[i] = colour()
	}
	assign(samples, entries)
	for _, s := range samples {
		for i, e := range entries {
			if s.from(e) < s.from(entries[s.entry]) {
				t.Fatalf("%v got entry %d, %v, but %d, %v, is nearer", s.rgb, s.entry, entries[s.entry], i, e)
			}
		}
	}
}

// Laying a colour over another rounds each part as it should be.
func TestOver(t *testing.T) {
	t.Parallel()
	for alpha := range 256 {
		for under := range 256 {
			for _, part := range []int{0, alpha / 2, alpha} {
				top := pixel(alpha<<24 | part<<16 | alpha<<8 | (alpha - part))
				got := top.over(pixel(under<<24 | under<<16 | (255-under)<<8 | under))
				mixed := func(part, under int) int { return part + (2*under*(255-alpha)+255)/510 }
				want := [4]int{mixed(alpha-part, under), mixed(alpha, 255-under), mixed(part, under), mixed(alpha, under)}
				if [4]int{got.red(), got.green(), got.blue(), got.alpha()} != want {
					t.Fatalf("%08x over %d is %08x, want %v", top, under, got, want)
				}
			}
		}
	}
}
