package drawing

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"sync"
	"testing"
	"time"
)

// The artwork of these tests is a girl before an evening sky: flat colours,
// gradients, and outlines with smooth edges, as a catalogue has them.

// paint gives the colour at a pixel, not premultiplied.
type paint func(x, y float64) color.NRGBA

// cover is how much of a pixel is within a shape whose edge is so far away.
func cover(distance float64) float64 { return min(max(0.5-distance, 0), 1) }

// mix lays so much of a colour over another.
func mix(under, over color.NRGBA, share float64) color.NRGBA {
	part := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (float64(b)-float64(a))*share)) }
	return color.NRGBA{part(under.R, over.R), part(under.G, over.G), part(under.B, over.B), under.A}
}

// ellipse is filled, with an outline around it and the shadow of a cel at its
// right; all edges are smooth.
func ellipse(cx, cy, rx, ry float64, fill, shade color.NRGBA) paint {
	outline := color.NRGBA{fill.R / 3, fill.G / 4, fill.B / 3, 255}
	from := func(x, y float64) float64 { return (math.Hypot((x-cx)/rx, (y-cy)/ry) - 1) * min(rx, ry) }
	return func(x, y float64) color.NRGBA {
		shaded := mix(shade, fill, cover(from(x+rx/4, y+ry/4)+min(rx, ry)/20))
		c := mix(outline, shaded, cover(from(x, y)+1.4))
		c.A = uint8(math.Round(255 * cover(from(x, y))))
		return c
	}
}

// soft is an ellipse that fades away towards its edge.
func soft(cx, cy, rx, ry float64, fill color.NRGBA) paint {
	return func(x, y float64) color.NRGBA {
		c := fill
		c.A = uint8(float64(fill.A) * max(0, 1-math.Hypot((x-cx)/rx, (y-cy)/ry)))
		return c
	}
}

// sky is a gradient over all of the canvas with a sun and hills.
func sky(x, y float64) color.NRGBA {
	t := y / Height
	glow := math.Exp(-math.Hypot(x-190, y-90) / 60)
	part := func(top, foot, light float64) uint8 {
		return uint8(min(255, top+(foot-top)*t+light*glow+0.5))
	}
	air := color.NRGBA{part(92, 250, 160), part(120, 205, 120), part(196, 180, 40), 255}
	hill := 250 + 14*math.Sin(x/37)
	d := max(y-hill, 0) / 70
	return mix(air, color.NRGBA{uint8(90 - 40*d), uint8(150 - 50*d), uint8(96 - 30*d), 255}, cover(hill-y))
}

// drawn gives a layer's PNG file.
func drawn(paints ...paint) []byte {
	picture := image.NewNRGBA(image.Rect(0, 0, Width, Height))
	for y := range Height {
		for x := range Width {
			var c color.NRGBA
			for _, paint := range paints {
				top := paint(float64(x)+0.5, float64(y)+0.5)
				under := float64(c.A) / 255 * (255 - float64(top.A))
				if all := float64(top.A) + under; all > 0 {
					c = mix(c, top, float64(top.A)/all)
					c.A = uint8(math.Round(all))
				}
			}
			picture.SetNRGBA(x, y, c)
		}
	}
	return encoded(picture)
}

func encoded(picture image.Image) []byte {
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		panic(err)
	}
	return file.Bytes()
}

var (
	skin      = color.NRGBA{253, 226, 205, 255}
	skinShade = color.NRGBA{240, 196, 172, 255}
	hair      = color.NRGBA{122, 78, 52, 255}
	hairShade = color.NRGBA{92, 55, 38, 255}
	lips      = color.NRGBA{214, 68, 84, 255}
	eyes      = color.NRGBA{40, 110, 190, 255}
	dress     = color.NRGBA{236, 120, 150, 255}
	dressDark = color.NRGBA{205, 88, 124, 255}
	black     = color.NRGBA{30, 24, 30, 255}
)

// files are the figure's layers as they are painted.
var files = sync.OnceValue(func() []struct {
	file  []byte
	group Group
	when  When
} {
	return []struct {
		file  []byte
		group Group
		when  When
	}{
		{drawn(sky), Scene, Always},
		{drawn(ellipse(120, 92, 62, 78, hairShade, hairShade)), Head, Always},
		{drawn(ellipse(104, 270, 13, 46, skin, skinShade), ellipse(136, 270, 13, 46, skin, skinShade)), Legs, Always},
		{drawn(ellipse(103, 308, 16, 9, black, black), ellipse(137, 308, 16, 9, black, black)), Legs, Always},
		{drawn(ellipse(120, 200, 46, 62, dress, dressDark), soft(112, 190, 26, 40, color.NRGBA{255, 235, 240, 120})), Torso, Always},
		{drawn(ellipse(120, 84, 50, 56, skin, skinShade), soft(96, 106, 12, 8, color.NRGBA{240, 120, 120, 130}), soft(144, 106, 12, 8, color.NRGBA{240, 120, 120, 130}), ellipse(120, 116, 9, 4, lips, lips)), Head, Always},
		{drawn(ellipse(100, 90, 9, 13, eyes, black), ellipse(140, 90, 9, 13, eyes, black)), Head, Open},
		{drawn(ellipse(100, 94, 9, 2, black, black), ellipse(140, 94, 9, 2, black, black)), Head, Blink},
		{drawn(ellipse(120, 46, 58, 30, hair, hairShade), soft(104, 36, 30, 12, color.NRGBA{255, 220, 180, 110})), Head, Always},
	}
})

// girl gives the figure; each test gets its own.
func girl(tb testing.TB) (layers []Layer) {
	tb.Helper()
	for _, f := range files() {
		layers = append(layers, Layer{Sprite: sprite(tb, f.file), Group: f.group, When: f.when})
	}
	return layers
}

func sprite(tb testing.TB, file []byte) *Sprite {
	tb.Helper()
	s, err := Decode(file)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// breathing is an animation of 8 frames with a blink, in which all moves but the
// scene and the shoes.
func breathing() []Frame {
	frames := make([]Frame, 8)
	for i, down := range []int{0, 1, 2, 3, 2, 1, 0, -1} {
		frames[i] = Frame{Delay: 120 * time.Millisecond, Blink: i == 5}
		frames[i].Moves[Torso] = image.Pt(0, down)
		frames[i].Moves[Head] = image.Pt(down-1, 2*down)
	}
	return frames
}

// girlsBust is the section of her face picture.
var girlsBust = image.Rect(60, 16, 180, 176)
