package drawing

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"slices"
	"testing"
)

// A layer is read whatever kind of PNG file it is, and cut to what is seen of it.
func TestDecode(t *testing.T) {
	t.Parallel()
	all := image.Rect(0, 0, Width, Height)
	for _, tt := range []struct {
		what   string
		m      draw.Image
		bounds image.Rectangle
	}{
		{"with transparency", image.NewNRGBA(all), image.Rect(10, 20, 13, 22)},
		{"16 bits with transparency", image.NewNRGBA64(all), image.Rect(10, 20, 13, 22)},
		{"a palette with transparency", image.NewPaletted(all, color.Palette{color.NRGBA{}, red, blue}), image.Rect(10, 20, 13, 22)},
		{"a palette", image.NewPaletted(all, color.Palette{yellow, red, blue}), all},
		{"grey", image.NewGray(all), all},
		{"16 bits of grey", image.NewGray16(all), all},
	} {
		tt.m.Set(10, 21, red)
		tt.m.Set(12, 20, blue)
		s, err := Decode(encoded(tt.m))
		if err != nil {
			t.Errorf("%s: %v", tt.what, err)
			continue
		}
		if s.bounds != tt.bounds || s.Empty() {
			t.Errorf("%s: it is cut to %v, want %v", tt.what, s.bounds, tt.bounds)
		}
		if least := 4 * tt.bounds.Dx() * tt.bounds.Dy(); s.Size() < least || s.Size() > least+100 {
			t.Errorf("%s: it takes %d bytes, want %d and a little", tt.what, s.Size(), least)
		}
		c := make(canvas, Width*Height)
		c.paint(s, image.Point{})
		for i, got := range c {
			r, g, b, a := tt.m.At(i%Width, i/Width).RGBA()
			if want := pixel(r>>8 | g>>8<<8 | b>>8<<16 | a>>8<<24); got != want {
				t.Errorf("%s: pixel %d is %08x, want %08x", tt.what, i, got, want)
				break
			}
		}
	}
	if s := square(t, color.Transparent, all); !s.Empty() || s.Size() > 100 {
		t.Errorf("a transparent layer takes %d bytes", s.Size())
	}
}

// header gives a PNG file whose header says another size.
func header(file []byte, width, height uint32) []byte {
	file = slices.Clone(file)
	chunk := file[12:29] // IHDR: its name and content
	binary.BigEndian.PutUint32(chunk[4:], width)
	binary.BigEndian.PutUint32(chunk[8:], height)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(chunk))
	return file
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	good := encoded(image.NewNRGBA(image.Rect(0, 0, Width, Height)))
	broken := slices.Clone(good)
	broken[len(broken)/2] ^= 0x55
	for _, tt := range []struct {
		what string
		file []byte
		want error
	}{
		{"nothing", nil, ErrNotPNG},
		{"a text", []byte("a picture of 240 by 320 pixels"), ErrNotPNG},
		{"a GIF file", still(t, nil), ErrNotPNG},
		{"its signature", good[:8], ErrNotPNG},
		{"its header", good[:33], ErrNotPNG},
		{"a part of it", good[:len(good)-20], ErrNotPNG},
		{"a broken one", broken, ErrNotPNG},
		{"a wide one", encoded(image.NewGray(image.Rect(0, 0, Height, Width))), ErrSize},
		{"a tiny one", encoded(image.NewGray(image.Rect(0, 0, 1, 1))), ErrSize},
		{"one that says it is smaller", header(good, Width, Height-1), ErrSize},
		{"one that says it is huge", header(good, 1<<31-1, 1<<31-1), ErrNotPNG},
		{"one that says it is large", header(good, 10_000, 10_000), ErrSize},
		{"a long one", append(slices.Clone(good), make([]byte, MaxFile)...), ErrTooLarge},
	} {
		if _, err := Decode(tt.file); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.what, err, tt.want)
		}
	}
	if _, err := Decode(append(slices.Clone(good), make([]byte, MaxFile-len(good))...)); err != nil {
		t.Errorf("a file of %d bytes: %v", MaxFile, err)
	}
}

// FuzzDecode draws whatever Decode takes.
func FuzzDecode(f *testing.F) {
	all := image.Rect(0, 0, Width, Height)
	for _, m := range []draw.Image{image.NewNRGBA(all), image.NewNRGBA64(all), image.NewPaletted(all, color.Palette{color.NRGBA{}, red}), image.NewGray16(all)} {
		m.Set(10, 20, red)
		m.Set(200, 300, veil)
		f.Add(encoded(m))
		f.Add(header(encoded(m), Width, 1))
	}
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := Decode(file)
		if err != nil {
			if !errors.Is(err, ErrNotPNG) && !errors.Is(err, ErrSize) && !errors.Is(err, ErrTooLarge) {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		if !s.bounds.In(all) || len(s.pixels) != s.bounds.Dx()*s.bounds.Dy() {
			t.Fatalf("%d pixels in %v", len(s.pixels), s.bounds)
		}
		for _, p := range s.pixels {
			if max(p.red(), p.green(), p.blue()) > p.alpha() {
				t.Fatalf("%08x is not premultiplied", p)
			}
		}
		layers := []Layer{{Sprite: s, Group: Head}}
		shown := show(t, animated(t, layers, breathing()))
		if frame := shown.frames[0]; frame.Rect != all {
			t.Errorf("the figure is %v", frame.Rect)
		}
		if _, err := Thumbnail(layers); err != nil {
			t.Error(err)
		}
		if bytes.Contains(still(t, layers), []byte("NETSCAPE")) {
			t.Error("a still figure loops")
		}
	})
}
