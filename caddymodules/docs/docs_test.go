package docs

import (
	_ "embed"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/caddymodules/golden"
)

// Two APIs, as backends register theirs.
var (
	//go:embed testdata/flowers.yaml
	flowers []byte

	//go:embed testdata/trees.yaml
	trees []byte
)

func init() {
	Register("trees", trees)
	Register("flowers", flowers)
}

func TestCaddyfiles(t *testing.T) { golden.Caddyfiles(t) }

// handler is one as a configuration makes it.
func handler(t *testing.T, h Handler) *Handler {
	t.Helper()
	if err := h.Provision(caddy.Context{}); err != nil {
		t.Fatal(err)
	}
	if err := h.Validate(); err != nil {
		t.Fatal(err)
	}
	return &h
}

// ask sends a request; what the handler does not know is answered 404 "next".
func ask(t *testing.T, h *Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	next := caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusNotFound)
		_, err := io.WriteString(w, "next")
		return err
	})
	if err := h.ServeHTTP(w, r, next); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return w
}

func TestWhatIsServed(t *testing.T) {
	all, some := handler(t, Handler{}), handler(t, Handler{APIs: []string{"trees"}, Path: "/api"})
	for _, test := range []struct {
		h                       *Handler
		path, contentType, says string
	}{
		{all, "/docs/", "text/html; charset=utf-8", `<a href="flowers/">`},
		{all, "/docs/", "text/html; charset=utf-8", `<a href="trees/">`},
		{all, "/docs/flowers/", "text/html; charset=utf-8", "<title>Flowers 花 - Sekisho</title>"},
		{all, "/docs/trees/", "text/html; charset=utf-8", "/trees"},
		{all, "/docs/flowers/openapi.yaml", "application/yaml", string(flowers)},
		{all, "/docs/flowers/openapi.json", "application/json", `"title": "Flowers 花"`},
		{all, "/docs/assets/docs.css", "text/css; charset=utf-8", "prefers-color-scheme: dark"},
		{all, "/docs/assets/icon.svg", "image/svg+xml", "<svg"},
		{some, "/api/", "text/html; charset=utf-8", `<a href="trees/">`},
		{some, "/api/trees/", "text/html; charset=utf-8", "<title>Trees"},
		{some, "/api/assets/docs.css", "text/css; charset=utf-8", "--ground"},
	} {
		w := ask(t, test.h, http.MethodGet, test.path)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != test.contentType || !strings.Contains(w.Body.String(), test.says) {
			t.Errorf("%s: %d %s without %q", test.path, w.Code, w.Header().Get("Content-Type"), test.says)
		}
	}
	if w := ask(t, some, http.MethodGet, "/api/"); strings.Contains(w.Body.String(), "flowers") {
		t.Error("an API is in the index that was not named")
	}
}

func TestOtherPathsGoOn(t *testing.T) {
	all, some := handler(t, Handler{}), handler(t, Handler{APIs: []string{"trees"}, Path: "/api"})
	for _, test := range []struct {
		h    *Handler
		path string
	}{
		{all, "/"},
		{all, "/doc"},
		{all, "/docsy"},
		{all, "/docs/nothing"},
		{all, "/docs/flowers/nothing"},
		{all, "/docs//"},
		{all, "/docs/assets/"},
		{all, "/docs/assets/docs.css/"},
		{all, "/DOCS/"},
		{all, "/docs/flowers/openapi"},
		{some, "/docs/"},
		{some, "/api/flowers/"},
		{some, "/api/flowers/openapi.yaml"},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if w := ask(t, test.h, method, test.path); w.Code != http.StatusNotFound || w.Body.String() != "next" || len(w.Header()) > 0 {
				t.Errorf("%s %s: %d %s %v", method, test.path, w.Code, w.Body, w.Header())
			}
		}
	}
}

// A slash that was forgotten is added.
func TestForgottenSlash(t *testing.T) {
	h := handler(t, Handler{})
	for path, to := range map[string]string{"/docs": "/docs/", "/docs/flowers": "/docs/flowers/", "/docs/trees?x=1": "/docs/trees/"} {
		if w := ask(t, h, http.MethodGet, path); w.Code != http.StatusTemporaryRedirect || w.Header().Get("Location") != to {
			t.Errorf("%s: %d leads to %q", path, w.Code, w.Header().Get("Location"))
		}
	}
}

func TestUnchangedAndHead(t *testing.T) {
	h := handler(t, Handler{})
	for _, path := range []string{"/docs/", "/docs/flowers/", "/docs/flowers/openapi.yaml", "/docs/flowers/openapi.json", "/docs/assets/docs.css"} {
		whole := ask(t, h, http.MethodGet, path)
		tag := whole.Header().Get("ETag")
		if again := ask(t, h, http.MethodGet, path, "If-None-Match", tag); tag == "" || again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s with %s: %d", path, tag, again.Code)
		}
		if other := ask(t, h, http.MethodGet, path, "If-None-Match", `"other"`); other.Code != http.StatusOK {
			t.Errorf("%s with another tag: %d", path, other.Code)
		}
		head := ask(t, h, http.MethodHead, path)
		if head.Code != http.StatusOK || head.Body.Len() > 0 || head.Header().Get("Content-Length") != whole.Header().Get("Content-Length") {
			t.Errorf("HEAD %s: %d %v", path, head.Code, head.Header())
		}
		if post := ask(t, h, http.MethodPost, path); post.Code != http.StatusMethodNotAllowed || post.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("POST %s: %d %v", path, post.Code, post.Header())
		}
	}
}

