package serve

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
)

// names answers with an operation's name and what stands for {id} and {cup}.
func names(name string) func(http.ResponseWriter, *http.Request, identity.Caller) error {
	return func(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
		return Write(w, http.StatusOK, "text/plain", []byte(name+" "+r.PathValue("id")+" "+r.PathValue("cup")))
	}
}

func teaRoom(t *testing.T) *house {
	return newHouse(t,
		Operation{Name: "see", Method: "GET", Path: "/Tea/{id}", Reads: true, Handle: names("see")},
		Operation{Name: "drink", Method: "POST", Path: "/Tea/{id}", Handle: names("drink")},
		Operation{Name: "new", Method: "GET", Path: "/Tea/new", Handle: names("new")},
		Operation{Name: "cups", Method: "GET", Path: "/Tea/{id}/Cups", Handle: names("cups")},
		Operation{Name: "cup", Method: "GET", Path: "/Tea/{id}/Cups/{cup}", Handle: names("cup")},
		Operation{Name: "pour", Method: "POST", Path: "/Tea/{id}/Cups/{cup}/Pour", Handle: names("pour")},
	)
}

func TestBracesStandForOneSegment(t *testing.T) {
	h := teaRoom(t)
	tests := []struct {
		method, target string
		status         int
		body, allow    string
	}{
		{"GET", "/Tea/7", 200, "see 7 ", ""},
		{"GET", "/Tea/7/", 200, "see 7 ", ""},
		{"GET", "/Tea/7?id=8", 200, "see 7 ", ""},
		{"HEAD", "/Tea/7", 200, "see 7 ", ""},
		{"POST", "/Tea/7", 200, "drink 7 ", ""},
		{"GET", "/Tea/%E6%A2%85%20%25", 200, "see 梅 % ", ""},
		{"GET", "/Tea/%252F", 200, "see %2F ", ""},
		{"GET", "/Tea/{id}", 200, "see {id} ", ""},
		{"GET", "/Tea/7/Cups", 200, "cups 7 ", ""},
		{"GET", "/Tea/new/Cups/", 200, "cups new ", ""},
		{"GET", "/Tea/7/Cups/a;b", 200, "cup 7 a;b", ""},
		{"GET", "/Tea/7/Cups/Cups", 200, "cup 7 Cups", ""},
		{"POST", "/Tea/7/Cups/8/Pour/", 200, "pour 7 8", ""},

		{"GET", "/Tea/new", 200, "new  ", ""},
		{"GET", "/Tea/new/", 200, "new  ", ""},
		{"POST", "/Tea/new", 405, "method_not_allowed at none", "GET"},
		{"DELETE", "/Tea/7", 405, "method_not_allowed at none", "GET, HEAD, POST"},
		{"HEAD", "/Tea/7/Cups/8", 405, "method_not_allowed at none", "GET"},
		{"GET", "/Tea/7/Cups/8/Pour", 405, "method_not_allowed at none", "POST"},

		{"GET", "/Tea", 200, "the old host", ""},
		{"GET", "/Tea/", 200, "the old host", ""},
		{"GET", "/Tea//", 200, "the old host", ""},
		{"GET", "/Tea/7//", 200, "the old host", ""},
		{"GET", "/Tea//7", 200, "the old host", ""},
		{"GET", "//Tea/7", 200, "the old host", ""},
		{"GET", "/Tea//Cups", 200, "the old host", ""},
		{"GET", "/Tea/7/8", 200, "the old host", ""},
		{"GET", "/Tea/7/cups", 200, "the old host", ""},
		{"GET", "/Tea/7/Cups/8/9", 200, "the old host", ""},
		{"GET", "/tea/7", 200, "the old host", ""},
	}
	for _, test := range tests {
		w := h.ask(test.method, test.target)
		if w.Code != test.status || w.Body.String() != test.body || w.Header().Get("Allow") != test.allow {
			t.Errorf("%s %s: %d %q, Allow %q", test.method, test.target, w.Code, w.Body, w.Header().Get("Allow"))
		}
	}
}

