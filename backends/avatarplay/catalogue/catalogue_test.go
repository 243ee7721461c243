package catalogue

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"sekisho/backends/avatarplay/drawing"
)

// small is a catalogue with all that the format knows.
const small = `# The smallest wardrobe
canvas: [240, 320]
bust: [60, 16, 120, 160]
tastes:
  - key: nonbiri
    id: 4837291047563821
    name: のんびり
    frames:
      - { delay: 400 }
      - { delay: 200, torso: [0, 1], head: [-1, 2] }
      - { delay: 120, blink: true, legs: [40, -40] }
items:
  - { key: sky, name: 空, part: background, layers: [{ file: layers/sky.png, z: 0, group: scene }] }
  - { key: light, name: はだ, part: body, free: true, layers: [{ file: layers/figure.png, z: 10, group: torso }] }
  - key: smile
    name: えがお
    part: face
    layers:
      - { file: layers/figure.png, z: 60, group: head, when: open }
      - { file: layers/figure.png, z: 60, group: head, when: blink }
  - { key: bob, id: 1234567890123, name: ボブ（ブラウン）, part: hair, layers: [{ file: layers/figure.png, z: 70, group: head }] }
  - { key: shirt, name: シャツ, part: tops, layers: [{ file: layers/figure.png, z: 30, group: torso }] }
  - { key: jeans, name: ジーンズ, part: bottoms, layers: [{ file: layers/figure.png, z: 20, group: legs }] }
  - { key: gown, name: ドレス, part: dress, layers: [{ file: layers/figure.png, z: 30, group: torso }] }
  - { key: boots, name: ブーツ, part: shoes, layers: [{ file: layers/figure.png, z: 25, group: legs }] }
  - { key: hat, name: ぼうし, part: accessory, slots: [hat, ears], layers: [{ file: layers/figure.png, z: 999, group: head }] }
  - { key: muffs, name: みみあて, part: accessory, slots: [ears], layers: [{ file: layers/figure.png, z: 80, group: head }] }
coords:
  - { key: first, id: 77, name: はじめて, taste: nonbiri, items: [sky, light, smile, bob, gown, boots, hat], initial: true, default: true }
  - { key: second, name: つぎ, taste: nonbiri, items: [bob, smile, light, shirt, jeans] }
`

// lineOf gives the line of small in which a text stands.
func lineOf(t *testing.T, text string) int {
	t.Helper()
	before, _, ok := strings.Cut(small, text)
	if !ok {
		t.Fatalf("%q is not in the catalogue", text)
	}
	return 1 + strings.Count(before, "\n")
}

// picture is a PNG file of some size with one pixel of a colour.
func pictureOf(width, height int, c color.NRGBA) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	m.SetNRGBA(min(5, width-1), min(7, height-1), c)
	var file bytes.Buffer
	if err := png.Encode(&file, m); err != nil {
		panic(err)
	}
	return file.Bytes()
}

// pictures are the layers of small.
var pictures = sync.OnceValue(func() map[string][]byte {
	pictures := map[string][]byte{}
	for i, name := range []string{"sky", "figure"} {
		pictures["layers/"+name+".png"] = pictureOf(drawing.Width, drawing.Height, color.NRGBA{uint8(i), 2, 3, 255})
	}
	return pictures
})

// folder has a YAML file and the layers of small.
func folder(text string) fstest.MapFS {
	files := fstest.MapFS{FileName: {Data: []byte(text)}}
	for name, picture := range pictures() {
		files[name] = &fstest.MapFile{Data: picture}
	}
	return files
}

