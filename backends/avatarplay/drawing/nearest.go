package drawing

import (
	"cmp"
	"slices"
)

// ranked is an entry of a palette among those sorted by green.
type ranked struct{ red, green, blue, entry int32 }

// from is how far an entry is from a colour: [rgb.from] in 32 bits and without an
// array, which makes assign 1.6 times as fast, half of what BenchmarkPalette takes.
func (r ranked) from(red, green, blue int32) int32 {
	red, green, blue = r.red-red, r.green-green, r.blue-blue
	return int32(redWeight)*red*red + int32(greenWeight)*green*green + int32(blueWeight)*blue*blue
}

// assign finds the entry nearest to each sample. Those that are farther off in
// green alone than the best one known are not looked at.
func assign(samples []sample, entries []rgb) {
	byGreen := make([]ranked, len(entries))
	for i, e := range entries {
		byGreen[i] = ranked{int32(e[0]), int32(e[1]), int32(e[2]), int32(i)}
	}
	slices.SortFunc(byGreen, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.green, b.green), cmp.Compare(a.entry, b.entry))
	})
	var start [256]int // of the entries that are this green or greener
	i := 0
	for green := range start {
		for i < len(byGreen) && byGreen[i].green < int32(green) {
			i++
		}
		start[green] = i
	}
	for i := range samples {
		s := &samples[i]
		s.entry = s.nearest(int32(s.from(entries[s.entry])), byGreen, start[s.rgb[1]])
	}
}

// nearest finds the entry that is nearer than the present one, which is so far,
// from the middle on in both directions.
func (s *sample) nearest(distance int32, byGreen []ranked, middle int) int {
	red, green, blue := int32(s.rgb[0]), int32(s.rgb[1]), int32(s.rgb[2])
	best := int32(s.entry)
	for _, r := range byGreen[middle:] {
		if off := r.green - green; greenWeight*off*off >= distance {
			break
		}
		if other := r.from(red, green, blue); other < distance {
			best, distance = r.entry, other
		}
	}
	for i := middle - 1; i >= 0; i-- {
		r := byGreen[i]
		if off := r.green - green; greenWeight*off*off >= distance {
			break
		}
		if other := r.from(red, green, blue); other < distance {
			best, distance = r.entry, other
		}
	}
	return int(best)
}
