package photocloak

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"time"

	"sekisho/caddymodules/fault"
)

// The bounds of an upload.
const (
	largestFile  = 20 << 20  // bytes, each
	largestBody  = 101 << 20 // bytes, of a multipart body
	mostFiles    = 5
	mostParts    = 1000
	largestHead  = 64 << 10 // bytes before the content of a part
	largestField = 4 << 10  // bytes of the parameter that may stand among the files
)

// How long a body may take. They are variables for the tests.
var (
	longestUpload       = 5 * time.Minute
	uploadGrace         = 30 * time.Second
	slowestUpload int64 = 16 << 10 // bytes a second, after the grace
)

// received is what came with an upload.
type received struct {
	files []receivedFile
	ci    *string // the parameter ci where it stood among the files
}

// receivedFile is a file that waits on disk.
type receivedFile struct {
	*os.File
	name string // as the client gave it
}

// forget gives the disk back.
func (u *received) forget() {
	for _, f := range u.files {
		_ = f.Close() // it has no name any more, and goes with this
	}
}

// receive reads the body of an upload: a photo, or a multipart form with photos.
// The caller ends with forget, also beside an error.
func (u *received) receive(w http.ResponseWriter, r *http.Request) error {
	media, boundary := bodyType(r)
	bound := int64(largestFile)
	if isMultipart(media) {
		bound = largestBody
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return fault.New(fault.Malformed, "")
	}
	if r.ContentLength > bound {
		return fault.New(fault.TooLarge, subjectFile)
	}
	body := &timedBody{r: http.MaxBytesReader(w, r.Body, bound), control: http.NewResponseController(w), start: time.Now()}
	body.allow()
	var err error
	if isMultipart(media) {
		err = u.parts(body, boundary)
	} else {
		err = u.keep(body, "")
	}
	return bodyFault(err)
}

// bodyFault says what is wrong with a body that could not be read.
func bodyFault(err error) error {
	var tooLarge *http.MaxBytesError
	var disk *diskError
	var known *fault.Fault
	switch {
	case err == nil, errors.As(err, &known), errors.As(err, &disk):
		return err
	case errors.As(err, &tooLarge):
		return fault.New(fault.TooLarge, subjectFile)
	}
	return fault.New(fault.Malformed, "") // cut short, late, or no multipart
}

// bodyType gives the media type of a body, and its boundary.
func bodyType(r *http.Request) (media, boundary string) {
	header := r.Header.Get("Content-Type")
	media, attributes, err := mime.ParseMediaType(header)
	if err != nil {
		media, _, _ = strings.Cut(header, ";")
		media = strings.ToLower(strings.TrimSpace(media))
	}
	return media, attributes["boundary"]
}

func isMultipart(media string) bool { return strings.HasPrefix(media, "multipart/") }

// parts reads a multipart body.
func (u *received) parts(body io.Reader, boundary string) error {
	if boundary == "" {
		return fault.New(fault.Malformed, "")
	}
	head := &headBound{r: body}
	reader := multipart.NewReader(head, boundary)
	for n := 0; ; n++ {
		head.within(largestHead)
		part, err := reader.NextRawPart()
		if err == io.EOF { // bare: a wrapped one says that the body was cut short
			head.lift()
			_, err = io.Copy(io.Discard, head) // to its end, at which the server lifts the deadline
			return err
		}
		if err != nil {
			return err
		}
		if n == mostParts {
			return fault.New(fault.Malformed, "")
		}
		head.lift()
		if err := u.part(part); err != nil {
			return err
		}
	}
}

// part reads one part: a file, the parameter ci, or what is of no interest.
func (u *received) part(part *multipart.Part) error {
	_, disposition, _ := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	name, fileName := disposition["name"], disposition["filename"]
	switch {
	case fileName != "":
		return u.keep(part, fileName)
	case isParameter(name, "ci") && u.ci == nil:
		text, err := io.ReadAll(io.LimitReader(part, largestField+1))
		if err != nil {
			return err
		}
		if len(text) > largestField {
			return fault.New(fault.Malformed, "ci")
		}
		value := string(text)
		u.ci = &value
	case isFile(part):
		return u.keepIfAny(part)
	}
	_, err := io.Copy(io.Discard, part)
	return err
}

