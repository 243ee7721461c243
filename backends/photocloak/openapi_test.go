package photocloak

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/zap"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/fault"
)

// The file that callers read is OpenAPI, and has the operations of the table.
func TestOpenAPI(t *testing.T) {
	kittest.ValidOpenAPI(t, openAPI)
	kittest.SameOperations(t, openAPI, new(service).api())
}

// exampleLine is a line of the file with an answer on it, as it is on the wire.
var exampleLine = regexp.MustCompile(`(?m)^ +example: (\{.*\})$`)

// Every example of an answer is one that the documented examples have, word for
// word but for what no two runs have alike; what they lack is drawn here.
func TestOpenAPIExamples(t *testing.T) {
	known := map[string]bool{}
	conversation, err := os.ReadFile("testdata/documented.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(conversation)) {
		known[strings.TrimSuffix(line, "\n")] = true
	}
	for _, f := range []*fault.Fault{
		fault.New(fault.TooMany, ""), fault.Because(errors.New("our own")), fault.New(fault.Malformed, subjectAuthorization),
		fault.New(fault.Missing, "ci"), fault.New(fault.Missing, "cd"),
		{Kind: fault.Malformed, Subject: "cd", Value: "x"},
		notAcceptable(1), notAcceptable(2),
	} {
		_, body := drawn(t, "", f)
		known[body] = true
	}
	known[`{"CloakImageID":"4"}`] = true                                              // the answer to a photo, which is no text
	known[`{"error":"server_error","error_description":"サーバー内部でエラーが発生しました。"}`] = true // oauth2_token's
	examples := exampleLine.FindAllStringSubmatch(string(openAPI), -1)
	if len(examples) < len(new(service).api().Operations) {
		t.Fatalf("only %d examples were found", len(examples))
	}
	for _, found := range examples {
		example := found[1]
		for name, form := range random {
			for _, value := range form.FindAllStringSubmatch(example, -1) {
				example = strings.ReplaceAll(example, value[1], "{"+name+"}")
			}
		}
		if !known[example] {
			t.Errorf("no documented example is %s", example)
		}
	}
}

// The file has each code with its message as it is drawn, and no operation has
// one that is not in this list.
func TestOpenAPICodes(t *testing.T) {
	drawable := map[string]string{}
	for _, kind := range []fault.Kind{fault.Internal, fault.MethodNotAllowed, fault.TooMany} {
		one := drawError(fault.New(kind, ""))
		drawable[one.ErrorCode] = one.Message
	}
	for subject := range labels {
		for kind := range reasons {
			one := drawError(fault.New(kind, subject))
			drawable[one.ErrorCode] = one.Message
		}
	}
	listed := map[string]bool{}
	for _, found := range regexp.MustCompile("(?m)^ +- `([a-z]+_[a-z]+)` (.*)$").FindAllStringSubmatch(string(openAPI), -1) {
		listed[found[1]] = true
		if drawable[found[1]] != found[2] {
			t.Errorf("%s is drawn %q, and has %q in the file", found[1], drawable[found[1]], found[2])
		}
	}
	for _, found := range regexp.MustCompile(`errorCode: \{(?:enum: \[([^]]*)\]|const: ([a-z_]+))\}`).FindAllStringSubmatch(string(openAPI), -1) {
		for _, code := range strings.FieldsFunc(found[1]+found[2], func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }) {
			if !listed[code] {
				t.Errorf("an operation has the code %q, which the list lacks", code)
			}
		}
	}
}

// Our own failures and refusals beyond a limit fit the file at every operation,
// also where no test provokes them.
func TestOpenAPIFailures(t *testing.T) {
	s := &service{log: zap.NewNop()}
	for _, op := range s.api().Operations {
		for _, f := range []*fault.Fault{
			fault.Because(errors.New("our own")), fault.New(fault.Unauthorized, ""), fault.New(fault.Malformed, subjectAuthorization),
		} {
			if !op.Guarded && !op.Open && f.Kind != fault.Internal {
				continue // it asks no guard
			}
			refusing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.refuse(w, r, &op, f) })
			kittest.Described(t, refusing, openAPI).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(op.Method, op.Path, nil))
		}
	}
}
