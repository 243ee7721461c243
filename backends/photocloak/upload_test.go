package photocloak

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// noFilesLeft makes a temporary folder for a test, which must be empty at its end.
func noFilesLeft(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Cleanup(func() {
		left, err := os.ReadDir(folder)
		if err != nil || len(left) > 0 {
			t.Errorf("temporary files are left: %v, %v", left, err)
		}
	})
}

// onEach is storetest.Each for tests that look at temporary files, which cannot
// run side by side.
func onEach(t *testing.T, test func(t *testing.T, s *stores.Stores)) {
	for _, combination := range storetest.Combinations {
		t.Run(combination, func(t *testing.T) {
			s := storetest.Open(t, combination)
			noFilesLeft(t)
			test(t, s)
		})
	}
}

func TestUploadKeepsAPhoto(t *testing.T) {
	onEach(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		c := h.addCloak(nil)
		photo := drawJPEG(t, 800, 600, 7)
		i := h.mustUpload(umiyama, c.ID, photo)

		sum := sha256.Sum256(photo)
		if i.CloakID != c.ID || i.MemberID != h.memberID(umiyama) || i.MyPhotoID != i.ID || i.Name != fmt.Sprintf("%d.jpg", i.ID) ||
			!bytes.Equal(i.Digest, sum[:]) || i.Size != int64(len(photo)) || i.Width != 800 || i.Height != 600 || i.Rotate != 0 || i.CreatedAt == 0 {
			t.Errorf("the row is %+v", i)
		}
		if h.imageViews(i.ID) != 0 {
			t.Error("a new photo was looked at")
		}
		want := []string{blobKey(i.Blob, largePhoto), blobKey(i.Blob, originalPhoto), blobKey(i.Blob, smallPhoto)}
		if got := h.blobs(); !slices.Equal(got, want) || !strings.HasPrefix(i.Blob, "photocloak/"+i.Blob[len("photocloak/ab/"):][:2]+"/") {
			t.Errorf("the files are %q, want %q", got, want)
		}
		if kept := h.get(umiyama, "/api/v2/photos", query("ci", c.ID, "cd", i.ID)).body; kept != string(photo) {
			t.Error("the original is not what was uploaded")
		}
	})
}

func TestUploadForms(t *testing.T) {
	onEach(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		c := h.addCloak(nil)
		ci := fmt.Sprint(c.ID)
		photo := string(drawJPEG(t, 20, 10, 1))
		file := func(name string) formPart { return formPart{"file", name, "image/jpeg", photo} }
		field := formPart{name: "ci", content: ci}
		for _, test := range []struct {
			what, query string
			parts       []formPart
			names       []string // of the photos that were added; "" for id.jpg
		}{
			{"ci in the query", "?ci=" + ci, []formPart{file("a.jpg")}, []string{"a.jpg"}},
			{"a parameter name in capitals", "?CI=" + ci, []formPart{file("a.jpg")}, []string{"a.jpg"}},
			{"ci before the file", "", []formPart{field, file("a.jpg")}, []string{"a.jpg"}},
			{"ci after the files", "", []formPart{file("a.jpg"), file("b.jpg"), field}, []string{"a.jpg", "b.jpg"}},
			{"ci in capitals", "", []formPart{file("a.jpg"), {name: "Ci ", content: ci}}, []string{"a.jpg"}},
			{"the query wins", "?ci=" + ci, []formPart{{name: "ci", content: "999"}, file("a.jpg")}, []string{"a.jpg"}},
			{"the first field wins", "", []formPart{field, {name: "ci", content: "999"}, file("a.jpg")}, []string{"a.jpg"}},
			{"other fields", "", []formPart{{name: "x", content: "y"}, field, file("a.jpg"), {name: "comment", content: "海"}}, []string{"a.jpg"}},
			{"five files", "?ci=" + ci, []formPart{file("1"), file("2"), file("3"), file("4"), file("5")}, []string{"1", "2", "3", "4", "5"}},
			{"no file name", "?ci=" + ci, []formPart{file("")}, []string{""}},
			{"a path of Windows", "?ci=" + ci, []formPart{file(`C:\写真\海.jpg`)}, []string{"海.jpg"}},
			{"a field in which none was chosen", "?ci=" + ci, []formPart{{"other", "", "application/octet-stream", ""}, file("a.jpg")}, []string{"a.jpg"}},
			{"another type", "?ci=" + ci, []formPart{{"file", "a.png", "image/png", photo}}, []string{"a.png"}},
		} {
			before := len(h.images())
			got := h.uploadParts(umiyama, test.query, test.parts...)
			added := h.images()[before:]
			if got.status != 200 || len(added) != len(test.names) {
				t.Errorf("%s: %d %s, %d photos", test.what, got.status, got.body, len(added))
				continue
			}
			for i, name := range test.names {
				if name == "" {
					name = fmt.Sprintf("%d.jpg", added[i].ID)
				}
				if added[i].Name != name {
					t.Errorf("%s: photo %d is called %q, want %q", test.what, i, added[i].Name, name)
				}
			}
			if last := added[len(added)-1].ID; got.body != fmt.Sprintf(`{"CloakImageID":"%d"}`, last) {
				t.Errorf("%s: %s, want the last one's id, %d", test.what, got.body, last)
			}
		}
		for _, contentType := range []string{"", "image/pjpeg", "application/octet-stream", "text/plain", "nonsense;;"} {
			if got := h.sendBody(umiyama, "?ci="+ci, contentType, strings.NewReader(photo)); got.status != 200 {
				t.Errorf("a raw photo as %q: %d %s", contentType, got.status, got.body)
			}
		}
		h.service.rules.numbers = kit.NumbersBare
		if got := h.uploadRaw(umiyama, c.ID, []byte(photo)); strings.Contains(strings.TrimPrefix(got.body, `{"CloakImageID"`), `"`) {
			t.Errorf("numbers bare: %s", got.body)
		}
	})
}

