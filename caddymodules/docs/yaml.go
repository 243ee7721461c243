package docs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// node is a piece of a description, in the order in which it was written. nil is
// one that is not there, and has nothing in it.
type node = yaml.Node

// readYAML reads one YAML document, with what stands behind aliases in their
// place.
func readYAML(text []byte) (*node, error) {
	var document node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("reading YAML: %w", err)
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("reading YAML: there is no mapping in it")
	}
	unalias(&document)
	return document.Content[0], nil
}

func unalias(n *node) {
	for i, inner := range n.Content {
		if inner.Kind == yaml.AliasNode {
			n.Content[i] = inner.Alias // drawn where its anchor stands
			continue
		}
		unalias(inner)
	}
}

// entries are the keys of a mapping and what stands behind them.
func entries(n *node) iter.Seq2[string, *node] {
	return func(yield func(string, *node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, n.Content[i+1]) {
				return
			}
		}
	}
}

// items are what stands in a list.
func items(n *node) []*node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// at gives what stands behind a row of keys.
func at(n *node, keys ...string) *node {
	for _, key := range keys {
		var found *node
		for name, inner := range entries(n) {
			if name == key {
				found = inner
			}
		}
		n = found
	}
	return n
}

// text is what a scalar says, "" where there is none.
func text(n *node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return strings.TrimSpace(n.Value)
}

// jsonNumber is a number that JSON takes as YAML writes it.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// toJSON writes a piece as JSON, indented, in its own order.
func toJSON(n *node) string {
	var b strings.Builder
	writeJSON(&b, n, "\n")
	return b.String()
}

// writeJSON writes a piece as JSON; newline is a line break and the indentation
// behind it.
func writeJSON(b *strings.Builder, n *node, newline string) {
	inside := newline + "  "
	switch {
	case n == nil:
		b.WriteString("null")
	case n.Kind == yaml.MappingNode && len(n.Content) == 0:
		b.WriteString("{}")
	case n.Kind == yaml.SequenceNode && len(n.Content) == 0:
		b.WriteString("[]")
	case n.Kind == yaml.MappingNode:
		separator := "{"
		for key, inner := range entries(n) {
			b.WriteString(separator + inside + quote(key) + ": ")
			writeJSON(b, inner, inside)
			separator = ","
		}
		b.WriteString(newline + "}")
	case n.Kind == yaml.SequenceNode:
		separator := "["
		for _, inner := range n.Content {
			b.WriteString(separator + inside)
			writeJSON(b, inner, inside)
			separator = ","
		}
		b.WriteString(newline + "]")
	default:
		b.WriteString(scalar(n))
	}
}

// scalar writes a scalar as JSON.
func scalar(n *node) string {
	switch n.ShortTag() {
	case "!!null":
		return "null"
	case "!!bool":
		return strings.ToLower(n.Value)
	case "!!int", "!!float":
		return number(n)
	}
	return quote(n.Value) // dates too: JSON has none
}

// number writes a number as JSON: as it stands there, where JSON takes it.
func number(n *node) string {
	if jsonNumber.MatchString(n.Value) {
		return n.Value
	}
	var value any
	if err := n.Decode(&value); err == nil {
		if written, err := json.Marshal(value); err == nil {
			return string(written)
		}
	}
	return quote(n.Value) // .inf
}

func quote(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string always can be
	return strings.TrimSuffix(b.String(), "\n")
}
