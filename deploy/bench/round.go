package main

import (
	"fmt"
	"slices"
)

// side is one of those that are compared. run measures it once.
type side struct {
	name string
	run  func() (sample, error)
}

// sample is what one side did in one round. What does not apply is zero.
type sample struct {
	Rate float64 // per second
	CPU  float64 // microseconds of processor time for each, of the servers under test
	Size float64 // bytes for each
}

// inTurn measures all sides in turn in each round, each round beginning with
// another one, and gives what they did by their names.
func (b *bench) inTurn(sides ...side) (map[string][]sample, error) {
	found := map[string][]sample{}
	for round := range b.rounds {
		for i := range sides {
			s := sides[(i+round)%len(sides)]
			got, err := s.run()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			found[s.name] = append(found[s.name], got)
		}
	}
	for _, s := range sides {
		b.figures = append(b.figures, figures{s.name, found[s.name]})
	}
	return found, nil
}

// What of a sample is compared.
func rate(s sample) float64 { return s.Rate }
func cpu(s sample) float64  { return s.CPU }
func size(s sample) float64 { return s.Size }

// ratio compares two sides round by round.
func ratio(own, other []sample, what func(sample) float64) []float64 {
	ratios := make([]float64, len(own))
	for i := range own {
		ratios[i] = what(own[i]) / what(other[i])
	}
	return ratios
}

// median is the middle one of values, or the mean of the two in the middle.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
