package kittest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sekisho/backends/kit/cp932"
	"sekisho/caddymodules/serve"
)

// cloaks is a file of an API that has a bit of everything.
const cloaks = `
openapi: 3.1.0
info: {title: Cloaks, version: "1", description: A bit of everything.}
servers: [{url: /}, {url: "/{chain}/isql", variables: {chain: {default: adi-mo}}}]
tags: [{name: cloaks}]
security: [{sid: [], key: []}]
paths:
  /cloaks:
    get:
      operationId: show
      summary: Shows one.
      tags: [cloaks]
      x-sekisho-reads: true
      parameters: [{name: ci, in: query, schema: {type: string}}]
      responses:
        "200":
          description: A cloak.
          headers: {ETag: {required: true, schema: {type: string, pattern: '^"[0-9a-f]+"$'}}}
          content:
            application/json; charset=utf-8:
              schema: {$ref: "#/components/schemas/Cloak"}
              example: {CloakId: "7", Name: 海, Photos: [{No: 1}]}
            application/json; charset=shift_jis:
              schema: {$ref: "#/components/schemas/Cloak"}
              example: {CloakId: "7", Name: 海, Photos: []}
        "304": {description: It has not changed.}
        "405": {$ref: "#/components/responses/WrongMethod"}
        "429":
          description: Too many.
          headers: {Retry-After: {required: true, schema: {type: integer, minimum: 1}}}
          content: {text/html; charset=utf-8: {schema: {type: string, pattern: "^<!DOCTYPE html>"}}}
    post:
      operationId: steps
      security: [{}, {session: []}, {sid: [], key: []}]
      summary: Changes one.
      tags: [cloaks]
      x-sekisho-operations: [open, close]
      requestBody: {content: {application/x-www-form-urlencoded: {schema: {$ref: "#/components/schemas/Form"}}}}
      responses:
        "200": {description: A photo., content: {image/*: {}}}
  /cloaks/{id}/photos:
    x-sekisho-path: /photos/{id}
    get:
      operationId: photos
      security: [{session: []}]
      summary: Lists them.
      tags: [cloaks]
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200": {description: None.}
        "405": {$ref: "#/components/responses/WrongMethod"}
components:
  securitySchemes:
    sid: {type: apiKey, in: query, name: sid, x-sekisho-asked-by: site_key}
    key: {type: apiKey, in: query, name: key, x-sekisho-asked-by: site_key}
    session: {type: apiKey, in: cookie, name: session}
  responses:
    WrongMethod:
      description: Wrong method.
      headers: {Allow: {required: true, schema: {type: string}}}
      content: {application/json; charset=utf-8: {schema: {const: no}, example: no}}
  schemas:
    Form: {type: object, properties: {st: {type: string}}}
    Cloak:
      type: object
      additionalProperties: false
      required: [CloakId, Name, Photos]
      properties:
        CloakId: {type: string, pattern: "^[0-9]+$"}
        Name: {type: string, maxLength: 5}
        Photos:
          type: array
          items: {type: object, additionalProperties: false, required: [No], properties: {No: {type: integer}}}
`

const (
	utf8JSON = "application/json; charset=utf-8"
	sjisJSON = "application/json; charset=shift_jis"
)

// given is an answer that a handler gives.
type given struct {
	status int
	header map[string]string
	body   string
}

func (g given) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, value := range g.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(g.status)
	if r.Method != http.MethodHead {
		fmt.Fprint(w, g.body)
	}
}

func shiftJIS(text string) string {
	encoded, _ := cp932.Encode(text)
	return string(encoded)
}

