package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

// largestPhoto is how many bytes a photo may have: 20 MiB.
const largestPhoto = 20 * 1024 * 1024

// album is a cloak of the demo's member, in the making: its owner may do
// everything with it.
type album struct {
	*gateway
	token string
	id    string
}

func newAlbum(t *testing.T, g *gateway) album {
	t.Helper()
	a := album{gateway: g, token: demoToken(t, g)}
	status, answer := g.call(http.MethodPost, "/api/v2/mycloaks/", "nm="+url.QueryEscape("写真"), "Authorization", "Bearer "+a.token)
	var made struct{ CloakId string }
	if err := json.Unmarshal([]byte(answer), &made); err != nil || status != http.StatusOK || made.CloakId == "" {
		t.Fatalf("no cloak: %d %s", status, answer)
	}
	a.id = made.CloakId
	return a
}

// patient is for uploads, which wait until it is their turn.
var patient = &http.Client{Timeout: 3 * time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 128}}

// upload sends a photo as it is, and gives its id where it is taken.
func (a album) upload(photo []byte) (id string, status int, answer string, err error) {
	request, err := http.NewRequest(http.MethodPost, a.url+"/api/v2/photos?ci="+a.id, bytes.NewReader(photo))
	if err != nil {
		return "", 0, "", err
	}
	request.Header.Set("Content-Type", "image/jpeg")
	request.Header.Set("Authorization", "Bearer "+a.token)
	response, err := patient.Do(request)
	if err != nil {
		return "", 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return "", 0, "", err
	}
	var kept struct{ CloakImageID string }
	if response.StatusCode == http.StatusOK {
		err = json.Unmarshal(text, &kept)
	}
	return kept.CloakImageID, response.StatusCode, string(text), err
}

// mustUpload is upload of a photo that must be taken.
func (a album) mustUpload(photo []byte) (id string) {
	a.t.Helper()
	id, status, answer, err := a.upload(photo)
	if err != nil || status != http.StatusOK || id == "" {
		a.t.Fatalf("a photo of %d bytes: %d %s, %v", len(photo), status, answer, err)
	}
	return id
}

// fetch gives one of a photo's files: 0 the original, 1 the small thumbnail, 2
// the large one.
func (a album) fetch(id string, ps int) (http.Header, string) {
	a.t.Helper()
	request, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/api/v2/photos?ci=%s&cd=%s&ps=%d", a.url, a.id, id, ps), nil)
	if err != nil {
		a.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	response, err := patient.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		a.t.Fatalf("photo %s, ps=%d: %d %.200s, %v", id, ps, response.StatusCode, body, err)
	}
	return response.Header, string(body)
}

// albumPhoto is what the API tells of a photo.
type albumPhoto struct{ CloakImageID, Rotate string }

// photos are those that the API names.
func (a album) photos() (list []albumPhoto) {
	a.t.Helper()
	status, answer := a.call(http.MethodGet, "/api/v2/cloaks?ci="+a.id, "", "Authorization", "Bearer "+a.token)
	var found struct {
		Cloak struct{ Images []albumPhoto }
	}
	if err := json.Unmarshal([]byte(answer), &found); err != nil || status != http.StatusOK {
		a.t.Fatalf("the cloak: %d %.200s, %v", status, answer, err)
	}
	return found.Cloak.Images
}

// camera is a picture as of a camera in poor light: the first coefficients of
// every block are noise, so many of the brightness and a quarter of them of the
// colours. Noise is what makes a file large, and its decoding work.
func camera(width, height, noisy int, progressive bool) jpegtest.File {
	var seed uint64
	var blocks [2][251][64]int32 // of the brightness and the colours
	for kind, last := range []int{noisy, noisy / 4} {
		for i := range blocks[kind] {
			for zig := range last + 1 {
				blocks[kind][i][zig] = noise(&seed)
			}
		}
	}
	return jpegtest.File{
		Width: width, Height: height, Progressive: progressive,
		Block: func(component, bx, by int, b *[64]int32) {
			*b = blocks[min(component, 1)][(bx+by*by)%251]
			b[0] += int32((bx/3+by/2)%300 - 150)
		},
	}
}

// largestProgressive is a file of 100 megapixels, written once.
var largestProgressive = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	if err := camera(10000, 10000, 4, true).Write(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
})

