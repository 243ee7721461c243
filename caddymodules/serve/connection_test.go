package serve

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/identity"
)

// Over a real connection, half an answer must reach the client as an error:
// whichever way the operation had begun to write, and however little.
func TestHalfAnAnswerNeverLooksWhole(t *testing.T) {
	begin := map[string]func(w http.ResponseWriter){
		"Write":      func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"status":true,"data":[`) },
		"much":       func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, 1<<20)) },
		"io.Copy":    func(w http.ResponseWriter) { _, _ = io.Copy(w, io.LimitReader(strings.NewReader("half"), 4)) },
		"Flusher":    func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
		"Controller": func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
		"flushed": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
		},
		"only the head": func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) },
	}
	failures := map[string]func() error{
		"error": func() error { return errors.New("the database went away") },
		"panic": func() error { panic("the database went away") },
	}
	for way, write := range begin {
		for failure, fail := range failures {
			t.Run(way+", then "+failure, func(t *testing.T) {
				h := newHouse(t, Operation{Name: "list", Method: "GET", Path: "/tea", Handle: func(w http.ResponseWriter, _ *http.Request, _ identity.Caller) error {
					write(w)
					return fail()
				}})
				server := httptest.NewServer(h)
				defer server.Close()
				response, err := server.Client().Get(server.URL + "/tea")
				if err == nil {
					_, err = io.ReadAll(response.Body)
					response.Body.Close()
				}
				if err == nil {
					t.Error("the client took it for a whole answer")
				}
				if got := h.outcomes(t); len(got) != 1 || got[0] != "list internal" {
					t.Errorf("counted %q", got)
				}
			})
		}
	}
}

func TestFlushedBytesArriveAtOnce(t *testing.T) {
	arrived := make(chan bool)
	h := newHouse(t, Operation{Name: "list", Method: "GET", Path: "/tea", Handle: func(w http.ResponseWriter, _ *http.Request, _ identity.Caller) error {
		_, _ = io.WriteString(w, "first\n")
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
		select {
		case <-arrived:
		case <-time.After(10 * time.Second): // it fails then, and does not hang
		}
		_, err := io.WriteString(w, "second\n")
		return err
	}})
	server := httptest.NewServer(h)
	defer server.Close()
	response, err := server.Client().Get(server.URL + "/tea")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	if line, err := lines.ReadString('\n'); line != "first\n" {
		t.Fatalf("%q, %v", line, err)
	}
	close(arrived)
	if line, err := lines.ReadString('\n'); line != "second\n" {
		t.Fatalf("%q, %v", line, err)
	}
}

func TestControllerReachesTheConnection(t *testing.T) {
	h := newHouse(t, Operation{Name: "list", Method: "GET", Path: "/tea", Handle: func(w http.ResponseWriter, _ *http.Request, _ identity.Caller) error {
		controller := http.NewResponseController(w)
		err := errors.Join(controller.SetReadDeadline(time.Time{}), controller.SetWriteDeadline(time.Time{}))
		if err != nil {
			return err
		}
		return Write(w, 200, "text/plain", []byte("reached"))
	}})
	server := httptest.NewServer(h)
	defer server.Close()
	response, err := server.Client().Get(server.URL + "/tea")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, _ := io.ReadAll(response.Body); string(body) != "reached" {
		t.Errorf("%s %q", response.Status, body)
	}
}

// A client that hangs up is nobody's failure: it is counted apart, and the
// error that its leaving caused is not logged.
func TestClientGoneAway(t *testing.T) {
	answered := make(chan struct{})
	waiting, gone := make(chan struct{}), make(chan struct{})
	h := newHouse(t, Operation{Name: "list", Method: "GET", Path: "/tea", Handle: func(w http.ResponseWriter, _ *http.Request, _ identity.Caller) error {
		close(waiting)
		<-gone
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return fmt.Errorf("writing the list: %w", err)
			}
		}
	}})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(answered)
		defer func() { _ = recover() }() // the broken connection
		h.ServeHTTP(w, r)
	}))
	defer server.Close()

	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(connection, "GET /tea HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-waiting
	connection.Close()
	close(gone)
	<-answered
	if got := h.outcomes(t); len(got) != 1 || got[0] != "list gone" {
		t.Errorf("counted %q", got)
	}
	if h.logs.Len() != 0 {
		t.Errorf("logged %v", h.logs.All())
	}
}

// An old client may close its half of the connection when it has asked, and
// wait for the answer.
func TestHalfClosedClientIsAnswered(t *testing.T) {
	h := newHouse(t, Operation{Name: "list", Method: "GET", Path: "/tea", Handle: func(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
		select {
		case <-r.Context().Done():
			return r.Context().Err()
		case <-time.After(200 * time.Millisecond): // net/http has seen the half close by now
			return Write(w, 200, "text/plain", []byte("green"))
		}
	}})
	server := httptest.NewServer(h)
	defer server.Close()
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, "GET /tea HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(connection); err != nil || !strings.HasSuffix(string(answer), "\r\n\r\ngreen") {
		t.Errorf("answered %q, %v", answer, err)
	}
}

func TestPanicIsOursEvenWhenTheClientIsGone(t *testing.T) {
	ctx, hangUp := context.WithCancel(context.Background())
	h := newHouse(t, Operation{Name: "list", Method: "GET", Path: "/tea", Handle: func(http.ResponseWriter, *http.Request, identity.Caller) error {
		hangUp()
		panic("our bug")
	}})
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/tea", nil).WithContext(ctx))
	if got := h.outcomes(t); got[0] != "list internal 500" || h.logs.Len() != 1 {
		t.Errorf("counted %q, %d lines logged", got, h.logs.Len())
	}
}
