package acceptance

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Attacks by the frames of HTTP/2, by methods that are for proxies, and by more
// parameters than anybody sends.
func TestAttacksByFramesMethodsAndNumbers(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	for name, test := range map[string]func(*testing.T, *gateway){
		"a bomb of headers":              headerBomb,
		"headers without end":            endlessHeaders,
		"pings whose answers none reads": pings,
		"requests that are taken back":   takenBack,
		"methods that are for proxies":   proxysMethods,
		"a hundred thousand parameters":  manyParameters,
		"a hundred thousand fields":      manyFields,
	} {
		t.Run(name, func(t *testing.T) { test(t, g) })
	}
}

// headerBomb is a header of 47 MB in 16 KiB: each byte stands for the same field
// again. It is refused, and others are answered.
func headerBomb(t *testing.T, g *gateway) {
	c := dialHTTP2(t, g)
	block := c.block(t, "GET", "/user/list?sid=3&key=00000000")
	for range 12_000 {
		if err := c.encoder.WriteField(hpack.HeaderField{Name: "x", Value: strings.Repeat("a", 3900)}); err != nil {
			t.Fatal(err)
		}
	}
	if block.Len() > 16<<10 {
		t.Fatalf("the bomb has %d bytes", block.Len())
	}
	if err := c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true}); err != nil {
		t.Fatal(err)
	}
	if got := c.answered(); got != "431" && got != gone {
		t.Errorf("it is answered %s", got)
	}
	stillAnswers(t, g)
}

// endlessHeaders are frames that go on and on with the header of one request. The
// connection is ended before much of it has come.
func endlessHeaders(t *testing.T, g *gateway) {
	c := dialHTTP2(t, g)
	block := c.block(t, "GET", "/user/list?sid=3&key=00000000")
	if err := c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndStream: true}); err != nil {
		t.Fatal(err)
	}
	block.Reset()
	if err := c.encoder.WriteField(hpack.HeaderField{Name: "x", Value: strings.Repeat("a", 15_000), Sensitive: true}); err != nil {
		t.Fatal(err)
	}
	all := make(chan bool, 1)
	go func() {
		var err error
		for sent := 0; sent < 16<<20 && err == nil; sent += block.Len() {
			err = c.WriteContinuation(1, false, block.Bytes())
		}
		all <- err == nil
	}()
	got := c.answered()
	c.Close()
	if got != gone {
		t.Errorf("it is answered %s", got)
	}
	if <-all {
		t.Error("16 MiB of it are taken")
	}
	stillAnswers(t, g)
}

// pings are answered, and these answers wait in the gateway until somebody reads
// them. The connection is ended before too many wait.
func pings(t *testing.T, g *gateway) {
	var many bytes.Buffer
	for framer := http2.NewFramer(&many, nil); many.Len() < 17_000; {
		_ = framer.WritePing(false, [8]byte{}) // a buffer takes everything
	}
	c := dialHTTP2(t, g)
	err := c.SetDeadline(time.Now().Add(time.Minute))
	for n := 0; n < 2_000 && err == nil; n++ {
		_, err = c.Conn.Write(many.Bytes())
	}
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection is not ended: %v", err)
	}
	stillAnswers(t, g)
}

// takenBack are requests each of which is taken back at once, so that there are
// never many on the connection: it is ended, or those that are served are few enough
// for others to be answered beside them.
func takenBack(t *testing.T, g *gateway) {
	c := dialHTTP2(t, g)
	go func() { _, _ = io.Copy(io.Discard, c.Conn) }()
	err := c.SetDeadline(time.Now().Add(3 * time.Minute))
	for n := uint32(0); n < 100_000 && err == nil; n++ {
		c.header.Reset()
		block := c.block(t, "GET", "/user/list?sid=3&key=00000000")
		if err = c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1 + 2*n, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true}); err == nil {
			err = c.WriteRSTStream(1+2*n, http2.ErrCodeCancel)
		}
		if n%10_000 == 0 {
			stillAnswers(t, g)
		}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("neither served nor ended: %v", err)
	}
	stillAnswers(t, g)
}

