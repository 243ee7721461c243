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