func TestUploadRefusals(t *testing.T) {
	onEach(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		c := h.addCloak(nil)
		ci := fmt.Sprint(c.ID)
		photo := string(drawJPEG(t, 20, 10, 1))
		file := formPart{"file", "a.jpg", "image/jpeg", photo}
		png := formPart{"file", "a.jpg", "image/jpeg", "\x89PNG\r\n\x1a\n and more"}
		cut := formPart{"file", "a.jpg", "image/jpeg", photo[:len(photo)/2]}
		large := formPart{"file", "a.jpg", "image/jpeg", strings.Repeat("x", largestFile+1)}
		for _, test := range []struct {
			what, query string
			parts       []formPart
			code        string
		}{
			{"no ci", "", []formPart{file}, "required_ci"},
			{"an empty ci", "?ci=", []formPart{file}, "required_ci"},
			{"ci is no number", "?ci=abc", []formPart{file}, "invalid_ci"},
			{"a field ci is no number", "", []formPart{file, {name: "ci", content: "-1"}}, "invalid_ci"},
			{"an endless field ci", "", []formPart{file, {name: "ci", content: strings.Repeat("1", 5000)}}, "invalid_ci"},
			{"a field ci of NUL", "", []formPart{file, {name: "ci", content: "1\x00"}}, "invalid_ci"},
			{"an unknown cloak", "?ci=999999", []formPart{file}, "notfound_cloak"},
			{"an unknown cloak in a field", "", []formPart{file, {name: "ci", content: "999999"}}, "notfound_cloak"},
			{"no file", "?ci=" + ci, []formPart{{name: "x", content: "y"}}, "required_file"},
			{"an empty file", "?ci=" + ci, []formPart{file, {"file", "a.jpg", "image/jpeg", ""}}, "required_file"},
			{"six files", "?ci=" + ci, []formPart{file, file, file, file, file, file}, "toolarge_file"},
			{"a PNG called jpg", "?ci=" + ci, []formPart{file, png, cut}, "unsupported_file"},
			{"a truncated one", "?ci=" + ci, []formPart{file, cut, png}, "invalid_file"},
			{"a byte more than 20 MiB", "?ci=" + ci, []formPart{file, large}, "toolarge_file"},
		} {
			h.uploadParts(umiyama, test.query, test.parts...).want(t, test.what, 400, test.code)
		}
		h.sendBody(umiyama, "?ci="+ci, "image/jpeg", strings.NewReader("")).want(t, "an empty body", 400, "required_file")
		h.sendBody(umiyama, "", "image/jpeg", strings.NewReader(photo)).want(t, "a raw photo without ci", 400, "required_ci")
		h.sendBody(umiyama, "?ci="+ci, "image/jpeg", strings.NewReader("GIF89a")).want(t, "a raw GIF", 400, "unsupported_file")
		h.sendBody(umiyama, "", "application/x-www-form-urlencoded", strings.NewReader("ci="+ci)).want(t, "a form", 400, "required_file")
		h.sendBody(umiyama, "?ci="+ci, "multipart/form-data", strings.NewReader(photo)).want(t, "no boundary", 400, "invalid_request")
		h.sendBody(umiyama, "?ci="+ci, "multipart/form-data; boundary=b", strings.NewReader("--b\r\n\r\nx")).want(t, "a form cut short", 400, "invalid_request")
		h.sendBody(umiyama, "?ci="+ci, "multipart/form-data; boundary=b", strings.NewReader("--b\r\nA: "+strings.Repeat("a", 1<<20))).
			want(t, "an endless header", 400, "invalid_request")
		h.sendBody(umiyama, "?ci="+ci, "image/jpeg", strings.NewReader(photo), "Content-Encoding", "gzip").want(t, "a packed body", 400, "invalid_request")
		h.sendBody(umiyama, "?ci="+ci, "image/jpeg", io.MultiReader(strings.NewReader(photo), errorReader{})).want(t, "a body cut short", 400, "invalid_request")
		if got := h.sendBody("", "?ci="+ci, "image/jpeg", strings.NewReader(photo)); got.status != 401 {
			t.Errorf("nobody: %d %s", got.status, got.body)
		}
		if len(h.images()) > 0 || len(h.blobs()) > 0 {
			t.Errorf("refused uploads leave %d rows and %q", len(h.images()), h.blobs())
		}
	})
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// The largest photo is taken, byte for byte, and one byte more is not.
func TestUploadSizes(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	noFilesLeft(t)
	h := newHouse(t, s)
	c := h.addCloak(nil)
	ci := "?ci=" + fmt.Sprint(c.ID)
	most := padJPEG(drawJPEG(t, 20, 10, 1), largestFile)
	more := padJPEG(drawJPEG(t, 20, 10, 1), largestFile+1)
	if len(most) != 20*1024*1024 {
		t.Fatalf("%d bytes", len(most))
	}
	h.mustUpload(umiyama, c.ID, most)
	h.uploadRaw(umiyama, c.ID, more).want(t, "one byte more", 400, "toolarge_file")
	h.sendBody(umiyama, ci, "image/jpeg", io.MultiReader(bytes.NewReader(more))).want(t, "one byte more, of unknown length", 400, "toolarge_file")

	file := formPart{"file", "a.jpg", "image/jpeg", string(most)}
	if got := h.uploadParts(umiyama, ci, file, file, file, file, file); got.status != 200 {
		t.Errorf("five of 20 MiB: %d %s", got.status, got.body)
	}
	contentType, body := multipartBody(t, file, formPart{name: "x", content: strings.Repeat("x", 82<<20)})
	h.sendBody(umiyama, ci, contentType, bytes.NewReader(body)).want(t, "more than 101 MiB", 400, "toolarge_file")
	h.sendBody(umiyama, ci, contentType, io.MultiReader(bytes.NewReader(body))).want(t, "more than 101 MiB, of unknown length", 400, "toolarge_file")
	if n := len(h.images()); n != 6 {
		t.Errorf("%d photos, want 6", n)
	}
}

