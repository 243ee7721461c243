package customers

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/stores/storetest"
)

// BenchmarkList reads /user/list with a million customers over a real
// connection (SEKISHO_BENCH_CUSTOMERS sets another number), and says how long
// the first byte and the whole took, and how much resident memory grew.
func BenchmarkList(b *testing.B) {
	n := 1_000_000
	if given := os.Getenv("SEKISHO_BENCH_CUSTOMERS"); given != "" {
		var err error
		if n, err = strconv.Atoi(given); err != nil {
			b.Fatal(err)
		}
	}
	for _, combination := range storetest.Combinations[:2] {
		b.Run(combination, func(b *testing.B) {
			shop := openShop(b, storetest.Open(b, combination), usual)
			shop.fillMany(n)
			server := httptest.NewServer(shop.gateway)
			defer server.Close()
			readList(b, server.URL+"/user/list?"+shop.query) // the site is looked up, pools are filled
			debug.FreeOSMemory()
			atRest := resident(b)

			var first, total time.Duration
			var most, size int64
			for b.Loop() {
				run := readList(b, server.URL+"/user/list?"+shop.query)
				first, total = first+run.first, total+run.total
				most, size = max(most, run.most), run.size
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(n), "customers")
			b.ReportMetric(float64(first.Microseconds())/1000/float64(b.N), "ms-to-first-byte")
			b.ReportMetric(float64(total.Milliseconds())/float64(b.N), "ms-in-all")
			b.ReportMetric(float64(size)/1e6, "MB-sent")
			b.ReportMetric(float64(most-atRest)/1e6, "MB-more-resident")
		})
	}
}

type listRun struct {
	first, total time.Duration
	size, most   int64 // bytes sent; bytes resident at most
}

func readList(b *testing.B, url string) (run listRun) {
	b.Helper()
	start := time.Now()
	response, err := http.Get(url)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	buffer := make([]byte, 64<<10)
	tail := ""
	for reads := 0; ; reads++ {
		n, err := response.Body.Read(buffer)
		if run.size == 0 {
			run.first = time.Since(start)
		}
		run.size += int64(n)
		if n >= 2 {
			tail = string(buffer[n-2 : n])
		}
		if reads%500 == 0 {
			run.most = max(run.most, resident(b))
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	run.total = time.Since(start)
	if response.StatusCode != 200 || tail != "]}" {
		b.Fatalf("%d, %d bytes that end in %q", response.StatusCode, run.size, tail)
	}
	return run
}

// resident is how much memory the process has, in bytes.
func resident(b *testing.B) int64 {
	b.Helper()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Fatalf("reading how much memory is resident: %v", err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
