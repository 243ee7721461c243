package serve

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
)

// What follows a request whose end can be doubted is never taken for the next one,
// whoever answers it. After any other request the connection is kept.
func TestDoubtfulRequestsAreTheLast(t *testing.T) {
	h := newHouse(t,
		Operation{Name: "pour", Method: "POST", Path: "/tea", Handle: says("poured")},
		Operation{Name: "drink", Method: "POST", Path: "/cup", Handle: func(http.ResponseWriter, *http.Request, identity.Caller) error {
			return fault.New(fault.Missing, "cup")
		}},
	)
	server := httptest.NewServer(h)
	defer server.Close()
	for what, request := range map[string]struct {
		version, head string
		answers       int
	}{
		"no body":                    {"1.1", "\r\n", 2},
		"a length":                   {"1.1", "Content-Length: 5\r\n\r\n0\r\n\r\n", 2},
		"chunks":                     {"1.1", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1},
		"chunks and a length":        {"1.1", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 1},
		"a folded header":            {"1.1", "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 1},
		"chunks in the old protocol": {"1.0", "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 1},
	} {
		for path, answered := range map[string]string{"/tea": "poured", "/cup": "missing at drink", "/coffee": "the old host"} {
			t.Run(what+" to "+path, func(t *testing.T) {
				first := "POST " + path + " HTTP/" + request.version + "\r\nHost: x\r\n" + request.head
				answers := answersTo(t, server, first+"GET /milk HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
				if len(answers) != request.answers || answers[0] != answered {
					t.Errorf("answered %q", answers)
				}
			})
		}
	}
}

// answersTo sends bytes and gives the answers until the server hangs up.
func answersTo(t *testing.T, server *httptest.Server, raw string) (bodies []string) {
	t.Helper()
	connection := sent(t, server, raw)
	for from := bufio.NewReader(connection); ; {
		response, err := http.ReadResponse(from, nil)
		if err != nil {
			var late net.Error
			if errors.As(err, &late) && late.Timeout() {
				t.Fatal("the connection was left open")
			}
			return bodies
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		bodies = append(bodies, string(body))
	}
}

// Over HTTP/2 a body whose length is not told beforehand is as good as any other.
func TestHTTP2StaysOpen(t *testing.T) {
	server := httptest.NewUnstartedServer(newHouse(t, Operation{Name: "pour", Method: "POST", Path: "/tea", Handle: says("poured")}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	for i := range 2 {
		var reused bool
		trace := &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) { reused = got.Reused }}
		body := struct{ io.Reader }{strings.NewReader("leaves")}
		request, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "POST", server.URL+"/tea", body)
		if err != nil {
			t.Fatal(err)
		}
		response, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.ProtoMajor != 2 || reused != (i > 0) {
			t.Errorf("request %d: %s, on the connection of the one before: %v", i, response.Proto, reused)
		}
	}
}
