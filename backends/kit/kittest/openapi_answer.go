package kittest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sekisho/backends/kit/cp932"
)

// largestChecked is how much of a body is kept for checking, in bytes. Of a
// longer one only the head of the answer is checked.
const largestChecked = 32 << 20

// Described holds every answer of a handler against the API's OpenAPI file: the
// test fails where the file lacks its status, its Content-Type, a header that is
// required, or the shape of its body. What a path answers that the file does not
// know is somebody else's; an answer that is broken off, or that its client did
// not take, is none. Requests are not checked: tests send what is wrong on
// purpose. A benchmark gets the handler as it is.
func Described(t testing.TB, handler http.Handler, spec []byte) http.Handler {
	t.Helper()
	if _, measured := t.(*testing.B); measured {
		return handler
	}
	d := mustDescribe(t, spec)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method, path := r.Method, d.at(r.URL) // before a directive rewrites them
		if path == nil {
			handler.ServeHTTP(w, r)
			return
		}
		kept := &keeper{ResponseWriter: w}
		handler.ServeHTTP(kept, r)
		if kept.untaken {
			return
		}
		a := kept.answer()
		if err := path.check(method, a); err != nil {
			t.Errorf("%s %s is not as its OpenAPI file says: %v\n%s", method, r.RequestURI, err, a)
		}
	})
}

// DescribedTransport is Described for a client of a running gateway: transport
// brings the answers.
func DescribedTransport(t testing.TB, transport http.RoundTripper, spec []byte) http.RoundTripper {
	t.Helper()
	return describedTransport{t, transport, mustDescribe(t, spec)}
}

type describedTransport struct {
	t         testing.TB
	transport http.RoundTripper
	file      *description
}

func (d describedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := d.transport.RoundTrip(r)
	path := d.file.at(r.URL)
	if err != nil || path == nil {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil { // broken off: the client is to see it too
		response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
		return response, nil
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	a := answer{response.StatusCode, response.Header, body, len(body) <= largestChecked && response.Header.Get("Content-Encoding") == ""}
	if err := path.check(r.Method, a); err != nil {
		d.t.Errorf("%s %s is not as its OpenAPI file says: %v\n%s", r.Method, r.URL, err, a)
	}
	return response, nil
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	whole  bool // whether body is all of it, as it is
}

// String shows an answer in a failure.
func (a answer) String() string {
	const most = 600
	shown := legible(a.body)
	if len(shown) > most {
		shown = strings.ToValidUTF8(shown[:most], "") + "…"
	}
	return fmt.Sprintf("%d %s\n%s", a.status, a.header.Get("Content-Type"), shown)
}

// keeper keeps what it hands on.
type keeper struct {
	http.ResponseWriter
	status  int
	header  http.Header
	body    bytes.Buffer
	cut     bool // the body is longer than what is kept
	untaken bool // the client did not take it
}

func (k *keeper) Unwrap() http.ResponseWriter { return k.ResponseWriter }

func (k *keeper) WriteHeader(status int) {
	if k.status == 0 && status >= http.StatusOK {
		k.status, k.header = status, k.Header().Clone()
	}
	k.ResponseWriter.WriteHeader(status)
}

func (k *keeper) Write(b []byte) (int, error) {
	if k.status == 0 {
		k.WriteHeader(http.StatusOK)
	}
	if k.body.Len()+len(b) > largestChecked {
		k.cut = true
	} else if !k.cut {
		k.body.Write(b)
	}
	n, err := k.ResponseWriter.Write(b)
	k.untaken = k.untaken || err != nil
	return n, err
}

func (k *keeper) answer() answer {
	if k.status == 0 {
		k.status, k.header = http.StatusOK, k.Header()
	}
	return answer{k.status, k.header, k.body.Bytes(), !k.cut}
}

// check says what is wrong with an answer to a method.
func (p *describedPath) check(method string, a answer) error {
	op := p.operation(method)
	described := p.undescribed()
	if op != nil {
		described = op.answers[a.status]
	} else if a.status != http.StatusMethodNotAllowed {
		return errors.New("the file does not know this method, and it is not refused with 405")
	}
	if described == nil {
		return fmt.Errorf("the file has no answer with the status %d", a.status)
	}
	if a.status == http.StatusMethodNotAllowed {
		if err := p.checkAllow(a.header.Get("Allow")); err != nil {
			return err
		}
	}
	for _, header := range described.headers {
		if err := header.check(a.header); err != nil {
			return fmt.Errorf("header %s: %w", header.name, err)
		}
	}
	return described.checkBody(method, a)
}

// undescribed is how the path refuses a method that it does not have: as one of
// its operations refuses another.
func (p *describedPath) undescribed() *describedAnswer {
	for _, method := range methods {
		if op := p.operations[method]; op != nil && op.answers[http.StatusMethodNotAllowed] != nil {
			return op.answers[http.StatusMethodNotAllowed]
		}
	}
	return nil
}

// checkAllow holds an Allow header against the methods of the path. It may name
// fewer of them: a parameter may decide.
func (p *describedPath) checkAllow(allow string) error {
	if allow == "" {
		return errors.New("405 without Allow")
	}
	allows := p.allows()
	for _, method := range strings.Split(allow, ", ") {
		if !slices.Contains(allows, method) {
			return fmt.Errorf("the header Allow names %s, which the file does not know", method)
		}
	}
	return nil
}

func (h describedHeader) check(header http.Header) error {
	values := header.Values(h.name)
	if len(values) == 0 && h.required {
		return errors.New("missing")
	}
	for _, value := range values {
		if h.schema == nil {
			continue
		}
		err := h.schema.Validate(value)
		if number, no := strconv.ParseInt(value, 10, 64); err != nil && no == nil {
			err = h.schema.Validate(number) // text, but meant as a number
		}
		if err != nil {
			return fmt.Errorf("%q: %w", value, err)
		}
	}
	return nil
}

// checkBody holds Content-Type and body against the file; of an answer to HEAD
// only the Content-Type.
func (d *describedAnswer) checkBody(method string, a answer) error {
	sent := a.header.Get("Content-Type")
	if len(d.content) == 0 {
		if len(a.body) > 0 {
			return errors.New("the file knows no body here")
		}
		return nil
	}
	body := d.content[sent]
	if body == nil {
		kind, _, _ := strings.Cut(sent, "/")
		body = d.content[kind+"/*"]
	}
	if body == nil {
		return fmt.Errorf("the file does not know the Content-Type %q here", sent)
	}
	if method == http.MethodHead || body.schema == nil || !a.whole {
		return nil
	}
	value, err := valueOf(sent, a.body)
	if err != nil {
		return err
	}
	return body.check(value)
}

func (d *describedBody) check(value any) error {
	err := d.schema.Validate(value)
	var refused *jsonschema.ValidationError
	if errors.As(err, &refused) {
		return errors.New(strings.ReplaceAll(refused.Error(), fileURL, ""))
	}
	return err
}

// valueOf reads a body as its Content-Type says: JSON as what it holds,
// everything else as text.
func valueOf(contentType string, body []byte) (any, error) {
	media, attributes, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(attributes["charset"], "shift_jis") {
		text, ok := cp932.Decode(body)
		if !ok {
			return nil, errors.New("the body is no Shift_JIS")
		}
		body = []byte(text)
	}
	if !utf8.Valid(body) {
		return nil, errors.New("the body is no UTF-8")
	}
	if media != "application/json" {
		return string(body), nil
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return nil, fmt.Errorf("the body is no JSON: %w", err)
	}
	return value, nil
}
