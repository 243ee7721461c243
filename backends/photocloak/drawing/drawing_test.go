package drawing

import (
	"bytes"
	"image/color"
	"image/jpeg"
	"os"
	"testing"

	"sekisho/caddymodules/golden"
)

// pictures are the files that the program serves.
var pictures = map[string]Picture{
	"../pictures/noimage.jpg":      NoImage,
	"../pictures/locked.jpg":       Locked,
	"../pictures/demo_seaside.jpg": Seaside,
	"../pictures/demo_sunset.jpg":  Sunset,
	"../pictures/demo_pine.jpg":    Pine,
}

// The files are what is drawn here; -update draws them anew. Looking at every
// seventh pixel is enough to tell, and quick.
func TestFilesAreWhatIsDrawn(t *testing.T) {
	for file, picture := range pictures {
		if *golden.Update {
			var encoded bytes.Buffer
			if err := jpeg.Encode(&encoded, picture.Draw(), &jpeg.Options{Quality: 90}); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, encoded.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := jpeg.Decode(bytes.NewReader(content))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if size := kept.Bounds().Size(); size.X != picture.Width || size.Y != picture.Height {
			t.Errorf("%s is %v", file, size)
			continue
		}
		sum, looked, worst := 0, 0, 0
		for row := 0; row < picture.Height; row += 7 {
			for column := 0; column < picture.Width; column += 7 {
				apart := distance(kept.At(column, row), picture.At(column, row))
				sum, looked, worst = sum+apart, looked+1, max(worst, apart)
			}
		}
		if sum > 3*looked || worst > 90 { // what JPEG takes away
			t.Errorf("%s is another picture than is drawn: %.2f a pixel, %d at worst", file, float64(sum)/float64(looked), worst)
		}
	}
}

// A picture comes out alike at any size, and each time.
func TestDrawIsAt(t *testing.T) {
	small := Pine
	small.Width, small.Height = 64, 48
	drawn := small.Draw()
	for row := range small.Height {
		for column := range small.Width {
			if drawn.RGBAAt(column, row) != small.At(column, row) {
				t.Fatalf("pixel %d, %d differs", column, row)
			}
		}
	}
	if apart := distance(small.At(20, 15), Pine.At(20*25+12, 15*25+12)); apart > 20 {
		t.Errorf("the sun has another colour when it is small: %d", apart)
	}
}

// distance is how far two colours are apart, from 0 to 255.
func distance(a, b color.Color) int {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	part := func(x, y uint32) int { return int(max(x, y)-min(x, y)) >> 8 }
	return (part(r1, r2) + part(g1, g2) + part(b1, b2)) / 3
}
