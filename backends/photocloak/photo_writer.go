package photocloak

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// sendPatience bounds how long a client may take for the next 32 KiB of a photo.
const sendPatience = 30 * time.Second

// jpegFile is a JPEG to send.
type jpegFile struct {
	content      io.ReadSeeker
	open         func() error // called before the head of an answer that carries content; may be nil
	etag         string
	modified     time.Time // zero where it is not told
	cacheControl string
	disposition  string // "" where there is none
}

// send answers with the file, or the part of it that is asked for. Whatever the
// file holds, it is image/jpeg to every browser.
func (f jpegFile) send(w http.ResponseWriter, r *http.Request) error {
	header := w.Header()
	header.Set("Content-Type", "image/jpeg")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", f.cacheControl)
	header.Set("ETag", f.etag)
	if f.disposition != "" {
		header.Set("Content-Disposition", f.disposition)
	}
	if strings.Contains(r.Header.Get("Range"), ",") {
		// Several parts would come as multipart/byteranges, each from a call of
		// the store. RFC 9110 lets a server send the whole instead.
		r = r.Clone(r.Context())
		r.Header.Del("Range")
	}
	out := &fileWriter{ResponseWriter: w, control: http.NewResponseController(w)}
	if r.Method != http.MethodHead {
		out.open = f.open
	}
	http.ServeContent(out, r, "", f.modified, f.content)
	out.patience(time.Time{})
	return out.err
}

// fileWriter stands between http.ServeContent and the client: a file that
// cannot be opened must be refused before any head is sent, and errors are the
// caller's to draw.
type fileWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	open    func() error
	mute    bool  // what is written is not sent
	err     error // why the answer is not whole
}

// WriteHeader sends the head of what http.ServeContent decided on.
func (f *fileWriter) WriteHeader(status int) {
	switch {
	case status == http.StatusRequestedRangeNotSatisfiable:
		// Its Content-Range says it all; http.ServeContent would add plain text.
		f.mute = true
		for _, name := range []string{"Content-Type", "Content-Disposition"} {
			f.Header().Del(name)
		}
		f.Header().Set("Content-Length", "0")
	case status >= http.StatusInternalServerError:
		f.err = errors.New("sending a photo: it cannot be sought in")
	case status < http.StatusMultipleChoices && f.open != nil:
		f.err = f.open()
	}
	if f.err == nil {
		f.ResponseWriter.WriteHeader(status)
	}
}

func (f *fileWriter) Write(b []byte) (int, error) {
	switch {
	case f.err != nil:
		return 0, f.err
	case f.mute:
		return len(b), nil
	}
	f.patience(time.Now().Add(sendPatience)) // the kernel's time, not the clock's
	n, err := f.ResponseWriter.Write(b)
	if err != nil {
		f.err = err
	}
	return n, err
}

// patience sets the deadline of writing. What knows no deadlines is a test's
// recorder.
func (f *fileWriter) patience(until time.Time) { _ = f.control.SetWriteDeadline(until) }
