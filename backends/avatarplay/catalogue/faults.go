package catalogue

import (
	"fmt"
	"strings"
)

// MaxFaults is how many faults of a catalogue are told.
const MaxFaults = 50

// Fault is one fault of a catalogue.
type Fault struct {
	Line int    // of catalogue.yaml, from 1
	File string // of the layer that is at fault, "" where none is
	Why  string
}

func (f Fault) Error() string {
	if f.File == "" {
		return fmt.Sprintf("%s: line %d: %s", FileName, f.Line, f.Why)
	}
	return fmt.Sprintf("%s: line %d: %s: %s", FileName, f.Line, f.File, f.Why)
}

// Faults are the faults of a catalogue in the order of its lines, at most
// [MaxFaults].
type Faults []Fault

func (f Faults) Error() string {
	var b strings.Builder
	for i, fault := range f {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(fault.Error())
	}
	if len(f) == MaxFaults {
		fmt.Fprintf(&b, "\nthese are the first %d faults; there may be more", MaxFaults)
	}
	return b.String()
}
