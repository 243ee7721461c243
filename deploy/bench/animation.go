package main

import (
	"bytes"
	"cmp"
	"compress/lzw"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/png"
	"io"
	"slices"

	"sekisho/backends/avatarplay/catalogue"
	"sekisho/backends/avatarplay/catalogue/starter"
	"sekisho/backends/avatarplay/drawing"
)

// measureAnimation measures the drawing of animated avatars (G): the outfits of
// the starter catalogue with which guests begin, one avatar at a time. Beside it
// stand two parts of what the standard library would do for the same file: the
// compression of whole frames, and the search for the nearest of its colours.
func (b *bench) measureAnimation() error {
	avatars, err := starterAvatars(b.size(100, 1))
	if err != nil {
		return err
	}
	const own, compression, search = "animated avatars", "LZW of their whole frames", "draw.Src into their palettes"
	n := len(avatars)
	found, err := b.inTurn(
		side{own, b.repeated(n, func(i int) (int, error) { return avatars[i].draw() })},
		side{compression, b.repeated(n, func(i int) (int, error) { return 0, avatars[i].compress() })},
		side{search, b.repeated(n, func(i int) (int, error) { avatars[i].search(); return 0, nil })},
	)
	if err != nil {
		return err
	}
	b.row("G1", "drawing an animated avatar : LZW alone of its whole frames, CPU", atMost(3), ratio(found[own], found[compression], cpu))
	b.row("", "the same : draw.Src of its frames into the same palette, CPU", atMost(0.05), ratio(found[own], found[search], cpu))
	var smaller []float64
	for _, a := range avatars {
		share, err := a.ofWhole()
		if err != nil {
			return err
		}
		smaller = append(smaller, share)
	}
	b.row("", "bytes of an animated avatar : of the same with whole frames, outfit by outfit", atMost(0.85), smaller)
	return nil
}

// avatar is an outfit that moves in the way of its taste.
type avatar struct {
	layers []drawing.Layer
	frames []drawing.Frame

	// What is painted in each frame that differs from the one before it, in true
	// colours, and in those of the file's palette.
	painted []*image.RGBA
	whole   []*image.Paletted
}

// draw draws the avatar, and gives how many bytes its file has.
func (a *avatar) draw() (int, error) {
	file, err := drawing.Animated(a.layers, a.frames)
	return len(file), err
}

// compress compresses all frames as a GIF file's are, and writes no file.
func (a *avatar) compress() error {
	for _, frame := range a.whole {
		w := lzw.NewWriter(io.Discard, lzw.LSB, 8)
		if _, err := w.Write(frame.Pix); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	return nil
}

// search has the standard library find the nearest colour of the palette for each
// pixel.
func (a *avatar) search() {
	for i, frame := range a.whole {
		draw.Draw(frame, frame.Rect, a.painted[i], image.Point{}, draw.Src)
	}
}

// ofWhole is the size of the file as a share of one that has whole frames.
func (a *avatar) ofWhole() (float64, error) {
	own, err := a.draw()
	if err != nil {
		return 0, err
	}
	palette := a.whole[0].Palette
	all := gif.GIF{
		Image: a.whole, Delay: make([]int, len(a.whole)),
		Config: image.Config{ColorModel: palette, Width: drawing.Width, Height: drawing.Height},
	}
	var file bytes.Buffer
	err = gif.EncodeAll(&file, &all)
	return float64(own) / float64(file.Len()), err
}

// starterAvatars makes at most so many avatars of the outfits with which guests
// may begin.
func starterAvatars(most int) (avatars []*avatar, err error) {
	c, err := catalogue.Load(starter.Files, nil)
	if err != nil {
		return nil, err
	}
	for _, coord := range c.Coords {
		if !coord.Initial || len(avatars) == most {
			continue
		}
		a, err := wear(c, coord)
		if err != nil {
			return nil, fmt.Errorf("putting %s on: %w", coord.Key, err)
		}
		avatars = append(avatars, a)
	}
	return avatars, nil
}

// wear makes an avatar of an outfit.
func wear(c *catalogue.Catalogue, coord catalogue.Coord) (*avatar, error) {
	var worn []catalogue.Layer
	for _, item := range c.Items {
		if slices.Contains(coord.Items, item.Key) {
			worn = append(worn, item.Layers...)
		}
	}
	slices.SortStableFunc(worn, func(a, b catalogue.Layer) int { return cmp.Compare(a.Z, b.Z) })
	taste := slices.IndexFunc(c.Tastes, func(t catalogue.Taste) bool { return t.Key == coord.Taste })
	a := &avatar{frames: c.Tastes[taste].Frames}
	var pictures []image.Image
	for _, layer := range worn {
		file, err := c.Read(layer)
		if err != nil {
			return nil, err
		}
		sprite, err := drawing.Decode(file)
		if err != nil {
			return nil, err
		}
		picture, err := png.Decode(bytes.NewReader(file))
		if err != nil {
			return nil, err
		}
		a.layers = append(a.layers, drawing.Layer{Sprite: sprite, Group: layer.Group, When: layer.When})
		pictures = append(pictures, picture)
	}
	return a, a.paint(pictures)
}

// paint has the standard library paint the frames, given the pictures of all
// layers.
func (a *avatar) paint(pictures []image.Image) error {
	file, err := drawing.Animated(a.layers, a.frames)
	if err != nil {
		return err
	}
	decoded, err := gif.DecodeAll(bytes.NewReader(file))
	if err != nil {
		return err
	}
	palette := slices.DeleteFunc(decoded.Image[0].Palette, func(c color.Color) bool { return c == color.RGBA{} })
	for _, frame := range a.frames {
		painted := image.NewRGBA(image.Rect(0, 0, drawing.Width, drawing.Height))
		draw.Draw(painted, painted.Rect, image.White, image.Point{}, draw.Src)
		for i, layer := range a.layers {
			if layer.When == drawing.Always || (layer.When == drawing.Blink) == frame.Blink {
				draw.Draw(painted, pictures[i].Bounds().Add(frame.Moves[layer.Group]), pictures[i], image.Point{}, draw.Over)
			}
		}
		if n := len(a.painted); n == 0 || !bytes.Equal(painted.Pix, a.painted[n-1].Pix) {
			a.painted = append(a.painted, painted)
			a.whole = append(a.whole, image.NewPaletted(painted.Rect, palette))
		}
	}
	if len(a.painted) != len(decoded.Image) {
		return fmt.Errorf("%d frames are drawn, and %d painted", len(decoded.Image), len(a.painted))
	}
	a.search()
	return nil
}
