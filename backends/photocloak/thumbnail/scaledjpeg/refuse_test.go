package scaledjpeg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

// segment gives where the n-th segment of this marker begins in a file, from 0,
// and where it ends.
func segment(t testing.TB, file []byte, marker byte, n int) (begin, end int) {
	t.Helper()
	for at := 2; ; {
		found := bytes.Index(file[at:], []byte{0xff, marker})
		if found < 0 {
			t.Fatalf("there is no segment %x", marker)
		}
		begin = at + found
		end = begin + 2 + int(file[begin+2])<<8 + int(file[begin+3])
		if n == 0 {
			return begin, end
		}
		n--
		at = end
	}
}

// change gives a file with other bytes at an offset of a segment; 0 is its
// marker's FF, 4 its content.
func change(t testing.TB, file []byte, marker byte, n, offset int, other ...byte) []byte {
	t.Helper()
	file = bytes.Clone(file)
	begin, _ := segment(t, file, marker, n)
	copy(file[begin+offset:], other)
	return file
}

// without gives a file without a segment.
func without(t testing.TB, file []byte, marker byte, n int) []byte {
	t.Helper()
	begin, end := segment(t, file, marker, n)
	return append(bytes.Clone(file[:begin]), file[end:]...)
}

func TestRefused(t *testing.T) {
	shade := func(component, x, y int) uint8 { return uint8(4*x + 3*y + 20*component) }
	baseline := written(t, jpegtest.File{Width: 48, Height: 32, Sample: shade})
	progressive := written(t, jpegtest.File{Width: 48, Height: 32, Sample: shade, Progressive: true})
	restarts := written(t, jpegtest.File{Width: 48, Height: 32, Sample: shade, Restart: 1})
	cmyk := written(t, jpegtest.File{Width: 48, Height: 32, Sample: shade, Sampling: []byte{0x11, 0x11, 0x11, 0x11}})
	frame, frameEnd := segment(t, baseline, sof0Marker, 0)
	format := func(reason string) error { return FormatError(reason) }
	unsupported := func(feature string) error { return UnsupportedError(feature) }

	for name, tt := range map[string]struct {
		file []byte
		want error
	}{
		"two frames":                    {slicesConcat(baseline[:frameEnd], baseline[frame:]), format("multiple SOF markers")},
		"no frame":                      {without(t, baseline, sof0Marker, 0), format("missing SOF marker")},
		"no scan":                       {append(bytes.Clone(baseline[:frameEnd]), 0xff, 0xd9), format("missing SOS marker")},
		"no quantization table":         {without(t, baseline, dqtMarker, 0), format("missing quantization table")},
		"no Huffman table":              {without(t, baseline, dhtMarker, 1), format("uninitialized Huffman table")},
		"more codes than bits have":     {change(t, baseline, dhtMarker, 0, 5, 3, 0, 0, 0, 0, 0, 0, 125), format("bad Huffman table")},
		"more codes than values":        {change(t, baseline, dhtMarker, 0, 5, 3), format("Huffman table has excessive length")},
		"a component twice":             {change(t, baseline, sof0Marker, 0, 13, 1), format("repeated component identifier")},
		"a sampling of 0":               {change(t, baseline, sof0Marker, 0, 11, 0), format("luma/chroma subsampling ratio")},
		"a sampling of 3":               {change(t, baseline, sof0Marker, 0, 11, 0x31), unsupported("luma/chroma subsampling ratio")},
		"two components":                {change(t, baseline, sof0Marker, 0, 2, 0, 14, 8, 0, 32, 0, 48, 2), unsupported("number of components")},
		"a hierarchical frame":          {change(t, baseline, sof0Marker, 0, 1, 0xc5), unsupported("unknown marker")},
		"a reserved marker":             {change(t, baseline, dqtMarker, 0, 1, 0x22), format("unknown marker")},
		"another start":                 {slicesConcat(baseline[:frame], baseline), format("unknown marker")},
		"an unknown component":          {change(t, baseline, sosMarker, 0, 5, 9), format("unknown component selector")},
		"a table that may not be":       {change(t, baseline, sosMarker, 0, 6, 0x22), format("bad Td value")},
		"a wrong restart marker":        {bytes.Replace(restarts, []byte{0xff, 0xd1}, []byte{0xff, 0xd5}, 1), format("bad RST marker")},
		"another height in DNL":         {append(bytes.Clone(baseline[:len(baseline)-2]), 0xff, 0xdc, 0, 4, 0, 33, 0xff, 0xd9), format("DNL and SOF name different heights")},
		"only one component has a scan": {separate(t, 1), format("component without a scan")},
		"a component has two scans":     {separate(t, 4), format("component in two scans")},
		"only AC coefficients":          {without(t, progressive, sosMarker, 0), format("component without a scan")},
		"a band beyond the last":        {change(t, progressive, sosMarker, 1, 8, 64), format("bad spectral selection bounds")},
		"a bit too far below":           {change(t, progressive, sosMarker, 1, 9, 0x0e), format("bad successive approximation values")},
		"four components, no Adobe":     {cmyk, unsupported("four components without Adobe's APP14 segment")},
	} {
		t.Run(name, func(t *testing.T) {
			for _, denominator := range []int{1, 2, 4, 8} {
				if _, err := decode(t, tt.file, denominator); err != tt.want {
					t.Errorf("at 1/%d the error is %v, want %v", denominator, err, tt.want)
				}
			}
		})
	}
}