// One segment that hides a slash is neither two segments nor a value with one.
func TestEscapedSlashFitsNoBraces(t *testing.T) {
	h := teaRoom(t)
	for _, target := range []string{"/Tea/7%2FCups", "/Tea/7%2fCups", "/Tea%2F7", "/Tea/7%2F", "/Tea/%2F", "/Tea/7/Cups/8%2F9", "/Tea/7/Cups%2F8/Pour"} {
		for _, method := range []string{"GET", "POST"} {
			if w := h.ask(method, target); w.Body.String() != "the old host" {
				t.Errorf("%s %s: %d %q", method, target, w.Code, w.Body)
			}
		}
	}
	if w := h.ask("GET", "/Tea%2Fnew"); w.Body.String() != "new  " {
		t.Errorf("a path without braces: %d %q", w.Code, w.Body)
	}
}

// What stands for the braces keeps its letter case.
func TestBracesWithoutLetterCase(t *testing.T) {
	h := teaRoom(t)
	h.server.API.FoldCase = true
	for target, want := range map[string]string{
		"/tea/SEVEN":           "see SEVEN ",
		"/TEA/New":             "new  ",
		"/TEA/Seven/cups":      "cups Seven ",
		"/tea/Seven/CUPS/New/": "cup Seven New",
		"/tea//CUPS":           "the old host",
	} {
		if w := h.ask("GET", target); w.Body.String() != want {
			t.Errorf("%s: %d %q, want %q", target, w.Code, w.Body, want)
		}
	}
}

// A refusal may say what was asked for.
func TestRefusalKnowsTheBraces(t *testing.T) {
	h := newHouse(t, Operation{Name: "see", Method: "GET", Path: "/tea/{id}", Guarded: true, Handle: names("see")})
	drawn := h.server.API.Refuse
	var refused string
	h.server.API.Refuse = func(w http.ResponseWriter, r *http.Request, op *Operation, f *fault.Fault) {
		refused = r.PathValue("id")
		drawn(w, r, op, f)
	}
	if h.ask("GET", "/tea/7"); refused != "7" {
		t.Errorf("the refusal is of %q", refused)
	}
}

func TestMalformedBracesPanicWhenDeclared(t *testing.T) {
	for _, path := range []string{"/tea/{id", "/tea/{}", "/tea/x{id}", "/tea/{id}/{id}"} {
		func() {
			defer func() {
				if said, _ := recover().(string); !strings.Contains(said, "path "+path+": ") {
					t.Errorf("declaring %s: %q", path, said)
				}
			}()
			(&API{Operations: []Operation{{Path: path}}}).DeclareHarmless()
		}()
	}
}

// BenchmarkAt finds the operations of a path in a table of fourteen.
func BenchmarkAt(b *testing.B) {
	var exact, braced []Operation
	for _, name := range strings.Fields("Cloaks Echo Follow Guest Items Member Photo Photos Search Tag Tags Token Unfollow Views") {
		exact = append(exact, Operation{Method: "GET", Path: "/api/v2/" + name})
		braced = append(braced, Operation{Method: "GET", Path: "/api/v2/{id}/" + name})
	}
	for _, bench := range []struct {
		name string
		api  API
		path string
	}{
		{"exact", API{Operations: exact}, "/api/v2/Photo"},
		{"exact-unknown", API{Operations: exact}, "/api/v2/Nowhere"},
		{"folded", API{Operations: exact, FoldCase: true}, "/API/v2/photo"},
		{"folded-unknown", API{Operations: exact, FoldCase: true}, "/api/v2/Nowhere"},
		{"braced", API{Operations: braced}, "/api/v2/9007199254740991/Photo"},
		{"braced-unknown", API{Operations: braced}, "/api/v2/9007199254740991/Nowhere"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			u := &url.URL{Path: bench.path}
			b.ReportAllocs()
			paths := pathsOf(&bench.api)
			for b.Loop() {
				paths.at(u)
			}
		})
	}
}
