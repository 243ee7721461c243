package drawing

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
)

// encode writes the poses as a GIF file that goes through the shots.
func (e *easel) encode(shots []shot, width, height int) ([]byte, error) {
	palette, indices := paletteOf(e.colours.all)
	file := gif.GIF{Config: image.Config{Width: width, Height: height}}
	bounds := image.Rect(0, 0, width, height)
	unchanged := uint8(len(palette))
	palette = append(palette, color.RGBA{})

	last := -1 // the pose that is seen
	for _, s := range shots {
		changed := bounds
		if last >= 0 {
			changed = e.changed(last, s.pose, indices, width, height)
		}
		if changed.Empty() {
			file.Delay[len(file.Delay)-1] += s.delay
			continue
		}
		frame := image.NewPaletted(changed, palette)
		e.fill(frame, last, s.pose, indices, unchanged, width)
		file.Image = append(file.Image, frame)
		file.Delay = append(file.Delay, s.delay)
		file.Disposal = append(file.Disposal, gif.DisposalNone)
		last = s.pose
	}
	if len(file.Image) == 1 {
		palette = palette[:unchanged]
		file.Image[0].Palette, file.Delay[0], file.Disposal[0] = palette, 0, 0
	}
	file.Config.ColorModel = palette

	var out bytes.Buffer
	if err := gif.EncodeAll(&out, &file); err != nil {
		return nil, fmt.Errorf("encoding a GIF: %w", err)
	}
	return out.Bytes(), nil
}

// changed is the smallest rectangle that holds all pixels which differ between
// two poses.
func (e *easel) changed(from, to int, indices []uint8, width, height int) image.Rectangle {
	if from == to {
		return image.Rectangle{}
	}
	var all image.Rectangle
	for y := range height {
		a, b := e.poses[from][y*width:][:width], e.poses[to][y*width:][:width]
		first := 0
		for first < width && indices[a[first]] == indices[b[first]] {
			first++
		}
		if first == width {
			continue
		}
		last := width - 1
		for indices[a[last]] == indices[b[last]] {
			last--
		}
		all = all.Union(image.Rect(first, y, last+1, y+1))
	}
	return all
}

// fill sets the pixels of a frame; those that are as in the pose before it, if
// there is one, are left unchanged.
func (e *easel) fill(frame *image.Paletted, from, to int, indices []uint8, unchanged uint8, width int) {
	for y := frame.Rect.Min.Y; y < frame.Rect.Max.Y; y++ {
		row := frame.Pix[frame.PixOffset(frame.Rect.Min.X, y):][:frame.Rect.Dx()]
		place := y*width + frame.Rect.Min.X
		for x, number := range e.poses[to][place:][:len(row)] {
			row[x] = indices[number]
		}
		if from < 0 {
			continue
		}
		for x, number := range e.poses[from][place:][:len(row)] {
			if row[x] == indices[number] {
				row[x] = unchanged
			}
		}
	}
}