// separate is a file with so many scans of one component each: Y, Cb, Cr, Y.
func separate(t testing.TB, scans int) []byte {
	t.Helper()
	file := written(t, jpegtest.File{Width: 48, Height: 32, Sample: scene, Separate: true})
	first, _ := segment(t, file, sosMarker, 0)
	second, _ := segment(t, file, sosMarker, 1)
	if scans == 1 {
		return append(bytes.Clone(file[:second]), 0xff, 0xd9)
	}
	return slicesConcat(file[:len(file)-2], file[first:second], file[len(file)-2:])
}

// A progressive file may have as many scans as no encoder writes, and no more.
func TestMaxScans(t *testing.T) {
	file := written(t, jpegtest.File{Width: 48, Height: 32, Sampling: jpegtest.Grey, Progressive: true, Block: func(int, int, int, *[64]int32) {}})
	scans := bytes.Count(file, []byte{0xff, sosMarker})
	last := bytes.LastIndex(file, []byte{0xff, sosMarker})
	for more, want := range map[int]error{
		MaxScans - scans:     nil,
		MaxScans - scans + 1: FormatError("too many scans"),
	} {
		many := slicesConcat(file[:len(file)-2], bytes.Repeat(file[last:len(file)-2], more), file[len(file)-2:])
		if _, err := decode(t, many, 8); err != want {
			t.Errorf("%d scans: %v, want %v", scans+more, err, want)
		}
	}
}

// A file that has become another one since its config was read gets no memory
// that nobody counted.
func TestAnotherFrame(t *testing.T) {
	small := written(t, jpegtest.File{Width: 48, Height: 32, Sample: scene})
	large := written(t, jpegtest.File{Width: 49, Height: 32, Sample: scene})
	config, err := DecodeConfig(t.Context(), bytes.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(t.Context(), bytes.NewReader(large), config, 1); err != FormatError("other frame than at first") {
		t.Error(err)
	}
}

// However a reader hands out the file, it is the same; what a reader fails with
// comes back as it is.
func TestReaders(t *testing.T) {
	file := read(t, "testdata/video-001.q50.420.progressive.jpeg")
	want := mustDecode(t, file, 1)
	config, err := DecodeConfig(t.Context(), iotest.OneByteReader(bytes.NewReader(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, slow := range []func(io.Reader) io.Reader{iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader} {
		img, err := Decode(t.Context(), slow(bytes.NewReader(file)), config, 1)
		if err != nil {
			t.Fatal(err)
		}
		same(t, img, want)
	}
	for _, broken := range []error{errors.New("the disk is gone"), io.ErrNoProgress, context.DeadlineExceeded} {
		r := io.MultiReader(bytes.NewReader(file[:2000]), iotest.ErrReader(broken))
		if _, err := Decode(t.Context(), r, config, 1); err != broken {
			t.Errorf("the error is %v, want %v", err, broken)
		}
	}
	if _, err := Decode(t.Context(), stuck{}, config, 1); err != io.ErrNoProgress {
		t.Errorf("the error is %v, want %v", err, io.ErrNoProgress)
	}
}

// stuck gives nothing, without an error.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

// A context ends what it has already begun.
func TestCancelled(t *testing.T) {
	file := written(t, jpegtest.File{Width: 800, Height: 600, Progressive: true, Block: func(int, int, int, *[64]int32) {}})
	config, err := DecodeConfig(t.Context(), bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, after := range []int{0, 1, len(file) / 2, len(file) - 10} {
		ctx, cancel := context.WithCancel(t.Context())
		r := io.MultiReader(bytes.NewReader(file[:after]), calls(cancel), bytes.NewReader(file[after:]))
		if _, err := Decode(ctx, r, config, 8); err != context.Canceled {
			t.Errorf("after %d bytes: %v, want %v", after, err, context.Canceled)
		}
	}
}

// calls is an empty reader that calls a function.
type calls func()

func (c calls) Read([]byte) (int, error) {
	c()
	return 0, io.EOF
}

// Another denominator is the caller's mistake.
func TestDenominator(t *testing.T) {
	for _, denominator := range []int{-1, 0, 3, 16} {
		func() {
			defer func() {
				if fmt.Sprint(recover()) == "<nil>" {
					t.Errorf("1/%d does not panic", denominator)
				}
			}()
			_, _ = Decode(t.Context(), bytes.NewReader(nil), Config{}, denominator)
		}()
	}
}
