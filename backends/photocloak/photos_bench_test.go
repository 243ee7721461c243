package photocloak

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sekisho/caddymodules/stores/storetest"
)

// discards is a client that throws an answer away.
type discards struct {
	header http.Header
	status int
}

func (d *discards) Header() http.Header         { return d.header }
func (d *discards) WriteHeader(status int)      { d.status = status }
func (d *discards) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkPhotos looks at photos and gets their thumbnails, by many at once.
func BenchmarkPhotos(b *testing.B) {
	for _, combination := range storetest.Combinations {
		h := newHouse(b, storetest.Open(b, combination))
		c := h.addCloak(nil)
		i := h.mustUpload(umiyama, c.ID, drawJPEG(b, 1600, 1200, 3))
		for what, request := range map[string]func() *http.Request{
			"thumbnail": func() *http.Request {
				return httptest.NewRequest("GET", photoPath+"?"+query("ci", c.ID, "cd", i.ID, "ps", 1), nil)
			},
			"look": func() *http.Request {
				r := httptest.NewRequest("POST", lookPath, strings.NewReader(query("cd", i.ID)))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				return r
			},
		} {
			b.Run(what+"/"+combination, func(b *testing.B) {
				b.ReportAllocs()
				b.SetParallelism(32)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						w := &discards{header: http.Header{}}
						h.handler.ServeHTTP(w, request())
						if w.status != 200 {
							b.Errorf("status %d", w.status)
						}
					}
				})
			})
		}
	}
}

// BenchmarkUpload uploads a photo of 12 megapixels.
func BenchmarkUpload(b *testing.B) {
	h := newHouse(b, storetest.Open(b, storetest.Embedded))
	c := h.addCloak(nil)
	photo := drawJPEG(b, 4000, 3000, 3)
	b.SetBytes(int64(len(photo)))
	for b.Loop() {
		h.mustUpload(umiyama, c.ID, photo)
	}
}