// isParameter says whether a field's name is a parameter's, as policy reads it.
func isParameter(name, parameter string) bool {
	return strings.EqualFold(strings.TrimSpace(name), parameter)
}

// isFile says whether a part without a file name is a file all the same.
func isFile(part *multipart.Part) bool {
	media := strings.ToLower(part.Header.Get("Content-Type"))
	return strings.HasPrefix(media, "image/") || strings.HasPrefix(media, "application/octet-stream")
}

// keepIfAny keeps a file without a name. A browser sends an empty one for a form
// in which none was chosen.
func (u *received) keepIfAny(part io.Reader) error {
	first := make([]byte, 1)
	n, err := io.ReadFull(part, first)
	if err == io.EOF {
		return nil
	}
	if err != nil {
		return err
	}
	return u.keep(io.MultiReader(strings.NewReader(string(first[:n])), part), "")
}

// keep writes a file to the disk, where it has no name.
func (u *received) keep(r io.Reader, name string) error {
	if len(u.files) == mostFiles {
		return fault.New(fault.TooLarge, subjectFile)
	}
	file, err := openNameless()
	if err != nil {
		return &diskError{err}
	}
	u.files = append(u.files, receivedFile{file, name})
	n, err := io.Copy(diskWriter{file}, io.LimitReader(r, largestFile+1))
	switch {
	case err != nil:
		return err
	case n == 0:
		return fault.New(fault.Missing, subjectFile)
	case n > largestFile:
		return fault.New(fault.TooLarge, subjectFile)
	}
	return nil
}

// diskError is a failure of our disk, not of the body.
type diskError struct{ err error }

func (d *diskError) Error() string { return fmt.Sprintf("receiving a file: %v", d.err) }
func (d *diskError) Unwrap() error { return d.err }

// diskWriter tells the disk's errors from the body's.
type diskWriter struct{ file *os.File }

func (d diskWriter) Write(b []byte) (int, error) {
	n, err := d.file.Write(b)
	if err != nil {
		err = &diskError{err}
	}
	return n, err
}

// headBound bounds what a multipart reader takes in before the content of a
// part: the reader would keep 10 MB of headers in memory.
type headBound struct {
	r     io.Reader
	bound bool
	left  int64
}

var errLargeHead = errors.New("the head of a part is too large")

func (h *headBound) within(bytes int64) { h.bound, h.left = true, bytes }
func (h *headBound) lift()              { h.bound = false }

func (h *headBound) Read(b []byte) (int, error) {
	if !h.bound {
		return h.r.Read(b)
	}
	if h.left <= 0 {
		return 0, errLargeHead
	}
	n, err := h.r.Read(b[:min(int64(len(b)), h.left)])
	h.left -= int64(n)
	return n, err
}

// timedBody is a body that must keep up a rate, and end in time.
type timedBody struct {
	r       io.Reader
	control *http.ResponseController
	start   time.Time
	n       int64 // bytes read
	allowed int64 // of them those that the deadline knows of
}

// allowStep is after how many bytes the deadline is moved.
const allowStep = 64 << 10

func (t *timedBody) Read(b []byte) (int, error) {
	n, err := t.r.Read(b)
	t.n += int64(n)
	if t.n-t.allowed >= allowStep {
		t.allow()
	}
	return n, err
}

// allow moves the deadline as far as the bytes that have come allow. It also
// bounds how long the server waits for the rest of a body that is refused; at
// the end of a body the server lifts it. What knows no deadlines is a test's
// recorder. The clock of a socket is the machine's.
func (t *timedBody) allow() {
	t.allowed = t.n
	after := uploadGrace + time.Duration(t.n)*time.Second/time.Duration(slowestUpload)
	_ = t.control.SetReadDeadline(t.start.Add(min(after, longestUpload)))
}
