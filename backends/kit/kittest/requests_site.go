package kittest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http/httpguts"

	"sekisho/backends/kit/cp932"
)

// fuzzedSite is a server of net/http with a fuzzed API behind it.
type fuzzedSite struct {
	api      Fuzzed
	requests []string // of the examples
	socket   string

	house   *lasting
	handler http.Handler
	kept    map[string]string // what is random, from the last answer that had it
	asked   int               // of the house

	mutex   sync.Mutex
	handled []handled    // of the connection that is open
	said    bytes.Buffer // by net/http
}

// handled is a request that the handler has got.
type handled struct {
	method string
	status int
	broken bool // off, instead of answered
}

// serveFuzzed listens on a socket of the file system: the ports of a machine do
// not suffice for as many connections as are made here.
func serveFuzzed(f *testing.F, api Fuzzed) *fuzzedSite {
	f.Helper()
	folder, err := os.MkdirTemp("", "fuzz") // that of the test may be too long a name for a socket
	if err != nil {
		f.Fatal(err)
	}
	s := &fuzzedSite{api: api, requests: api.requests(f), socket: filepath.Join(folder, "socket")}
	listener, err := net.Listen("unix", s.socket)
	if err != nil {
		f.Fatal(err)
	}
	server := &http.Server{
		Handler:           http.HandlerFunc(s.ServeHTTP),
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(s, "", 0),
	}
	go func() { _ = server.Serve(&calledFrom{Listener: listener}) }()
	f.Cleanup(func() {
		server.Close()
		if s.house != nil {
			s.house.end()
		}
		os.RemoveAll(folder)
	})
	return s
}

// ServeHTTP takes note of what the handler was asked and did.
func (s *fuzzedSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h, kept := handled{method: r.Method, broken: true}, &keeper{ResponseWriter: w}
	defer func() {
		h.status = kept.answer().status
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.handled = append(s.handled, h)
	}()
	s.house.deafen(refusedByCaddy(r))
	s.handler.ServeHTTP(kept, r)
	h.broken = false
}

// refusedByCaddy says whether Caddy's server refuses a request itself, before any
// site: no OpenAPI file knows of that.
func refusedByCaddy(r *http.Request) bool {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return len(r.Method) > 32 || !httpguts.ValidHostHeader(r.Host) || strings.Trim(host, ".") == ""
}

// Write takes what net/http has to say: that a handler panicked.
func (s *fuzzedSite) Write(line []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.said.Write(line)
}

// fresh opens another house, where this one has been asked often enough. Of the
// examples only those are asked there whose answers tell something random: the
// others would use the demo data up, as their first house shows.
func (s *fuzzedSite) fresh(t *testing.T) {
	t.Helper()
	s.asked++
	if s.house != nil && s.asked <= freshEvery {
		return
	}
	if s.house == nil {
		s.open(t)
		s.requests = s.replay(t)
	}
	s.house.end()
	s.open(t)
	s.replay(t)
}

func (s *fuzzedSite) open(t *testing.T) {
	t.Helper()
	s.asked, s.kept, s.house = 0, map[string]string{}, &lasting{TB: t}
	s.handler = s.api.Open(s.house)
}

// replay asks the requests of the examples, and gives those whose answers tell
// something random.
func (s *fuzzedSite) replay(t *testing.T) (telling []string) {
	t.Helper()
	for _, request := range s.requests {
		asked := request
		for name, value := range s.kept {
			asked = strings.ReplaceAll(asked, "{"+name+"}", value)
		}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, parse(asked))
		if s.checkAnswer(t, asked, answer{w.Code, w.Header(), w.Body.Bytes(), true}) {
			telling = append(telling, request)
		}
	}
	return telling
}

// learn keeps what is random in an answer, and says whether anything was.
func (s *fuzzedSite) learn(header http.Header, body string) (told bool) {
	text := strings.Join(header["Set-Cookie"], "\n") + "\n" + body
	for name, form := range s.api.Random {
		if found := form.FindStringSubmatch(text); found != nil {
			s.kept[name], told = found[1], true
		}
	}
	return told
}

// ask sends a request, and holds all that comes back against what may. A tame one
// is answered once; what is raw may be any number of requests, or none.
func (s *fuzzedSite) ask(t *testing.T, r written, tame bool) {
	t.Helper()
	s.fresh(t)
	for name, value := range s.kept {
		hole := "{" + name + "}"
		r.target, r.headers = strings.ReplaceAll(r.target, hole, value), strings.ReplaceAll(r.headers, hole, value)
		if longer := strings.ReplaceAll(r.body, hole, value); longer != r.body {
			r.headers = strings.Replace(r.headers, fmt.Sprintf("Content-Length: %d\r\n", len(r.body)), fmt.Sprintf("Content-Length: %d\r\n", len(longer)), 1)
			r.body = longer
		}
	}
	sent := r.bytes()
	got, handled, said := s.exchange(t, sent, tame)
	shown := func() string { return fmt.Sprintf("%q\n\nwas answered\n\n%s", sent, legible(got)) }
	if said != "" {
		t.Errorf("%s\n\nnet/http says: %s", shown(), said)
	}
	if wrong := s.house.wrong(); wrong != "" {
		t.Errorf("%s\n\n%s", shown(), wrong)
	}
	answers, err := readAnswers(got, handled)
	if err != nil {
		t.Fatalf("%v: %s", err, shown())
	}
	if tame && len(answers) != 1 || tame && len(handled) > 1 {
		t.Fatalf("%d answers to %d requests: %s", len(answers), len(handled), shown())
	}
	for _, a := range answers {
		s.checkAnswer(t, sent, a)
	}
}

