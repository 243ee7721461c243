package drawing

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"testing"
)

// glow is a layer whose colours are reckoned in whole numbers, and are many.
func glow(tb testing.TB, bounds image.Rectangle, fill color.NRGBA) *Sprite {
	tb.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, Width, Height))
	center, reach := bounds.Min.Add(bounds.Max).Div(2), bounds.Dx()*bounds.Dx()/4
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			dx, dy := x-center.X, y-center.Y
			c := fill
			c.R -= uint8(x * 60 / Width)
			c.G -= uint8(y * 50 / Height)
			c.A = uint8(max(0, 255-255*(dx*dx+dy*dy)/reach))
			m.SetNRGBA(x, y, c)
		}
	}
	return sprite(tb, encoded(m))
}

// A recipe gives the same file on every machine and with every version of Go, for
// an URL never changes its content. Whoever means to change what is drawn writes
// the new sums here, and counts up the version of what draws.
func TestSameEverywhere(t *testing.T) {
	t.Parallel()
	layers := []Layer{
		{Sprite: glow(t, image.Rect(-60, -60, 300, 380).Intersect(image.Rect(0, 0, Width, Height)), color.NRGBA{240, 200, 250, 255})},
		{Sprite: square(t, blue, image.Rect(100, 200, 140, 310)), Group: Legs},
		{Sprite: glow(t, image.Rect(60, 120, 180, 240), color.NRGBA{250, 90, 120, 255}), Group: Torso},
		{Sprite: glow(t, image.Rect(70, 20, 170, 140), color.NRGBA{120, 220, 90, 255}), Group: Head},
		{Sprite: square(t, red, image.Rect(100, 60, 110, 70)), Group: Head, When: Open},
		{Sprite: square(t, veil, image.Rect(100, 66, 140, 70)), Group: Head, When: Blink},
	}
	bust, err := Bust(layers, girlsBust)
	if err != nil {
		t.Fatal(err)
	}
	odd, err := Bust(layers, image.Rect(51, 3, 192, 191))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		what    string
		content []byte
		sum     string // the first 8 bytes of its SHA-256
	}{
		{"animated", animated(t, layers, breathing()), "679956da56545a66"},
		{"still", still(t, layers), "93a66dbe59682c26"},
		{"bust", bust, "d0e72bbcc08978c1"},
		{"a bust of an odd size", odd, "b77a7f3549e05844"},
		{"the pixels of a thumbnail", thumbnail(t, layers[1:]...).Pix, "d1f220d48457e71f"},
	} {
		sum := sha256.Sum256(tt.content)
		if got := hex.EncodeToString(sum[:8]); got != tt.sum {
			t.Errorf("%s: %s, want %s", tt.what, got, tt.sum)
		}
	}
	if !bytes.Equal(still(t, layers), still(t, layers)) {
		t.Error("a second drawing is another file")
	}
}
