package thumbnail

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

// makeOf makes the thumbnails of a file with the default budget.
func makeOf(t testing.TB, file []byte) (Photo, error) {
	t.Helper()
	return Make(t.Context(), NewBudget(DefaultBudget), bytes.NewReader(file))
}

// flat has a grey picture of a size that takes next to no time to write.
func flat(width, height int, progressive bool) jpegtest.File {
	return jpegtest.File{
		Width: width, Height: height, Sampling: jpegtest.Grey, Progressive: progressive,
		Block: func(int, int, int, *[64]int32) {},
	}
}

// with is a file with its frame changed: the byte at an offset behind the frame's
// marker. 2 and 3 are its length, 4 the bits a sample, 5 the height.
func with(file []byte, offset int, value byte) []byte {
	file = bytes.Clone(file)
	for _, marker := range []byte{0xc0, 0xc2} {
		if at := bytes.Index(file, []byte{0xff, marker, 0x00}); at >= 0 {
			file[at+offset] = value
			return file
		}
	}
	panic("there is no frame in the file")
}

// size is a file that says it is so large.
func size(file []byte, width, height int) []byte {
	for i, v := range []int{height >> 8, height, width >> 8, width} {
		file = with(file, 5+i, byte(v))
	}
	return file
}

func TestRefused(t *testing.T) {
	good := written(t, flat(40, 30, false))
	arithmetic, err := os.ReadFile("scaledjpeg/testdata/jpegtran.arithmetic.jpeg")
	if err != nil {
		t.Fatal(err)
	}
	png := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
	for name, tt := range map[string]struct {
		file []byte
		want error
	}{
		"nothing":                {nil, ErrNotJPEG},
		"a byte":                 {[]byte{0xff}, ErrNotJPEG},
		"text":                   {[]byte("これは写真ではありません。"), ErrNotJPEG},
		"PNG":                    {[]byte(png), ErrNotJPEG},
		"PNG, then JPEG":         {append([]byte(png), good...), ErrNotJPEG},
		"GIF, then JPEG":         {append([]byte("GIF89a"), good...), ErrNotJPEG},
		"HTML, then JPEG":        {append([]byte("<html>"), good...), ErrNotJPEG},
		"HEIC":                   {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), ErrNotJPEG},
		"WebP":                   {[]byte("RIFF\x00\x00\x00\x00WEBPVP8 "), ErrNotJPEG},
		"ZIP":                    {[]byte("PK\x03\x04"), ErrNotJPEG},
		"arithmetic coding":      {arithmetic, ErrUnsupported},
		"lossless":               {with(good, 1, 0xc3), ErrUnsupported},
		"12 bits a sample":       {with(good, 4, 12), ErrUnsupported},
		"height left open (DNL)": {with(with(good, 5, 0), 6, 0), ErrUnsupported},
		"no width":               {with(with(good, 7, 0), 8, 0), ErrBroken},
		"the first bytes only":   {good[:2], ErrBroken},
		"no end":                 {good[:len(good)-2], ErrBroken},
		"no picture":             {[]byte{0xff, 0xd8, 0xff, 0xd9}, ErrBroken},
		"more lines than data":   {with(good, 5, 1), ErrBroken},
	} {
		t.Run(name, func(t *testing.T) {
			photo, err := makeOf(t, tt.file)
			if !errors.Is(err, tt.want) {
				t.Errorf("the error is %v, want %v", err, tt.want)
			}
			if photo.Small != nil || photo.Large != nil {
				t.Error("there are thumbnails")
			}
		})
	}
}

// Wherever a file is cut off, there is no half picture.
func TestTruncated(t *testing.T) {
	for _, progressive := range []bool{false, true} {
		file := written(t, jpegtest.File{
			Width: 200, Height: 130, Progressive: progressive, Restart: 20,
			Sample: func(component, x, y int) uint8 { return uint8(3*x + 2*y + x*y*(component+1)/40) },
		})
		mustMake(t, file)
		for cut := 2; cut < len(file); cut += 1 + len(file)/300 {
			if _, err := makeOf(t, file[:cut]); !errors.Is(err, ErrBroken) {
				t.Errorf("progressive %v, %d of %d bytes: %v, want %v", progressive, cut, len(file), err, ErrBroken)
			}
		}
		// The end that a cut-off file gets from a client that repairs it.
		for cut := len(file) / 2; cut < len(file)*3/4; cut += 1 + len(file)/100 {
			end := append(bytes.Clone(file[:cut]), 0xff, 0xd9)
			if _, err := makeOf(t, end); !progressive && !errors.Is(err, ErrBroken) {
				t.Errorf("%d of %d bytes, then an end: %v, want %v", cut, len(file), err, ErrBroken)
			}
		}
	}
}

