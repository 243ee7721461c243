package serve

import (
	"io"
	"net/http"
	"time"
)

// The bounds of lingering. A refused upload is 101 MiB at most.
const (
	lingerBytes = 128 << 20

	// readAnyway is how much of a body net/http itself reads after an answer,
	// before it closes the connection.
	readAnyway = 256 << 10
)

// lingerTime is a variable for the tests.
var lingerTime = 30 * time.Second

// endReading bounds how long the rest of a body is waited for whose request is about
// to be refused. Without that a client that lets it trickle would be waited for as
// long as any body may take: net/http looks at 256 KiB of it even before it sends the
// answer. bounded is false where it cannot: nobody is waited for without a bound.
func endReading(w http.ResponseWriter, r *http.Request) (bounded bool) {
	return r.ContentLength != 0 && r.ProtoMajor == 1 &&
		http.NewResponseController(w).SetReadDeadline(time.Now().Add(lingerTime)) == nil
}

// linger throws away what is still to come of the body of a request that was
// refused early. Old clients send their body to the end before they look at the
// answer; if the connection were closed meanwhile they would never see that, say,
// their token has run out. Over HTTP/2 the answer does not wait for the body.
func linger(w http.ResponseWriter, r *http.Request) {
	long := r.ContentLength < 0 || r.ContentLength > readAnyway
	if !long || r.ProtoMajor != 1 || r.Header.Get("Expect") != "" {
		return
	}
	if http.NewResponseController(w).Flush() != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, r.Body, lingerBytes) // who stops sending misses nothing
}
