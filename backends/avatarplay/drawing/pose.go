package drawing

import (
	"image"
	"slices"
)

// pose is what a figure does in a frame, as far as it is seen.
type pose struct {
	moves [groups]image.Point
	blink bool
}

// shot is a pose that is seen for a while.
type shot struct {
	pose  int // which of the poses
	delay int // hundredths of a second
}

// posesOf gives the different poses of an animation, and in what order they are
// seen. Frames that look alike share one.
func posesOf(layers []Layer, frames []Frame) (poses []pose, shots []shot) {
	var moves [groups]bool
	var blinks bool
	for _, layer := range layers {
		moves[layer.Group] = layer.Group != Scene
		blinks = blinks || layer.When != Always
	}
	for _, frame := range frames {
		p := pose{blink: frame.Blink && blinks}
		for group, by := range frame.Moves {
			if moves[group] {
				p.moves[group] = by
			}
		}
		i := slices.Index(poses, p)
		if i < 0 {
			i = len(poses)
			poses = append(poses, p)
		}
		shots = append(shots, shot{pose: i, delay: int(frame.Delay / hundredth)})
	}
	return poses, shots
}

// seenIn says whether the layer is seen in a pose.
func (l Layer) seenIn(p pose) bool {
	return l.When == Always || (l.When == Blink) == p.blink
}

// still says whether a layer is the same in all poses.
func (l Layer) still(poses []pose) bool {
	for _, p := range poses[1:] {
		if l.seenIn(p) != l.seenIn(poses[0]) || p.moves[l.Group] != poses[0].moves[l.Group] {
			return false
		}
	}
	return true
}

// stillLayers is how many of the lowest layers are the same in all poses.
func stillLayers(layers []Layer, poses []pose) int {
	for i, layer := range layers {
		if !layer.still(poses) {
			return i
		}
	}
	return len(layers)
}
