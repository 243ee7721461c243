package acceptance

import (
	"bytes"
	byteorder "encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

// scene is what a photographer saw: an F before four corners in four colours,
// which looks another way however it is turned or mirrored.
func scene(width, height int) *image.RGBA {
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	fill := func(x0, y0, x1, y1 int, c color.Color) {
		area := image.Rect(x0*width/12, y0*height/12, x1*width/12, y1*height/12)
		draw.Draw(picture, area, image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(0, 0, 12, 12, color.Gray{200})
	for i, c := range corners {
		fill(i%2*9, i/2*9, i%2*9+3, i/2*9+3, c)
	}
	for _, stroke := range [][4]int{{4, 2, 5, 10}, {5, 2, 8, 3}, {5, 5, 7, 6}} {
		fill(stroke[0], stroke[1], stroke[2], stroke[3], color.Black)
	}
	return picture
}

// corners are those of a scene: above left and right, below left and right.
var corners = []color.RGBA{{220, 20, 20, 255}, {20, 160, 20, 255}, {20, 20, 220, 255}, {230, 200, 20, 255}}

// asStored is how a camera stores a scene with an orientation, as Exif's
// table of the tag 0x0112 has it: which side of the scene the first row of the
// file is, and which its first column.
func asStored(upright *image.RGBA, orientation int) *image.RGBA {
	width, height := upright.Rect.Dx(), upright.Rect.Dy()
	right, bottom := width-1, height-1
	from := map[int]func(column, row int) (x, y int){
		1: func(c, r int) (int, int) { return c, r },                  // top, left
		2: func(c, r int) (int, int) { return right - c, r },          // top, right
		3: func(c, r int) (int, int) { return right - c, bottom - r }, // bottom, right
		4: func(c, r int) (int, int) { return c, bottom - r },         // bottom, left
		5: func(c, r int) (int, int) { return r, c },                  // left, top
		6: func(c, r int) (int, int) { return right - r, c },          // right, top
		7: func(c, r int) (int, int) { return right - r, bottom - c }, // right, bottom
		8: func(c, r int) (int, int) { return r, bottom - c },         // left, bottom
	}[orientation]
	if orientation > 4 {
		width, height = height, width
	}
	stored := image.NewRGBA(image.Rect(0, 0, width, height))
	for row := range height {
		for column := range width {
			x, y := from(column, row)
			stored.SetRGBA(column, row, upright.RGBAAt(x, y))
		}
	}
	return stored
}

// However a camera was held, both thumbnails are upright and of the right size,
// hold nothing of the camera's Exif, and Rotate tells by how much the original is
// turned. `go test -artifacts` keeps a sheet of all thumbnails, to be looked at.
func TestThumbnailsAreUpright(t *testing.T) {
	t.Parallel()
	a := newAlbum(t, startGateway(t))
	sheet := image.NewRGBA(image.Rect(0, 0, 1440, 1040))
	column := 0
	for _, shape := range []struct {
		name         string
		upright      *image.RGBA
		small, large image.Point
	}{
		{"wide", scene(1200, 800), image.Pt(160, 107), image.Pt(640, 427)},
		{"tall", scene(900, 1500), image.Pt(96, 160), image.Pt(384, 640)},
	} {
		rotate := map[string]string{}
		for orientation := 1; orientation <= 8; orientation++ {
			what := fmt.Sprintf("%s, orientation %d", shape.name, orientation)
			var file bytes.Buffer
			if err := jpeg.Encode(&file, asStored(shape.upright, orientation), nil); err != nil {
				t.Fatal(err)
			}
			order := []byteorder.AppendByteOrder{byteorder.BigEndian, byteorder.LittleEndian}[orientation%2]
			photo := append(append([]byte{0xff, 0xd8}, jpegtest.Exif(order, uint16(orientation))...), file.Bytes()[2:]...)
			id := a.mustUpload(photo)
			rotate[id] = []string{"0", "0", "180", "180", "270", "90", "90", "270"}[orientation-1]
			for ps, size := range map[int]image.Point{1: shape.small, 2: shape.large} {
				_, thumbnail := a.fetch(id, ps)
				got := expectUpright(t, fmt.Sprintf("%s, ps=%d", what, ps), thumbnail, size)
				if got != nil && ps == 1 {
					draw.Draw(sheet, image.Rect(column%8*180, column/8*180, 1440, 1040), got, image.Point{}, draw.Src)
				}
				if got != nil && ps == 2 && orientation == 5 {
					draw.Draw(sheet, image.Rect(column/8*660, 400, 1440, 1040), got, image.Point{}, draw.Src)
				}
			}
			column++
		}
		for _, photo := range a.photos() {
			if want, ours := rotate[photo.CloakImageID]; ours && photo.Rotate != want {
				t.Errorf("%s: photo %s has Rotate %s, want %s", shape.name, photo.CloakImageID, photo.Rotate, want)
			}
		}
	}
	keepSheet(t, sheet)
}

// expectUpright looks at a thumbnail's corners and strokes.
func expectUpright(t *testing.T, what, thumbnail string, size image.Point) image.Image {
	t.Helper()
	if strings.Contains(thumbnail, "Exif") {
		t.Errorf("%s: it holds Exif", what)
	}
	got, format, err := image.Decode(strings.NewReader(thumbnail))
	if err != nil || format != "jpeg" || got.Bounds().Size() != size {
		t.Errorf("%s: it is a %s, %v; want a JPEG file of %v", what, format, err, size)
		return nil
	}
	at := func(x, y float64) color.Color {
		return got.At(int(x*float64(size.X)/12), int(y*float64(size.Y)/12))
	}
	for i, want := range corners {
		if c := at(float64(i%2*9)+1.5, float64(i/2*9)+1.5); !near(c, want) {
			t.Errorf("%s: corner %d is %v, want %v", what, i, c, want)
		}
	}
	for place, want := range map[[2]float64]color.Color{
		{4.5, 9.5}: color.Black, {7.5, 2.5}: color.Black, {6.5, 5.5}: color.Black,
		{7.5, 9.5}: color.Gray{200}, {7.5, 5.5}: color.Gray{200}, {6.5, 6.5}: color.Gray{200},
	} {
		if c := at(place[0], place[1]); !near(c, want) {
			t.Errorf("%s: the F is %v at %v, want %v", what, c, place, want)
		}
	}
	return got
}

// near says whether two colours are the same but for what JPEG does to them.
func near(a, b color.Color) bool {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	for _, pair := range [][2]uint32{{ar, br}, {ag, bg}, {ab, bb}} {
		if d := int(pair[0]>>8) - int(pair[1]>>8); max(d, -d) > 24 {
			return false
		}
	}
	return true
}

// keepSheet keeps a sheet for somebody's eyes.
func keepSheet(t *testing.T, sheet image.Image) {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, sheet); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), "thumbnails.png"), file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
