package serve

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"sekisho/caddymodules/fault"
)

// MaxBody is the largest body that an operation takes unless its document says
// otherwise, in bytes.
const MaxBody = 1 << 20

// bodyTime is how long a whole body may take to arrive. It is a variable for
// the tests.
var bodyTime = 30 * time.Second

// ReadBody reads a whole body of at most max bytes within 30 seconds. A longer
// one is TooLarge. One that is cut short, late, or in an encoding (gzip) is
// Malformed: the old servers understood none either, so no client sends one. Where
// too much is being received at once by all requests, a large one is TooMany with
// the subject "body".
func ReadBody(w http.ResponseWriter, r *http.Request, max int64) ([]byte, error) {
	// Caddy wraps every body, so that http.NoBody does not show; a length of 0 does,
	// and is never the length of one whose length is unknown.
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return nil, nil
	}
	// The deadline also bounds how long the server waits for the rest of a body
	// that is refused; once a body is read, the server lifts it. What knows no
	// deadlines is a test's recorder. The clock of a socket is the machine's.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
	if r.ContentLength > max {
		return nil, fault.New(fault.TooLarge, "")
	}
	body, err := receiving.read(http.MaxBytesReader(w, r.Body, max))
	if err != nil {
		var tooLarge *http.MaxBytesError
		switch {
		case errors.Is(err, errBusy):
			return nil, &fault.Fault{Kind: fault.TooMany, Subject: "body", RetryAfter: time.Second}
		case errors.As(err, &tooLarge):
			return nil, fault.New(fault.TooLarge, "")
		}
		return nil, fault.New(fault.Malformed, "")
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, fault.New(fault.Malformed, "")
	}
	return body, nil
}
