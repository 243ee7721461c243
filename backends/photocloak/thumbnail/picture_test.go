package thumbnail

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"

	"golang.org/x/image/draw"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

// landscape draws what a camera might see: a sky that grows paler downwards, a
// sun, hills one behind the other, and grass with fine texture in front.
func landscape(width, height int) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for y := range height {
		for x := range width {
			c := landscapeAt(float64(x)/float64(height), float64(y)/float64(height), x, y)
			yy, cb, cr := color.RGBToYCbCr(c[0], c[1], c[2])
			img.Y[img.YOffset(x, y)] = yy
			img.Cb[img.COffset(x, y)], img.Cr[img.COffset(x, y)] = cb, cr
		}
	}
	return img
}

func landscapeAt(fx, fy float64, x, y int) [3]uint8 {
	grain := float64(noise(uint32(x), uint32(y))%23) - 11
	if math.Hypot(fx-0.95, fy-0.22) < 0.07 {
		return [3]uint8{255, 244, 200}
	}
	for i := 3; i >= 1; i-- {
		ridge := 0.38 + 0.14*float64(i) + 0.06*math.Sin(fx*float64(7-i)+float64(i)*2) + 0.015*math.Sin(fx*31*float64(i))
		if fy > ridge {
			shade := float64(4-i) * 22
			grass := grain * float64(i) / 2
			return rgbOf(40+shade+grass, 95+shade+grass*1.5, 50+shade*1.3+grass)
		}
	}
	return rgbOf(95+150*fy+grain/4, 155+100*fy+grain/4, 225+30*fy+grain/4)
}

// noise gives each pixel a number of its own, without a pattern.
func noise(x, y uint32) uint32 {
	n := x*0x9e3779b1 ^ y*0x85ebca77
	n = (n ^ n>>15) * 0x2c1b3c6d
	n = (n ^ n>>12) * 0x297a2d39
	return n ^ n>>15
}

func rgbOf(r, g, b float64) [3]uint8 {
	clip := func(v float64) uint8 { return uint8(max(0, min(v, 255))) }
	return [3]uint8{clip(r), clip(g), clip(b)}
}

// encoded is a picture as a JPEG file.
func encoded(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// slipped is a file with segments put behind its start.
func slipped(file []byte, segments ...[]byte) []byte {
	parts := append([][]byte{file[:2]}, segments...)
	return bytes.Join(append(parts, file[2:]), nil)
}

// written is a file that jpegtest writes.
func written(t testing.TB, f jpegtest.File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func mustMake(t testing.TB, file []byte) Photo {
	t.Helper()
	photo, err := Make(t.Context(), NewBudget(DefaultBudget), bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return photo
}

func decoded(t testing.TB, file []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// fullScale is the thumbnail that the standard library's decoder and x/image make
// of the whole picture.
func fullScale(t testing.TB, file []byte, width, height int) image.Image {
	t.Helper()
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	img := decoded(t, file)
	draw.CatmullRom.Scale(out, out.Bounds(), img, img.Bounds(), draw.Src, nil)
	return out
}

// psnr compares two pictures of one size, in decibels.
func psnr(t testing.TB, a, b image.Image) float64 {
	t.Helper()
	if a.Bounds() != b.Bounds() {
		t.Fatalf("the pictures are %v and %v", a.Bounds(), b.Bounds())
	}
	one, other := image.NewRGBA(a.Bounds()), image.NewRGBA(a.Bounds())
	draw.Draw(one, one.Rect, a, image.Point{}, draw.Src)
	draw.Draw(other, other.Rect, b, image.Point{}, draw.Src)
	sum := 0.0
	for i := range one.Pix { // alpha is the same
		d := float64(one.Pix[i]) - float64(other.Pix[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255*float64(len(one.Pix))*3/4/sum)
}

// near says whether two colours look the same.
func near(a, b color.Color) bool {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	for _, d := range [3]int{int(ar) - int(br), int(ag) - int(bg), int(ab) - int(bb)} {
		if max(d, -d) > 40*257 {
			return false
		}
	}
	return true
}
