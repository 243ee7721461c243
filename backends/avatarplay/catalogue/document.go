package catalogue

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// reader reads the YAML file and gathers what is wrong with it. It goes over the
// nodes itself: a decoder into structs would give up half-way, tell of Go types
// and forget the lines.
type reader struct {
	faults Faults

	ids    map[int64]int // in which line each stands
	tastes map[string]int
	items  map[string]int
	coords map[string]int
	files  map[string]int // those of the layers, where each is first named

	byKey map[string]Item
	first int // the line of the default coord, 0 before there is one
}

func newReader() *reader {
	return &reader{
		ids: map[int64]int{}, tastes: map[string]int{}, items: map[string]int{}, coords: map[string]int{},
		files: map[string]int{}, byKey: map[string]Item{},
	}
}

// gathered is how many faults are gathered, of which the first in the file are
// told.
const gathered = 20 * MaxFaults

func (r *reader) fault(line int, format string, args ...any) {
	r.faultOf(line, "", format, args...)
}

func (r *reader) faultOf(line int, file, format string, args ...any) {
	if len(r.faults) < gathered {
		r.faults = append(r.faults, Fault{Line: line, File: file, Why: fmt.Sprintf(format, args...)})
	}
}

// document parses the file and gives its one value, or nil.
func (r *reader) document(content []byte) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var document, next yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			r.fault(1, "the file is empty")
		} else {
			r.unreadable(err)
		}
		return nil
	}
	if err := decoder.Decode(&next); !errors.Is(err, io.EOF) {
		if err != nil {
			r.unreadable(err)
		} else {
			r.fault(next.Line, "a second document")
		}
		return nil
	}
	if !r.written(&document) {
		return nil
	}
	return document.Content[0]
}

// unreadable tells of what is no YAML.
func (r *reader) unreadable(err error) {
	why := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if number, rest, ok := strings.Cut(strings.TrimPrefix(why, "line "), ": "); ok {
		if n, err := strconv.Atoi(number); err == nil {
			line, why = n, rest
		}
	}
	r.fault(line, "not YAML: %s", shortened(why, 200))
}

// written says whether all of the file stands there as it is meant: with aliases
// a small file could mean a huge one.
func (r *reader) written(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		r.fault(n.Line, "anchors and aliases (& and *) are not taken")
		return false
	}
	for _, each := range n.Content {
		if !r.written(each) {
			return false
		}
	}
	return true
}
