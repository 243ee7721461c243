package serve

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/fault"
)

// readsBodies answers with what ReadBody made of a body of at most ten bytes.
func readsBodies(t *testing.T) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := ReadBody(w, r, 10)
		time.Sleep(2 * bodyTime) // a deadline left behind must not cancel the context
		fmt.Fprintf(w, "%q %v %v", body, err, r.Context().Err())
	}))
	t.Cleanup(server.Close)
	return server
}

func setBodyTime(t *testing.T, d time.Duration) {
	before := bodyTime
	bodyTime = d
	t.Cleanup(func() { bodyTime = before })
}

func TestReadBody(t *testing.T) {
	setBodyTime(t, 50*time.Millisecond)
	server := readsBodies(t)
	tests := []struct{ what, request, want string }{
		{"none", "Content-Length: 0\r\n\r\n", `"" <nil> <nil>`},
		{"whole", "Content-Length: 4\r\n\r\nbody", `"body" <nil> <nil>`},
		{"whole in chunks", "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", `"body" <nil> <nil>`},
		{"at the bound", "Content-Length: 10\r\n\r\n1234567890", `"1234567890" <nil> <nil>`},
		{"beyond the bound", "Content-Length: 11\r\n\r\n12345678901", `"" too_large <nil>`},
		{"beyond the bound in chunks", "Transfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n", `"" too_large <nil>`},
		{"chunks out of form", "Transfer-Encoding: chunked\r\n\r\nx\r\n", `"" malformed <nil>`},
		{"identity", "Content-Encoding: identity\r\nContent-Length: 4\r\n\r\nbody", `"body" <nil> <nil>`},
		{"packed", "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nbody", `"" malformed <nil>`},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			if got := converse(t, server, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+test.request); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// A client that hangs up half-way, or trickles, is answered in time.
func TestBodyCutShort(t *testing.T) {
	setBodyTime(t, 50*time.Millisecond)
	server := readsBodies(t)
	start := time.Now()
	for range 2 {
		got := converse(t, server, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1234")
		if !strings.HasPrefix(got, `"" malformed`) {
			t.Error(got)
		}
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestBodyHalfClosed(t *testing.T) {
	r := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader("half"), broken{}))
	if _, err := ReadBody(httptest.NewRecorder(), r, 10); !fault.Is(err, fault.Malformed) {
		t.Error(err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestPackedBodiesAreNotUnpacked(t *testing.T) {
	var packed bytes.Buffer
	bomb := gzip.NewWriter(&packed)
	_, _ = bomb.Write(make([]byte, 64<<20))
	_ = bomb.Close()
	r := httptest.NewRequest("POST", "/", &packed)
	r.Header.Set("Content-Encoding", "gzip")
	if _, err := ReadBody(httptest.NewRecorder(), r, MaxBody); !fault.Is(err, fault.Malformed) {
		t.Error(err)
	}
}

// sent gives a connection over which raw bytes were sent. It lives for ten seconds,
// or as long as the test.
func sent(t *testing.T, server *httptest.Server, raw string) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	_ = connection.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(connection, raw); err != nil {
		t.Fatal(err)
	}
	return connection
}

// converse sends raw bytes and gives the body of the answer.
func converse(t *testing.T, server *httptest.Server, request string) string {
	t.Helper()
	connection := sent(t, server, request)
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return string(body)
}
