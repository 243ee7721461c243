package ydits

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"

	_ "sekisho/caddymodules/yditsstep"
)

var update = flag.Bool("update", false, "write the golden files anew, from the embedded stores")

// directives is the inside of the site block of the tests, with room for
// options of ydits.
const directives = `
	ydits_step /ydits-api/ydits-account/auth.php {
		1 issue
		2 register
		3 authenticate
	}
	ydits {
		%s
	}
	respond "not ours" 404
`

// gateway serves the API over s with the given options.
func gateway(t testing.TB, s *stores.Stores, options ...string) http.Handler {
	t.Helper()
	return storetest.Gateway(t, s, fmt.Sprintf(directives, strings.Join(options, "\n")))
}

var (
	uuidForm = regexp.MustCompile(`"uuid":"([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})"`)
	keyForm  = regexp.MustCompile(`"key":"([A-Za-z0-9_-]{43})"`)
)

// conversation sends requests as the golden files write them. {uuid} and {key}
// stand for those that an answer gave last.
type conversation struct {
	t         testing.TB
	gateway   http.Handler
	uuid, key string
}

func (c *conversation) send(request string) string {
	c.t.Helper()
	request = strings.NewReplacer("{uuid}", c.uuid, "{key}", c.key).Replace(request)
	head, body, _ := strings.Cut(request, "\n\n")
	lines := strings.Split(head, "\n")
	method, target, _ := strings.Cut(lines[0], " ")
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	c.gateway.ServeHTTP(w, r)
	return fmt.Sprintf("%d %s\n%s", w.Code, w.Header().Get("Content-Type"), c.mask(w.Body.String()))
}

// mask remembers an answer's uuid and key, and puts their names in their place.
func (c *conversation) mask(body string) string {
	for name, one := range map[string]struct {
		form *regexp.Regexp
		kept *string
	}{"{uuid}": {uuidForm, &c.uuid}, "{key}": {keyForm, &c.key}} {
		if found := one.form.FindStringSubmatch(body); found != nil {
			*one.kept = found[1]
		}
		if *one.kept != "" {
			body = strings.ReplaceAll(body, *one.kept, name)
		}
	}
	return body
}

// The documented examples, and each ruling of the contract page, as one
// conversation: request, line of dashes, answer, line of equals signs. Every
// combination of stores gives the same bytes.
func TestDocumented(t *testing.T) {
	const file = "testdata/documented.txt"
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	exchanges := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n====\n")
	if *update {
		c := conversation{t: t, gateway: gateway(t, storetest.Open(t, storetest.Embedded))}
		for i, exchange := range exchanges {
			request, _, _ := strings.Cut(exchange, "\n----\n")
			exchanges[i] = request + "\n----\n" + c.send(request)
		}
		if err := os.WriteFile(file, []byte(strings.Join(exchanges, "\n====\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		c := conversation{t: t, gateway: gateway(t, s)}
		for _, exchange := range exchanges {
			request, want, found := strings.Cut(exchange, "\n----\n")
			if !found {
				t.Fatalf("an exchange has no answer:\n%s", exchange)
			}
			if got := c.send(request); got != want {
				t.Errorf("%s\n\ngot:\n%s\nwant:\n%s", request, got, want)
			}
		}
	})
}

// golden holds what came out against what a file says.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got:\n%s\nwant:\n%s", file, got, want)
	}
}
