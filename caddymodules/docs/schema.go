package docs

import (
	"slices"
	"strings"
)

type (
	// schema is what a value is.
	schema struct {
		Type        []piece
		Limits      string
		Description string
		Fields      []field // what is in it
	}

	// piece is a piece of a text, which may lead to a named schema.
	piece struct{ Text, Link string }

	// field is a parameter, a header, or a value inside another one.
	field struct {
		Name        string // with the path to it: avatars[].avatarId
		Place       string // of a parameter: query
		Required    bool
		Type        []piece
		Limits      string
		Description string
		Examples    []example
	}

	namedSchema struct {
		Name string
		schema
		Examples []example
	}
)

// Anchor is the fragment under which the schema is found.
func (n namedSchema) Anchor() string { return "schema-" + n.Name }

// namedSchemas are those that have a name and something in them: what others are
// is told where they are used.
func (d *document) namedSchemas() (all []namedSchema) {
	for name, n := range entries(at(d.root, "components", "schemas")) {
		if !isScalar(n) {
			all = append(all, namedSchema{name, d.schema(n), schemaExamples(n)})
		}
	}
	return all
}

// schemaExamples are those that stand in a schema itself.
func schemaExamples(n *node) (all []example) {
	for _, one := range append(items(at(n, "examples")), at(n, "example")) {
		if one != nil {
			all = append(all, example{Value: toJSON(one)})
		}
	}
	return all
}

// isScalar says whether a schema is of what has nothing in it.
func isScalar(n *node) bool {
	for _, keyword := range []string{"$ref", "properties", "additionalProperties", "items", "allOf", "oneOf", "anyOf"} {
		if at(n, keyword) != nil {
			return false
		}
	}
	return true
}

// meant gives the schema that is to be told of: of a reference to a scalar that
// scalar, else what stands there.
func (d *document) meant(n *node) *node {
	if found, _ := d.follow(n); isScalar(found) {
		return found
	}
	return n
}

// described is what is said of a schema, where it stands or else where it leads.
func (d *document) described(n *node) string {
	if here := text(at(n, "description")); here != "" {
		return here
	}
	return text(at(d.meant(n), "description"))
}

func (d *document) schema(n *node) schema {
	if n == nil {
		return schema{}
	}
	s := schema{Type: d.typeOf(n), Limits: limits(d.meant(n)), Description: d.described(n)}
	if _, refers := reference(n); !refers {
		s.Fields = d.fields(n, "")
	}
	return s
}

// typeOf says what a value is, in words.
func (d *document) typeOf(n *node) []piece {
	n = d.meant(n)
	if target, refers := reference(n); refers {
		name := target[strings.LastIndexByte(target, '/')+1:]
		return []piece{{name, "schema-" + name}}
	}
	for _, joined := range []struct{ keyword, between string }{{"oneOf", " or "}, {"anyOf", " or "}, {"allOf", " and "}} {
		if all := items(at(n, joined.keyword)); len(all) > 0 {
			return d.typesOf(all, joined.between)
		}
	}
	if fixed := at(n, "const"); fixed != nil {
		return []piece{{Text: "always " + toJSON(fixed)}}
	}
	if all := items(at(n, "enum")); len(all) > 0 {
		var values []string
		for _, one := range all {
			values = append(values, toJSON(one))
		}
		return []piece{{Text: "one of " + strings.Join(values, ", ")}}
	}
	return d.plainType(n)
}

// typesOf joins the types of alternatives, or of parts. A part without a name is
// told of by what is in it.
func (d *document) typesOf(all []*node, between string) (pieces []piece) {
	for _, one := range all {
		if _, refers := reference(one); !refers && between == " and " {
			continue
		}
		if pieces != nil {
			pieces = append(pieces, piece{Text: between})
		}
		pieces = append(pieces, d.typeOf(one)...)
	}
	return pieces
}

func (d *document) plainType(n *node) []piece {
	var names []string
	if one := text(at(n, "type")); one != "" {
		names = append(names, one)
	}
	for _, one := range items(at(n, "type")) {
		names = append(names, text(one))
	}
	if inner := at(n, "items"); inner != nil {
		return append([]piece{{Text: "list of "}}, d.typeOf(inner)...)
	}
	words := strings.Join(names, " or ")
	if words == "" {
		words = "anything"
	}
	if format := text(at(n, "format")); format != "" {
		words += " (" + format + ")"
	}
	return []piece{{Text: words}}
}

// bounds are the keywords that say how small and how large a value may be.
var bounds = []struct{ least, most, unit string }{
	{"minimum", "maximum", ""},
	{"minLength", "maxLength", " characters"},
	{"minItems", "maxItems", " entries"},
	{"minProperties", "maxProperties", " members"},
}

// limits says what a value may be, beyond its type.
func limits(n *node) string {
	var all []string
	for _, b := range bounds {
		least, most := text(at(n, b.least)), text(at(n, b.most))
		switch {
		case least != "" && least == most:
			all = append(all, "exactly "+least+b.unit)
		case least != "" && most != "":
			all = append(all, least+" to "+most+b.unit)
		case most != "":
			all = append(all, "at most "+most+b.unit)
		case least != "":
			all = append(all, "at least "+least+b.unit)
		}
	}
	if pattern := text(at(n, "pattern")); pattern != "" {
		all = append(all, "pattern "+pattern)
	}
	if otherwise := at(n, "default"); otherwise != nil {
		all = append(all, "default "+toJSON(otherwise))
	}
	return strings.Join(all, "; ")
}

// fields are what is in an object, or in those of a list, as far as it has no
// name of its own.
func (d *document) fields(n *node, path string) (all []field) {
	if _, refers := reference(n); refers {
		return nil
	}
	if inner := at(n, "items"); inner != nil {
		return d.fields(inner, path+"[]")
	}
	for _, keyword := range []string{"allOf", "oneOf", "anyOf"} {
		for _, part := range items(at(n, keyword)) {
			all = append(all, d.fields(part, path)...)
		}
	}
	var required []string
	for _, one := range items(at(n, "required")) {
		required = append(required, text(one))
	}
	if path != "" {
		path += "."
	}
	for name, inner := range entries(at(n, "properties")) {
		all = append(all, d.field(path+name, inner, slices.Contains(required, name)))
		all = append(all, d.fields(inner, path+name)...)
	}
	if inner := at(n, "additionalProperties"); inner != nil && len(inner.Content) > 0 {
		all = append(all, d.field(path+"*", inner, false))
		all = append(all, d.fields(inner, path+"*")...)
	}
	return all
}

// field tells of a value by its schema.
func (d *document) field(name string, n *node, required bool) field {
	f := field{Name: name, Required: required, Type: d.typeOf(n), Limits: limits(d.meant(n)), Description: d.described(n)}
	if inner := at(n, "items"); inner != nil {
		if each := limits(d.meant(inner)); each != "" {
			f.Limits = strings.TrimPrefix(f.Limits+"; each "+each, "; ")
		}
	}
	return f
}