// untouched is a body that must not be read.
type untouched struct{ t *testing.T }

func (u untouched) Read([]byte) (int, error) {
	u.t.Error("the body of a refused upload is read")
	return 0, io.EOF
}

func TestUploadIsRefusedBeforeTheBodyIsRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		own := h.addCloak(nil)
		locked := h.addCloak(func(c *cloak) { c.Scope, c.CanUpload = scopeLocked, true })
		for _, test := range []struct {
			what, member string
			ci           int64
			length       int64
			status       int
			code         string
		}{
			{"no right", yamada, own.ID, 10, 406, "notacceptable_cloak"},
			{"an unknown cloak", yamada, 999, 10, 400, "notfound_cloak"},
			{"a locked cloak", yamada, locked.ID, 10, 400, "invalid_cloaktoken"},
			{"too long", umiyama, own.ID, largestBody + 1, 400, "toolarge_file"},
		} {
			for _, contentType := range []string{"image/jpeg", "multipart/form-data; boundary=b"} {
				r := httptest.NewRequest("POST", "/api/v2/photos?"+query("ci", test.ci), untouched{t})
				r.ContentLength = test.length
				r.Header.Set("Content-Type", contentType)
				r.Header.Set("X-Test-Member", test.member)
				h.do(r).want(t, test.what, test.status, test.code)
			}
		}
	})
}