// A hundred megapixels are taken, a row or a column more is not. That so large a
// progressive photo is taken is for TestMemory to show.
func TestPixels(t *testing.T) {
	for _, tt := range []struct {
		width, height int
		want          error
	}{
		{10000, 10000, nil},
		{10000, 10001, ErrTooLarge},
		{10001, 10000, ErrTooLarge},
		{65535, 1525, nil},
		{1526, 65535, ErrTooLarge},
	} {
		for _, progressive := range []bool{false, true} {
			file := flat(8, 8, progressive) // of the refused nothing but the header is looked at
			if tt.want == nil {
				if progressive {
					continue
				}
				file = flat(tt.width, tt.height, false)
			}
			photo, err := makeOf(t, size(written(t, file), tt.width, tt.height))
			if !errors.Is(err, tt.want) {
				t.Errorf("%d by %d, progressive %v: %v, want %v", tt.width, tt.height, progressive, err, tt.want)
			}
			if err == nil && (photo.Width != tt.width || photo.Height != tt.height) {
				t.Errorf("%d by %d is said to be %d by %d", tt.width, tt.height, photo.Width, photo.Height)
			}
		}
	}
}

// A file is a JPEG file whatever follows its end.
func TestPolyglot(t *testing.T) {
	file := written(t, flat(40, 30, false))
	for name, tail := range map[string]string{"ZIP": "PK\x03\x04", "HTML": "<script>alert(1)</script>", "PNG": "\x89PNG"} {
		if _, err := makeOf(t, append(bytes.Clone(file), tail...)); err != nil {
			t.Errorf("%s behind the picture: %v", name, err)
		}
	}
}

// Small files that would like to be a great deal of work are refused soon.
func TestBombs(t *testing.T) {
	progressive := written(t, flat(2000, 2000, true))
	// The last scan refines what is zero everywhere: some bytes for 62,500 blocks.
	scan := progressive[bytes.LastIndex(progressive, []byte{0xff, 0xda}) : len(progressive)-2]
	scans := append(bytes.Clone(progressive[:len(progressive)-2]), bytes.Repeat(scan, 10000)...)

	for name, tt := range map[string]struct {
		file []byte
		want error
	}{
		"10,000 empty scans":          {append(scans, 0xff, 0xd9), ErrBroken},
		"4.2 gigapixels":              {size(written(t, flat(8, 8, true)), 65535, 65535), ErrTooLarge},
		"100 megapixels without data": {size(written(t, flat(8, 8, true)), 10000, 10000), ErrBroken},
		"a million comments":          {slipped([]byte{0xff, 0xd8}, bytes.Repeat(jpegtest.Segment(0xfe, nil), 1<<20)), ErrBroken},
		"16 million fill bytes":       {slipped([]byte{0xff, 0xd8}, bytes.Repeat([]byte{0xff}, 16<<20)), ErrBroken},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			if _, err := makeOf(t, tt.file); !errors.Is(err, tt.want) {
				t.Errorf("the error is %v, want %v", err, tt.want)
			}
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// What is not the photo's fault is not said to be.
func TestReadingFails(t *testing.T) {
	disk := errors.New("the disk is gone")
	file := written(t, flat(400, 300, false))
	_, err := Make(t.Context(), NewBudget(DefaultBudget), failing{bytes.NewReader(file), disk})
	if !errors.Is(err, disk) {
		t.Errorf("the error is %v, want %v", err, disk)
	}
	for _, fault := range []error{ErrTooLarge, ErrNotJPEG, ErrUnsupported, ErrBroken} {
		if errors.Is(err, fault) {
			t.Errorf("the error is %v", err)
		}
	}
}

// failing reads 100 bytes of a file and no more.
type failing struct {
	*bytes.Reader
	err error
}

func (f failing) Read(p []byte) (int, error) {
	done := int(f.Size()) - f.Len()
	if done >= 100 {
		return 0, f.err
	}
	return f.Reader.Read(p[:min(len(p), 100-done)])
}

// A client that has gone is not decoded for.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	file := &cancelling{bytes.NewReader(written(t, flat(400, 300, true))), cancel}
	if _, err := Make(ctx, NewBudget(DefaultBudget), file); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, want %v", err, context.Canceled)
	}
}

// cancelling ends the context as soon as the file is read a second time.
type cancelling struct {
	*bytes.Reader
	cancel func()
}

func (c *cancelling) Seek(offset int64, whence int) (int64, error) {
	if c.Len() < int(c.Size()) {
		c.cancel()
	}
	return c.Reader.Seek(offset, whence)
}

var _ io.ReadSeeker = (*cancelling)(nil)
