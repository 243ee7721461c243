package scaledjpeg

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

// decode is what a caller does.
func decode(t testing.TB, file []byte, denominator int) (image.Image, error) {
	t.Helper()
	config, err := DecodeConfig(t.Context(), bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	return Decode(t.Context(), bytes.NewReader(file), config, denominator)
}

func mustDecode(t testing.TB, file []byte, denominator int) image.Image {
	t.Helper()
	img, err := decode(t, file, denominator)
	if err != nil {
		t.Fatalf("at 1/%d: %v", denominator, err)
	}
	return img
}

// standard decodes with the standard library.
func standard(t testing.TB, file []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return img
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

// psnr compares a picture with another one of denominator times its size, in
// decibels: each of its pixels with the mean of those that it stands for.
func psnr(t testing.TB, small, large image.Image, denominator int) float64 {
	t.Helper()
	sum, n := 0.0, 0
	bounds := large.Bounds()
	for y := range bounds.Dy() / denominator {
		for x := range bounds.Dx() / denominator {
			var mean [3]float64
			for j := range denominator {
				for i := range denominator {
					for k, v := range channels(large.At(x*denominator+i, y*denominator+j)) {
						mean[k] += v / float64(denominator*denominator)
					}
				}
			}
			for k, v := range channels(small.At(x, y)) {
				sum += (v - mean[k]) * (v - mean[k])
				n++
			}
		}
	}
	return 10 * math.Log10(255*255*float64(n)/sum)
}

func channels(c color.Color) [3]float64 {
	r, g, b, _ := c.RGBA()
	return [3]float64{float64(r) / 257, float64(g) / 257, float64(b) / 257}
}

// same says where two pictures differ first.
func same(t testing.TB, got, want image.Image) {
	t.Helper()
	if got.Bounds() != want.Bounds() {
		t.Fatalf("the picture is %v, want %v", got.Bounds(), want.Bounds())
	}
	for y := range want.Bounds().Dy() {
		for x := range want.Bounds().Dx() {
			if got.At(x, y) != want.At(x, y) {
				t.Fatalf("(%d, %d) is %v, want %v", x, y, got.At(x, y), want.At(x, y))
			}
		}
	}
}

// At full size every pixel is what the standard library gives; smaller pictures
// look like its picture.
func TestSamePictureAsTheStandardLibrary(t *testing.T) {
	files, err := filepath.Glob("testdata/*.jpeg")
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.Contains(name, "arithmetic") {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			decibels := 27.0
			if strings.Contains(name, "rgb") || strings.Contains(name, "410") {
				decibels = 19 // each plane is scaled, and some of these are coarse already
			}
			file := read(t, name)
			reference := file
			if strings.Contains(name, "jpegtran.420") {
				// The standard library reads not all of these, but they are this
				// picture to the pixel.
				reference = read(t, "testdata/video-001.q50.420.jpeg")
			}
			checkScales(t, file, standard(t, reference), decibels)
		})
	}
}

// checkScales decodes a file at all scales. The picture's detail decides how many
// decibels a mean of pixels and a cut of coefficients have in common.
func checkScales(t *testing.T, file []byte, want image.Image, decibels float64) {
	t.Helper()
	same(t, mustDecode(t, file, 1), want)
	for _, denominator := range []int{2, 4, 8} {
		got := mustDecode(t, file, denominator)
		if w, h := ceilDiv(want.Bounds().Dx(), denominator), ceilDiv(want.Bounds().Dy(), denominator); got.Bounds() != image.Rect(0, 0, w, h) {
			t.Errorf("at 1/%d the picture is %v, want %d by %d", denominator, got.Bounds(), w, h)
		}
		if got := psnr(t, got, want, denominator); got < decibels {
			t.Errorf("at 1/%d: %.1f dB, want at least %.0f", denominator, got, decibels)
		} else {
			t.Logf("at 1/%d: %.1f dB", denominator, got)
		}
	}
}

// scene is a picture with soft shades, an edge and a little texture, of a size
// that fills no block.
func scene(component, x, y int) uint8 {
	fx, fy := float64(x), float64(y)
	switch component {
	case 0:
		v := 120 + 60*math.Sin(fx/37)*math.Cos(fy/29) + 5*math.Sin(fx/3+fy/5)
		if x+2*y > 190 {
			v -= 40
		}
		return uint8(v)
	case 3:
		return uint8(180 + 40*math.Sin(fy/40))
	}
	return uint8(128 + 50*math.Sin(fx/50+fy/70+float64(component)))
}