func TestWhoMayUpload(t *testing.T) {
	onEach(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		photo := drawJPEG(t, 20, 10, 1)
		open := func(c *cloak) { c.CanUpload = true }
		for _, test := range []struct {
			what   string
			change func(*cloak)
			own    int
			others string // the code for another member, "" where they may
			status int
		}{
			{"others may not", nil, 200, "notacceptable_cloak", 406},
			{"others may", open, 200, "", 200},
			{"in the making", func(c *cloak) { open(c); c.Status, c.PublishedAt = statusMaking, 0 }, 200, "notfound_cloak", 400},
			{"paused", func(c *cloak) { open(c); c.Status = statusPaused }, 200, "notfound_cloak", 400},
			{"ended", func(c *cloak) { open(c); c.EndsAt = clock.Now().UnixMilli() }, 400, "notfound_cloak", 400},
			{"locked", func(c *cloak) { open(c); c.Scope = scopeLocked }, 200, "invalid_cloaktoken", 400},
			{"locked, others may not", func(c *cloak) { c.Scope = scopeLocked }, 200, "invalid_cloaktoken", 400},
		} {
			c := h.addCloak(test.change)
			if got := h.uploadRaw(umiyama, c.ID, photo); got.status != test.own {
				t.Errorf("%s: the owner: %d %s", test.what, got.status, got.body)
			}
			// Early, where ci is in the query, and late, where it is not.
			early := h.uploadRaw(yamada, c.ID, photo)
			late := h.uploadParts(yamada, "", formPart{"file", "a.jpg", "image/jpeg", string(photo)}, formPart{name: "ci", content: fmt.Sprint(c.ID)})
			for _, got := range []answer{early, late} {
				if test.others == "" && got.status != 200 {
					t.Errorf("%s: another: %d %s", test.what, got.status, got.body)
				} else if test.others != "" {
					got.want(t, test.what+": another", test.status, test.others)
				}
			}
		}
		locked := h.addCloak(func(c *cloak) { open(c); c.Scope = scopeLocked })
		h.mustUpload(yamada, locked.ID, photo, "X-PhotoCloakToken", h.token(locked))
		shut := h.addCloak(func(c *cloak) { c.Scope = scopeLocked })
		h.uploadRaw(yamada, shut.ID, photo, "X-PhotoCloakToken", h.token(shut)).want(t, "with a token, where nobody may", 406, "notacceptable_cloak")
	})
}

// A full cloak takes no more, not one of several files either.
func TestUploadToAFullCloak(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		h.service.rules.maxPhotos = 2
		c := h.addCloak(func(c *cloak) { c.CanUpload = true })
		photo := drawJPEG(t, 20, 10, 1)
		h.mustUpload(umiyama, c.ID, photo)
		h.uploadParts(umiyama, "?"+query("ci", c.ID), formPart{"f", "a.jpg", "image/jpeg", string(photo)}, formPart{"f", "b.jpg", "image/jpeg", string(photo)}).
			want(t, "two where there is room for one", 400, "limit_image")
		h.mustUpload(umiyama, c.ID, photo)
		h.uploadRaw(yamada, c.ID, photo).want(t, "a third", 400, "limit_image")
		if n := len(h.images()); n != 2 {
			t.Errorf("it holds %d photos", n)
		}
		if files := len(h.blobs()); files != 6 {
			t.Errorf("%d files are kept for two photos", files)
		}
	})
}

func TestUploadExtendsACloak(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		photo := drawJPEG(t, 20, 10, 1)
		for _, test := range []struct {
			what    string
			change  func(*cloak)
			extends bool
		}{
			{"extends itself", func(c *cloak) { c.AutoExtend = true }, true},
			{"does not", nil, false},
			{"never published", func(c *cloak) { c.AutoExtend, c.Status, c.PublishedAt = true, statusMaking, 0 }, false},
			{"ends later anyway", func(c *cloak) { c.AutoExtend = true; c.EndsAt += 1e12 }, false},
		} {
			c := h.addCloak(test.change)
			before := clock.Now().Add(h.service.rules.lifetime).UnixMilli()
			h.changeCloak(c.ID, "updated_at = 5")
			h.mustUpload(umiyama, c.ID, photo)
			after := clock.Now().Add(h.service.rules.lifetime).UnixMilli()
			now := h.cloak(c.ID)
			if test.extends && (now.EndsAt < before || now.EndsAt > after) || !test.extends && now.EndsAt != c.EndsAt {
				t.Errorf("%s: the end was %d and is %d", test.what, c.EndsAt, now.EndsAt)
			}
			if now.UpdatedAt == 5 {
				t.Errorf("%s: the cloak does not count as updated", test.what)
			}
		}
	})
}

func TestUploadsAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		c := h.addCloak(func(c *cloak) { c.CanUpload, c.AutoExtend = true, true })
		photos := map[string]bool{}
		var all sync.WaitGroup
		for n := range 32 {
			photo := drawJPEG(t, 100, 80, byte(n))
			photos[string(photo)] = true
			all.Go(func() {
				member := []string{umiyama, yamada}[n%2]
				if got := h.uploadRaw(member, c.ID, photo); got.status != 200 {
					t.Errorf("upload %d: %d %s", n, got.status, got.body)
				}
			})
		}
		all.Wait()
		for _, i := range h.images() {
			got := h.get(umiyama, "/api/v2/photos", query("ci", c.ID, "cd", i.ID)).body
			if !photos[got] {
				t.Errorf("photo %d is none of those uploaded, or there twice", i.ID)
			}
			delete(photos, got)
		}
		if len(photos) > 0 || len(h.blobs()) != 96 {
			t.Errorf("%d photos are missing; there are %d files", len(photos), len(h.blobs()))
		}
	})
}
