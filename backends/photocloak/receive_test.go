package photocloak

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores/storetest"
)

func setUploadTimes(t *testing.T, grace, longest time.Duration, slowest int64) {
	t.Helper()
	before := []any{uploadGrace, longestUpload, slowestUpload}
	uploadGrace, longestUpload, slowestUpload = grace, longest, slowest
	t.Cleanup(func() {
		uploadGrace, longestUpload, slowestUpload = before[0].(time.Duration), before[1].(time.Duration), before[2].(int64)
	})
}

// trickle sends a photo of 1 MiB in pieces, one after each pause, and gives the
// status line.
func trickle(t *testing.T, address, target string, photo []byte, piece int, pause time.Duration) string {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: x\r\nX-Test-Member: %s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n",
		target, umiyama, len(photo))
	answered := make(chan string, 1)
	go func() {
		line, err := bufio.NewReader(connection).ReadString('\n')
		if err != nil {
			line = err.Error()
		}
		answered <- line
	}()
	for len(photo) > 0 {
		n := min(piece, len(photo))
		if _, err := connection.Write(photo[:n]); err != nil {
			break
		}
		photo = photo[n:]
		select {
		case line := <-answered:
			return line
		case <-time.After(pause):
		}
	}
	return <-answered
}

// An upload must keep up a rate, and must end; one that is slow but steady is
// taken.
func TestSlowUploads(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	noFilesLeft(t)
	c := h.addCloak(nil)
	server := httptest.NewServer(h.handler)
	defer server.Close()
	address, target := server.Listener.Addr().String(), photoPath+"?"+query("ci", c.ID)
	photo := padJPEG(drawJPEG(t, 20, 10, 1), 1<<20)

	setUploadTimes(t, 200*time.Millisecond, time.Minute, 1<<20)
	if got := trickle(t, address, target, photo, 10, 50*time.Millisecond); !strings.Contains(got, "400") {
		t.Errorf("a trickle: %q", got)
	}
	setUploadTimes(t, 5*time.Second, time.Minute, 64<<10)
	if got := trickle(t, address, target, photo, 128<<10, 750*time.Millisecond); !strings.Contains(got, "200") {
		t.Errorf("slow, but fast enough: %q", got)
	}
	setUploadTimes(t, time.Minute, 200*time.Millisecond, 1<<20)
	if got := trickle(t, address, target, photo, 4<<10, 50*time.Millisecond); !strings.Contains(got, "400") {
		t.Errorf("too long in all: %q", got)
	}
	if len(h.images()) != 1 || len(h.blobs()) != 3 || len(h.service.uploads) > 0 {
		t.Errorf("%d photos, %d files, %d places taken", len(h.images()), len(h.blobs()), len(h.service.uploads))
	}
}

// A deadline that passes while a photo is decoded does not take the connection
// away, also where something follows the last part of a form.
func TestTheDeadlineEndsWithTheBody(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	c := h.addCloak(nil)
	server := httptest.NewServer(h.handler)
	defer server.Close()
	setUploadTimes(t, 3*time.Second, time.Minute, 1<<20)
	h.service.blobs = brokenBlobs{Blobs: h.service.blobs, put: func(string) error { time.Sleep(1200 * time.Millisecond); return nil }}
	contentType, body := multipartBody(t, formPart{"file", "a.jpg", "image/jpeg", string(drawJPEG(t, 20, 10, 1))})
	body = append(body, "an epilogue\r\n"...)

	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(time.Minute))
	answers := bufio.NewReader(connection)
	for n := range 2 { // on one connection
		fmt.Fprintf(connection, "POST %s?%s HTTP/1.1\r\nHost: x\r\nX-Test-Member: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
			photoPath, query("ci", c.ID), umiyama, contentType, len(body), body)
		line, err := answers.ReadString('\n')
		if err != nil || !strings.Contains(line, "200") {
			t.Fatalf("upload %d: %q, %v", n, line, err)
		}
		for line != "\r\n" {
			if line, err = answers.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := answers.Discard(len(fmt.Sprintf(`{"CloakImageID":"%d"}`, n+1))); err != nil {
			t.Fatal(err)
		}
	}
}