func TestAll(t *testing.T) {
	t.Parallel()
	files := folder(small)
	var last int
	c, err := Load(files, func(done, all int) {
		if all != 2 || done != last+1 {
			t.Errorf("%d of %d files after %d", done, all, last)
		}
		last = done
	})
	if err != nil {
		t.Fatal(err)
	}
	if last != 2 {
		t.Errorf("progress was told of %d files", last)
	}
	if want := image.Rect(60, 16, 180, 176); c.Bust != want {
		t.Errorf("the bust is %v, want %v", c.Bust, want)
	}
	taste := Taste{Key: "nonbiri", ID: 4837291047563821, Name: "のんびり", Frames: []Frame{
		{Delay: 400 * time.Millisecond},
		{Delay: 200 * time.Millisecond, Moves: [4]image.Point{drawing.Torso: {0, 1}, drawing.Head: {-1, 2}}},
		{Delay: 120 * time.Millisecond, Blink: true, Moves: [4]image.Point{drawing.Legs: {40, -40}}},
	}}
	if !reflect.DeepEqual(c.Tastes, []Taste{taste}) {
		t.Errorf("the tastes are %+v", c.Tastes)
	}
	layer := func(name string, z int, group Group, when When) Layer {
		file := "layers/" + name + ".png"
		return Layer{File: file, Hash: hash(files[file].Data), Z: z, Group: group, When: when}
	}
	items := []Item{
		{Key: "sky", Name: "空", Part: PartBackground, Slots: []string{"background"}, Layers: []Layer{layer("sky", 0, drawing.Scene, drawing.Always)}},
		{Key: "light", Name: "はだ", Part: PartBody, Slots: []string{"body"}, Free: true, Layers: []Layer{layer("figure", 10, drawing.Torso, drawing.Always)}},
		{Key: "smile", Name: "えがお", Part: PartFace, Slots: []string{"face"}, Layers: []Layer{
			layer("figure", 60, drawing.Head, drawing.Open), layer("figure", 60, drawing.Head, drawing.Blink),
		}},
		{Key: "bob", ID: 1234567890123, Name: "ボブ（ブラウン）", Part: PartHair, Slots: []string{"hair"}, Layers: []Layer{layer("figure", 70, drawing.Head, drawing.Always)}},
		{Key: "shirt", Name: "シャツ", Part: PartTops, Slots: []string{"tops"}, Layers: []Layer{layer("figure", 30, drawing.Torso, drawing.Always)}},
		{Key: "jeans", Name: "ジーンズ", Part: PartBottoms, Slots: []string{"bottoms"}, Layers: []Layer{layer("figure", 20, drawing.Legs, drawing.Always)}},
		{Key: "gown", Name: "ドレス", Part: PartDress, Slots: []string{"tops", "bottoms"}, Layers: []Layer{layer("figure", 30, drawing.Torso, drawing.Always)}},
		{Key: "boots", Name: "ブーツ", Part: PartShoes, Slots: []string{"shoes"}, Layers: []Layer{layer("figure", 25, drawing.Legs, drawing.Always)}},
		{Key: "hat", Name: "ぼうし", Part: PartAccessory, Slots: []string{"hat", "ears"}, Layers: []Layer{layer("figure", 999, drawing.Head, drawing.Always)}},
		{Key: "muffs", Name: "みみあて", Part: PartAccessory, Slots: []string{"ears"}, Layers: []Layer{layer("figure", 80, drawing.Head, drawing.Always)}},
	}
	if !reflect.DeepEqual(c.Items, items) {
		t.Errorf("the items are\n%+v, want\n%+v", c.Items, items)
	}
	coords := []Coord{
		{Key: "first", ID: 77, Name: "はじめて", Taste: "nonbiri", Items: []string{"sky", "light", "smile", "bob", "gown", "boots", "hat"}, Initial: true, Default: true},
		{Key: "second", Name: "つぎ", Taste: "nonbiri", Items: []string{"bob", "smile", "light", "shirt", "jeans"}},
	}
	if !reflect.DeepEqual(c.Coords, coords) {
		t.Errorf("the coords are %+v", c.Coords)
	}
}

