package serve

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
)

// refusesEarly refuses without having looked at the body.
func refusesEarly(t *testing.T) *httptest.Server {
	h := newHouse(t, Operation{Name: "list", Method: "POST", Path: "/tea", Handle: func(http.ResponseWriter, *http.Request, identity.Caller) error {
		return fault.New(fault.Missing, "leaves")
	}})
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// An old client looks at the answer only when it has sent its whole body.
func TestRefusedClientMaySendItsBodyFirst(t *testing.T) {
	const size = 16 << 20
	server := refusesEarly(t)
	for what, framed := range map[string]struct{ head, before, after string }{
		"with a length": {"Content-Length: 16777216", "", ""},
		"chunked":       {"Transfer-Encoding: chunked", "1000000\r\n", "\r\n0\r\n\r\n"},
	} {
		t.Run(what, func(t *testing.T) {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			body := io.MultiReader(
				strings.NewReader("POST /tea HTTP/1.1\r\nHost: x\r\n"+framed.head+"\r\n\r\n"+framed.before),
				io.LimitReader(zeros{}, size), strings.NewReader(framed.after))
			if _, err := io.Copy(conn, struct{ io.Reader }{body}); err != nil {
				t.Fatalf("sending: %v", err)
			}
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != 400 || !response.Close {
				t.Errorf("%s, closing: %v", response.Status, response.Close)
			}
		})
	}
}

// Who lets a body trickle that is refused has the answer all the same, and is not
// waited for, be it long or short. Caddy wraps bodies, so that net/http waits for
// some of it before it answers.
func TestRefusedBodyThatTrickles(t *testing.T) {
	defer func(was time.Duration) { lingerTime = was }(lingerTime)
	lingerTime = 200 * time.Millisecond
	refusing := refusesEarly(t).Config.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = struct{ io.ReadCloser }{r.Body}
		refusing.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close) // when the connections are closed
	for _, length := range []string{"1000000", "1000"} {
		conn := sent(t, server, "POST /tea HTTP/1.1\r\nHost: x\r\nContent-Length: "+length+"\r\n\r\na")
		answered, err := io.ReadAll(conn) // until the server hangs up
		if err != nil || !strings.HasPrefix(string(answered), "HTTP/1.1 400 ") {
			t.Errorf("of %s bytes: %q, %v", length, answered, err)
		}
	}
}

// Nobody is waited for who does not send what they said, and nobody who asked
// before sending is asked to.
func TestLingeringEnds(t *testing.T) {
	for head, patience := range map[string]time.Duration{"X: y": 50 * time.Millisecond, "Expect: 100-continue": time.Hour} {
		t.Run(head, func(t *testing.T) {
			before := lingerTime
			lingerTime = patience
			t.Cleanup(func() { lingerTime = before })
			server := refusesEarly(t) // which is closed before that
			conn := sent(t, server, "POST /tea HTTP/1.1\r\nHost: x\r\n"+head+"\r\nContent-Length: 67108864\r\n\r\n")
			answered, err := io.ReadAll(conn) // until the server hangs up
			if err != nil || !strings.HasPrefix(string(answered), "HTTP/1.1 400 ") {
				t.Errorf("%q, %v", answered, err)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
