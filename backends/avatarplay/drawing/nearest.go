package drawing

import (
	"cmp"
	"slices"
)

// ranked is an entry of a palette among those sorted by green.
type ranked struct {
	rgb
	entry int
}

// assign finds the entry nearest to each sample. Those that are farther off in
// green alone than the best one known are not looked at.
func assign(samples []sample, entries []rgb) {
	byGreen := make([]ranked, len(entries))
	for i, e := range entries {
		byGreen[i] = ranked{e, i}
	}
	slices.SortFunc(byGreen, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.rgb[1], b.rgb[1]), cmp.Compare(a.entry, b.entry))
	})
	var start [256]int // of the entries that are this green or greener
	i := 0
	for green := range start {
		for i < len(byGreen) && byGreen[i].rgb[1] < int64(green) {
			i++
		}
		start[green] = i
	}
	for i := range samples {
		s := &samples[i]
		middle := start[s.rgb[1]]
		best := ranked{entries[s.entry], s.entry}
		best = s.nearer(best, byGreen[middle:], 0, 1)
		best = s.nearer(best, byGreen[:middle], middle-1, -1)
		s.entry = best.entry
	}
}

// nearer looks for an entry that is nearer than the best known one, from the
// first on in one direction.
func (s *sample) nearer(best ranked, entries []ranked, first, direction int) ranked {
	distance := s.from(best.rgb)
	for i := first; i >= 0 && i < len(entries); i += direction {
		green := entries[i].rgb[1] - s.rgb[1]
		if rgbWeights[1]*green*green >= distance {
			break
		}
		if other := s.from(entries[i].rgb); other < distance {
			best, distance = entries[i], other
		}
	}
	return best
}
