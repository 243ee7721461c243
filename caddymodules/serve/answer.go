package serve

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// answer remembers whether anything of an answer may have left the house, and
// what is told of it.
type answer struct {
	caddyhttp.ResponseWriterWrapper
	code   string // that its clients read; see [NoteCode]
	caller string // whose program it answers; see [NoteCaller]
	begun  bool
	status int         // as far as it has begun
	unread bool        // the client did not take it
	before http.Header // those of bodyHeaders that the operation found; mostly none
}

func newAnswer(w http.ResponseWriter) *answer {
	a := &answer{ResponseWriterWrapper: caddyhttp.ResponseWriterWrapper{ResponseWriter: w}, status: http.StatusOK}
	for name, value := range w.Header() {
		if slices.Contains(bodyHeaders, name) {
			if a.before == nil {
				a.before = http.Header{}
			}
			a.before[name] = value
		}
	}
	return a
}

// NoteCode says which code an answer carries for its clients, where that is not
// its HTTP status: "0", "-31003", "406". It is one of those that the API's
// document names, for metrics.
func NoteCode(w http.ResponseWriter, code string) {
	if a, ok := w.(*answer); ok {
		a.code = code
	}
}

// NoteCaller says whose program is being answered, for the census: an id that
// proved right and may be logged. Guards name it in [identity.Caller]; this is for
// operations that find it out themselves.
func NoteCaller(w http.ResponseWriter, id string) {
	if a, ok := w.(*answer); ok {
		a.caller = id
	}
}

// codeRead is the code that the client has read; "" where it has read none.
func (a *answer) codeRead() string {
	switch {
	case a.unread || !a.begun:
		return ""
	case a.code != "":
		return a.code
	}
	if a.status == http.StatusOK {
		return "200" // nearly always
	}
	return strconv.Itoa(a.status)
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
	if !a.begun && status >= http.StatusOK {
		a.begun, a.status = true, status
	}
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
