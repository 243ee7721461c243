package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// endless is a body without an end: how it begins, and what follows for ever.
type endless struct {
	path, kind, first, on string
	header                []string
	judge                 func(answer) verdict
}

// endlessAt are such bodies for each API, of each kind that it reads.
func (s *siege) endlessAt() []endless {
	bearer := []string{"Authorization", "Bearer " + s.members[0]}
	long := strings.Repeat("a", 16<<10)
	const files = "multipart/form-data; boundary=x"
	return []endless{
		{"/user/create?" + shopQuery, "application/json", `{"data":[{"name01":"`, long, nil, orTooLong(judgeShop, `{"status":false,"message":"`)},
		{"/user/create?" + shopQuery, "application/json", "", strings.Repeat(`{"data":[`, 1000), nil, orTooLong(judgeShop, `{"status":false,"message":"`)},
		{siegeAuth + "?step=1", formEncoding, "mail=", long, nil, orTooLong(judgeYDITS(yditsIssued), `{"result":"POSTデータが大きすぎます。","resultcode":400`)},
		{siegeAuth + "?step=1", "application/json", `{"mail":"`, long, nil, orTooLong(judgeYDITS(yditsIssued), `{"result":"POSTデータが大きすぎます。","resultcode":400`)},
		{"/avatar/v1/Guest?key=" + siegeKey, formEncoding, "scope=", strings.Repeat("&scope=AvatarLoad", 1000), nil, judgeAvatarPlay},
		{"/Set_UserPoint.aspx", formEncoding, "user_code=", long, s.cookie(), judgePage("Set_UserPoint")},
		{"/api/v2/mycloaks", formEncoding, "nm=", long, bearer, judgeCloak},
		{"/api/v2/auth/token", formEncoding, "grant_type=password&username=", long, nil, judgeGrant},
		{"/api/v2/photos?ci=" + s.albums[0], "image/jpeg", "\xff\xd8\xff\xe0", long, bearer, judgeCloak},
		{"/api/v2/photos?ci=" + s.albums[0], files, "--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n", long, bearer, judgeCloak},
		{"/api/v2/photos?ci=" + s.albums[0], files, "--x\r\n", "X-More: " + long + "\r\n", bearer, judgeCloak},
		{"/fit/signin", formEncoding, "login=", long, nil, judgeSite},
	}
}

// endlessAtOnce is how many there are of each at a time.
const endlessAtOnce = 8

// endlessBodies sends bodies that have no end to every API. Each is refused in the
// family's shape, or broken off.
func (s *siege) endlessBodies(lasting time.Duration) (string, error) {
	until := time.Now().Add(lasting)
	var refusals, broken, sent atomic.Int64
	var sending sync.WaitGroup
	for _, e := range s.endlessAt() {
		for range endlessAtOnce {
			sending.Go(func() {
				for time.Now().Before(until) {
					a, n, err := s.pour(e, until.Add(patience))
					sent.Add(n)
					switch {
					case err != nil:
						broken.Add(1)
					case e.judge(a) == strange || e.judge(a) == done:
						s.f.of("bodies without an end").strange("%s %s is answered %s", e.path, e.kind, a)
					default:
						refusals.Add(1)
					}
				}
			})
		}
	}
	sending.Wait()
	return fmt.Sprintf("%d refused, %d broken off, after %d MB", refusals.Load(), broken.Load(), sent.Load()/1e6), nil
}

// pour sends a body until it is answered, and gives the answer.
func (s *siege) pour(e endless, until time.Time) (a answer, sent int64, err error) {
	site := s.g.url
	if strings.HasSuffix(e.path, ".aspx") {
		site = s.g.crm
	}
	connection, err := net.DialTimeout("tcp", strings.TrimPrefix(site, "http://"), patience)
	if err != nil {
		return a, 0, err
	}
	defer connection.Close()
	_ = connection.SetDeadline(until)
	var head bytes.Buffer
	fmt.Fprintf(&head, "POST %s HTTP/1.1\r\nHost: endless.example\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n", e.path, e.kind)
	for i := 0; i+1 < len(e.header); i += 2 {
		fmt.Fprintf(&head, "%s: %s\r\n", e.header[i], e.header[i+1])
	}
	head.WriteString("\r\n")
	if e.first != "" {
		fmt.Fprintf(&head, "%x\r\n%s\r\n", len(e.first), e.first)
	}
	if _, err := connection.Write(head.Bytes()); err != nil {
		return a, 0, err
	}
	var poured atomic.Int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for chunk := fmt.Appendf(nil, "%x\r\n%s\r\n", len(e.on), e.on); ; {
			n, err := connection.Write(chunk)
			poured.Add(int64(n))
			if err != nil {
				return
			}
		}
	}()
	a, err = answerFrom(connection)
	_ = connection.Close()
	<-ended
	return a, poured.Load(), err
}

// answerFrom reads one answer.
func answerFrom(connection net.Conn) (a answer, err error) {
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		return a, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: body}, err
}

// orTooLong knows besides what a family's clients are told how it refuses a body that
// is too long, or none.
func orTooLong(judge func(answer) verdict, refusal string) func(answer) verdict {
	return func(a answer) verdict {
		if strings.HasPrefix(string(a.body), refusal) && a.status < http.StatusInternalServerError {
			return refused
		}
		return judge(a)
	}
}