// proxysMethods are refused as any method is that an operation does not have, and
// nobody is called for them.
func proxysMethods(t *testing.T, g *gateway) {
	elsewhere, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	var called atomic.Int64
	go func() {
		for {
			connection, err := elsewhere.Accept()
			if err != nil {
				return
			}
			called.Add(1)
			connection.Close()
		}
	}()
	address := elsewhere.Addr().String()
	for request, want := range map[string]string{
		"TRACE /user/list?sid=3&key=00000000":              `405 {"status":false,`,
		"TRACE /api/v2/cloaks/prefix":                      `405 {"errors":[{"errorCode":"notallowed_method",`,
		"TRACE /ydits-api/ydits-account/auth.php?step=1":   `405 {"result":`,
		"TRACE /avatar/v1/Echo?message=a&key=demo-api-key": `405 {"error":{"code":405,`,
		"TRACE /cv.net_adi-mo/isql/api/Get_UserToken.aspx": `405 {"StatusCode":"-26004",`,
		"TRACE /nowhere":                                     "404 Not Found",
		"CONNECT /user/list?sid=3&key=00000000":              `405 {"status":false,`,
		"CONNECT " + address:                                 "404 Not Found",
		"GET http://" + address + "/":                        "404 Not Found",
		"TRACE http://" + address + "/user/list?sid=3&key=0": `405 {"status":false,`,
	} {
		answers := sendRaw(t, g.url, request+" HTTP/1.1\r\nHost: "+address+"\r\nX-Canary: canary\r\nConnection: close\r\n\r\n")
		if len(answers) != 1 || !strings.HasPrefix(answers[0], want) || strings.Contains(answers[0], "canary") {
			t.Errorf("%s is answered %.300q, want %s…", request, answers, want)
		}
	}
	for _, method := range []string{"TRACE", "CONNECT"} {
		c := dialHTTP2(t, g)
		block := c.block(t, method, "/user/list?sid=3&key=00000000")
		if err := c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true}); err != nil {
			t.Fatal(err)
		}
		if got := c.answered(); got != "405" && got != gone {
			t.Errorf("%s in frames is answered %s", method, got)
		}
	}
	if got := called.Load(); got != 0 {
		t.Errorf("somebody was called %d times", got)
	}
}

func stillAnswers(t *testing.T, g *gateway) {
	t.Helper()
	if status, _ := g.get("/user/detail?sid=3&key=00000000&id=1"); status != http.StatusOK {
		t.Errorf("somebody else is answered %d", status)
	}
}

// framed is a connection over which any frames of HTTP/2 can be sent.
type framed struct {
	*tls.Conn
	*http2.Framer
	header  *bytes.Buffer
	encoder *hpack.Encoder
}

// dialHTTP2 connects to the customers' host.
func dialHTTP2(t *testing.T, g *gateway) *framed {
	t.Helper()
	site := sitesOf(t, g)["https://customers.localhost"]
	site.tls.NextProtos = []string{http2.NextProtoTLS}
	connection := site.dial(t).Conn.(*tls.Conn)
	if _, err := io.WriteString(connection, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	c := &framed{Conn: connection, Framer: http2.NewFramer(connection, connection), header: new(bytes.Buffer)}
	c.encoder = hpack.NewEncoder(c.header)
	c.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if err := c.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	return c
}

// block begins the header of a request. What is encoded then is added to it.
func (c *framed) block(t *testing.T, method, path string) *bytes.Buffer {
	t.Helper()
	for _, field := range [][2]string{{":method", method}, {":scheme", "https"}, {":authority", "customers.localhost"}, {":path", path}} {
		if err := c.encoder.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]}); err != nil {
			t.Fatal(err)
		}
	}
	return c.header
}

// gone is what a request is answered that ends its stream or connection.
const gone = "by nothing, and ended"

// answered gives the status of the next answer.
func (c *framed) answered() string {
	for {
		frame, err := c.ReadFrame()
		if err != nil {
			return gone
		}
		switch frame := frame.(type) {
		case *http2.MetaHeadersFrame:
			return frame.PseudoValue("status")
		case *http2.GoAwayFrame, *http2.RSTStreamFrame:
			return gone
		}
	}
}
