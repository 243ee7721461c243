package acceptance

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Attacks by the frames of HTTP/2, by methods that are for proxies, and by more
// parameters than anybody sends.
func TestAttacksByFramesMethodsAndNumbers(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	for name, test := range map[string]func(*testing.T, *gateway){
		"a bomb of headers":             headerBomb,
		"headers without end":           endlessHeaders,
		"methods that are for proxies":  proxysMethods,
		"a hundred thousand parameters": manyParameters,
		"a hundred thousand fields":     manyFields,
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

// manyParameters are too long a head for anybody to read; as many as fit into one
// are refused in the family's words wherever parameters are read.
func manyParameters(t *testing.T, g *gateway) {
	for path, want := range map[string]string{
		"/user/list?sid=3&key=00000000":                                     `200 {"status":true,`,
		"/user/detail?sid=3&key=00000000&id=1":                              `400 {"status":false,`,
		"/api/v2/cloaks/search?tg=a":                                        `400 {"errors":[`,
		"/ydits-api/ydits-account/regist.php?g=false":                       `200 {"result":"URL引数またはPOSTデータの形式が正しくありません。",`,
		"/avatar/v1/Coords?key=demo-api-key":                                `400 {"error":{"code":400,`,
		"/fit/signin?ticket=a":                                              "400 <!DOCTYPE html>",
		"/cv.net_adi-mo/isql/api/Auth.aspx?login_id=demo&password=demo1234": `200 {"StatusCode":"-1",`,
		"/nowhere?a=1": "404 Not Found",
	} {
		for number, want := range map[int]string{100_000: "431 ", 7_000: want} {
			status, body := g.get(path + strings.Repeat("&a", number))
			if got := fmt.Sprintf("%d %s", status, body); !strings.HasPrefix(got, want) {
				t.Errorf("%s with %d parameters more is answered %.300s, want %s…", path, number, got, want)
			}
		}
	}
	stillAnswers(t, g)
}

// manyFields are refused likewise, behind those that are asked for.
func manyFields(t *testing.T, g *gateway) {
	for _, c := range []struct{ path, form, want string }{
		{"/api/v2/auth/token", "grant_type=password&username=umiyama@example.com&password=umiyama1&client_id=demo-client&client_secret=demo-secret", `400 {"error":"invalid_request",`},
		{"/api/v2/cloaks/token", "ci=2&lk=umi2018", `400 {"errors":[`},
		{"/ydits-api/ydits-account/auth.php?step=1", "mail=example@example.com&pass=example_a", `200 {"result":"URL引数またはPOSTデータの形式が正しくありません。",`},
		{"/avatar/v1/Guest?key=demo-api-key", "scope=AvatarLoad", `400 {"error":{"code":400,`},
		{"/fit/signin", "login=nobody&password=nobodys", "400 <!DOCTYPE html>"},
		{"/cv.net_adi-mo/isql/api/Auth.aspx", "login_id=demo&password=demo1234", `200 {"StatusCode":"-1",`},
	} {
		status, body := g.post(c.path, formEncoding, c.form+strings.Repeat("&a=1", 100_000))
		if got := fmt.Sprintf("%d %s", status, body); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s is answered %.300s, want %s…", c.path, got, c.want)
		}
	}
	stillAnswers(t, g)
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