// A layer's file can be read again as long as it is the one that was checked.
func TestReadingAgain(t *testing.T) {
	t.Parallel()
	files := folder(small)
	c, err := Load(files, nil)
	if err != nil {
		t.Fatal(err)
	}
	layer := c.Items[0].Layers[0]
	if content, err := c.Read(layer); err != nil || !bytes.Equal(content, files[layer.File].Data) {
		t.Errorf("reading %s again: %v", layer.File, err)
	}
	files[layer.File].Data = files["layers/figure.png"].Data
	if _, err := c.Read(layer); err == nil || !strings.Contains(err.Error(), "has changed") {
		t.Errorf("reading another file again: %v", err)
	}
	delete(files, layer.File)
	if _, err := c.Read(layer); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("reading a file that is gone: %v", err)
	}
}

// A catalogue lies in a folder of the operator's, out of which no link leads.
func TestLinks(t *testing.T) {
	t.Parallel()
	outside, inside := t.TempDir(), t.TempDir()
	write := func(folder, name string, content []byte) {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, file := range folder(small) {
		write(inside, name, file.Data)
	}
	secret := pictureOf(drawing.Width, drawing.Height, color.NRGBA{9, 9, 9, 255})
	write(outside, "secret.png", secret)
	write(inside, "deep/deeper/own.png", secret)
	up, err := filepath.Rel(filepath.Join(inside, "layers"), outside)
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(inside)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()

	link := filepath.Join(inside, "layers", "sky.png")
	for _, tt := range []struct{ target, why string }{
		{"figure.png", ""},
		{"../deep/deeper/own.png", ""},
		{"../deep/../deep/./deeper/own.png", ""},
		{filepath.Join(outside, "secret.png"), "outside of the catalogue's folder"},
		{filepath.Join(up, "secret.png"), "outside of the catalogue's folder"},
		{filepath.Join(inside, "layers", "figure.png"), "outside of the catalogue's folder"}, // elsewhere it would be
		{"sky.png", "outside of the catalogue's folder"},                                     // nowhere
		{"nowhere.png", "file does not exist"},
		{"../deep", "not a file"},
	} {
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(tt.target, link); err != nil {
			t.Fatal(err)
		}
		for kind, files := range map[string]fs.FS{"a root": root.FS(), "a folder": os.DirFS(inside)} {
			_, err := Load(files, nil)
			if tt.why == "" && err != nil {
				t.Errorf("%s, link to %s: %v", kind, tt.target, err)
			}
			if tt.why != "" && (err == nil || !strings.Contains(err.Error(), "layers/sky.png: "+tt.why)) {
				t.Errorf("%s, link to %s: %v, want %s", kind, tt.target, err, tt.why)
			}
		}
	}

	// So does a folder that is a link, and the YAML file.
	if err := os.RemoveAll(filepath.Join(inside, "layers")); err != nil {
		t.Fatal(err)
	}
	for name, file := range folder(small) {
		write(outside, name, file.Data)
	}
	if err := os.Symlink(filepath.Join(outside, "layers"), filepath.Join(inside, "layers")); err != nil {
		t.Fatal(err)
	}
	_, err = Load(os.DirFS(inside), nil)
	if faults, ok := err.(Faults); !ok || len(faults) != 2 {
		t.Errorf("a folder that is a link: %v", err)
	}
	if err := os.Remove(filepath.Join(inside, FileName)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, FileName), filepath.Join(inside, FileName)); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(os.DirFS(inside), nil); err == nil || !strings.Contains(err.Error(), "outside") {
		t.Errorf("a YAML file that is a link: %v", err)
	}
}

func TestNoFile(t *testing.T) {
	t.Parallel()
	if _, err := Load(fstest.MapFS{}, nil); err == nil || !strings.Contains(err.Error(), "reading catalogue.yaml: file does not exist") {
		t.Errorf("an empty folder: %v", err)
	}
	large := fstest.MapFS{FileName: {Data: append(bytes.Repeat([]byte("#\n"), MaxFile/2), '#')}}
	if _, err := Load(large, nil); err == nil || !strings.Contains(err.Error(), "larger than 4194304 bytes") {
		t.Errorf("a large file: %v", err)
	}
}