// A member who is gone when the photo has arrived does not upload it.
func TestMemberGoesDuringAnUpload(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	before := guardMemory
	guardMemory = 0
	t.Cleanup(func() { guardMemory = before })
	c := h.addCloak(nil)
	photo := drawJPEG(t, 20, 10, 1)
	h.mustUpload(umiyama, c.ID, photo)
	body := io.MultiReader(bytes.NewReader(photo), readerFunc(func([]byte) (int, error) {
		h.write(func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewUpdate().Model((*member)(nil)).Set("mail_key = 'gone'").Where("mail_key = ?", umiyama).Exec(ctx)
			return err
		})
		return 0, io.EOF
	}))
	if got := h.sendBody(umiyama, "?"+query("ci", c.ID), "image/jpeg", body); got.status != 401 || len(h.images()) != 1 {
		t.Errorf("%d %s, %d photos", got.status, got.body, len(h.images()))
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// A disk that is full is a failure of ours, not of the body.
func TestNoRoomForFiles(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	c := h.addCloak(nil)
	t.Setenv("TMPDIR", t.TempDir()+"/none")
	h.uploadRaw(umiyama, c.ID, drawJPEG(t, 20, 10, 1)).want(t, "no folder for files", 500, "internal_error")
	if err := bodyFault(fmt.Errorf("copying: %w", &diskError{errors.New("full")})); fault.Is(err, fault.Malformed) {
		t.Errorf("a full disk is drawn as %v", err)
	}
}

// Whatever a body holds: a documented fault, or files within the bounds.
func FuzzUpload(f *testing.F) {
	for _, body := range []string{
		"", "--b--", "--b\r\n\r\n\r\n--b--\r\n",
		"--b\r\nContent-Disposition: form-data; name=\"ci\"\r\n\r\n12\r\n--b--\r\n",
		"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff\r\n--b\r\n" +
			"Content-Disposition: form-data; name=ci\r\n\r\n5\r\n--b--\r\nepilogue",
		"--b\r\nContent-Disposition: form-data; name=\"f\"; filename*=UTF-8''%E6%B5%B7\r\n\r\nx\r\n--b--",
		"--b\r\nContent-Type: image/jpeg\r\n\r\n\r\n--b--", "--b\nContent-Type: application/octet-stream\n\nx\n--b--",
		strings.Repeat("--b\r\nContent-Type: image/x\r\n\r\nx\r\n", 7) + "--b--", "preamble\r\n--b\r\nA: b\r\n\r\n--b--",
	} {
		f.Add("multipart/form-data; boundary=b", []byte(body))
		f.Add("image/jpeg", []byte(body))
	}
	f.Add("multipart/mixed", []byte("--\r\n"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		r := httptest.NewRequest("POST", "/api/v2/photos", bytes.NewReader(body))
		r.Header["Content-Type"] = []string{contentType}
		var sent received
		defer sent.forget()
		err := sent.receive(httptest.NewRecorder(), r)
		if err != nil {
			if fault.Of(err).Kind == fault.Internal {
				t.Fatalf("%q: %v", contentType, err)
			}
			return
		}
		if len(sent.files) > mostFiles {
			t.Fatalf("%d files", len(sent.files))
		}
		total := int64(0)
		for _, file := range sent.files {
			size, err := file.Seek(0, io.SeekEnd)
			if err != nil || size == 0 || size > largestFile {
				t.Fatalf("a file of %d bytes, %v", size, err)
			}
			total += size
		}
		if total > int64(len(body)) {
			t.Fatalf("%d bytes of a body of %d", total, len(body))
		}
		if !isMultipart(mediaOf(contentType)) && total != int64(len(body)) {
			t.Fatalf("a raw photo of %d bytes is kept as %d", len(body), total)
		}
		if sent.ci != nil && !bytes.Contains(body, []byte(*sent.ci)) {
			t.Fatalf("ci is %q", *sent.ci)
		}
	})
}

func mediaOf(contentType string) string {
	r := httptest.NewRequest("POST", "/", nil)
	r.Header["Content-Type"] = []string{contentType}
	media, _ := bodyType(r)
	return media
}
