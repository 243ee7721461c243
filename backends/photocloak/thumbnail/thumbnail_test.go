package thumbnail

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

// The longer side is 640 and 160 pixels long, the shape stays, and nothing is
// made larger than it was.
func TestSizes(t *testing.T) {
	for _, tt := range []struct{ width, height, largeWidth, largeHeight, smallWidth, smallHeight int }{
		{1600, 1200, 640, 480, 160, 120},
		{1200, 1600, 480, 640, 120, 160},
		{5120, 10, 640, 1, 160, 1},
		{7, 6001, 1, 640, 1, 160},
		{641, 640, 640, 639, 160, 160},
		{640, 640, 640, 640, 160, 160},
		{1279, 853, 640, 427, 160, 107},
		{300, 200, 300, 200, 160, 107},
		{160, 90, 160, 90, 160, 90},
		{31, 17, 31, 17, 31, 17},
		{1, 1, 1, 1, 1, 1},
	} {
		for _, progressive := range []bool{false, true} {
			photo := mustMake(t, written(t, jpegtest.File{
				Width: tt.width, Height: tt.height, Progressive: progressive,
				Block: plain([4]uint8{100, 150, 200}),
			}))
			if photo.Width != tt.width || photo.Height != tt.height {
				t.Errorf("%d by %d is said to be %d by %d", tt.width, tt.height, photo.Width, photo.Height)
			}
			large, small := decoded(t, photo.Large), decoded(t, photo.Small)
			if got, want := large.Bounds().Size(), image.Pt(tt.largeWidth, tt.largeHeight); got != want {
				t.Errorf("the large thumbnail of %d by %d is %v, want %v", tt.width, tt.height, got, want)
			}
			if got, want := small.Bounds().Size(), image.Pt(tt.smallWidth, tt.smallHeight); got != want {
				t.Errorf("the small thumbnail of %d by %d is %v, want %v", tt.width, tt.height, got, want)
			}
			want := color.YCbCr{Y: 100, Cb: 150, Cr: 200}
			for _, img := range []image.Image{large, small} {
				if corner := img.At(img.Bounds().Max.X-1, img.Bounds().Max.Y-1); !near(corner, want) {
					t.Errorf("the corner of %d by %d is %v, want %v", tt.width, tt.height, corner, want)
				}
			}
		}
	}
}

// plain gives the blocks of a picture of one colour.
func plain(colour [4]uint8) func(component, bx, by int, b *[64]int32) {
	return func(component, _, _ int, b *[64]int32) {
		b[0] = 8 * (int32(colour[component]) - 128) / int32(jpegtest.Quantization(0))
	}
}

// The thumbnails look as if the whole photo had been decoded and scaled by the
// standard library and x/image. The test leaves a sheet of them for the eye, in
// the folder that SHEETS names.
func TestLooksLikeTheWholePhoto(t *testing.T) {
	for _, size := range []image.Point{{1300, 975}, {700, 1001}} {
		file := encoded(t, jpegtest.Landscape(size.X, size.Y))
		photo := mustMake(t, file)
		for name, thumbnail := range map[string][]byte{"large": photo.Large, "small": photo.Small} {
			got := decoded(t, thumbnail)
			want := fullScale(t, file, got.Bounds().Dx(), got.Bounds().Dy())
			decibels := psnr(t, got, want)
			t.Logf("%s of %v: %.1f dB, %d bytes", name, size, decibels, len(thumbnail))
			if decibels < 33 {
				t.Errorf("%s of %v: %.1f dB, want at least 33", name, size, decibels)
			}
		}
		sheet := image.NewRGBA(image.Rect(0, 0, 820, 650))
		paste(t, sheet, photo.Large, 5, 5)
		paste(t, sheet, photo.Small, 655, 5)
		save(t, fmt.Sprintf("landscape%d.png", size.X), sheet)
	}
}

var (
	red    = color.RGBA{220, 30, 30, 255}
	green  = color.RGBA{30, 180, 40, 255}
	blue   = color.RGBA{40, 60, 220, 255}
	yellow = color.RGBA{240, 220, 40, 255}
)

// corners are the colours of a picture's corners: top left, top right, bottom
// left, bottom right.
type corners [4]color.RGBA

func cornersOf(img image.Image) (got [4]color.Color) {
	size := img.Bounds().Size()
	x, y := size.X/16, size.Y/16
	return [4]color.Color{img.At(x, y), img.At(size.X-1-x, y), img.At(x, size.Y-1-y), img.At(size.X-1-x, size.Y-1-y)}
}

