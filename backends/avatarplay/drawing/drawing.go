// Package drawing composes the pictures of Avatar Play from layers of artwork and
// encodes them: the figure as an animated and as a still GIF, its face, and the
// thumbnail of an item.
//
// The same layers give the same bytes each time and on every machine: wherever a
// number decides about a colour, it is a whole one. One drawing takes up to 12 MiB
// of memory, and the next one takes over most of it; how many go on at once is the
// caller's to bound.
package drawing

import (
	"fmt"
	"image"
	"time"
)

const (
	// Width and Height are those of a layer and of a figure, in pixels.
	Width, Height = 240, 320

	// BustWidth and BustHeight are those of the face picture.
	BustWidth, BustHeight = 60, 80

	// ThumbnailSide is that of an item's thumbnail.
	ThumbnailSide = 60

	// MaxFrames is how many frames an animation may have.
	MaxFrames = 24
)

const (
	hundredth = time.Second / 100
	maxDelay  = 0xffff * hundredth // of all frames together
)

// Animated draws the figure as a GIF of 240×320 pixels that goes through the
// frames for ever. What nothing covers is white. A frame that looks like the one
// before it makes that one last longer, so where nothing is seen to move there is
// one frame only.
//
// It is an error if there is no frame or more than [MaxFrames], if a frame's delay
// is not a whole number of hundredths of a second from 1 on, or if all take more
// than 655.35 seconds.
func Animated(layers []Layer, frames []Frame) ([]byte, error) {
	if err := check(frames); err != nil {
		return nil, err
	}
	e := takeEasel()
	defer e.giveBack()
	poses, shots := posesOf(layers, frames)
	e.paintAll(layers, poses)
	return e.encode(shots, Width, Height)
}

func check(frames []Frame) error {
	if len(frames) == 0 || len(frames) > MaxFrames {
		return fmt.Errorf("an animation of %d frames: there may be from 1 to %d", len(frames), MaxFrames)
	}
	var all time.Duration
	for i, frame := range frames {
		if frame.Delay < hundredth || frame.Delay > maxDelay || frame.Delay%hundredth != 0 {
			return fmt.Errorf("frame %d of an animation takes %v: not a whole number of hundredths of a second", i, frame.Delay)
		}
		if all += frame.Delay; all > maxDelay {
			return fmt.Errorf("an animation takes more than %v", maxDelay)
		}
	}
	return nil
}

// Still draws the figure as a GIF of 240×320 pixels that does not move. What
// nothing covers is white.
func Still(layers []Layer) ([]byte, error) {
	e := takeEasel()
	defer e.giveBack()
	e.paintAll(layers, []pose{{}})
	return e.encode([]shot{{}}, Width, Height)
}

// Bust draws a section of the still figure as a GIF of 60×80 pixels, the face
// picture. It is an error if the section is empty or leaves the figure; it should
// be three wide for four high.
func Bust(layers []Layer, section image.Rectangle) ([]byte, error) {
	if section.Empty() || !section.In(image.Rect(0, 0, Width, Height)) {
		return nil, fmt.Errorf("the section %v is not within the figure", section)
	}
	e := takeEasel()
	defer e.giveBack()
	e.now.fill(white)
	e.now.paintAll(layers, pose{})
	e.take(scale(e.now, section, BustWidth, BustHeight))
	return e.encode([]shot{{}}, BustWidth, BustHeight)
}
