package kittest

import (
	"bytes"
	"embed"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"sekisho/caddymodules/serve"
)

// SameOperations holds an API's table and its OpenAPI file against each other:
// every row of the table is in the file, and every operation of the file is in
// the table; and where the file says that callers show a guard who they are, the
// table has that asked, of the same callers.
func SameOperations(t testing.TB, spec []byte, api *serve.API) {
	t.Helper()
	d := mustDescribe(t, spec)
	for _, difference := range d.differences(api) {
		t.Error(difference)
	}
}

func (d *description) differences(api *serve.API) (all []string) {
	if d.fold != api.FoldCase {
		all = append(all, extFoldCase+" is not as the table has it")
	}
	known := d.parameters()
	for _, row := range api.Operations {
		what := row.Method + " " + row.Path + " (" + row.Name + ")"
		op := d.operationOf(row)
		switch {
		case op == nil:
			all = append(all, "the file lacks "+what)
		case op.reads != row.Reads:
			all = append(all, what+": "+extReads+" is not as the table has it")
		}
		if op != nil {
			all = append(all, op.unlikeGuarded(what, row)...)
		}
		for _, name := range row.Harmless {
			if !known[name] {
				all = append(all, what+": the file has no parameter "+name)
			}
		}
	}
	for _, path := range d.paths {
		for method, op := range path.operations {
			for _, name := range op.names {
				if op.answeredBy == "" && !d.hasRow(api, path, method, name) {
					all = append(all, "the table lacks "+method+" "+path.tablePath+" ("+name+")")
				}
			}
		}
	}
	return all
}

// unlikeGuarded holds what a row has asked of its callers against the file.
func (op *describedOperation) unlikeGuarded(what string, row serve.Operation) (all []string) {
	toGuard := func(r requirement) bool { return r.toGuard }
	some := slices.ContainsFunc(op.security, toGuard)
	every := some && !slices.ContainsFunc(op.security, func(r requirement) bool { return !toGuard(r) })
	if row.Guarded != every {
		all = append(all, fmt.Sprintf("%s: by its security in the file Guarded must be %v", what, every))
	}
	if row.Open != (some && !every) {
		all = append(all, fmt.Sprintf("%s: by its security in the file Open must be %v", what, some && !every))
	}
	return all
}

// Secured says whether an OpenAPI file lets nobody ask for an operation of the
// table without showing something. It fails the test where the file lacks it.
func Secured(t testing.TB, spec []byte, row serve.Operation) bool {
	t.Helper()
	op := mustDescribe(t, spec).operationOf(row)
	if op == nil {
		t.Fatalf("the file lacks %s %s (%s)", row.Method, row.Path, row.Name)
	}
	return len(op.security) > 0 && !slices.Contains(op.security, requirement{})
}

// parameters are all that the file has, keys of its security schemes too.
func (d *description) parameters() map[string]bool {
	known := map[string]bool{}
	schemes := node{d, "", d.doc}.at("components").at("securitySchemes")
	for _, name := range schemes.keys() {
		known[schemes.at(name).text("name")] = true
	}
	for _, path := range d.paths {
		for _, op := range path.operations {
			for _, name := range op.parameters {
				known[name] = true
			}
		}
	}
	return known
}

func (d *description) operationOf(row serve.Operation) *describedOperation {
	for _, path := range d.paths {
		if op := path.operations[row.Method]; op != nil && d.samePath(path.tablePath, row.Path) && slices.Contains(op.names, row.Name) {
			return op
		}
	}
	return nil
}

func (d *description) hasRow(api *serve.API, path *describedPath, method, name string) bool {
	return slices.ContainsFunc(api.Operations, func(row serve.Operation) bool {
		return row.Name == name && row.Method == method && d.samePath(path.tablePath, row.Path)
	})
}

func (d *description) samePath(a, b string) bool {
	return a == b || d.fold && strings.EqualFold(a, b)
}

