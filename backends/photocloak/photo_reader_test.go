package photocloak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// A photo whose file is gone, or whose store is broken, is refused in the API's
// own shape, without a header of the photo.
func TestPhotoThatCannotBeRead(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	c := h.addCloak(nil)
	i := h.mustUpload(umiyama, c.ID, drawJPEG(t, 400, 300, 3))
	sent := h.service.blobs
	for what, blobs := range map[string]stores.Blobs{
		"broken": brokenBlobs{Blobs: sent, get: func(string) error { return errBroken }},
		"gone":   brokenBlobs{Blobs: sent, get: func(string) error { return stores.ErrNotFound }},
		"short":  shortBlobs{sent},
	} {
		h.service.blobs = blobs
		for _, path := range []string{photoPath + "?ps=0&", photoPath + "?ps=1&", photoPath + "?ps=2&", exportPath + "?"} {
			if what == "short" && !strings.Contains(path, "ps=0") {
				continue // how long a thumbnail is, only the store knows
			}
			for _, headers := range [][]string{nil, {"Range", "bytes=5-9"}} {
				r := httptest.NewRequest("GET", path+query("ci", c.ID, "cd", i.ID), nil)
				r.Header.Set("X-Test-Member", umiyama)
				for n := 0; n+1 < len(headers); n += 2 {
					r.Header.Set(headers[n], headers[n+1])
				}
				got := h.do(r)
				got.want(t, what+" "+path, 500, "internal_error")
				for _, name := range []string{"ETag", "Last-Modified", "Accept-Ranges", "Content-Range", "Content-Disposition", "Cache-Control"} {
					if got.header.Get(name) != "" {
						t.Errorf("%s %s: the refusal has %s: %s", what, path, name, got.header.Get(name))
					}
				}
				if got.header.Get("Content-Type") != contentType || got.header.Get("Content-Length") != strconv.Itoa(len(got.body)) {
					t.Errorf("%s %s: %v", what, path, got.header)
				}
			}
		}
	}
	h.service.blobs = breakingBlobs{sent}
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("half a photo looks whole")
		}
	}()
	h.get(umiyama, photoPath, query("ci", c.ID, "cd", i.ID))
}

// shortBlobs have lost the end of each file.
type shortBlobs struct{ stores.Blobs }

func (b shortBlobs) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, stores.BlobInfo, error) {
	r, info, err := b.Blobs.Get(ctx, key, offset, length)
	info.Size--
	return r, info, err
}

// breakingBlobs break in the middle of a file.
type breakingBlobs struct{ stores.Blobs }

func (b breakingBlobs) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, stores.BlobInfo, error) {
	r, info, err := b.Blobs.Get(ctx, key, offset, length)
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(r, info.Size/2), r}, info, err
}

// countingBlobs count what is open.
type countingBlobs struct {
	stores.Blobs
	gets, stats, open *int
}

func (b countingBlobs) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, stores.BlobInfo, error) {
	*b.gets++
	*b.open++
	r, info, err := b.Blobs.Get(ctx, key, offset, length)
	return struct {
		io.Reader
		io.Closer
	}{r, closer(func() error { *b.open--; return r.Close() })}, info, err
}

func (b countingBlobs) Stat(ctx context.Context, key string) (stores.BlobInfo, error) {
	*b.stats++
	return b.Blobs.Stat(ctx, key)
}

type closer func() error

func (c closer) Close() error { return c() }

// The store is asked once for a photo, and not for its bytes where none are sent.
func TestPhotoAsksTheStoreOnce(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	c := h.addCloak(nil)
	i := h.mustUpload(umiyama, c.ID, drawJPEG(t, 400, 300, 3))
	tags := map[int]string{}
	for _, ps := range []int{0, 1, 2} {
		tags[ps] = h.get(umiyama, photoPath, query("ci", c.ID, "cd", i.ID, "ps", ps)).header.Get("ETag")
	}
	var gets, stats, open int
	h.service.blobs = countingBlobs{h.service.blobs, &gets, &stats, &open}
	for _, ps := range []int{0, 1, 2} {
		for _, test := range []struct {
			name, value        string
			gets, most, status int
		}{
			{"X-Nothing", "", 1, 0, 200},
			{"Range", "bytes=5-9", 1, 1, 206},
			{"If-None-Match", tags[ps], 0, 1, 304},
		} {
			gets, stats = 0, 0
			got := h.get(umiyama, photoPath, query("ci", c.ID, "cd", i.ID, "ps", ps), test.name, test.value)
			if got.status != test.status || gets != test.gets || stats > test.most || open != 0 {
				t.Errorf("ps=%d, %s: %d; opened %d times, described %d times, %d still open", ps, test.name, got.status, gets, stats, open)
			}
		}
	}
}

// Photos in a bucket are the same, over a real connection.
func TestPhotosInABucket(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", storetest.Server(t, "SEKISHO_TEST_S3_KEY"))
	t.Setenv("AWS_SECRET_ACCESS_KEY", storetest.Server(t, "SEKISHO_TEST_S3_SECRET"))
	config := storetest.Config(t, storetest.Embedded)
	config.Blobs = storetest.Server(t, "SEKISHO_TEST_S3") + fmt.Sprintf("&prefix=photos%d", time.Now().UnixNano())
	h := newHouse(t, storetest.OpenConfig(t, config))
	c := h.addCloak(nil)
	photo := padJPEG(drawJPEG(t, 400, 300, 3), 12<<20) // in parts
	i := h.mustUpload(umiyama, c.ID, photo)
	server := httptest.NewServer(h.handler)
	defer server.Close()
	for _, test := range []struct {
		ps, ranged string
		want       func(string) bool
	}{
		{"0", "", func(got string) bool { return got == string(photo) }},
		{"0", "bytes=11000000-11000009", func(got string) bool { return got == string(photo[11000000:11000010]) }},
		{"1", "", func(got string) bool { return decodeConfig(t, got).Width == 160 }},
		{"2", "bytes=0-1", func(got string) bool { return got == "\xff\xd8" }},
	} {
		r, err := http.NewRequest("GET", server.URL+photoPath+"?"+query("ci", c.ID, "cd", i.ID, "ps", test.ps), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Test-Member", umiyama)
		if test.ranged != "" {
			r.Header.Set("Range", test.ranged)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err = errors.Join(err, response.Body.Close()); err != nil || !test.want(string(body)) {
			t.Errorf("ps=%s %s: %s, %d bytes, %v", test.ps, test.ranged, response.Status, len(body), err)
		}
	}
	h.post(umiyama, deletePath, query("ci", c.ID, "cd", i.ID)).wantEmpty(t, "deleting")
	if left := h.blobs(); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
}