var exchanges = map[string]struct {
	request string // "GET" where it is GET /cloaks
	answer  given
	fault   string // what the failure says, "" where the answer is right
}{
	"right":             {"GET", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": utf8JSON}, `{"CloakId":"7","Name":"海","Photos":[{"No":1}]}`}, ""},
	"trailing slash":    {"GET /cloaks/", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": utf8JSON}, `{}`}, "missing properties"},
	"in Shift_JIS":      {"GET", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": sjisJSON}, shiftJIS(`{"CloakId":"7","Name":"海山海山海","Photos":[]}`)}, ""},
	"not in Shift_JIS":  {"GET", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": sjisJSON}, `{"CloakId":"7","Name":"` + "\x81" + `","Photos":[]}`}, "no Shift_JIS"},
	"not in UTF-8":      {"GET", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": utf8JSON}, `{"CloakId":"7","Name":"` + "\x81" + `","Photos":[]}`}, "no UTF-8"},
	"unknown status":    {"GET", given{404, map[string]string{"Content-Type": utf8JSON}, `{}`}, "the status 404"},
	"missing key":       {"GET", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": utf8JSON}, `{"CloakId":"7","Photos":[]}`}, "missing property 'Name'"},
	"key too many":      {"GET", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": utf8JSON}, `{"CloakId":"7","Name":"海","Photos":[],"X":1}`}, "'X' not allowed"},
	"deep in a list":    {"GET", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": utf8JSON}, `{"CloakId":"7","Name":"海","Photos":[{"No":1},{"No":"2"}]}`}, "/Photos/1/No"},
	"number unquoted":   {"GET", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": utf8JSON}, `{"CloakId":7,"Name":"海","Photos":[]}`}, "want string"},
	"no number in it":   {"GET", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": utf8JSON}, `{"CloakId":"x","Name":"海","Photos":[]}`}, "pattern"},
	"too long":          {"GET", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": utf8JSON}, `{"CloakId":"7","Name":"海山海山海山","Photos":[]}`}, "maxLength"},
	"half":              {"GET", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": utf8JSON}, `{"CloakId":"7"`}, "no JSON"},
	"two":               {"GET", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": utf8JSON}, `{}{}`}, "no JSON"},
	"empty":             {"GET", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": utf8JSON}, ``}, "no JSON"},
	"other type":        {"GET", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": "application/json"}, `{}`}, `Content-Type "application/json"`},
	"no type":           {"GET", given{304, nil, ``}, ""},
	"header missing":    {"GET", given{200, map[string]string{"Content-Type": utf8JSON}, `{}`}, "header ETag: missing"},
	"header wrong":      {"GET", given{200, map[string]string{"ETag": "a0", "Content-Type": utf8JSON}, `{}`}, "header ETag"},
	"page":              {"GET", given{429, map[string]string{"Retry-After": "3", "Content-Type": "text/html; charset=utf-8"}, "<!DOCTYPE html>\n海"}, ""},
	"no page":           {"GET", given{429, map[string]string{"Retry-After": "3", "Content-Type": "text/html; charset=utf-8"}, "海"}, "pattern"},
	"no time":           {"GET", given{429, map[string]string{"Retry-After": "soon", "Content-Type": "text/html; charset=utf-8"}, "<!DOCTYPE html>"}, "header Retry-After"},
	"time too short":    {"GET", given{429, map[string]string{"Retry-After": "0", "Content-Type": "text/html; charset=utf-8"}, "<!DOCTYPE html>"}, "header Retry-After"},
	"image":             {"POST", given{200, map[string]string{"Content-Type": "image/jpeg"}, "\xff\xd8"}, ""},
	"no image":          {"POST", given{200, map[string]string{"Content-Type": "text/plain"}, "\xff\xd8"}, `Content-Type "text/plain"`},
	"wrong method":      {"PUT", given{405, map[string]string{"Allow": "GET, HEAD, POST", "Content-Type": utf8JSON}, `"no"`}, ""},
	"wrong, but taken":  {"PUT", given{200, map[string]string{"Content-Type": utf8JSON}, `"no"`}, "not refused with 405"},
	"Allow missing":     {"PUT", given{405, map[string]string{"Content-Type": utf8JSON}, `"no"`}, "405 without Allow"},
	"Allow names more":  {"PUT", given{405, map[string]string{"Allow": "GET, PATCH", "Content-Type": utf8JSON}, `"no"`}, "Allow names PATCH"},
	"HEAD":              {"HEAD", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": utf8JSON}, ``}, ""},
	"HEAD of a page":    {"HEAD", given{200, map[string]string{"ETag": `"a0"`, "Content-Type": "text/html; charset=utf-8"}, ``}, "Content-Type"},
	"HEAD of none":      {"HEAD /cloaks/7/photos", given{200, nil, ``}, "not refused with 405"},
	"in braces":         {"GET /cloaks/7/photos", given{200, nil, `x`}, "no body"},
	"of another server": {"GET /adi-mo/isql/cloaks", given{418, nil, ``}, "the status 418"},
	"of nobody":         {"GET /Cloaks", given{418, nil, `x`}, ""},
	"of nobody, either": {"GET /cloaks/7%2F8/photos", given{418, nil, `x`}, ""},
}

// Right answers pass, and every kind of wrong one fails the test that asked for
// it, whether the handler is wrapped or the client.
func TestDescribed(t *testing.T) {
	for name, exchange := range exchanges {
		t.Run(name, func(t *testing.T) {
			method, target, there := strings.Cut(exchange.request, " ")
			if !there {
				target = "/cloaks"
			}
			var inside, outside failures
			Described(&inside, exchange.answer, []byte(cloaks)).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, target, nil))
			server := httptest.NewServer(exchange.answer)
			defer server.Close()
			r, err := http.NewRequest(method, server.URL+target, nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := DescribedTransport(&outside, server.Client().Transport, []byte(cloaks)).RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			for where, got := range map[string]failures{"inside": inside, "outside": outside} {
				if exchange.fault == "" && got.said != "" || !strings.Contains(got.said, exchange.fault) || exchange.fault != "" && got.said == "" {
					t.Errorf("%s: %q, want %q", where, got.said, exchange.fault)
				}
			}
		})
	}
}

// failures are what a test would have failed with.
type failures struct {
	testing.TB
	said string
}

func (*failures) Helper() {}

func (f *failures) Errorf(format string, args ...any) { f.said += fmt.Sprintf(format, args...) }

// An answer that is broken off is broken off, and none to be checked.
func TestDescribedAborted(t *testing.T) {
	server := httptest.NewServer(Described(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}), []byte(cloaks)))
	defer server.Close()
	client := http.Client{Transport: DescribedTransport(t, server.Client().Transport, []byte(cloaks))}
	response, err := client.Get(server.URL + "/cloaks")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body := make([]byte, 10)
	n, err := response.Body.Read(body)
	if string(body[:n]) != "half" || err != nil {
		t.Errorf("%q, %v", body[:n], err)
	}
	if _, err = response.Body.Read(body); err == nil {
		t.Error("what was broken off looks whole")
	}
}

// table is the one that the file describes.
func table(change func(*serve.API)) *serve.API {
	api := &serve.API{Operations: []serve.Operation{
		{Name: "show", Method: "GET", Path: "/cloaks", Reads: true, Guarded: true, Harmless: []string{"ci", "st", "id"}},
		{Name: "open", Method: "POST", Path: "/cloaks", Dispatched: true, Open: true},
		{Name: "close", Method: "POST", Path: "/cloaks", Dispatched: true, Open: true},
		{Name: "photos", Method: "GET", Path: "/photos/{id}"},
	}}
	change(api)
	return api
}

func TestSameOperations(t *testing.T) {
	SameOperations(t, []byte(cloaks), table(func(*serve.API) {}))
	for fault, change := range map[string]func(*serve.API){
		"the file lacks POST /cloaks (burn)": func(a *serve.API) {
			a.Operations = append(a.Operations, serve.Operation{Name: "burn", Method: "POST", Path: "/cloaks"})
		},
		"GET /cloaks (show): by its security in the file Guarded must be true": func(a *serve.API) { a.Operations[0].Guarded = false },
		"GET /cloaks (show): by its security in the file Guarded must be true\nGET /cloaks (show): by its security in the file Open must be false": func(a *serve.API) {
			a.Operations[0].Guarded, a.Operations[0].Open = false, true
		},
		"POST /cloaks (close): by its security in the file Open must be true":          func(a *serve.API) { a.Operations[2].Open = false },
		"POST /cloaks (close): by its security in the file Guarded must be false":      func(a *serve.API) { a.Operations[2].Guarded = true },
		"GET /photos/{id} (photos): by its security in the file Guarded must be false": func(a *serve.API) { a.Operations[3].Guarded = true },
		"the file lacks GET /Cloaks (show)\nthe table lacks GET /cloaks (show)":        func(a *serve.API) { a.Operations[0].Path = "/Cloaks" },
		"the table lacks POST /cloaks (close)":                                         func(a *serve.API) { a.Operations = append(a.Operations[:2], a.Operations[3]) },
		"GET /cloaks (show): x-sekisho-reads is not as the table has it":               func(a *serve.API) { a.Operations[0].Reads = false },
		"GET /cloaks (show): the file has no parameter cd":                             func(a *serve.API) { a.Operations[0].Harmless = []string{"cd"} },
		"x-sekisho-fold-case is not as the table has it":                               func(a *serve.API) { a.FoldCase = true },
	} {
		if got := strings.Join(mustDescribe(t, []byte(cloaks)).differences(table(change)), "\n"); got != fault {
			t.Errorf("%s\nwant %s", got, fault)
		}
	}
}

// What an operation asks for stands at it, or else in the file for all; a way
// that shows nothing opens it to everybody.
func TestSecured(t *testing.T) {
	want := map[string]bool{"show": true, "open": false, "close": false, "photos": true}
	for _, row := range table(func(*serve.API) {}).Operations {
		if got := Secured(t, []byte(cloaks), row); got != want[row.Name] {
			t.Errorf("%s: secured %v", row.Name, got)
		}
	}
}

func TestValidOpenAPI(t *testing.T) {
	ValidOpenAPI(t, []byte(cloaks))
	for name, change := range map[string]struct{ from, to, fault string }{
		"another version":         {"openapi: 3.1.0", "openapi: 3.0.0", "3\\\\.1"},
		"a key nobody knows":      {"operationId: show", "operationID: show", "operationID"},
		"a type nobody knows":     {"type: integer, minimum: 1", "type: int, minimum: 1", "int"},
		"a reference to nothing":  {"responses/WrongMethod", "responses/WrongMethods", "WrongMethods"},
		"a name twice":            {"operationId: steps", "operationId: show", "show"},
		"a parameter's name":      {"name: id, in: path", "name: no, in: path", "id"},
		"a pattern that is none":  {"^[0-9]+$", "^[0-9+$", "^[0-9+$"},
		"an example of another":   {"Photos: [{No: 1}]", "Photos: [{No: x}]", "/Photos/0/No"},
		"no example":              {", example: no", "", "without a schema or an example"},
		"no 405":                  {"\"405\":", "\"406\":", "/cloaks has no answer 405"},
		"somebody's host":         {"{url: /}", "{url: https://example.com}", "host of somebody's"},
		"a status without quotes": {"\"304\":", "304:", "no string"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.ReplaceAll(cloaks, change.from, change.to)
			if changed == cloaks {
				t.Fatal("nothing to change")
			}
			d, err := describe([]byte(changed))
			got := fmt.Sprint(err)
			if err == nil {
				got = strings.Join(d.faults([]byte(changed)), "\n")
			}
			if !strings.Contains(got, change.fault) {
				t.Errorf("%s\nwant one with %s", got, change.fault)
			}
		})
	}
}

func BenchmarkDescribed(b *testing.B) {
	answer := given{200, map[string]string{"ETag": `"a0"`, "Content-Type": utf8JSON}, `{"CloakId":"7","Name":"海","Photos":[{"No":1}]}`}
	for name, handler := range map[string]http.Handler{
		"without": answer,
		"with":    Described(&failures{TB: b}, answer, []byte(cloaks)),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/cloaks", nil))
			}
		})
	}
}
