package acceptance

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/caddymodules/stores/storetest"
)

// Many uploads at once are all answered 200, if after a wait, and the gateway
// stays within the memory that the issue allows.
func TestMemoryOfUploads(t *testing.T) {
	const budget = 700 << 20 // of decoding
	twelve := func(noisy int, progressive bool) func() []byte {
		return func() []byte { return written(t, camera(4000, 3000, noisy, progressive)) }
	}
	for _, test := range []struct {
		what   string
		env    []string
		photo  func() []byte
		atOnce int
		bytes  int64 // resident at most
	}{
		{"64 of 12 megapixels, into a bucket", append(inBucket(t, "memory"), "SEKISHO_SECRET="+storetest.Secret), twelve(40, false), 64, 600e6},
		{"32 of 12 megapixels, progressive", nil, twelve(12, true), 32, 600e6},
		{"4 of 100 megapixels, progressive", nil, largestProgressive, 4, budget + 300e6},
	} {
		t.Run(test.what, func(t *testing.T) {
			a := newAlbum(t, startGateway(t, test.env...))
			photo := test.photo()
			before := peakMemory(t, a.gateway)
			began := time.Now()
			var all sync.WaitGroup
			for range test.atOnce {
				all.Go(func() {
					if _, status, answer, err := a.upload(photo); err != nil || status != http.StatusOK {
						t.Errorf("an upload: %d %s, %v", status, answer, err)
					}
				})
			}
			all.Wait()
			took := time.Since(began)
			peak := peakMemory(t, a.gateway)
			t.Logf("%d photos of %.1f MB in %s: %d MB resident at most, %d MB before",
				test.atOnce, float64(len(photo))/1e6, took.Round(time.Millisecond), peak/1e6, before/1e6)
			if peak > test.bytes {
				t.Errorf("%d bytes were resident, want at most %d", peak, test.bytes)
			}
			if kept := len(a.photos()); kept != test.atOnce {
				t.Errorf("%d photos are there, want %d", kept, test.atOnce)
			}
		})
	}
}

// peakMemory is how many bytes of a running gateway were resident at most.
func peakMemory(t *testing.T, g *gateway) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", g.process.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if peak, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(peak), "kB")), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kilobytes * 1024
		}
	}
	t.Fatal("the system does not tell the peak of a process")
	return 0
}
