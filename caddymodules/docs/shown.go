package docs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// What the page of an API shows.
type (
	shown struct {
		Name, Title, Version string
		Summary, Description string
		Schemes              []scheme
		Groups               []group
		Responses            []response // that several operations give
		Schemas              []namedSchema
	}

	// scheme is how callers show who they are.
	scheme struct{ Name, Words, Description string }

	// group are the operations of a tag.
	group struct {
		Name, Anchor, Description string
		Operations                []operation
	}

	operation struct {
		ID, Method, Path     string
		Summary, Description string
		Deprecated           bool
		Needs                []string // names of schemes
		Parameters           []field
		Body                 *body
		Responses            []response
	}

	body struct {
		Required    bool
		Description string
		Contents    []content
	}

	// response is an answer: of one operation by its status, or one that several
	// give by its name.
	response struct {
		Status, Name string
		Description  string
		Headers      []field
		Contents     []content
	}

	// content is a body of a request or of a response in one form.
	content struct {
		Type     string
		Schema   schema
		Examples []example
	}

	example struct{ Name, Value string }
)

// count is how many operations there are.
func (s shown) count() (n int) {
	for _, g := range s.Groups {
		n += len(g.Operations)
	}
	return n
}

// Good says whether an answer is what the caller hoped for.
func (r response) Good() bool {
	return strings.HasPrefix(r.Status, "2") || strings.HasPrefix(r.Status, "3")
}

// Head is the first paragraph of what an answer is.
func (r response) Head() string {
	head, _, _ := strings.Cut(r.Description, "\n\n")
	return head
}

// Rest is what follows the head.
func (r response) Rest() string {
	_, rest, _ := strings.Cut(r.Description, "\n\n")
	return rest
}

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// shown gives what the page of an API shows.
func (d *document) shown(name string) (*shown, error) {
	info := at(d.root, "info")
	s := &shown{
		Name: name, Title: text(at(info, "title")), Version: text(at(info, "version")),
		Summary: text(at(info, "summary")), Description: text(at(info, "description")),
		Schemes: d.schemes(), Schemas: d.namedSchemas(),
	}
	for name, n := range entries(at(d.root, "components", "responses")) {
		r := d.response("", n)
		r.Name = name
		s.Responses = append(s.Responses, r)
	}
	for _, tag := range items(at(d.root, "tags")) {
		s.group(text(at(tag, "name"))).Description = text(at(tag, "description"))
	}
	for path, methodsOf := range entries(at(d.root, "paths")) {
		for method, n := range entries(methodsOf) {
			if !slices.Contains(methods, method) {
				continue
			}
			op := d.operation(method, path, methodsOf, n)
			if op.ID == "" {
				return nil, fmt.Errorf("%s %s has no operationId", op.Method, path)
			}
			g := s.group(text(first(items(at(n, "tags")))))
			g.Operations = append(g.Operations, op)
		}
	}
	s.Groups = slices.DeleteFunc(s.Groups, func(g group) bool { return len(g.Operations) == 0 })
	if len(s.Groups) == 0 {
		return nil, errors.New("the description has no operations")
	}
	return s, nil
}

func first(all []*node) *node {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// group gives the group of a tag, a new one where there is none yet.
func (s *shown) group(tag string) *group {
	if tag == "" {
		tag = "Operations"
	}
	at := slices.IndexFunc(s.Groups, func(g group) bool { return g.Name == tag })
	if at < 0 {
		at = len(s.Groups)
		s.Groups = append(s.Groups, group{Name: tag, Anchor: fmt.Sprintf("group-%d", at+1)})
	}
	return &s.Groups[at]
}

func (d *document) schemes() (all []scheme) {
	for name, n := range entries(at(d.root, "components", "securitySchemes")) {
		n, _ = d.follow(n)
		words := text(at(n, "type"))
		switch words {
		case "apiKey":
			words = fmt.Sprintf("%s in the %s", text(at(n, "name")), text(at(n, "in")))
		case "http":
			words = "HTTP " + text(at(n, "scheme"))
		}
		all = append(all, scheme{name, words, text(at(n, "description"))})
	}
	return all
}

func (d *document) operation(method, path string, of, n *node) operation {
	op := operation{
		ID: text(at(n, "operationId")), Method: strings.ToUpper(method), Path: path,
		Summary: text(at(n, "summary")), Description: text(at(n, "description")),
		Deprecated: text(at(n, "deprecated")) == "true",
	}
	needs := at(n, "security")
	if needs == nil {
		needs = at(d.root, "security")
	}
	for _, one := range items(needs) {
		op.Needs = append(op.Needs, needed(one))
	}
	for _, p := range append(items(at(of, "parameters")), items(at(n, "parameters"))...) {
		p, _ = d.follow(p)
		op.Parameters = append(op.Parameters, d.parameter(text(at(p, "name")), p))
	}
	if sent, _ := d.follow(at(n, "requestBody")); sent != nil {
		op.Body = &body{
			Required:    text(at(sent, "required")) == "true",
			Description: text(at(sent, "description")),
			Contents:    d.contents(sent),
		}
	}
	for status, answer := range entries(at(n, "responses")) {
		op.Responses = append(op.Responses, d.response(status, answer))
	}
	return op
}

// needed are the schemes that are asked for at once; without one, nothing is.
func needed(n *node) string {
	var names []string
	for name := range entries(n) {
		names = append(names, name)
	}
	if names == nil {
		return "nothing"
	}
	return strings.Join(names, " and ")
}

// parameter gives a parameter or a header.
func (d *document) parameter(name string, n *node) field {
	f := d.field(name, at(n, "schema"), text(at(n, "required")) == "true")
	f.Place, f.Examples = text(at(n, "in")), d.examples(n, asSent(name))
	if description := text(at(n, "description")); description != "" {
		f.Description = description
	}
	return f
}

// response gives an answer of an operation. Of one that has a name only that is
// shown: what it is stands in a place of its own.
func (d *document) response(status string, n *node) response {
	n, name := d.follow(n)
	r := response{Status: status, Name: name, Description: text(at(n, "description"))}
	if name != "" && status != "" {
		return r
	}
	for name, header := range entries(at(n, "headers")) {
		header, _ = d.follow(header)
		r.Headers = append(r.Headers, d.parameter(name, header))
	}
	r.Contents = d.contents(n)
	return r
}

func (d *document) contents(n *node) (all []content) {
	for form, inner := range entries(at(n, "content")) {
		written := asText
		if strings.Contains(form, "json") {
			written = toJSON
		}
		all = append(all, content{Type: form, Schema: d.schema(at(inner, "schema")), Examples: d.examples(inner, written)})
	}
	return all
}

// examples are those of a parameter, a header or a body.
func (d *document) examples(n *node, written func(*node) string) (all []example) {
	if one := at(n, "example"); one != nil {
		all = append(all, example{Value: written(one)})
	}
	for name, one := range entries(at(n, "examples")) {
		one, _ = d.follow(one)
		if summary := text(at(one, "summary")); summary != "" {
			name = summary
		}
		all = append(all, example{name, written(at(one, "value"))})
	}
	return all
}

// asText writes a text as it is, everything else as JSON.
func asText(value *node) string {
	if s := text(value); s != "" {
		return s
	}
	return toJSON(value)
}

// asSent writes the values of a list as a query has them.
func asSent(name string) func(value *node) string {
	return func(value *node) string {
		var pairs []string
		for _, one := range items(value) {
			pairs = append(pairs, name+"="+text(one))
		}
		if pairs == nil {
			return asText(value)
		}
		return strings.Join(pairs, "&")
	}
}