// Every way to put a picture into a JPEG file that the standard library takes.
func TestEveryCoding(t *testing.T) {
	samplings := map[string][]byte{
		"grey":                              jpegtest.Grey,
		"4:4:4":                             jpegtest.YUV444,
		"4:2:0":                             jpegtest.YUV420,
		"4:2:2":                             {0x21, 0x11, 0x11},
		"4:4:0":                             {0x12, 0x11, 0x11},
		"4:1:1":                             {0x41, 0x11, 0x11},
		"4:1:0":                             {0x42, 0x11, 0x11},
		"cmyk":                              {0x11, 0x11, 0x11, 0x11},
		"cmyk with two channels subsampled": {0x22, 0x11, 0x11, 0x22},
	}
	for name, sampling := range samplings {
		transforms := map[string][][]byte{"": nil}
		switch len(sampling) {
		case 3:
			transforms[" rgb"] = [][]byte{jpegtest.Adobe(0)}
		case 4:
			transforms = map[string][][]byte{" inverted": {jpegtest.Adobe(0)}, " ycck": {jpegtest.Adobe(2)}}
		}
		for coding, f := range map[string]jpegtest.File{
			"baseline":    {},
			"separate":    {Separate: true},
			"progressive": {Progressive: true},
		} {
			for transform, segments := range transforms {
				t.Run(name+transform+" "+coding, func(t *testing.T) {
					f.Width, f.Height, f.Sampling, f.Segments, f.Restart = 157, 91, sampling, segments, 0
					f.Sample = scene
					plain := written(t, f)
					want := standard(t, plain)
					checkScales(t, plain, want, 26)

					f.Restart = 3
					same(t, mustDecode(t, written(t, f), 1), want)
				})
			}
		}
	}
}

// Where its segments stand in a file, and what follows the file, does not matter.
func TestOddButValid(t *testing.T) {
	file := written(t, jpegtest.File{Width: 40, Height: 30, Sample: scene})
	want := standard(t, file)
	header := file[:2]
	for name, odd := range map[string][]byte{
		"ZIP behind the picture":       append(bytes.Clone(file), "PK\x03\x04..."...),
		"HTML behind the picture":      append(bytes.Clone(file), "<script>alert(1)</script>"...),
		"fill bytes before a marker":   slicesConcat(header, bytes.Repeat([]byte{0xff}, 9), file[2:]),
		"a comment":                    slicesConcat(header, jpegtest.Segment(0xfe, []byte("<html>")), file[2:]),
		"a restart marker at the end":  slicesConcat(file[:len(file)-2], []byte{0xff, 0xd0, 0xff, 0xd9}),
		"the number of lines repeated": slicesConcat(file[:len(file)-2], jpegtest.Segment(0xdc, []byte{0, 30}), file[len(file)-2:]),
	} {
		t.Run(name, func(t *testing.T) { same(t, mustDecode(t, odd, 1), want) })
	}
}

func slicesConcat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func read(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// The config tells the picture's size and what it will take, and hands on the
// Exif segment.
func TestDecodeConfig(t *testing.T) {
	file := written(t, jpegtest.File{
		Width: 1000, Height: 500, Progressive: true,
		Block:    func(int, int, int, *[64]int32) {},
		Segments: [][]byte{jpegtest.Segment(0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00")), jpegtest.Segment(0xe1, []byte("Exif\x00\x00MM"))},
	})
	config, err := DecodeConfig(context.Background(), bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if config.Width != 1000 || config.Height != 500 || config.Components != 3 || !config.Progressive || string(config.Exif) != "MM" {
		t.Errorf("%+v", config)
	}
	// 63 by 32 MCUs of six blocks; at 1/8 a block is a byte of picture, and 10
	// bytes between the scans.
	if got, want := config.Bytes(8), int64(63*32*6*11)+decoderBytes; got != want {
		t.Errorf("at 1/8 it takes %d bytes, want %d", got, want)
	}
	if got, want := config.Bytes(1), int64(63*32*6*(64+136))+decoderBytes; got != want {
		t.Errorf("at 1/1 it takes %d bytes, want %d", got, want)
	}
}
