package kit

import (
	"fmt"
	"hash/maphash"
)

// Seen finds what stands in a file twice. It keeps every value; for millions of
// texts see [SeenTexts].
type Seen[K comparable] map[K]int

// Twice fails a column whose value stood in an earlier line.
func (s Seen[K]) Twice(f *CSVFields, column string, value K) {
	var none K
	if value == none {
		return // another fault, and told
	}
	if line, there := s[value]; there {
		f.failTwice(column, line)
		return
	}
	s[value] = f.Line()
}

func (f *CSVFields) failTwice(column string, line int) {
	f.Fail(column, fmt.Sprintf("stands in line %d already", line))
}

// SeenTexts is [Seen] for millions of texts. It keeps 12 bytes of each, however
// long: a hash of 64 bits, and its line. Two different texts of a file of a
// million lines share a hash in about 3 of 100 million imports; the file would
// be refused, and taken when it is imported again, as every run has another
// seed.
type SeenTexts struct {
	seed  maphash.Seed
	lines map[halves]uint32
}

// halves are those of a hash: beside a uint64, Go would pad a line to 8 bytes.
type halves [2]uint32

// NewSeenTexts has seen nothing yet.
func NewSeenTexts() *SeenTexts {
	return &SeenTexts{seed: maphash.MakeSeed(), lines: map[halves]uint32{}}
}

// Twice fails a column whose value stood in an earlier line.
func (s *SeenTexts) Twice(f *CSVFields, column, value string) {
	if value == "" {
		return // another fault, and told
	}
	hash := maphash.String(s.seed, value)
	key := halves{uint32(hash >> 32), uint32(hash)}
	if line, there := s.lines[key]; there {
		f.failTwice(column, int(line))
		return
	}
	s.lines[key] = uint32(f.Line())
}
