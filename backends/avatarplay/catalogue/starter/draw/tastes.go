package main

// taste is a way to move: its frames, again and again.
type taste struct {
	key, name string
	frames    []frame
}

// frame is how the figure stands for a while.
type frame struct {
	delay             int // milliseconds
	legs, torso, head move
	blink             bool
}

// move is how far a group is moved, in pixels to the right and down.
type move struct{ x, y int }

func tastes() []taste {
	return []taste{
		{"nonbiri", "のんびり", []frame{ // breathes slowly
			{delay: 900},
			{delay: 160, head: move{0, 1}},
			{delay: 240, torso: move{0, 1}, head: move{0, 1}},
			{delay: 800, torso: move{0, 1}, head: move{0, 2}},
			{delay: 160, torso: move{0, 1}, head: move{0, 2}, blink: true},
			{delay: 240, torso: move{0, 1}, head: move{0, 2}},
			{delay: 240, torso: move{0, 1}, head: move{0, 1}},
			{delay: 160, head: move{0, 1}},
			{delay: 500},
			{delay: 140, blink: true},
			{delay: 120},
			{delay: 140, blink: true},
		}},
		{"genki", "げんき", []frame{ // bends the knees and hops twice
			{delay: 500},
			{delay: 100, torso: move{0, 2}, head: move{0, 3}},
			{delay: 70, legs: move{0, -4}, torso: move{0, -4}, head: move{0, -3}},
			{delay: 120, legs: move{0, -7}, torso: move{0, -8}, head: move{0, -8}},
			{delay: 70, legs: move{0, -4}, torso: move{0, -4}, head: move{0, -5}},
			{delay: 100, torso: move{0, 2}, head: move{0, 3}, blink: true},
			{delay: 70, legs: move{0, -4}, torso: move{0, -4}, head: move{0, -3}, blink: true},
			{delay: 120, legs: move{0, -7}, torso: move{0, -8}, head: move{0, -8}},
			{delay: 70, legs: move{0, -4}, torso: move{0, -4}, head: move{0, -5}},
			{delay: 110, torso: move{0, 2}, head: move{0, 3}},
			{delay: 90, torso: move{0, 1}, head: move{0, 1}},
		}},
		{"oshitoyaka", "おしとやか", []frame{ // sways from side to side
			{delay: 260},
			{delay: 260, head: move{1, 0}},
			{delay: 260, torso: move{1, 0}, head: move{2, 0}},
			{delay: 700, torso: move{1, 0}, head: move{3, 1}},
			{delay: 260, torso: move{1, 0}, head: move{2, 0}},
			{delay: 260, head: move{1, 0}},
			{delay: 260, blink: true},
			{delay: 260, head: move{-1, 0}},
			{delay: 260, torso: move{-1, 0}, head: move{-2, 0}},
			{delay: 700, torso: move{-1, 0}, head: move{-3, 1}},
			{delay: 260, torso: move{-1, 0}, head: move{-2, 0}, blink: true},
			{delay: 260, head: move{-1, 0}},
		}},
		{"cool", "クール", []frame{ // hardly moves, and looks aside
			{delay: 1800},
			{delay: 220, head: move{1, 0}},
			{delay: 220, head: move{2, 0}},
			{delay: 1400, head: move{2, 1}},
			{delay: 180, head: move{2, 1}, blink: true},
			{delay: 600, head: move{2, 1}},
			{delay: 220, head: move{2, 0}},
			{delay: 220, head: move{1, 0}},
		}},
		{"norinori", "ノリノリ", []frame{ // nods and steps to a beat
			{delay: 160, torso: move{0, 1}, head: move{0, 2}},
			{delay: 100, torso: move{-1, 0}, head: move{-1, 1}},
			{delay: 220, torso: move{-1, 0}, head: move{-2, 0}},
			{delay: 100, torso: move{-1, 0}, head: move{-1, 1}},
			{delay: 160, torso: move{0, 1}, head: move{0, 2}, blink: true},
			{delay: 100, torso: move{1, 0}, head: move{1, 1}},
			{delay: 220, torso: move{1, 0}, head: move{2, 0}},
			{delay: 100, torso: move{1, 0}, head: move{1, 1}},
		}},
	}
}