// ValidOpenAPI holds an OpenAPI file against OpenAPI 3.1: its published schema
// with the dialect of its schemas, and what no schema can say (references,
// parameters in paths, names that must be one of a kind). Each example must be
// one of its schema, each answer in JSON must have one, and no foreign host may
// be named as a server.
func ValidOpenAPI(t testing.TB, spec []byte) {
	t.Helper()
	d := mustDescribe(t, spec)
	for _, fault := range d.faults(spec) {
		t.Error(fault)
	}
}

//go:embed openapi31/*.json
var published embed.FS

// publishedFiles are the schemas of the OpenAPI Initiative (Apache-2.0), word
// for word, by the name under which they refer to each other.
var publishedFiles = map[string]string{
	"https://spec.openapis.org/oas/3.1/schema-base/2022-10-07": "openapi31/schema-base.json",
	"https://spec.openapis.org/oas/3.1/schema/2022-10-07":      "openapi31/schema.json",
	"https://spec.openapis.org/oas/3.1/dialect/base":           "openapi31/dialect.json",
	"https://spec.openapis.org/oas/3.1/meta/base":              "openapi31/meta.json",
}

func publishedSchema() (*jsonschema.Schema, error) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	for name, file := range publishedFiles {
		content, err := published.ReadFile(file)
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(relativeTokenURLs(content)))
		if err != nil {
			return nil, err
		}
		if err := compiler.AddResource(name, doc); err != nil {
			return nil, err
		}
	}
	return compiler.Compile("https://spec.openapis.org/oas/3.1/schema-base/2022-10-07")
}

// relativeTokenURLs lets the URLs of OAuth flows be relative, as OpenAPI 3.1 says
// of all URLs. This edition of its schema did not; later ones do (issue 4327 of
// OAI/OpenAPI-Specification).
func relativeTokenURLs(schema []byte) []byte {
	const flows, absolute, relative = `"oauth-flows": {`, `"format": "uri"`, `"format": "uri-reference"`
	before, after, there := strings.Cut(string(schema), flows) // it comes last of what has URLs
	if !there {
		return schema
	}
	return []byte(before + flows + strings.ReplaceAll(after, absolute, relative))
}

func (d *description) faults(spec []byte) (all []string) {
	schema, err := publishedSchema()
	if err != nil {
		return []string{"the published schema: " + err.Error()}
	}
	if err := schema.Validate(d.doc); err != nil {
		all = append(all, err.Error())
	}
	loader := openapi3.NewLoader()
	file, err := loader.LoadFromData(spec)
	if err != nil {
		return append(all, err.Error())
	}
	if err := file.Validate(loader.Context, openapi3.EnableSchemaPatternValidation(), openapi3.DisableExamplesValidation()); err != nil {
		all = append(all, err.Error()) // the examples follow here, with formats
	}
	for _, prefix := range d.prefixes {
		if u, err := url.Parse(prefix); err != nil || u.Host != "" {
			all = append(all, "the server "+prefix+" is a host of somebody's")
		}
	}
	for _, path := range d.paths {
		if path.undescribed() == nil {
			all = append(all, path.path+" has no answer 405")
		}
		for _, method := range methods {
			if op := path.operations[method]; op != nil {
				all = append(all, op.faults(method+" "+path.path)...)
			}
		}
	}
	return all
}

func (op *describedOperation) faults(what string) (all []string) {
	if op.id == "" {
		all = append(all, what+" has no operationId")
	}
	for status, answer := range op.answers {
		said := what + ", " + http.StatusText(status)
		for media, body := range answer.content {
			isJSON := strings.HasPrefix(media, "application/json")
			if isJSON && (body.schema == nil || len(body.examples) == 0) {
				all = append(all, said+": JSON without a schema or an example")
			}
			for _, example := range body.examples {
				if body.schema == nil {
					continue
				}
				if err := body.check(example); err != nil {
					all = append(all, said+": an example is not one of its schema: "+err.Error())
				}
			}
		}
	}
	return all
}
