package drawing

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
)

func thumbnail(tb testing.TB, layers ...Layer) *image.NRGBA {
	tb.Helper()
	file, err := Thumbnail(layers)
	if err != nil {
		tb.Fatal(err)
	}
	decoded, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		tb.Fatal(err)
	}
	m, ok := decoded.(*image.NRGBA)
	if !ok || m.Rect != image.Rect(0, 0, ThumbnailSide, ThumbnailSide) {
		tb.Fatalf("it is a %T of %v", decoded, decoded.Bounds())
	}
	return m
}

// seen is the smallest rectangle with all that is not transparent.
func seen(m *image.NRGBA) (bounds image.Rectangle) {
	for y := range ThumbnailSide {
		for x := range ThumbnailSide {
			if m.NRGBAAt(x, y).A > 0 {
				bounds = bounds.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return bounds
}

// An item is fitted in, whatever its shape and place, and a small one stays small.
func TestThumbnail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ item, want image.Rectangle }{
		{image.Rect(20, 30, 220, 230), image.Rect(3, 3, 57, 57)},
		{image.Rect(100, 40, 120, 320), image.Rect(28, 3, 32, 57)},
		{image.Rect(0, 100, 240, 160), image.Rect(3, 23, 57, 37)},
		{image.Rect(0, 0, 240, 319), image.Rect(9, 3, 50, 57)},
		{image.Rect(10, 10, 50, 30), image.Rect(3, 16, 57, 43)},
		{image.Rect(10, 10, 20, 20), image.Rect(20, 20, 40, 40)},
		{image.Rect(239, 319, 240, 320), image.Rect(29, 29, 31, 31)},
		{image.Rect(10, 10, 250, 11), image.Rect(3, 29, 57, 30)},
		{image.Rectangle{}, image.Rectangle{}},
	} {
		m := thumbnail(t, Layer{Sprite: square(t, red, tt.item)})
		if got := seen(m); got != tt.want {
			t.Errorf("%v is at %v, want %v", tt.item, got, tt.want)
		}
		if middle := m.NRGBAAt(30, 29); !tt.want.Empty() && middle != red {
			t.Errorf("%v is %v in the middle", tt.item, middle)
		}
	}
}

// A thumbnail shows all layers of an item, with open eyes.
func TestThumbnailOfLayers(t *testing.T) {
	t.Parallel()
	m := thumbnail(t,
		Layer{Sprite: square(t, red, image.Rect(50, 50, 150, 150)), Group: Head},
		Layer{Sprite: square(t, blue, image.Rect(50, 50, 100, 100)), Group: Torso, When: Open},
		Layer{Sprite: square(t, yellow, image.Rect(50, 50, 200, 200)), Group: Legs, When: Blink},
	)
	if m.NRGBAAt(10, 10) != blue || m.NRGBAAt(50, 50) != red || seen(m) != image.Rect(3, 3, 57, 57) {
		t.Errorf("%v and %v in %v", m.NRGBAAt(10, 10), m.NRGBAAt(50, 50), seen(m))
	}
	half := thumbnail(t, Layer{Sprite: square(t, veil, image.Rect(50, 50, 150, 150))})
	if got := half.NRGBAAt(30, 30); got != veil {
		t.Errorf("a veil is %v, want %v", got, veil)
	}
}

// A background shows its middle square from edge to edge, with rounded corners.
func TestThumbnailOfBackground(t *testing.T) {
	t.Parallel()
	m := thumbnail(t,
		Layer{Sprite: square(t, red, image.Rect(0, 0, Width, Height))},
		Layer{Sprite: square(t, blue, image.Rect(0, 40, 240, 160))},
	)
	for _, tt := range []struct {
		at   image.Point
		want color.NRGBA
	}{
		{image.Pt(30, 0), blue},
		{image.Pt(0, 40), red},
		{image.Pt(59, 20), blue},
		{image.Pt(30, 59), red},
		{image.Pt(6, 0), blue},
	} {
		if got := m.NRGBAAt(tt.at.X, tt.at.Y); got != tt.want {
			t.Errorf("%v is %v, want %v", tt.at, got, tt.want)
		}
	}
	for _, corner := range []image.Point{{0, 0}, {59, 0}, {0, 59}, {59, 59}} {
		if a := m.NRGBAAt(corner.X, corner.Y).A; a != 0 {
			t.Errorf("the corner %v has alpha %d", corner, a)
		}
		inner := image.Pt(min(max(corner.X, 1), 58), min(max(corner.Y, 1), 58))
		if a := m.NRGBAAt(inner.X, inner.Y).A; a == 0 || a == 255 {
			t.Errorf("the edge of the corner %v has alpha %d", corner, a)
		}
	}
}
