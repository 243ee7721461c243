package acceptance

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"
)

// A telephone with a poor line needs more than a minute for a photo: it is taken,
// as long as 16 KiB come each second. This is the first test by the name of its
// file, and begins the upload before it waits for its turn: the others run meanwhile.
func TestSlowUploadIsTaken(t *testing.T) {
	a := newAlbum(t, startGateway(t))
	photo := padded(t, written(t, camera(640, 480, 8, false)), 1<<20)
	const lasting = 66 * time.Second
	request, err := http.NewRequest(http.MethodPost, a.url+"/api/v2/photos?ci="+a.id, &drip{Reader: bytes.NewReader(photo), each: len(photo) / 66})
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = int64(len(photo))
	request.Header.Set("Content-Type", "image/jpeg")
	request.Header.Set("Authorization", "Bearer "+a.token)
	type upload struct {
		status int
		text   string
		err    error
		took   time.Duration
	}
	ended := make(chan upload, 1)
	go func() {
		begun := time.Now()
		status, text, err := answer(patient, request)
		ended <- upload{status, text, err, time.Since(begun)}
	}()
	t.Parallel()
	u := <-ended
	if u.err != nil || u.status != http.StatusOK {
		t.Errorf("after %s: %d %s, %v", u.took.Round(time.Second), u.status, u.text, u.err)
	}
	if u.took < lasting-5*time.Second {
		t.Errorf("it took only %s: this shows nothing", u.took)
	}
}

// drip gives so many bytes each second.
type drip struct {
	io.Reader
	each int
}

func (d *drip) Read(p []byte) (int, error) {
	time.Sleep(time.Second)
	return d.Reader.Read(p[:min(d.each, len(p))])
}
