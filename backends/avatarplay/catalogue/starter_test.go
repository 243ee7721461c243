package catalogue_test

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"sekisho/backends/avatarplay/catalogue"
	"sekisho/backends/avatarplay/catalogue/starter"
	"sekisho/backends/avatarplay/drawing"
	"sekisho/backends/kit/kittest"
)

var loaded = sync.OnceValues(func() (*catalogue.Catalogue, error) { return catalogue.Load(starter.Files, nil) })

func loadStarter(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	c, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The starter catalogue is without fault, and has as much to wear as was
// promised. Its ids are written down, so that they are the same on every gateway.
func TestStarter(t *testing.T) {
	t.Parallel()
	c := loadStarter(t)
	counts := map[catalogue.Part]int{}
	for _, item := range c.Items {
		counts[item.Part]++
		if item.ID == 0 {
			t.Errorf("item %s has no id", item.Key)
		}
	}
	for part, want := range map[catalogue.Part]int{
		catalogue.PartBody: 2, catalogue.PartFace: 6, catalogue.PartHair: 12, catalogue.PartTops: 16, catalogue.PartBottoms: 12,
		catalogue.PartDress: 6, catalogue.PartShoes: 8, catalogue.PartAccessory: 12, catalogue.PartBackground: 6,
	} {
		if counts[part] < want {
			t.Errorf("%d of %s, want %d", counts[part], part, want)
		}
	}
	if len(c.Tastes) < 4 || len(c.Coords) < 8 {
		t.Errorf("%d tastes and %d coords, want 4 and 8", len(c.Tastes), len(c.Coords))
	}
	for _, taste := range c.Tastes {
		if taste.ID == 0 {
			t.Errorf("taste %s has no id", taste.Key)
		}
	}
	for _, coord := range c.Coords {
		if coord.ID == 0 {
			t.Errorf("coord %s has no id", coord.Key)
		}
	}
}

// wear gives the layers of some items, as they are painted.
func wear(c *catalogue.Catalogue, keys ...string) []catalogue.Layer {
	type placed struct {
		catalogue.Layer
		part int
	}
	var all []placed
	for _, item := range c.Items {
		if slices.Contains(keys, item.Key) {
			for _, layer := range item.Layers {
				all = append(all, placed{layer, slices.Index(catalogue.Parts, item.Part)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Or(cmp.Compare(a.Z, b.Z), cmp.Compare(a.part, b.part)) })
	layers := make([]catalogue.Layer, len(all))
	for i, p := range all {
		layers[i] = p.Layer
	}
	return layers
}

// sprites makes of layers what is drawn.
func sprites(t *testing.T, c *catalogue.Catalogue, layers []catalogue.Layer) (drawn []drawing.Layer) {
	t.Helper()
	for _, layer := range layers {
		file, err := c.Read(layer)
		if err != nil {
			t.Fatal(err)
		}
		sprite, err := drawing.Decode(file)
		if err != nil {
			t.Fatal(err)
		}
		drawn = append(drawn, drawing.Layer{Sprite: sprite, Group: layer.Group, When: layer.When})
	}
	return drawn
}

// composed has the standard library paint the layers in their true colours.
func composed(t *testing.T, c *catalogue.Catalogue, layers []catalogue.Layer) *image.RGBA {
	t.Helper()
	figure := image.NewRGBA(image.Rect(0, 0, drawing.Width, drawing.Height))
	draw.Draw(figure, figure.Rect, image.White, image.Point{}, draw.Src)
	for _, layer := range layers {
		if layer.When == drawing.Blink {
			continue
		}
		file, err := c.Read(layer)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		draw.Draw(figure, figure.Rect, picture, image.Point{}, draw.Over)
	}
	return figure
}

// Each outfit of the starter catalogue looks in 255 colours as in its true ones,
// and its animation is smaller than if each frame were written whole, even where
// all of a figure jumps; most are much smaller. The test leaves the pictures for
// the eye in the folder that SHEETS names.
func TestStarterDrawn(t *testing.T) {
	t.Parallel()
	c := loadStarter(t)
	var written, whole atomic.Int64
	t.Cleanup(func() {
		if share := float64(written.Load()) / float64(whole.Load()); share > 0.6 {
			t.Errorf("all animations together have %.2f of the bytes of whole frames", share)
		}
	})
	coords := c.Coords
	if kittest.Raced {
		coords = coords[:3]
	}
	for _, coord := range coords {
		t.Run(coord.Key, func(t *testing.T) {
			t.Parallel()
			worn := wear(c, coord.Items...)
			layers, figure := sprites(t, c, worn), composed(t, c, worn)
			taste := c.Tastes[slices.IndexFunc(c.Tastes, func(taste catalogue.Taste) bool { return taste.Key == coord.Taste })]

			still, err := drawing.Still(layers)
			if err != nil {
				t.Fatal(err)
			}
			save(t, coord.Key+".still.gif", still)
			if decibels := psnr(figure, decoded(t, still)[0]); decibels < 40 {
				t.Errorf("still it is %.1f dB from its true colours", decibels)
			}

			moving, err := drawing.Animated(layers, taste.Frames)
			if err != nil {
				t.Fatal(err)
			}
			save(t, coord.Key+".gif", moving)
			frames := decoded(t, moving)
			if taste.Frames[0].Moves == [4]image.Point{} && !taste.Frames[0].Blink {
				if decibels := psnr(figure, frames[0]); decibels < 39 {
					t.Errorf("animated it is %.1f dB from its true colours", decibels)
				}
			}
			all := wholeFrames(t, frames)
			if len(frames) < 2 || len(moving) >= all {
				t.Errorf("%d frames have %d bytes, whole %d", len(frames), len(moving), all)
			}
			written.Add(int64(len(moving)))
			whole.Add(int64(all))

			bust, err := drawing.Bust(layers, c.Bust)
			if err != nil {
				t.Fatal(err)
			}
			save(t, coord.Key+".bust.gif", bust)
		})
	}
}

// Each item has something to show in its thumbnail.
func TestStarterThumbnails(t *testing.T) {
	t.Parallel()
	c := loadStarter(t)
	items := c.Items
	if kittest.Raced {
		items = items[:10]
	}
	for _, item := range items {
		file, err := drawing.Thumbnail(sprites(t, c, wear(c, item.Key)))
		if err != nil {
			t.Fatal(err)
		}
		save(t, item.Key+".png", file)
		picture, err := png.Decode(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for pixels := picture.(*image.NRGBA).Pix; len(pixels) > 0; pixels = pixels[4:] {
			if pixels[3] > 127 {
				seen++
			}
		}
		if seen < 60 {
			t.Errorf("of %s %d pixels are seen", item.Key, seen)
		}
	}
}

// decoded gives the frames of a GIF file whole, each in the file's palette.
func decoded(t *testing.T, file []byte) (frames []*image.Paletted) {
	t.Helper()
	all, err := gif.DecodeAll(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	screen := image.NewPaletted(image.Rect(0, 0, drawing.Width, drawing.Height), all.Image[0].Palette)
	for _, frame := range all.Image {
		unchanged := slices.Index(frame.Palette, color.Color(color.RGBA{}))
		for y := frame.Rect.Min.Y; y < frame.Rect.Max.Y; y++ {
			row := screen.Pix[screen.PixOffset(frame.Rect.Min.X, y):]
			for x, index := range frame.Pix[frame.PixOffset(frame.Rect.Min.X, y):][:frame.Rect.Dx()] {
				if int(index) != unchanged {
					row[x] = index
				}
			}
		}
		frames = append(frames, &image.Paletted{Pix: bytes.Clone(screen.Pix), Stride: screen.Stride, Rect: screen.Rect, Palette: screen.Palette})
	}
	return frames
}

// wholeFrames is how many bytes a GIF file of these frames has.
func wholeFrames(t *testing.T, frames []*image.Paletted) int {
	t.Helper()
	var file bytes.Buffer
	if err := gif.EncodeAll(&file, &gif.GIF{Image: frames, Delay: make([]int, len(frames))}); err != nil {
		t.Fatal(err)
	}
	// Each frame has brought the palette once more.
	return file.Len() - (len(frames)-1)*3*256
}

// psnr is how near a picture is to the true colours, in decibels.
func psnr(want *image.RGBA, got *image.Paletted) float64 {
	shown := image.NewRGBA(want.Rect)
	draw.Draw(shown, shown.Rect, got, image.Point{}, draw.Src)
	sum := 0
	for i, part := range shown.Pix {
		off := int(want.Pix[i]) - int(part)
		sum += off * off
	}
	return 10 * math.Log10(255*255*3*float64(len(got.Pix))/float64(max(sum, 1)))
}

// save leaves a picture in the folder that SHEETS names.
func save(t *testing.T, name string, file []byte) {
	t.Helper()
	folder := os.Getenv("SHEETS")
	if folder == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(folder, name), file, 0o644); err != nil {
		t.Fatal(err)
	}
}
