package catalogue

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// fields are the values of a mapping by their keys. Those that read one note what
// is wrong with it, and then give the zero value and false.
type fields struct {
	r      *reader
	what   string // the mapping is, for the faults
	line   int
	values map[string]*yaml.Node
}

// fields reads a mapping that may have the keys known. Its false says that it is
// none.
func (r *reader) fields(n *yaml.Node, what string, known ...string) (fields, bool) {
	if n.Kind != yaml.MappingNode {
		r.fault(n.Line, "%s: not a mapping (key: value)", what)
		return fields{}, false
	}
	f := fields{r: r, what: what, line: n.Line, values: map[string]*yaml.Node{}}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case !slices.Contains(known, key.Value):
			r.fault(key.Line, "%s: unknown key %s; there are %s", what, quoted(key.Value), strings.Join(known, ", "))
		case f.values[key.Value] != nil:
			r.fault(key.Line, "%s: %s is there twice", what, key.Value)
		default:
			f.values[key.Value] = value
		}
	}
	return f, true
}

// fault notes a fault of the value at key.
func (f fields) fault(key, format string, args ...any) {
	line := f.line
	if n := f.values[key]; n != nil {
		line = n.Line
	}
	f.r.fault(line, "%s: %s: %s", f.what, key, fmt.Sprintf(format, args...))
}

func (f fields) has(key string) bool { return f.values[key] != nil }

// scalar reads a value that is neither a list nor a mapping, and not left out.
func (f fields) scalar(key string) (*yaml.Node, bool) {
	n := f.values[key]
	switch {
	case n == nil:
		f.fault(key, "missing")
	case n.Kind != yaml.ScalarNode:
		f.fault(key, "not a single value")
	case n.ShortTag() == "!!null":
		f.fault(key, "empty")
	default:
		return n, true
	}
	return nil, false
}

// word reads a text of a certain form.
func (f fields) word(key string, form *regexp.Regexp) (string, bool) {
	n, ok := f.scalar(key)
	if ok && !form.MatchString(n.Value) {
		f.fault(key, "%s is not of the form %s", quoted(n.Value), form)
		return "", false
	}
	if !ok {
		return "", false
	}
	return n.Value, true
}

// name reads a text for people.
func (f fields) name(key string) (string, bool) {
	n, ok := f.scalar(key)
	if !ok {
		return "", false
	}
	if length := utf8.RuneCountInString(n.Value); length > MaxText {
		f.fault(key, "%d characters, more than %d", length, MaxText)
		return "", false
	}
	if strings.TrimSpace(n.Value) == "" {
		f.fault(key, "empty")
		return "", false
	}
	if strings.ContainsFunc(n.Value, unicode.IsControl) {
		f.fault(key, "%s holds a control character", quoted(n.Value))
		return "", false
	}
	return n.Value, true
}

// number reads a whole number from low to high.
func (f fields) number(key string, low, high int64) (int64, bool) {
	n, ok := f.scalar(key)
	if !ok {
		return 0, false
	}
	value, ok := whole(n)
	if !ok || value < low || value > high {
		f.fault(key, "%s is not a whole number from %d to %d", quoted(n.Value), low, high)
		return 0, false
	}
	return value, true
}

func whole(n *yaml.Node) (value int64, ok bool) {
	return value, n.ShortTag() == "!!int" && n.Decode(&value) == nil
}

// flag reads true or false, and false where the key is missing.
func (f fields) flag(key string) (value bool) {
	if !f.has(key) {
		return false
	}
	if n, ok := f.scalar(key); ok && (n.ShortTag() != "!!bool" || n.Decode(&value) != nil) {
		f.fault(key, "%s is neither true nor false", quoted(n.Value))
	}
	return value
}

// list reads a list that has from low to high entries.
func (f fields) list(key string, low, high int) ([]*yaml.Node, bool) {
	n := f.values[key]
	switch {
	case n == nil:
		f.fault(key, "missing")
	case n.Kind != yaml.SequenceNode:
		f.fault(key, "not a list")
	case len(n.Content) < low || len(n.Content) > high:
		f.fault(key, "%d entries; there may be from %d to %d", len(n.Content), low, high)
	default:
		return n.Content, true
	}
	return nil, false
}

// words reads a list of texts.
func (f fields) words(key string, low, high int) ([]string, bool) {
	entries, ok := f.list(key, low, high)
	var words []string
	for _, n := range entries {
		if n.Kind != yaml.ScalarNode {
			f.r.fault(n.Line, "%s: %s: an entry is not a single value", f.what, key)
			ok = false
			continue
		}
		words = append(words, n.Value)
	}
	return words, ok
}

// numbers reads a list of so many whole numbers from low to high.
func (f fields) numbers(key string, count int, low, high int64) ([]int, bool) {
	entries, ok := f.list(key, count, count)
	var numbers []int
	for _, n := range entries {
		value, is := whole(n)
		if !is || value < low || value > high {
			f.r.fault(n.Line, "%s: %s: %s is not a whole number from %d to %d", f.what, key, quoted(n.Value), low, high)
			ok = false
			continue
		}
		numbers = append(numbers, int(value))
	}
	return numbers, ok
}

// quoted quotes what somebody wrote, not too much of it.
func quoted(text string) string { return strconv.Quote(shortened(text, MaxText)) }

func shortened(text string, length int) string {
	if utf8.RuneCountInString(text) > length {
		return string([]rune(text)[:length]) + "…"
	}
	return text
}
