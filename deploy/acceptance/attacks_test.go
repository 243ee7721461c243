package acceptance

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// Attacks on the gateway as it is shipped that no single API could withstand for
// itself: they come before any of them.
func TestAttacksOnTheWire(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	for name, test := range map[string]func(*testing.T, *gateway){
		"tricks with paths":             pathTricks,
		"request smuggling":             requestSmuggling,
		"slow and endless requests":     slowRequests,
		"headers beyond measure":        largeHeaders,
		"a host of the client's making": hostsOfTheirMaking,
	} {
		t.Run(name, func(t *testing.T) { test(t, g) })
	}
}

// answersWithin is less than a gateway waits for the rest of a refused body, which is
// half a minute: an answer that waits for that comes too late.
const answersWithin = 20 * time.Second

// wire is a connection over which anything can be sent.
type wire struct {
	net.Conn
	from *bufio.Reader
}

func dial(t *testing.T, site string) wire {
	t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(site, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(answersWithin)); err != nil {
		t.Fatal(err)
	}
	return wire{connection, bufio.NewReader(connection)}
}

// answer reads one answer, as an HTTP client does.
func (w wire) answer() (status int, header http.Header, body string, err error) {
	response, err := http.ReadResponse(w.from, nil)
	if err != nil {
		return 0, nil, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, response.Header, string(text), err
}

// sendRaw sends the bytes of one or more requests over a connection of its own,
// and gives the answers that come before it is closed.
func sendRaw(t *testing.T, site, raw string) (answers []string) {
	t.Helper()
	w := dial(t, site)
	if _, err := io.WriteString(w, raw); err != nil {
		t.Fatal(err)
	}
	if err := w.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	for {
		status, _, body, err := w.answer()
		if err != nil {
			return answers
		}
		answers = append(answers, fmt.Sprintf("%d %s", status, body))
	}
}

// --- Request smuggling ---------------------------------------------------------

// What two readers could part into requests differently is refused, or is the last
// on its connection: what follows is never taken for a request, whoever answers.
func requestSmuggling(t *testing.T, g *gateway) {
	const victim = "GET /user/list?sid=3&key=00000000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	length := fmt.Sprint(len(victim))
	for what, rest := range map[string]string{
		"a length and chunks":               "Content-Length: " + length + "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"chunks and a length":               "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + "5c\r\n",
		"two lengths":                       "Content-Length: 0\r\nContent-Length: " + length + "\r\n\r\n",
		"a length with a sign":              "Content-Length: +0\r\n\r\n",
		"a negative length":                 "Content-Length: -1\r\n\r\n",
		"a hexadecimal length":              "Content-Length: 0x0\r\n\r\n",
		"a coding that is no chunks":        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"chunks twice":                      "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
		"chunks behind another coding":      "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"two codings":                       "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
		"a space before the colon":          "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
		"a folded header":                   "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
		"a header that begins with a space": " Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"a NUL in a header":                 "X-A: \x00\r\nContent-Length: 0\r\n\r\n",
		"a carriage return alone":           "X-A: a\rContent-Length: 5\r\n\r\n",
		"a chunk that ends in no line":      "Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n",
		"a chunk's size that overflows":     "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n{}\r\n0\r\n\r\n",
		"a chunk's size with a sign":        "Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
	} {
		for path, site := range map[string]string{
			"/user/update?sid=3&key=00000000": g.url, "/docs/": g.url, "/nowhere": g.url,
			"/cv.net_adi-mo/isql/api/Auth.aspx": g.crm, "/none.aspx": g.crm,
		} {
			answers := sendRaw(t, site, "POST "+path+" HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"+rest+victim)
			if len(answers) > 1 && !strings.HasPrefix(answers[1], "400 ") {
				t.Errorf("%s to %s: what followed was answered %.200s", what, path, answers[1])
			}
		}
	}
	for what, first := range map[string]string{
		"a body beside GET":        "GET /user/info?sid=3&key=00000000&email=nobody@example.com HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n",
		"a body that nobody reads": "POST /user/update?sid=3&key=wrong HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n",
		"chunks in HTTP/1.0":       "POST /nowhere HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
	} {
		if answers := sendRaw(t, g.url, first+victim); len(answers) != 1 {
			t.Errorf("%s: answered %.300q", what, answers)
		}
	}
	if answers := sendRaw(t, g.url, victim); len(answers) != 1 || !strings.Contains(answers[0], `"customer_id"`) {
		t.Errorf("the request by itself is answered %q: this shows nothing", answers)
	}
}

// --- Slow and endless requests ---------------------------------------------------

// Who sends a header a byte at a time, or a body without end, is let go, and not
// waited for; others are answered all the while.
func slowRequests(t *testing.T, g *gateway) {
	slow := make(chan string, 64)
	for range cap(slow) {
		w := dial(t, g.url)
		go func() { slow <- trickle(w) }()
	}
	for path, limit := range map[string]int{
		"/user/update?sid=3&key=00000000": 400, "/ydits-api/ydits-account/auth.php?step=1": 200, "/api/v2/auth/token": 400,
		"/avatar/v1/Guest?key=demo-api-key": 400, "/cv.net_adi-mo/isql/api/Auth.aspx": 200, "/nowhere": 404,
	} {
		if status, body := endless(t, g, path); status != limit && status != http.StatusRequestEntityTooLarge {
			t.Errorf("a body without end to %s is answered %d %.200s", path, status, body)
		}
	}
	for range cap(slow) {
		if what := <-slow; what != "" {
			t.Error(what)
		}
		if status, _ := g.get("/user/detail?sid=3&key=00000000&id=1"); status != http.StatusOK {
			t.Errorf("somebody else is answered %d meanwhile", status)
		}
	}
}

// trickle sends a byte of a header each second until the connection is closed.
func trickle(w wire) string {
	_ = w.SetDeadline(time.Time{})
	_, _ = io.WriteString(w, "GET /user/list HTTP/1.1\r\nX-A: ")
	for range 40 {
		time.Sleep(time.Second)
		if _, err := io.WriteString(w, "a"); err != nil {
			return ""
		}
	}
	return "a header that takes 40 seconds is still waited for"
}

// endless sends chunks, up to a gigabyte, until an answer comes or the connection
// is closed.
func endless(t *testing.T, g *gateway, path string) (status int, body string) {
	t.Helper()
	w := dial(t, g.url)
	_ = w.SetDeadline(time.Now().Add(time.Minute))
	all := make(chan bool, 1)
	go func() {
		_, err := io.WriteString(w, "POST "+path+" HTTP/1.1\r\nHost: a\r\nContent-Type: "+formEncoding+"\r\nTransfer-Encoding: chunked\r\n\r\n")
		chunk := fmt.Sprintf("%x\r\n%s\r\n", 1<<16, strings.Repeat("a", 1<<16))
		for sent := 0; sent < 1<<30 && err == nil; sent += 1 << 16 {
			_, err = io.WriteString(w, chunk)
		}
		all <- err == nil
	}()
	status, _, body, err := w.answer()
	w.Close()
	if <-all {
		t.Errorf("%s takes a gigabyte", path)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%s is not answered within a minute, and not let go", path)
	}
	if err != nil {
		return http.StatusRequestEntityTooLarge, "" // cut off
	}
	return status, body
}

// largeHeaders is refused before anything is looked up for it.
func largeHeaders(t *testing.T, g *gateway) {
	for what, raw := range map[string]string{
		"a megabyte of header": "GET /user/list?sid=3&key=00000000 HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("a", 1<<20) + "\r\n\r\n",
		"a megabyte of path":   "GET /" + strings.Repeat("a", 1<<20) + " HTTP/1.1\r\nHost: a\r\n\r\n",
		"ten thousand headers": "GET /user/list?sid=3&key=00000000 HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("A: b\r\n", 10_000) + "\r\n",
	} {
		w := dial(t, g.url)
		go func() { _, _ = io.WriteString(w, raw) }()
		if status, _, body, err := w.answer(); err == nil && status != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("%s is answered %d %.200s", what, status, body)
		}
	}
}

// hostsOfTheirMaking: whatever a client says that the host is, no page has it
// with markup in it, and under the API's own name nothing is answered for another.
func hostsOfTheirMaking(t *testing.T, g *gateway) {
	for _, host := range []string{"a'onload=x", "a&b", "a\"><script>", "evil.example", "a b"} {
		for _, path := range []string{"/fit/", "/fit/dress", "/fit/signin", "/docs/"} {
			for _, answer := range sendRaw(t, g.url, "GET "+path+" HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\n\r\n") {
				if strings.Contains(answer, host) {
					t.Errorf("the host %s comes back from %s as %.300s", host, path, answer)
				}
			}
		}
	}
	from := localClient(t, g)
	request, err := http.NewRequest(http.MethodGet, "https://avatarplay.localhost:"+g.setting("SEKISHO_HTTPS_PORT")+connectCall, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "evil.example"
	status, body, err := answer(from, request)
	if err != nil || status != http.StatusNotFound || body != "Not Found" {
		t.Errorf("for another host it answers %d %s, %v", status, body, err)
	}
}