// checkAnswer holds one answer against what is true of all, and says whether it
// told something random.
func (s *fuzzedSite) checkAnswer(t *testing.T, sent string, a answer) (told bool) {
	t.Helper()
	text := textOf(a)
	if s.api.Failed.MatchString(text) {
		t.Errorf("%q\n\nis a failure of ours:\n\n%v", sent, a)
	}
	for _, word := range s.api.Hidden {
		if strings.Contains(text, word) && !strings.Contains(sent, word) {
			t.Errorf("%q\n\ntells of what is another's, %q:\n\n%v", sent, word, a)
		}
	}
	return s.learn(a.header, text)
}

// textOf is a body in UTF-8.
func textOf(a answer) string {
	_, attributes, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	if strings.EqualFold(attributes["charset"], "shift_jis") {
		if text, ok := cp932.Decode(a.body); ok {
			return text
		}
	}
	return string(a.body)
}

// longestExchange is how long a connection may stay open.
const longestExchange = time.Minute

// exchange writes bytes into a new connection, and reads until it is closed. Where
// not one request was meant, this end stops writing, so that the other does not
// wait for more.
func (s *fuzzedSite) exchange(t *testing.T, sent string, tame bool) (got []byte, requests []handled, said string) {
	t.Helper()
	s.mutex.Lock()
	s.handled = nil
	s.said.Reset()
	s.mutex.Unlock()
	dialled, err := net.Dial("unix", s.socket)
	if err != nil {
		t.Fatal(err)
	}
	connection := dialled.(*net.UnixConn)
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(longestExchange)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(connection, sent) // the server need not read it all
	if !tame {
		_ = connection.CloseWrite()
	}
	got, err = io.ReadAll(connection)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%q\n\nkeeps its connection; answered until then:\n\n%s", sent, legible(got))
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return got, slices.Clone(s.handled), s.said.String()
}

// ownAnswers are the refusals of net/http itself.
var ownAnswers = []int{
	http.StatusOK, // to OPTIONS *
	http.StatusBadRequest, http.StatusExpectationFailed, http.StatusRequestHeaderFieldsTooLarge, http.StatusNotImplemented, http.StatusHTTPVersionNotSupported,
}

// readAnswers reads what came over a connection: the answers of the handler in
// order, and at the end at most one of net/http's own.
func readAnswers(got []byte, requests []handled) (all []answer, err error) {
	reader := bufio.NewReader(bytes.NewReader(got))
	for {
		if _, err := reader.Peek(1); err != nil {
			break
		}
		var request handled
		if len(all) < len(requests) {
			request = requests[len(all)]
		}
		response, err := http.ReadResponse(reader, &http.Request{Method: request.method})
		if err != nil {
			return nil, fmt.Errorf("no answer of HTTP: %w", err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil && !request.broken {
			return nil, fmt.Errorf("half an answer: %w", err)
		}
		if response.StatusCode < http.StatusOK {
			continue
		}
		all = append(all, answer{response.StatusCode, response.Header, body, true})
		switch {
		case len(all) == len(requests)+1 && !slices.Contains(ownAnswers, response.StatusCode), len(all) > len(requests)+1:
			return nil, errors.New("an answer that nobody gave")
		case len(all) <= len(requests) && response.StatusCode != request.status:
			return nil, fmt.Errorf("the status %d became %d", request.status, response.StatusCode)
		}
	}
	for i, request := range requests {
		if request.broken || i >= len(all) {
			return nil, errors.New("a request was not answered")
		}
	}
	return all, nil
}

// calledFrom gives each connection an address of its own, as if each request were
// another stranger's.
type calledFrom struct {
	net.Listener
	calls uint32
}

func (c *calledFrom) Accept() (net.Conn, error) {
	connection, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c.calls++
	address := net.IPv4(10, byte(c.calls>>16), byte(c.calls>>8), byte(c.calls))
	return callersConn{connection.(*net.UnixConn), &net.TCPAddr{IP: address, Port: 5000}}, nil
}

// callersConn keeps the methods by which net/http closes one half.
type callersConn struct {
	*net.UnixConn
	from net.Addr
}

func (c callersConn) RemoteAddr() net.Addr { return c.from }

// lasting is the testing.TB of a house that outlives the request which it was
// opened for.
type lasting struct {
	testing.TB
	mutex  sync.Mutex
	ends   []func()
	faults strings.Builder
	deaf   bool // what is answered is not the API's
}

func (*lasting) Helper() {}

// Context is none that ends with a test.
func (*lasting) Context() context.Context { return context.Background() }

func (l *lasting) Cleanup(end func()) { l.ends = append(l.ends, end) }

func (l *lasting) TempDir() string {
	folder, err := os.MkdirTemp("", "fuzz")
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}

func (l *lasting) Errorf(format string, args ...any) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if !l.deaf {
		fmt.Fprintf(&l.faults, format+"\n", args...)
	}
}

// deafen lets the next request be answered as it may be.
func (l *lasting) deafen(deaf bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.deaf = deaf
}

func (l *lasting) Error(args ...any) { l.Errorf("%s", fmt.Sprint(args...)) }

// Fatal and Fatalf can only come from opening the house.
func (l *lasting) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

func (l *lasting) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// wrong gives what was found wrong since it was last asked for.
func (l *lasting) wrong() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	defer l.faults.Reset()
	return l.faults.String()
}

// end closes the house, last things first.
func (l *lasting) end() {
	for _, end := range slices.Backward(l.ends) {
		end()
	}
}
