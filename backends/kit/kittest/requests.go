package kittest

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Fuzzed is an API whose whole requests are fuzzed: what a stranger writes into a
// connection, through the parsers of net/http and Caddy, the guard and the
// backend, to the answer as it comes back over the connection.
type Fuzzed struct {
	// Open serves the API over fresh stores, with the demo data and limits that
	// nobody comes up against. Its every answer is held against the OpenAPI file,
	// see [Described]. It is asked again from time to time: what has been deleted
	// is there again.
	Open func(testing.TB) http.Handler

	// Examples is the golden file whose requests are the seeds, see [Converse];
	// More are further ones, written as there.
	Examples string
	More     []string

	// Random is what answers tell, in their headers too, and later requests need:
	// tokens, numbers.
	Random Random

	// Failed is what an answer says that comes of a failure of ours. Nothing that
	// a stranger sends may bring it about.
	Failed *regexp.Regexp

	// Hidden are words that stand only in the data of others than those whom the
	// requests are from: another tenant, another member. No answer has one.
	Hidden []string
}

// freshEvery is how many requests are sent to the same stores. What goes wrong
// then needs few requests to go wrong again.
const freshEvery = 300

// FuzzRequests fuzzes an API. A request is either tame, so that most of them come
// as far as the backend: whatever its parts hold, it is one request to net/http;
// or it is raw, and sent as it is.
func FuzzRequests(f *testing.F, api Fuzzed) {
	f.Helper()
	for _, seed := range api.seeds(f) {
		f.Add(seed.method, seed.target, seed.headers, seed.body, false)
		if raw := seed.framed(); !placeholder.MatchString(raw.body) { // it would have another length
			f.Add(raw.method, raw.target, raw.headers, raw.body, true)
		}
	}
	for _, raw := range smuggled {
		f.Add(raw.method, raw.target, raw.headers, raw.body, true)
	}
	s := serveFuzzed(f, api)
	f.Fuzz(func(t *testing.T, method, target, headers, body string, raw bool) {
		r := written{method, target, headers, body}
		if !raw {
			r = r.tamed()
		}
		s.ask(t, r, !raw)
	})
}

// written is a request as it is written; headers are whole lines.
type written struct{ method, target, headers, body string }

// bytes gives what goes into the connection.
func (r written) bytes() string {
	return r.method + " " + r.target + " HTTP/1.1\r\n" + r.headers + "\r\n" + r.body
}

// smuggled are requests that the parts of a gateway could read in two ways.
var smuggled = []written{
	{"POST", "/", "Host: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n"},
	{"POST", "/", "Host: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n", "ab"},
	{"POST", "/", "Host: localhost\r\nTransfer-Encoding: xchunked\r\n", "1\r\na\r\n0\r\n\r\n"},
	{"POST", "/", "Host: localhost\r\nTransfer-Encoding : chunked\r\n", "0\r\n\r\n"},
	{"POST", "/", "Host: localhost\r\nExpect: 100-continue\r\nContent-Length: 100\r\n", "short"},
	{"GET", "/", "Host: a\r\nHost: b\r\n", ""},
	{"GET", "/", "Host: localhost\r\nA: b\r\n c\r\n", ""},
	{"GET", "http://elsewhere.example/user/list?sid=3&key=00000000", "Host: localhost\r\n", ""},
	{"GET", "//user/../user/./list%2f;a=b?#x", "Host: localhost\r\n", ""},
	{"OPTIONS", "*", "Host: localhost\r\n", ""},
	{"CONNECT", "localhost:80", "Host: localhost\r\n", ""},
	{"PRI", "*", "", "SM\r\n\r\n"},
	{"GET", "/ HTTP/1.0\r\n\r\nGET /", "", ""},
	{"GET", "/", "Host: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n", ""},
}

// placeholder is the name of something random in an example.
var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// seeds are the requests of the examples.
func (api Fuzzed) seeds(t testing.TB) (all []written) {
	t.Helper()
	for _, request := range api.requests(t) {
		head, body, _ := strings.Cut(request, "\n\n")
		first, headers, _ := strings.Cut(head, "\n")
		method, target, _ := strings.Cut(first, " ")
		all = append(all, written{method, target, headers, body})
	}
	return all
}

// requests are those of the examples and more, as they stand there.
func (api Fuzzed) requests(t testing.TB) (all []string) {
	t.Helper()
	content, err := os.ReadFile(api.Examples)
	if err != nil {
		t.Fatal(err)
	}
	for exchange := range strings.SplitSeq(strings.TrimSuffix(string(content), "\n"), "\n====\n") {
		request, _, _ := strings.Cut(exchange, "\n----\n")
		all = append(all, request)
	}
	return append(all, api.More...)
}

// framed gives an example as it goes into a connection.
func (r written) framed() written {
	lines := "Host: localhost\r\n"
	if r.headers != "" {
		lines += strings.ReplaceAll(r.headers, "\n", "\r\n") + "\r\n"
	}
	r.headers = lines
	if r.body != "" {
		r.headers += fmt.Sprintf("Content-Length: %d\r\n", len(r.body))
	}
	return r
}

// tamed gives a request that net/http takes for one, and ends with it. What stands
// in its parts stays as far as HTTP can carry it.
func (r written) tamed() written {
	tame := written{method: strings.Map(inToken, r.method), target: tamedTarget(r.target), body: r.body}
	if tame.method == "" {
		tame.method = http.MethodGet
	}
	tame.headers = fmt.Sprintf("Host: localhost\r\nConnection: close\r\nContent-Length: %d\r\n", len(r.body))
	for line := range strings.SplitSeq(r.headers, "\n") {
		name, value, _ := strings.Cut(line, ":")
		if name = strings.Map(inToken, name); name != "" && !framing[http.CanonicalHeaderKey(name)] {
			tame.headers += name + ": " + strings.Map(inValue, value) + "\r\n"
		}
	}
	return tame
}

// framing are the headers by which the two ends find out where a request ends.
var framing = map[string]bool{
	"Host": true, "Connection": true, "Content-Length": true, "Transfer-Encoding": true, "Trailer": true, "Expect": true, "Upgrade": true,
}

// inToken and inValue drop what a name and a value cannot have.
func inToken(c rune) rune {
	if c <= ' ' || c >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c) {
		return -1
	}
	return c
}

func inValue(c rune) rune {
	if c < ' ' && c != '\t' || c == 0x7f {
		return -1
	}
	return c
}

// tamedTarget escapes what a target cannot have, and makes it one with a path.
func tamedTarget(target string) string {
	var tame bytes.Buffer
	if !strings.HasPrefix(target, "/") {
		tame.WriteByte('/')
	}
	for i := range len(target) {
		switch c := target[i]; {
		case c <= ' ' || c >= 0x7f,
			c == '%' && !isEscape(target[i:]) && !strings.Contains(target[:i], "?"): // in a path that is a 400 of net/http's
			fmt.Fprintf(&tame, "%%%02X", c)
		default:
			tame.WriteByte(c)
		}
	}
	return tame.String()
}

func isEscape(s string) bool {
	return len(s) >= 3 && strings.Trim(s[1:3], "0123456789ABCDEFabcdef") == ""
}
