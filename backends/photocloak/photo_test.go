package photocloak

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

const (
	photoPath  = "/api/v2/photos"
	exportPath = "/api/v2/photos/export"
	deletePath = "/api/v2/photos/delete"
	lookPath   = "/api/v2/photos/look"
)

// photoOperations are the operations on a photo that is there.
var photoOperations = []struct{ name, method, path string }{
	{"show", http.MethodGet, photoPath},
	{"export", http.MethodGet, exportPath},
	{"delete", http.MethodPost, deletePath},
}

func TestPhotoSizes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		closed := h.addCloak(nil)
		free := h.addCloak(func(c *cloak) { c.CanDownload = true })
		photo := drawJPEG(t, 1280, 640, 3)
		for _, c := range []cloak{closed, free} {
			i := h.mustUpload(umiyama, c.ID, photo)
			for _, test := range []struct {
				ps            string
				width, height int
			}{{"", 1280, 640}, {"0", 1280, 640}, {"1", 160, 80}, {"2", 640, 320}} {
				for _, member := range []string{umiyama, yamada, ""} {
					got := h.get(member, photoPath, query("ci", c.ID, "cd", i.ID, "ps", test.ps))
					if test.width == 1280 && c.ID == closed.ID && member != umiyama {
						got.want(t, "the original, not to be downloaded", 400, "notacceptable_ps")
						continue
					}
					config := decodeConfig(t, got.body)
					if got.status != 200 || config.Width != test.width || config.Height != test.height {
						t.Errorf("ps=%s for %q: %d, %d by %d", test.ps, member, got.status, config.Width, config.Height)
					}
				}
			}
			for _, ps := range []string{"3", "-1", "01", "x", "1 "} {
				h.get(umiyama, photoPath, query("ci", c.ID, "cd", i.ID, "ps", ps)).want(t, "ps="+ps, 400, "invalid_ps")
			}
		}
	})
}

func TestPhotoHeaders(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	c := h.addCloak(nil)
	// A photo that is a web page as well: after the picture, and in a comment.
	photo := append(padJPEG(drawJPEG(t, 300, 200, 3), 9000), "<html><script>alert(1)</script>"...)
	i := h.mustUpload(umiyama, c.ID, photo)
	tags := map[string]bool{}
	for _, path := range []string{photoPath + "?ps=0&", photoPath + "?ps=1&", photoPath + "?ps=2&", exportPath + "?"} {
		got := h.get(umiyama, path+query("ci", c.ID, "cd", i.ID), "")
		for name, want := range map[string]string{
			"Content-Type":           "image/jpeg",
			"X-Content-Type-Options": "nosniff",
			"Cache-Control":          "private",
			"Accept-Ranges":          "bytes",
			"Content-Length":         strconv.Itoa(len(got.body)),
			"Last-Modified":          time.UnixMilli(i.CreatedAt).UTC().Format(http.TimeFormat),
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got.header.Get(name), want)
			}
		}
		tags[got.header.Get("ETag")] = true
		if disposition := got.header.Get("Content-Disposition"); strings.HasPrefix(path, exportPath) != (disposition != "") {
			t.Errorf("%s: Content-Disposition is %q", path, disposition)
		}
	}
	if len(tags) != 3 || tags[""] {
		t.Errorf("the ETags of three files are %v", tags)
	}
}

func TestPhotoConditions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		c := h.addCloak(nil)
		i := h.mustUpload(umiyama, c.ID, drawJPEG(t, 400, 300, 3))
		for _, ps := range []string{"0", "1", "2"} {
			target := query("ci", c.ID, "cd", i.ID, "ps", ps)
			whole := h.get(umiyama, photoPath, target)
			size := len(whole.body)
			tag, modified := whole.header.Get("ETag"), whole.header.Get("Last-Modified")
			for _, test := range []struct {
				name, value string
				status      int
				body        string
				contentType string
			}{
				{"Range", "bytes=10-19", 206, whole.body[10:20], "image/jpeg"},
				{"Range", "bytes=100-", 206, whole.body[100:], "image/jpeg"},
				{"Range", "bytes=-5", 206, whole.body[size-5:], "image/jpeg"},
				{"Range", "bytes=0-0", 206, whole.body[:1], "image/jpeg"},
				{"Range", "bytes=0-0,2-2", 200, whole.body, "image/jpeg"},
				{"Range", "bytes=99999999-", 416, "", ""},
				{"Range", "bytes=x", 416, "", ""},
				{"If-None-Match", tag, 304, "", ""},
				{"If-None-Match", `"other", W/` + tag, 304, "", ""},
				{"If-None-Match", "*", 304, "", ""},
				{"If-None-Match", `"other"`, 200, whole.body, "image/jpeg"},
				{"If-Modified-Since", modified, 304, "", ""},
				{"If-Modified-Since", "Mon, 01 Jan 2001 00:00:00 GMT", 200, whole.body, "image/jpeg"},
				{"If-Match", `"other"`, 412, "", "image/jpeg"},
				{"If-Match", tag, 200, whole.body, "image/jpeg"},
			} {
				got := h.get(umiyama, photoPath, target, test.name, test.value)
				if got.status != test.status || got.body != test.body || got.header.Get("Content-Type") != test.contentType && test.status != 412 {
					t.Errorf("ps=%s, %s: %s: %d %s, %d bytes; want %d, %d bytes", ps, test.name, test.value,
						got.status, got.header.Get("Content-Type"), len(got.body), test.status, len(test.body))
				}
				if test.value == "bytes=99999999-" && got.header.Get("Content-Range") != fmt.Sprintf("bytes */%d", size) {
					t.Errorf("%s: Content-Range is %q", test.value, got.header.Get("Content-Range"))
				}
			}
			got := h.get(umiyama, photoPath, target, "Range", "bytes=10-19", "If-Range", `"other"`)
			if got.status != 200 || got.body != whole.body {
				t.Errorf("a range of another photo: %d, %d bytes", got.status, len(got.body))
			}
			head := h.request(umiyama, http.MethodHead, photoPath, target)
			if head.status != 200 || head.body != "" || head.header.Get("Content-Length") != strconv.Itoa(size) || head.header.Get("ETag") != tag {
				t.Errorf("HEAD: %d %v, %d bytes", head.status, head.header, len(head.body))
			}
		}
		for _, path := range []string{deletePath, lookPath} {
			if got := h.request(umiyama, http.MethodHead, path, query("ci", c.ID, "cd", i.ID)); got.status != 405 {
				t.Errorf("HEAD %s: %d", path, got.status)
			}
		}
		if got := h.request(umiyama, http.MethodHead, exportPath, query("ci", c.ID, "cd", i.ID)); got.status != 200 || got.body != "" {
			t.Errorf("HEAD of export: %d", got.status)
		}
	})
}