// marked is a picture with coloured corners, an arrow that points up and an F,
// which no mirror image of it is.
func marked(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	fill := func(c color.Color, x0, y0, x1, y1 int) {
		draw.Draw(img, image.Rect(x0*width/16, y0*height/16, x1*width/16, y1*height/16), image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(color.Gray{235}, 0, 0, 16, 16)
	fill(red, 0, 0, 3, 3)
	fill(green, 13, 0, 16, 3)
	fill(blue, 0, 13, 3, 16)
	fill(yellow, 13, 13, 16, 16)
	for i := range 4 { // the arrow
		fill(color.Black, 8-i, 1+i, 8+i, 2+i)
	}
	fill(color.Black, 5, 6, 7, 15) // the F
	fill(color.Black, 5, 6, 12, 8)
	fill(color.Black, 5, 10, 10, 12)
	return img
}

// unturned is how a camera stores an upright picture of this orientation.
func unturned(upright image.Image, orientation int) image.Image {
	size := upright.Bounds().Size()
	at := func(x, y int) color.Color { return upright.At(x, y) }
	stored := image.NewRGBA(image.Rect(0, 0, size.X, size.Y))
	if orientation >= 5 {
		stored = image.NewRGBA(image.Rect(0, 0, size.Y, size.X))
	}
	right, bottom := size.X-1, size.Y-1
	for y := range stored.Rect.Dy() {
		for x := range stored.Rect.Dx() {
			// By the words of the standard: where the stored row 0 and column 0
			// are in the picture that people see.
			var c color.Color
			switch orientation {
			case 1: // top, left
				c = at(x, y)
			case 2: // top, right
				c = at(right-x, y)
			case 3: // bottom, right
				c = at(right-x, bottom-y)
			case 4: // bottom, left
				c = at(x, bottom-y)
			case 5: // left, top
				c = at(y, x)
			case 6: // right, top
				c = at(right-y, x)
			case 7: // right, bottom
				c = at(right-y, bottom-x)
			case 8: // left, bottom
				c = at(y, bottom-x)
			}
			stored.Set(x, y, c)
		}
	}
	return stored
}

// However the camera was held, the thumbnails are upright, and hold no metadata
// that would turn them once more. The test leaves a sheet of all of them too, and
// below of the photos as they are stored.
func TestUprightForAllOrientations(t *testing.T) {
	upright := marked(720, 540)
	want := map[string]image.Image{
		"large": fullScale(t, encoded(t, upright), 640, 480),
		"small": fullScale(t, encoded(t, upright), 160, 120),
	}
	degrees := []int{1: 0, 2: 0, 3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}
	sheet := image.NewRGBA(image.Rect(0, 0, 8*170, 3*170))
	draw.Draw(sheet, sheet.Rect, image.NewUniform(color.Gray{90}), image.Point{}, draw.Src)
	for orientation := 1; orientation <= 8; orientation++ {
		stored := unturned(upright, orientation)
		file := encoded(t, stored)
		for row, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			t.Run(fmt.Sprintf("%d %v", orientation, order), func(t *testing.T) {
				photo := mustMake(t, slipped(file, jpegtest.Exif(order, uint16(orientation))))
				if photo.Rotate != degrees[orientation] {
					t.Errorf("Rotate is %d, want %d", photo.Rotate, degrees[orientation])
				}
				if photo.Width != stored.Bounds().Dx() || photo.Height != stored.Bounds().Dy() {
					t.Errorf("the photo is said to be %d by %d, stored is %v", photo.Width, photo.Height, stored.Bounds())
				}
				for name, thumbnail := range map[string][]byte{"large": photo.Large, "small": photo.Small} {
					got := decoded(t, thumbnail)
					for i, corner := range cornersOf(got) {
						if want := (corners{red, green, blue, yellow})[i]; !near(corner, want) {
							t.Errorf("%s: corner %d is %v, want %v", name, i, corner, want)
						}
					}
					if decibels := psnr(t, got, want[name]); decibels < 28 {
						t.Errorf("%s: %.1f dB to the picture as it is, want at least 28", name, decibels)
					}
					if bytes.Contains(thumbnail, []byte("Exif")) {
						t.Errorf("%s: there is Exif in it", name)
					}
				}
				paste(t, sheet, photo.Small, 170*(orientation-1)+5, 170*row+5)
			})
		}
		paste(t, sheet, mustMake(t, file).Small, 170*(orientation-1)+5, 345)
	}
	save(t, "orientations.png", sheet)
}

func paste(t *testing.T, sheet draw.Image, thumbnail []byte, x, y int) {
	t.Helper()
	img := decoded(t, thumbnail)
	draw.Draw(sheet, img.Bounds().Add(image.Pt(x, y)), img, image.Point{}, draw.Src)
}

// save keeps a picture where SHEETS says, else only as long as the test runs.
func save(t *testing.T, name string, img image.Image) {
	t.Helper()
	folder := os.Getenv("SHEETS")
	if folder == "" {
		folder = t.TempDir()
	}
	file, err := os.Create(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, img); err != nil {
		t.Fatal(err)
	}
	t.Log(file.Name())
}

// Red stays red, in whatever colours a file puts it.
func TestColours(t *testing.T) {
	want := color.RGBA{200, 60, 20, 255}
	y, cb, cr := color.RGBToYCbCr(want.R, want.G, want.B)
	four := []byte{0x11, 0x11, 0x11, 0x11}
	for name, tt := range map[string]struct {
		sampling  []byte
		transform byte
		values    [4]uint8
		want      color.Color
	}{
		"YCbCr": {jpegtest.YUV420, 1, [4]uint8{y, cb, cr}, want},
		"RGB":   {jpegtest.YUV444, 0, [4]uint8{want.R, want.G, want.B}, want},
		"grey":  {jpegtest.Grey, 1, [4]uint8{77}, color.Gray{77}},
		// Adobe's CMYK is inverted: 255 is no ink. Of a colour that cannot be
		// had without black, a fifth is black here.
		"CMYK": {four, 0, [4]uint8{250, 75, 25, 204}, want},
		"YCCK": {four, 2, ycck(250, 75, 25, 204), want},
	} {
		for _, progressive := range []bool{false, true} {
			photo := mustMake(t, written(t, jpegtest.File{
				Width: 1000, Height: 700, Sampling: tt.sampling, Progressive: progressive,
				Segments: [][]byte{jpegtest.Adobe(tt.transform)},
				Block:    plain(tt.values),
			}))
			for _, thumbnail := range [][]byte{photo.Large, photo.Small} {
				if got := decoded(t, thumbnail).At(50, 50); !near(got, tt.want) {
					t.Errorf("%s: %v, want %v", name, got, tt.want)
				}
			}
		}
	}
}

func ycck(c, m, y, k uint8) [4]uint8 {
	yy, cb, cr := color.RGBToYCbCr(255-c, 255-m, 255-y)
	return [4]uint8{yy, cb, cr, k}
}
