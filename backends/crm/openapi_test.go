package crm

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/zap"

	"sekisho/backends/kit"
	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/fault"
)

// The file that callers read is OpenAPI, and has the operations of the table.
func TestOpenAPI(t *testing.T) {
	kittest.ValidOpenAPI(t, openAPI)
	kittest.SameOperations(t, openAPI, new(service).api())
	if bytes.Equal(described, openAPI) {
		t.Error("the tests do not know the prefix that the file has for a server")
	}
}

// Every page but Auth asks for a session, and the file says so of the same ones.
func TestPagesAskForASessionAsTheFileSays(t *testing.T) {
	for _, row := range new(service).api().Operations {
		if p := pageAt(row.Path); p.open == kittest.Secured(t, openAPI, row) || p.open != (p.name == "Auth") {
			t.Errorf("%s %s is open: %v", row.Method, p.name, p.open)
		}
	}
}

// exampleLine is a line of the file with an answer on it, as it is on the wire.
var exampleLine = regexp.MustCompile(`(?m)^ +(?:example: (\{.*\})|'.*': \{value: (\{.*\})\})$`)

// Every example of an answer is one that the documented examples have, word for
// word but for what no two runs have alike, or how a page refuses a wrong method.
func TestOpenAPIExamples(t *testing.T) {
	known := map[string]bool{}
	conversation, err := os.ReadFile("testdata/documented.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(conversation)) {
		known[strings.TrimSuffix(line, "\n")] = true
	}
	for _, p := range pages {
		w := httptest.NewRecorder()
		(&service{log: zap.NewNop()}).refuse(w, httptest.NewRequest("PUT", pathPrefix+p.op, nil), nil, fault.New(fault.MethodNotAllowed, ""))
		known[w.Body.String()] = true
	}
	examples := exampleLine.FindAllStringSubmatch(string(openAPI), -1)
	if len(examples) < len(pages) {
		t.Fatalf("only %d examples were found", len(examples))
	}
	for _, found := range examples {
		example := found[1] + found[2]
		for name, form := range random {
			if at := form.FindStringSubmatchIndex(example); at != nil {
				example = example[:at[2]] + "{" + name + "}" + example[at[3]:]
			}
		}
		if !known[example] {
			t.Errorf("no documented example is %s", example)
		}
	}
}

// Whatever a page can refuse with fits the file, also what no test provokes, in
// both charsets and with both forms of numbers; and the file has no other codes.
func TestOpenAPICodes(t *testing.T) {
	known := map[string]bool{}
	for _, p := range pages {
		all := []status{p.missing, {p.internal, internalWords + "0123456789abcdef"}}
		for _, refused := range p.refusals {
			all = append(all, refused.status)
		}
		if !p.open {
			all = append(all, status{p.session, internalWords + noSessionWords})
		}
		for _, refused := range all {
			known[strconv.Itoa(refused.code)] = true
			for _, s := range []*service{{}, {charset: kit.CharsetShiftJIS, numbers: kit.NumbersBare}} {
				refusing := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					if err := s.writeJSON(w, http.StatusOK, s.failure(p, refused)); err != nil {
						t.Error(err)
					}
				})
				kittest.Described(t, refusing, openAPI).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/"+p.name+".aspx", nil))
			}
		}
	}
	for _, found := range regexp.MustCompile(`'(-[0-9]+)'`).FindAllStringSubmatch(string(openAPI), -1) {
		if !known[found[1]] {
			t.Errorf("no page has the code %s", found[1])
		}
	}
}