// Whatever is answered, nothing of it runs, is framed or tells where a reader
// came from.
func TestHeaders(t *testing.T) {
	h := handler(t, Handler{})
	for _, test := range []struct{ method, path string }{
		{http.MethodGet, "/docs/"},
		{http.MethodGet, "/docs/flowers/"},
		{http.MethodGet, "/docs/flowers/openapi.yaml"},
		{http.MethodGet, "/docs/assets/icon.svg"},
		{http.MethodGet, "/docs"},
		{http.MethodPost, "/docs/"},
	} {
		header := ask(t, h, test.method, test.path).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff",
			"X-Frame-Options":         "DENY",
			"Referrer-Policy":         "no-referrer",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s %s: %s is %q", test.method, test.path, name, got)
			}
		}
	}
}

func TestUnknownNames(t *testing.T) {
	h := Handler{APIs: []string{"flowers", "mushrooms"}}
	err := h.Provision(caddy.Context{})
	if err == nil || !strings.Contains(err.Error(), `no documentation of an API "mushrooms"; there is of flowers, trees`) {
		t.Errorf("the error is %v", err)
	}
}

func TestPaths(t *testing.T) {
	for _, path := range []string{"", "docs", "/", "/docs/", "/docs?x", "/docs/*", "/{host}", "/a b"} {
		if err := (&Handler{Path: path}).Validate(); err == nil {
			t.Errorf("the path %q is taken", path)
		}
	}
}

func TestRegisterPanics(t *testing.T) {
	for _, name := range []string{"flowers", "", "Flowers", "flo/wers", "..", "7"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("the name %q is taken", name)
				}
			}()
			Register(name, trees)
		}()
	}
}

// The whole page and the JSON of an API, to be read in testdata.
func TestPage(t *testing.T) {
	h := handler(t, Handler{})
	golden.File(t, "testdata/flowers.html", ask(t, h, http.MethodGet, "/docs/flowers/").Body.String())
	written := ask(t, h, http.MethodGet, "/docs/flowers/openapi.json").Body.Bytes()
	golden.File(t, "testdata/flowers.json", string(written))
	if !json.Valid(written) {
		t.Error("the JSON is none")
	}
}

// A description is text: markup in any of its words is none in the page, and no
// link leads to a script.
func TestDescriptionsStayText(t *testing.T) {
	const evil = `<script>alert(1)</script><img src=x onerror=alert(1)> [a](javascript:alert(1)) <javascript:alert(1)>`
	quoted, err := json.Marshal(evil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := draw("x", []byte(strings.ReplaceAll(`
openapi: 3.1.0
info: {title: EVIL, version: EVIL, summary: EVIL, description: EVIL}
tags: [{name: t, description: EVIL}]
paths:
  /a:
    get:
      operationId: a
      tags: [t]
      summary: EVIL
      description: EVIL
      parameters: [{name: EVIL, in: query, description: EVIL, example: EVIL, schema: {type: string, description: EVIL, enum: [EVIL], default: EVIL}}]
      requestBody: {description: EVIL, content: {application/json: {schema: {type: object, properties: {p: {description: EVIL, const: EVIL}}}, example: {p: EVIL}}}}
      responses: {'200': {description: EVIL, headers: {X: {description: EVIL}}, content: {application/json: {example: EVIL}}}}
`, "EVIL", string(quoted))))
	if err != nil {
		t.Fatal(err)
	}
	page := strings.ToLower(string(d.page.body))
	if !strings.Contains(page, "&lt;script&gt;") {
		t.Fatal("the page does not hold the text")
	}
	for _, markup := range []string{"<script>alert", "<img src=x", `href="javascript:`} {
		if strings.Contains(page, markup) {
			t.Errorf("the page holds %s", markup)
		}
	}
}

func TestBadDescriptions(t *testing.T) {
	const head = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"
	for name, test := range map[string]struct{ text, says string }{
		"no YAML":              {"a: [", "reading YAML"},
		"nothing":              {"", "no mapping"},
		"a list":               {"- a", "no mapping"},
		"another OpenAPI":      {"openapi: 3.0.3\ninfo: {title: T}", "not OpenAPI 3.1"},
		"no title":             {"openapi: 3.1.0", "no title"},
		"no operations":        {head + "paths: {}", "no operations"},
		"an operation unnamed": {head + "paths: {/a: {get: {responses: {}}}}", "GET /a has no operationId"},
		"a reference nowhere":  {head + "paths: {/a: {get: {operationId: a, responses: {'200': {$ref: '#/components/x'}}}}}", "#/components/x leads nowhere"},
		"a reference outside":  {head + "paths: {/a: {get: {operationId: a, responses: {'200': {$ref: 'other.yaml'}}}}}", "other.yaml leads nowhere"},
		"a circle":             {head + "components: {schemas: {A: {$ref: '#/components/schemas/A'}}}", "in a circle"},
	} {
		if _, err := draw("x", []byte(test.text)); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
