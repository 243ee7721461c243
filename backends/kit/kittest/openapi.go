package kittest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"sekisho/caddymodules/observe"
)

// What OpenAPI has no word for stands in the files under names of our own. Each
// may be left out.
const (
	// extOperations, of an operation, names the rows of the table that it
	// describes, where that is not the one of its operationId: several that a
	// dispatching directive tells apart, or one that the file has to list twice.
	extOperations = "x-sekisho-operations"

	// extReads, of an operation, says that it changes nothing, so that HEAD is
	// answered too.
	extReads = "x-sekisho-reads"

	// extAnsweredBy, of an operation, names the directive that answers it, where
	// that is not the backend's: the table lacks it.
	extAnsweredBy = "x-sekisho-answered-by"

	// extPath, of a path, is where a rewriting directive takes it: the table has
	// it there.
	extPath = "x-sekisho-path"

	// extAskedBy, of a security scheme, names the guard that asks for what it
	// describes. The backend asks for the others itself.
	extAskedBy = "x-sekisho-asked-by"

	// extFoldCase, of the file, says that paths match whatever their letter case.
	extFoldCase = "x-sekisho-fold-case"
)

// description is an OpenAPI file, made ready for answers to be held against it.
type description struct {
	doc      map[string]any
	fold     bool
	prefixes []string // of the servers' URLs: "" or a template of whole segments
	paths    []*describedPath
	compiler *jsonschema.Compiler
}

// describedPath is a path of the file.
type describedPath struct {
	path       string
	tablePath  string
	operations map[string]*describedOperation // by method, HEAD left out
}

// describedOperation is an operation of the file.
type describedOperation struct {
	id         string
	names      []string // in the table
	answeredBy string
	reads      bool
	security   []requirement // one of them suffices; none: nothing is asked for
	parameters []string
	answers    map[int]*describedAnswer
}

// requirement is what a caller must show, in one of the ways that an operation
// takes. The zero value is nothing at all.
type requirement struct {
	something bool
	toGuard   bool // some of it to the guard
}

// describedAnswer is what the file says about one status of an operation.
type describedAnswer struct {
	headers []describedHeader
	content map[string]*describedBody // by Content-Type to the letter, or image/*
}

type describedHeader struct {
	name     string
	required bool
	schema   *jsonschema.Schema // nil takes everything
}

type describedBody struct {
	schema   *jsonschema.Schema // nil takes everything
	examples []any
}

var descriptions sync.Map // by content, func() (*description, error)

// describe reads a file, once however often it is asked for.
func describe(spec []byte) (*description, error) {
	once, _ := descriptions.LoadOrStore(string(spec), sync.OnceValues(func() (*description, error) { return readDescription(spec) }))
	return once.(func() (*description, error))()
}

func mustDescribe(t testing.TB, spec []byte) *description {
	t.Helper()
	d, err := describe(spec)
	if err != nil {
		t.Fatalf("reading the OpenAPI file: %v", err)
	}
	return d
}

// fileURL is what the file is called where one of its schemas is told.
const fileURL = "openapi:///openapi.yaml"

func readDescription(spec []byte) (*description, error) {
	doc, err := readYAML(spec)
	if err != nil {
		return nil, err
	}
	d := &description{doc: doc, compiler: jsonschema.NewCompiler()}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(fileURL, doc); err != nil {
		return nil, err
	}
	d.fold, _ = doc[extFoldCase].(bool)
	servers, _ := doc["servers"].([]any)
	for _, server := range servers {
		address, _ := server.(map[string]any)["url"].(string)
		d.prefixes = append(d.prefixes, strings.TrimSuffix(address, "/"))
	}
	if len(d.prefixes) == 0 {
		d.prefixes = []string{""}
	}
	paths := node{d, "/paths", doc["paths"]}
	for _, path := range paths.keys() {
		described, err := readPath(path, paths.at(path))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		d.paths = append(d.paths, described)
	}
	return d, nil
}

// readYAML reads a YAML document as JSON knows it.
func readYAML(spec []byte) (map[string]any, error) {
	var raw any
	if err := yaml.Unmarshal(spec, &raw); err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(raw) // refuses a status without quotation marks
	if err != nil {
		return nil, fmt.Errorf("a key that is no string: %w", err)
	}
	var doc map[string]any
	err = json.Unmarshal(encoded, &doc)
	return doc, err
}

// node is a place in the file.
type node struct {
	file    *description
	pointer string // RFC 6901
	value   any
}

// at gives a member, the one that it refers to where it is a reference.
func (n node) at(key string) node {
	object, _ := n.value.(map[string]any)
	escaped := strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
	return node{n.file, n.pointer + "/" + escaped, object[key]}.resolved()
}

func (n node) resolved() node {
	object, _ := n.value.(map[string]any)
	ref, _ := object["$ref"].(string)
	keys, local := strings.CutPrefix(ref, "#/")
	if !local || strings.Contains(n.pointer, "/schema") { // a schema's own are its compiler's
		return n
	}
	found := node{n.file, "", n.file.doc}
	for key := range strings.SplitSeq(keys, "/") {
		found = found.at(strings.ReplaceAll(strings.ReplaceAll(key, "~1", "/"), "~0", "~"))
	}
	return found
}

// keys gives the names of the members in order.
func (n node) keys() []string {
	object, _ := n.value.(map[string]any)
	return slices.Sorted(maps.Keys(object))
}

func (n node) text(key string) string {
	text, _ := n.at(key).value.(string)
	return text
}

// elements gives the members of a list.
func (n node) elements() (all []node) {
	list, _ := n.value.([]any)
	for i, value := range list {
		all = append(all, node{n.file, n.pointer + "/" + strconv.Itoa(i), value}.resolved())
	}
	return all
}