// noise is -3 to 4, the same for the same seed (SplitMix64).
func noise(seed *uint64) int32 {
	*seed += 0x9e3779b97f4a7c15
	z := *seed
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int32(z>>61) - 3
}

func written(t testing.TB, file jpegtest.File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := file.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// padded makes a file longer, with comments behind its start.
func padded(t testing.TB, file []byte, size int) []byte {
	t.Helper()
	const segment = 4 // bytes before a comment's text
	left := size - len(file)
	var comments []byte
	for left > 0 {
		n := min(left, 65537)
		if rest := left - n; rest > 0 && rest < segment {
			n -= segment
		}
		if n < segment {
			t.Fatalf("%d bytes are too few for a comment", n)
		}
		comments = append(comments, jpegtest.Segment(0xfe, bytes.Repeat([]byte{'x'}, n-segment))...)
		left -= n
	}
	if left < 0 {
		t.Fatalf("a file of %d bytes is larger than %d already", len(file), size)
	}
	return append(append(bytes.Clone(file[:2]), comments...), file[2:]...)
}

// claiming has a file's frame say another size.
func claiming(t testing.TB, file []byte, width, height int) []byte {
	t.Helper()
	file = bytes.Clone(file)
	for _, marker := range []byte{0xc0, 0xc2} {
		if at := bytes.Index(file, []byte{0xff, marker, 0, 17, 8}); at >= 0 {
			copy(file[at+5:], []byte{byte(height >> 8), byte(height), byte(width >> 8), byte(width)})
			return file
		}
	}
	t.Fatal("no frame")
	return nil
}

// The largest photos are taken, and given back to the byte; what is a byte or a
// row larger, or no whole JPEG file, is refused for what it is, and leaves
// nothing.
func TestLargestPhotos(t *testing.T) {
	t.Parallel()
	a := newAlbum(t, startGateway(t))
	hundred := written(t, camera(10000, 10000, 4, false))
	hundredProgressive := largestProgressive()
	twelve := written(t, camera(4000, 3000, 40, false))
	most := padded(t, twelve, largestPhoto)
	t.Logf("100 megapixels have %d bytes, progressive %d; 12 megapixels %d", len(hundred), len(hundredProgressive), len(twelve))

	for what, photo := range map[string][]byte{
		"20 MiB":                                most,
		"20 MiB by what follows the end":        append(bytes.Clone(twelve), make([]byte, largestPhoto-len(twelve))...),
		"100 megapixels in 20 MiB":              padded(t, hundred, largestPhoto),
		"100 megapixels in 20 MiB, progressive": padded(t, hundredProgressive, largestPhoto),
		"100 megapixels, as wide as can be":     written(t, jpegtest.File{Width: 62500, Height: 1600, Block: func(int, int, int, *[64]int32) {}}),
	} {
		began := time.Now()
		id := a.mustUpload(photo)
		t.Logf("%s: taken in %s", what, time.Since(began).Round(time.Millisecond))
		if _, kept := a.fetch(id, 0); kept != string(photo) {
			t.Errorf("%s: the original is not what was uploaded", what)
		}
		for ps, side := range map[int]int{1: 160, 2: 640} {
			_, thumbnail := a.fetch(id, ps)
			got, format, err := image.DecodeConfig(strings.NewReader(thumbnail))
			if err != nil || format != "jpeg" || max(got.Width, got.Height) != side {
				t.Errorf("%s: ps=%d is a %s of %d by %d, %v", what, ps, format, got.Width, got.Height, err)
			}
		}
	}
	taken := len(a.photos())

	var drawing bytes.Buffer
	if err := png.Encode(&drawing, image.NewRGBA(image.Rect(0, 0, 300, 200))); err != nil {
		t.Fatal(err)
	}
	small := written(t, camera(40, 30, 4, true))
	for what, refused := range map[string]struct {
		photo []byte
		code  string
	}{
		"a byte more than 20 MiB":         {padded(t, twelve, largestPhoto+1), "toolarge_file"},
		"a row more":                      {claiming(t, hundred, 10000, 10001), "toolarge_file"},
		"a row more, progressive":         {claiming(t, hundredProgressive, 10000, 10001), "toolarge_file"},
		"a column more":                   {claiming(t, hundred, 10001, 10000), "toolarge_file"},
		"a bomb of 4.2 gigapixels":        {claiming(t, small, 65535, 65535), "toolarge_file"},
		"a bomb of 100 megapixels":        {claiming(t, small, 10000, 10000), "invalid_file"},
		"a bomb of 1,000 scans":           {scanBomb(t, 1000), "invalid_file"},
		"one whose last byte is missing":  {most[:len(most)-1], "invalid_file"},
		"one cut in the middle":           {most[:len(most)/2], "invalid_file"},
		"a progressive one cut short":     {hundredProgressive[:len(hundredProgressive)-100_000], "invalid_file"},
		"the first two bytes":             {most[:2], "invalid_file"},
		"a PNG":                           {drawing.Bytes(), "unsupported_file"},
		"a GIF with a JPEG file behind":   {append([]byte("GIF89a"), small...), "unsupported_file"},
		"a PDF that begins with a header": {append([]byte("%PDF-1.7\n"), small...), "unsupported_file"},
	} {
		began := time.Now()
		_, status, answer, err := a.upload(refused.photo)
		if err != nil || status != http.StatusBadRequest || !strings.HasPrefix(answer, `{"errors":[{"errorCode":"`+refused.code+`","message":"`) {
			t.Errorf("%s: %d %s, %v; want 400 %s", what, status, answer, err, refused.code)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s is refused after %s", what, took)
		}
	}
	if now := len(a.photos()); now != taken {
		t.Errorf("there are %d photos; refused ones are among them", now)
	}
}

// scanBomb is a photo of 4 megapixels with so many more scans, each some bytes
// for many thousand blocks.
func scanBomb(t *testing.T, scans int) []byte {
	t.Helper()
	file := written(t, jpegtest.File{Width: 2000, Height: 2000, Progressive: true, Block: func(int, int, int, *[64]int32) {}})
	last := file[bytes.LastIndex(file, []byte{0xff, 0xda}) : len(file)-2]
	return append(append(file[:len(file)-2:len(file)-2], bytes.Repeat(last, scans)...), 0xff, 0xd9)
}

// A photo that is a web page too, called .html in a form, is never anything but
// an image to a browser: whole, in part, exported and as a thumbnail.
func TestPolyglot(t *testing.T) {
	t.Parallel()
	a := newAlbum(t, startGateway(t))
	const page = "<html><script>alert(1)</script>"
	photo := written(t, camera(400, 300, 4, false))
	photo = append(append(bytes.Clone(photo[:2]), jpegtest.Segment(0xfe, []byte(page))...), photo[2:]...)
	photo = append(photo, page...)
	form := strings.Join([]string{
		"--b", `Content-Disposition: form-data; name="file"; filename="page.html"`, "Content-Type: text/html", "", string(photo), "--b--", "",
	}, "\r\n")
	status, answer := a.call(http.MethodPost, "/api/v2/photos?ci="+a.id, form,
		"Authorization", "Bearer "+a.token, "Content-Type", "multipart/form-data; boundary=b")
	var kept struct{ CloakImageID string }
	if err := json.Unmarshal([]byte(answer), &kept); err != nil || status != http.StatusOK {
		t.Fatalf("the upload: %d %s", status, answer)
	}
	query := "?ci=" + a.id + "&cd=" + kept.CloakImageID
	for _, asked := range []struct {
		path, part string
		status     int
		page       bool // what comes holds the page
	}{
		{"/api/v2/photos" + query, "", http.StatusOK, true},
		{"/api/v2/photos" + query + "&ps=0", fmt.Sprintf("bytes=%d-", len(photo)-len(page)), http.StatusPartialContent, true},
		{"/api/v2/photos" + query + "&ps=1", "", http.StatusOK, false},
		{"/api/v2/photos" + query + "&ps=2", "", http.StatusOK, false},
		{"/api/v2/photos/export" + query, "", http.StatusOK, true},
	} {
		request, err := http.NewRequest(http.MethodGet, a.url+asked.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+a.token)
		request.Header.Set("Accept", "text/html")
		if asked.part != "" {
			request.Header.Set("Range", asked.part)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != asked.status || bytes.Contains(body, []byte(page)) != asked.page {
			t.Errorf("%s: %d, %d bytes, %v", asked.path, response.StatusCode, len(body), err)
		}
		for name, want := range map[string]string{"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff"} {
			if got := response.Header.Values(name); len(got) != 1 || got[0] != want {
				t.Errorf("%s: %s is %q, want %q", asked.path, name, got, want)
			}
		}
	}
}
