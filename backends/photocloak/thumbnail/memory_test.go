package thumbnail

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

// What a process takes while it makes thumbnails is measured in a process of its
// own: this test binary with a file and a number in its environment.
const (
	memoryFile   = "THUMBNAIL_TEST_FILE"
	memoryAtOnce = "THUMBNAIL_TEST_AT_ONCE"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(memoryFile); file != "" {
		if err := makeAtOnce(file, os.Getenv(memoryAtOnce)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// makeAtOnce makes the thumbnails of a file so many times at once, and prints the
// most kilobytes that were resident.
func makeAtOnce(name, atOnce string) error {
	n, err := strconv.Atoi(atOnce)
	if err != nil {
		return err
	}
	budget := NewBudget(DefaultBudget)
	failed := make(chan error, n)
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			file, err := os.Open(name)
			if err != nil {
				failed <- err
				return
			}
			defer file.Close()
			if _, err := Make(context.Background(), budget, file); err != nil {
				failed <- err
			}
		})
	}
	all.Wait()
	select {
	case err := <-failed:
		return err
	default:
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(status)) {
		if peak, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fmt.Println(strings.TrimSuffix(strings.TrimSpace(peak), " kB"))
		}
	}
	return nil
}

// peak is the most megabytes that were resident while the thumbnails of a file
// were made so many times at once.
func peak(t testing.TB, file []byte, atOnce int) float64 {
	t.Helper()
	name := filepath.Join(t.TempDir(), "photo.jpg")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), memoryFile+"="+name, memoryAtOnce+"="+strconv.Itoa(atOnce))
	var out, failure bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &failure
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, failure.String())
	}
	kilobytes, err := strconv.Atoi(strings.TrimSpace(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	return float64(kilobytes) * 1024 / 1e6
}

// detailed has a picture with something to decode in each scan, though not in
// every block.
func detailed(width, height int, progressive bool, sampling []byte) jpegtest.File {
	f := jpegtest.File{
		Width: width, Height: height, Progressive: progressive, Sampling: sampling,
		Block: func(component, bx, by int, b *[64]int32) {
			b[0] = int32((bx+by)%400 - 200)
			if bx%8 == 0 {
				b[1], b[2], b[20+by%8] = int32(bx%9-4), int32(by%7-3), 1
			}
		},
	}
	if len(sampling) == 4 {
		f.Segments = [][]byte{jpegtest.Adobe(2)}
	}
	return f
}

// Four progressive photos of 100 megapixels at once are taken, and stay within
// 300 MB. The issue allows the budget and 300 MB.
func TestMemory(t *testing.T) {
	megabytes := peak(t, written(t, detailed(10000, 10000, true, jpegtest.YUV420)), 4)
	t.Logf("%.0f MB resident", megabytes)
	if megabytes > 300 {
		t.Errorf("%.0f MB resident, want at most 300", megabytes)
	}
}

// BenchmarkPhotoMemory measures what is resident at most, in a process of its
// own for each kind of photo, and holds it against what the issue allows: 600 MB
// for 64 photos of 12 megapixels, the budget and 300 MB for the largest.
func BenchmarkPhotoMemory(b *testing.B) {
	const largest = DefaultBudget/1e6 + 300
	four := []byte{0x11, 0x11, 0x11, 0x11}
	for _, bb := range []struct {
		name      string
		file      func() []byte
		atOnce    int
		megabytes float64
	}{
		{"photos=64x12MP-baseline", func() []byte { return encoded(b, jpegtest.Landscape(4000, 3000)) }, 64, 600},
		{"photos=64x12MP-progressive", func() []byte { return written(b, detailed(4000, 3000, true, nil)) }, 64, 600},
		{"photos=4x100MP-baseline", func() []byte { return written(b, detailed(10000, 10000, false, nil)) }, 4, largest},
		{"photos=4x100MP-progressive", func() []byte { return written(b, detailed(10000, 10000, true, nil)) }, 4, largest},
		{"photos=4x100MP-progressive-444", func() []byte { return written(b, detailed(10000, 10000, true, jpegtest.YUV444)) }, 4, largest},
		{"photos=8x100MP-progressive-cmyk", func() []byte { return written(b, detailed(10000, 10000, true, four)) }, 8, largest},
	} {
		b.Run(bb.name, func(b *testing.B) {
			file := bb.file()
			most := 0.0
			for b.Loop() {
				most = max(most, peak(b, file, bb.atOnce))
			}
			if most > bb.megabytes {
				b.Errorf("%.0f MB resident, want at most %.0f", most, bb.megabytes)
			}
			b.ReportMetric(most, "MB-resident")
			b.ReportMetric(float64(len(file)), "bytes-of-file")
		})
	}
}
