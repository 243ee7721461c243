package drawing

import "sync"

// easel is what one drawing needs of memory.
type easel struct {
	ground canvas // what is the same in all poses
	now    canvas
	before canvas

	colours colours

	// poses have the number of each pixel's colour.
	poses [][]uint16
}

var easels = sync.Pool{New: func() any {
	return &easel{
		ground: make(canvas, Width*Height),
		now:    make(canvas, Width*Height),
		before: make(canvas, Width*Height),
	}
}}

func takeEasel() *easel { return easels.Get().(*easel) }

// giveBack leaves the easel to the next drawing.
func (e *easel) giveBack() { easels.Put(e) }

// paintAll paints the figure in all poses, on white.
func (e *easel) paintAll(layers []Layer, poses []pose) {
	still := stillLayers(layers, poses)
	e.ground.fill(white)
	e.ground.paintAll(layers[:still], poses[0])
	for drop := 0; !e.paintMoving(layers[still:], poses, drop); drop++ {
	}
}

// paintMoving paints the layers above the ground. Its false says that there are
// too many colours, unless more of their bits are dropped.
func (e *easel) paintMoving(layers []Layer, poses []pose, drop int) bool {
	e.colours.begin(drop)
	e.before.fill(nothing)
	for i, p := range poses {
		numbers := e.room(i)
		if i > 0 {
			copy(numbers, e.poses[i-1])
		}
		copy(e.now, e.ground)
		e.now.paintAll(layers, p)
		if !e.colours.number(e.now, e.before, numbers) {
			return false
		}
		e.now, e.before = e.before, e.now
		e.colours.again = true // what moves would count more than what stands still
	}
	return true
}

// take makes the one pose of a picture that was painted elsewhere.
func (e *easel) take(pixels []pixel) {
	e.before.fill(nothing)
	numbers := e.room(0)[:len(pixels)]
	for drop := 0; ; drop++ {
		e.colours.begin(drop)
		if e.colours.number(pixels, e.before, numbers) {
			return
		}
	}
}

// room is where the numbers of a pose go.
func (e *easel) room(i int) []uint16 {
	if i == len(e.poses) {
		e.poses = append(e.poses, make([]uint16, Width*Height))
	}
	return e.poses[i]
}
