package serve

import (
	"errors"
	"io"
	"maps"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// answer remembers whether anything of an answer may have left the house.
type answer struct {
	*caddyhttp.ResponseWriterWrapper
	begun  bool
	unread bool        // the client did not take it
	before http.Header // the headers as the operation found them
}

func newAnswer(w http.ResponseWriter) *answer {
	return &answer{
		ResponseWriterWrapper: &caddyhttp.ResponseWriterWrapper{ResponseWriter: w},
		before:                maps.Clone(w.Header()),
	}
}

// bodyHeaders describe the body that an operation was about to send, and would
// lie about a refusal sent in its place.
var bodyHeaders = []string{
	"Accept-Ranges", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Length",
	"Content-Range", "Content-Type", "Etag", "Expires", "Last-Modified",
}

// forgetBody undoes what an operation said about a body that it then did not
// send.
func (a *answer) forgetBody() {
	header := a.Header()
	for _, name := range bodyHeaders {
		if value, there := a.before[name]; there {
			header[name] = value
		} else {
			delete(header, name)
		}
	}
}

// WriteHeader sends the head of the answer; an informational one (1xx) does not
// begin it.
func (a *answer) WriteHeader(status int) {
	a.begun = a.begun || status >= http.StatusOK
	a.ResponseWriterWrapper.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	a.begun = true
	n, err := a.ResponseWriterWrapper.Write(b)
	a.unread = a.unread || err != nil
	return n, err
}

// ReadFrom keeps the kernel's own way of copying a file open.
func (a *answer) ReadFrom(r io.Reader) (int64, error) {
	a.begun = true
	return a.ResponseWriterWrapper.ReadFrom(r)
}

// FlushError is what [http.ResponseController] calls.
func (a *answer) FlushError() error {
	err := http.NewResponseController(a.ResponseWriter).Flush()
	if !errors.Is(err, http.ErrNotSupported) {
		a.begun = true
		a.unread = a.unread || err != nil
	}
	return err
}

// Flush is FlushError for those who ask for an [http.Flusher].
func (a *answer) Flush() { _ = a.FlushError() }

// Interface guards
var (
	_ http.Flusher  = (*answer)(nil)
	_ io.ReaderFrom = (*answer)(nil)
)