func TestExport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		photo := drawJPEG(t, 20, 10, 1)
		closed := h.addCloak(nil)
		free := h.addCloak(func(c *cloak) { c.CanDownload = true })
		locked := h.addCloak(func(c *cloak) { c.CanDownload, c.Scope = true, scopeLocked })
		shut := h.addCloak(func(c *cloak) { c.Scope = scopeLocked })
		images := map[int64]image{}
		for _, c := range []cloak{closed, free, locked, shut} {
			images[c.ID] = h.mustUpload(umiyama, c.ID, photo)
		}
		ask := func(member string, c cloak, headers ...string) answer {
			return h.get(member, exportPath, query("ci", c.ID, "cd", images[c.ID].ID), headers...)
		}
		for _, c := range []cloak{closed, free, locked, shut} {
			if got := ask(umiyama, c); got.status != 200 || got.body != string(photo) {
				t.Errorf("the owner: %d %d bytes", got.status, len(got.body))
			}
			if got := ask("", c); got.status != 401 {
				t.Errorf("nobody: %d", got.status)
			}
		}
		ask(yamada, closed).want(t, "not to be downloaded", 406, "notacceptable_cloak")
		ask(yamada, locked).want(t, "locked", 400, "invalid_cloaktoken")
		ask(yamada, locked, "X-PhotoCloakToken", h.token(free)).want(t, "another cloak's token", 400, "invalid_cloaktoken")
		ask(yamada, shut, "X-PhotoCloakToken", h.token(shut)).want(t, "opened, not to be downloaded", 406, "notacceptable_cloak")
		for _, got := range []answer{ask(yamada, free), ask(yamada, locked, "X-PhotoCloakToken", h.token(locked))} {
			if got.status != 200 || got.body != string(photo) {
				t.Errorf("another member: %d %d bytes", got.status, len(got.body))
			}
		}
		h.get(yamada, exportPath, query("ci", free.ID, "cd", 999999)).want(t, "an unknown image", 404, "notfound_image")
		h.get(yamada, exportPath, query("ci", 999999, "cd", 1)).want(t, "an unknown cloak", 404, "notfound_cloak")
		h.get(yamada, exportPath, "").want(t, "no parameters", 400, "required_ci")
	})
}

func TestExportNamesTheFile(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	c := h.addCloak(nil)
	photo := string(drawJPEG(t, 20, 10, 1))
	for sent, want := range map[string]string{
		"IMG_0001.JPG": `attachment; filename="IMG_0001.JPG"`,
		"夏 の 海.jpg":    `attachment; filename="_ _ _.jpg"; filename*=UTF-8''%E5%A4%8F%20%E3%81%AE%20%E6%B5%B7.jpg`,
		"100%.jpg":     `attachment; filename="100_.jpg"; filename*=UTF-8''100%25.jpg`,
		"a'b;c.jpg":    `attachment; filename="a'b;c.jpg"`,
	} {
		if got := h.uploadParts(umiyama, "?"+query("ci", c.ID), formPart{"file", sent, "image/jpeg", photo}); got.status != 200 {
			t.Fatalf("%s: %d %s", sent, got.status, got.body)
		}
		images := h.images()
		got := h.get(umiyama, exportPath, query("ci", c.ID, "cd", images[len(images)-1].ID)).header.Get("Content-Disposition")
		if got != want {
			t.Errorf("%s: %s, want %s", sent, got, want)
		}
	}
}

func TestPhotoFaults(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	c := h.addCloak(nil)
	h.get("", photoPath, query("ci", c.ID, "cd", 999999, "ps", 1)).want(t, "an unknown image", 400, "notfound_image")
	h.get("", photoPath, query("ci", 999999, "cd", 1)).want(t, "an unknown cloak", 400, "notfound_cloak")
	got := h.get("", photoPath, "cd=x&ps=9")
	for _, code := range []string{"required_ci", "invalid_cd", "invalid_ps"} {
		if got.status != 400 || strings.Count(got.body, `"errorCode":"`+code+`"`) != 1 {
			t.Errorf("all at once: %d %s lacks %s", got.status, got.body, code)
		}
	}
}