// schema compiles a schema; nil where there is none.
func (n node) schema() (*jsonschema.Schema, error) {
	if n.value == nil {
		return nil, nil
	}
	return n.file.compiler.Compile(fileURL + "#" + (&url.URL{Path: n.pointer}).EscapedPath())
}

// methods of OpenAPI; HEAD goes by x-sekisho-reads.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch}

func readPath(path string, item node) (*describedPath, error) {
	described := &describedPath{path: path, tablePath: path, operations: map[string]*describedOperation{}}
	if rewritten := item.text(extPath); rewritten != "" {
		described.tablePath = rewritten
	}
	for _, method := range methods {
		operation := item.at(strings.ToLower(method))
		if operation.value == nil {
			continue
		}
		op, err := readOperation(operation)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", method, err)
		}
		op.parameters = append(op.parameters, parametersOf(item)...)
		described.operations[method] = op
	}
	return described, nil
}

func readOperation(operation node) (*describedOperation, error) {
	op := &describedOperation{
		id:         operation.text("operationId"),
		answeredBy: operation.text(extAnsweredBy),
		parameters: append(parametersOf(operation), bodyParametersOf(operation.at("requestBody"))...),
		answers:    map[int]*describedAnswer{},
	}
	op.reads, _ = operation.at(extReads).value.(bool)
	op.security = securityOf(operation)
	for _, name := range operation.at(extOperations).elements() {
		op.names = append(op.names, fmt.Sprint(name.value))
	}
	if op.names == nil {
		op.names = []string{op.id}
	}
	responses := operation.at("responses")
	for _, key := range responses.keys() {
		status, err := strconv.Atoi(key)
		if err != nil {
			return nil, fmt.Errorf("the status %q is no number", key)
		}
		if op.answers[status], err = readAnswer(responses.at(key)); err != nil {
			return nil, fmt.Errorf("status %d: %w", status, err)
		}
	}
	return op, nil
}

// securityOf reads what an operation asks for: what stands there itself, and
// where it says nothing of that, what the file says of all.
func securityOf(operation node) (all []requirement) {
	root := node{operation.file, "", operation.file.doc}
	asked := operation.at("security")
	if asked.value == nil {
		asked = root.at("security")
	}
	schemes := root.at("components").at("securitySchemes")
	for _, way := range asked.elements() {
		var r requirement
		for _, name := range way.keys() {
			r.something = true
			r.toGuard = r.toGuard || schemes.at(name).text(extAskedBy) != ""
		}
		all = append(all, r)
	}
	return all
}

func parametersOf(holder node) (names []string) {
	for _, parameter := range holder.at("parameters").elements() {
		names = append(names, parameter.text("name"))
	}
	return names
}

// bodyParametersOf gives the names of the properties that a body may have at its
// top, in any of its forms.
func bodyParametersOf(body node) (names []string) {
	content := body.at("content")
	for _, media := range content.keys() {
		names = append(names, propertiesOf(content.at(media).at("schema"))...)
	}
	return names
}

func propertiesOf(schema node) (names []string) {
	schema = node{schema.file, "", schema.value}.resolved()
	names = schema.at("properties").keys()
	for _, keyword := range []string{"oneOf", "anyOf", "allOf"} {
		for _, form := range schema.at(keyword).elements() {
			names = append(names, propertiesOf(form)...)
		}
	}
	return names
}

func readAnswer(response node) (*describedAnswer, error) {
	answer := &describedAnswer{content: map[string]*describedBody{}}
	headers := response.at("headers")
	for _, name := range headers.keys() {
		header := headers.at(name)
		schema, err := header.at("schema").schema()
		if err != nil {
			return nil, fmt.Errorf("header %s: %w", name, err)
		}
		required, _ := header.at("required").value.(bool)
		answer.headers = append(answer.headers, describedHeader{name, required, schema})
	}
	content := response.at("content")
	for _, media := range content.keys() {
		schema, err := content.at(media).at("schema").schema()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", media, err)
		}
		answer.content[media] = &describedBody{schema, examplesOf(content.at(media))}
	}
	return answer, nil
}

func examplesOf(media node) (all []any) {
	if example, there := media.value.(map[string]any)["example"]; there {
		all = append(all, example)
	}
	examples := media.at("examples")
	for _, name := range examples.keys() {
		all = append(all, examples.at(name).at("value").value)
	}
	return all
}

// at gives the path of the file that a URL asks for, nil where the file knows
// none: a trailing slash may be there or not, and an escaped slash is none that
// parts segments.
func (d *description) at(u *url.URL) *describedPath {
	path := u.Path
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	same := func(described, path string) bool {
		return described == path || d.fold && strings.EqualFold(described, path)
	}
	if found := d.find(path, same); found != nil {
		return found
	}
	if strings.Contains(strings.ToLower(u.RawPath), "%2f") {
		return nil
	}
	return d.find(path, func(described, path string) bool { return observe.Fits(described, path, d.fold) })
}

func (d *description) find(path string, fits func(described, path string) bool) *describedPath {
	for _, p := range d.paths {
		for _, prefix := range d.prefixes {
			if fits(prefix+p.path, path) {
				return p
			}
		}
	}
	return nil
}

// operation gives the operation that a method asks for, nil where the path has
// none.
func (p *describedPath) operation(method string) *describedOperation {
	if method == http.MethodHead {
		if get := p.operations[http.MethodGet]; get != nil && get.reads {
			return get
		}
		return nil
	}
	return p.operations[method]
}

// allows gives the methods of the path.
func (p *describedPath) allows() (all []string) {
	for method, op := range p.operations {
		all = append(all, method)
		if op.reads {
			all = append(all, http.MethodHead)
		}
	}
	return all
}
