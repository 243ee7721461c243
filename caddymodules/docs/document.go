package docs

import (
	"errors"
	"fmt"
	"strings"
)

// document is the OpenAPI description of an API.
type document struct{ root *node }

// readDocument reads a description, and refuses one that no page can be drawn
// from. Whether it is valid OpenAPI is what its backend's tests are for.
func readDocument(openapi []byte) (*document, error) {
	root, err := readYAML(openapi)
	if err != nil {
		return nil, err
	}
	d := &document{root}
	switch {
	case !strings.HasPrefix(text(at(root, "openapi")), "3.1."):
		return nil, errors.New("the description is not OpenAPI 3.1")
	case text(at(root, "info", "title")) == "":
		return nil, errors.New("the description has no title")
	}
	return d, d.checkReferences(root)
}

// checkReferences refuses a reference that leads nowhere, or in a circle of
// references alone.
func (d *document) checkReferences(n *node) error {
	if _, refers := reference(n); refers {
		for range 10 {
			target, refers := reference(n)
			if !refers {
				return nil
			}
			if n = d.find(target); n == nil {
				return fmt.Errorf("the reference %s leads nowhere", target)
			}
		}
		return errors.New("a reference leads in a circle")
	}
	if n == nil {
		return nil
	}
	for _, inner := range n.Content {
		if err := d.checkReferences(inner); err != nil {
			return err
		}
	}
	return nil
}

// reference says where a piece refers to, if it does.
func reference(n *node) (target string, refers bool) {
	target = text(at(n, "$ref"))
	return target, target != ""
}

// find gives what a reference leads to, nil where it leads nowhere.
func (d *document) find(target string) *node {
	path, inside := strings.CutPrefix(target, "#/")
	if !inside {
		return nil
	}
	found := d.root
	for part := range strings.SplitSeq(path, "/") {
		found = at(found, strings.NewReplacer("~1", "/", "~0", "~").Replace(part))
	}
	return found
}

// follow gives what a piece is, or refers to, and the name that it is referred to
// by: "" for none.
func (d *document) follow(n *node) (found *node, name string) {
	for target, refers := reference(n); refers; target, refers = reference(n) {
		n, name = d.find(target), target[strings.LastIndexByte(target, '/')+1:]
	}
	return n, name
}

// json is the description as JSON.
func (d *document) json() []byte { return []byte(toJSON(d.root) + "\n") }
