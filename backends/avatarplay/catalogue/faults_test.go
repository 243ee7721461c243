package catalogue

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image/color"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"
	"unicode/utf8"

	"sekisho/backends/avatarplay/drawing"
)

// Each fault names the line in which it is, and what it is.
func TestFaults(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("あ", 41)
	broken := map[string][]byte{
		"wide.png":  pictureOf(320, 240, color.NRGBA{1, 2, 3, 255}),
		"bomb.png":  bomb(),
		"clear.png": pictureOf(drawing.Width, drawing.Height, color.NRGBA{1, 2, 3, 0}),
		"cut.png":   pictures()["layers/figure.png"][:200],
		"large.png": append(slices.Clone(pictures()["layers/figure.png"]), make([]byte, drawing.MaxFile)...),
	}
	for _, tt := range []struct {
		old, new string // what is written instead; the fault is in that line
		why      string // how it begins; several, several lines
	}{
		// The file.
		{"canvas: [240, 320]", "canvas: [320, 240]", "the file: canvas: must be [240, 320]"},
		{"canvas: [240, 320]", "canvas: 240", "the file: canvas: not a list"},
		{"canvas: [240, 320]", "canvas: [240]", "the file: canvas: 1 entries; there may be from 2 to 2"},
		{"canvas: [240, 320]", "canvas: [240, 320.5]", `the file: canvas: "320.5" is not a whole number from 1 to 10000`},
		{"bust: [60, 16, 120, 160]", "bust: [60, 16, 120, 161]", "the file: bust: 120 by 161 is not three wide for four high"},
		{"bust: [60, 16, 120, 160]", "bust: [121, 16, 120, 160]", "the file: bust: it leaves the canvas"},
		{"bust: [60, 16, 120, 160]", "bust: [60, 16, 0, 0]", "the file: bust: 0 by 0 is not three wide for four high"},
		{"bust: [60, 16, 120, 160]", "bust: [-1, 16, 120, 160]", `the file: bust: "-1" is not a whole number from 0 to 320`},
		{"# The smallest wardrobe", "colour: red", `the file: unknown key "colour"; there are canvas, bust, tastes, items, coords`},
		{"bust: [60, 16, 120, 160]", "canvas: [240, 320]\nbust: [60, 16, 120, 160]", "the file: canvas is there twice"},
		{"# The smallest wardrobe", "? [a]\n: b", `the file: unknown key ""; there are canvas, bust, tastes, items, coords`},
		{"# The smallest wardrobe", "a: &b c", "anchors and aliases (& and *) are not taken"},
		{"# The smallest wardrobe", "<<: {a: b}", `the file: unknown key "<<"`},
		{"# The smallest wardrobe", "\x01: a", "not YAML: control characters are not allowed"},
		{"# The smallest wardrobe", "\xff: a", "not YAML: invalid leading UTF-8 octet"},

		// What tastes, items and coords have alike.
		{"key: muffs", "key: Muffs", `item: key: "Muffs" is not of the form ^[a-z0-9_-]{1,40}$`},
		{"key: muffs, ", "", `item: key: missing`},
		{"key: muffs", "key: [muffs]", `item: key: not a single value`},
		{"key: muffs", "key: ''", `item: key: "" is not of the form ^[a-z0-9_-]{1,40}$`},
		{"key: muffs", "key: hat", "item hat: key: line 26 has it already"},
		{"key: second", "key: first", "coord first: key: line 29 has it already"},
		{"id: 77", "id: 0", `coord first: id: "0" is not a whole number from 1 to 9007199254740991`},
		{"id: 77", "id: 9007199254740992", `coord first: id: "9007199254740992" is not a whole number from 1 to 9007199254740991`},
		{"id: 77", "id: 99999999999999999999", `coord first: id: "99999999999999999999" is not a whole number from 1 to 9007199254740991`},
		{"id: 77", `id: "77"`, `coord first: id: "77" is not a whole number from 1 to 9007199254740991`},
		{"id: 4837291047563821", "id:", "taste nonbiri: id: empty"},
		{"id: 77", "id: 4837291047563821", "coord first: id: line 6 has it already"},
		{"name: のんびり", "name:", "taste nonbiri: name: empty"},
		{"name: のんびり", "name: '　 '", "taste nonbiri: name: empty"},
		{"name: のんびり", "name: " + long, "taste nonbiri: name: 41 characters, more than 40"},
		{"name: つぎ", `name: "a\tb"`, `coord second: name: "a\tb" holds a control character`},
		{"name: つぎ", `name: "a\0b"`, `coord second: name: "a\x00b" holds a control character`},

		// Tastes.
		{"- { delay: 400 }", "- 400", "taste nonbiri: frame: not a mapping (key: value)"},
		{"delay: 400", "blink: false", "taste nonbiri: frame: delay: missing"},
		{"delay: 400", "delay: 10", `taste nonbiri: frame: delay: "10" is not a whole number from 20 to 5000`},
		{"delay: 400", "delay: 5010", `taste nonbiri: frame: delay: "5010" is not a whole number from 20 to 5000`},
		{"delay: 400", "delay: 405", "taste nonbiri: frame: delay: 405 milliseconds are not whole hundredths of a second"},
		{"delay: 400", "delay: 400, arms: [0, 1]", `taste nonbiri: frame: unknown key "arms"; there are delay, blink, legs, torso, head`},
		{"delay: 400", "delay: 400, scene: [0, 1]", `taste nonbiri: frame: unknown key "scene"; there are delay, blink, legs, torso, head`},
		{"delay: 400", "delay: 400, delay: 400", "taste nonbiri: frame: delay is there twice"},
		{"head: [-1, 2]", "head: [-41, 2]", `taste nonbiri: frame: head: "-41" is not a whole number from -40 to 40`},
		{"head: [-1, 2]", "head: [1]", "taste nonbiri: frame: head: 1 entries; there may be from 2 to 2"},
		{"head: [-1, 2]", "head: [a, [b]]", `taste nonbiri: frame: head: "a" is not a whole number from -40 to 40` + "\n" +
			`taste nonbiri: frame: head: "" is not a whole number from -40 to 40`},
		{"blink: true", "blink: 1", `taste nonbiri: frame: blink: "1" is neither true nor false`},
		{"blink: true", "blink: yes", `taste nonbiri: frame: blink: "yes" is neither true nor false`},

		// Items.
		{"part: shoes", "part: socks", `item boots: part: "socks" is none`},
		{"part: shoes, ", "", `item boots: part: missing`},
		{"part: shoes", "part: shoes, slots: [shoes]", "item boots: slots: only an accessory names them"},
		{"slots: [ears]", "slots: []", "item muffs: slots: 0 entries; there may be from 1 to 4"},
		{"slots: [ears], ", "", "item muffs: slots: missing"},
		{"slots: [ears]", "slots: [a, b, c, d, e]", "item muffs: slots: 5 entries; there may be from 1 to 4"},
		{"slots: [ears]", "slots: [Ears]", `item muffs: slots: "Ears" is not of the form ^[a-z_]{1,40}$`},
		{"slots: [ears]", "slots: [hair]", "item muffs: slots: hair is a part's"},
		{"slots: [ears]", "slots: [ears, ears]", "item muffs: slots: ears is there twice"},
		{"slots: [ears]", "slots: [{}]", "item muffs: slots: an entry is not a single value"},
		{"free: true", "free: maybe", `item light: free: "maybe" is neither true nor false`},
		{"free: true", "free: true, price: 3", `item: unknown key "price"; there are key, id, name, part, slots, free, layers`},
		{"layers: [{ file: layers/sky.png, z: 0, group: scene }]", "layers: []", "item sky: layers: 0 entries; there may be from 1 to 8"},
		{"layers: [{ file: layers/sky.png, z: 0, group: scene }]", "layers: [" + strings.Repeat("{}, ", 9) + "]", "item sky: layers: 9 entries; there may be from 1 to 8"},

		// Layers.
		{"z: 999", "z: 1000", `item hat: layer: z: "1000" is not a whole number from 0 to 999`},
		{"z: 999, ", "", "item hat: layer: z: missing"},
		{"group: scene", "group: arms", `item sky: layer: group: "arms" is no group: scene, legs, torso or head`},
		{", group: scene", "", "item sky: layer: group: missing"},
		{"when: open", "when: asleep", `item smile: layer: when: "asleep" is no when: always, open or blink`},
		{"when: open", "then: open", `item smile: layer: unknown key "then"; there are file, z, group, when`},
		{"layers/sky.png", "layers/cloud.png", "layers/cloud.png: file does not exist"},
		{"layers/sky.png", "../sky.png", "../sky.png: outside of the catalogue's folder"},
		{"layers/sky.png", "/etc/passwd", "/etc/passwd: outside of the catalogue's folder"},
		{"layers/sky.png", "layers//sky.png", "layers//sky.png: outside of the catalogue's folder"},
		{"layers/sky.png", "layers", "layers: not a file"},
		{"layers/sky.png", `"layers\nsky.png"`, `item sky: layer: file: "layers\nsky.png" is not of the form ^[^\x00-\x1f\x7f]{1,200}$`},
		{"layers/sky.png", "wide.png", "wide.png: not 240×320 pixels, but 320×240"},
		{"layers/sky.png", "bomb.png", "bomb.png: not 240×320 pixels, but 10000×10000"},
		{"layers/sky.png", "clear.png", "clear.png: all of it is transparent"},
		{"layers/sky.png", "catalogue.yaml", "catalogue.yaml: not a PNG file: png: invalid format: not a PNG file"},
		{"layers/sky.png", "cut.png", "cut.png: not a PNG file: png: invalid format: not enough pixel data"},
		{"layers/sky.png", "large.png", "large.png: larger than 1048576 bytes"},

		// Coords.
		{"taste: nonbiri, items: [bob", "taste: sekkachi, items: [bob", `coord second: taste: there is no taste "sekkachi"`},
		{"[bob, smile, light, shirt, jeans]", "[bob, smile, light, skirt, jeans]", `coord second: items: there is no item "skirt"`},
		{"[bob, smile, light, shirt, jeans]", "[bob, smile, shirt, jeans]", "coord second: items: body is missing"},
		{"[bob, smile, light, shirt, jeans]", "[light, shirt, jeans]", "coord second: items: face is missing\ncoord second: items: hair is missing"},
		{"[bob, smile, light, shirt, jeans]", "[bob, smile, light, bob]", "coord second: items: bob and bob cannot be worn together: both take hair"},
		{"[bob, smile, light, shirt, jeans]", "[bob, smile, light, shirt, gown]", "coord second: items: shirt and gown cannot be worn together: both take tops"},
		{"[bob, smile, light, shirt, jeans]", "[bob, smile, light, hat, muffs]", "coord second: items: hat and muffs cannot be worn together: both take ears"},
		{"[bob, smile, light, shirt, jeans]", "[bob, [smile], light]", "coord second: items: an entry is not a single value"},
		{"initial: true, default: true", "initial: true, default: false", "the file: coords: none is the default"},
		{"initial: true, default: true", "default: true", "coord first: default: the default coord must be initial too"},
		{"shirt, jeans]", "shirt, jeans], initial: true, default: true", "coord second: default: line 29 has the default coord already"},
	} {
		files := folder(strings.Replace(small, tt.old, tt.new, 1))
		for name, content := range broken {
			files[name] = &fstest.MapFile{Data: content}
		}
		_, err := Load(files, nil)
		faults, ok := err.(Faults)
		if !ok {
			t.Errorf("%q: %v", tt.new, err)
			continue
		}
		line := lineOf(t, tt.old)
		whys := strings.Split(tt.why, "\n")
		for i, fault := range faults {
			if len(faults) != len(whys) || fault.Line != line || !strings.HasPrefix(strings.TrimPrefix(fault.Error(), fmt.Sprintf("catalogue.yaml: line %d: ", line)), whys[i]) {
				t.Errorf("%q:\n%v, want in line %d\n%s", tt.new, faults, line, tt.why)
				break
			}
		}
	}
}

func TestNoYAML(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"", "line 1: the file is empty"},
		{"# nothing\n", "line 1: the file is empty"},
		{"a: b\n---\nc: d\n", "line 2: a second document"},
		{"a: b\n---\nc: [\n", "line 3: not YAML: did not find expected node content"},
		{"a: [\nb: c", "line 2: not YAML: did not find expected ',' or ']'"},
		{"a: b\n\tc: d\n", "line 2: not YAML: found a tab character that violates indentation"},
		{"a: *b\n", "line 1: not YAML: unknown anchor 'b' referenced"},
		{"a: *" + strings.Repeat("b", 500), "line 1: not YAML: unknown anchor '" + strings.Repeat("b", 184) + "…"},
		{"7", "line 1: the file: not a mapping (key: value)"},
		{"---", "line 2: the file: not a mapping (key: value)"},
	} {
		_, err := Load(fstest.MapFS{FileName: {Data: []byte(tt.text)}}, nil)
		if want := "catalogue.yaml: " + tt.want; err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", tt.text, err, want)
		}
	}
}

// bomb is a PNG file that says it is huge.
func bomb() []byte {
	file := pictureOf(drawing.Width, drawing.Height, color.NRGBA{1, 2, 3, 255})
	header := file[12:29] // IHDR: its name and content
	binary.BigEndian.PutUint32(header[4:], 10_000)
	binary.BigEndian.PutUint32(header[8:], 10_000)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(header))
	return file
}

// All faults of a catalogue come at once, in the order of its lines, as far as
// there are not too many.
func TestManyFaults(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("canvas: [240, 320]", "canvas: 1", "key: shirt", "key: Shirt", "id: 77", "id: x").Replace(small)
	files := folder(text)
	delete(files, "layers/figure.png")
	_, err := Load(files, nil)
	want := `catalogue.yaml: line 2: the file: canvas: not a list
catalogue.yaml: line 14: layers/figure.png: file does not exist
catalogue.yaml: line 22: item: key: "Shirt" is not of the form ^[a-z0-9_-]{1,40}$
catalogue.yaml: line 29: coord first: id: "x" is not a whole number from 1 to 9007199254740991
catalogue.yaml: line 30: coord second: items: there is no item "shirt"`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v, want\n%s", err, want)
	}

	var many bytes.Buffer
	many.WriteString("items:\n")
	for range 3000 {
		many.WriteString("  - 1\n")
	}
	// Beside those of the items three keys are missing; a fourth is found too late.
	_, err = Load(fstest.MapFS{FileName: {Data: many.Bytes()}}, nil)
	faults, ok := err.(Faults)
	if !ok || len(faults) != MaxFaults {
		t.Fatalf("%d faults", len(faults))
	}
	if last := faults[MaxFaults-1]; last.Line != MaxFaults-2 {
		t.Errorf("the last fault is in line %d", last.Line)
	}
	if !strings.HasSuffix(err.Error(), "\nthese are the first 50 faults; there may be more") {
		t.Errorf("the end is not told: %v", err)
	}
}

// A small file that means a huge one is refused before it can grow.
func TestAliasBomb(t *testing.T) {
	t.Parallel()
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 60; i++ {
		fmt.Fprintf(&bomb, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	_, err := Load(fstest.MapFS{FileName: {Data: []byte(bomb.String())}}, nil)
	if err == nil || err.Error() != "catalogue.yaml: line 1: anchors and aliases (& and *) are not taken" {
		t.Errorf("an alias bomb: %v", err)
	}
}

// FuzzLoad finds in any YAML file either faults that can be shown, or a catalogue
// that keeps to its bounds.
func FuzzLoad(f *testing.F) {
	f.Add(small)
	for _, line := range strings.SplitAfter(small, "\n") {
		f.Add(strings.Replace(small, line, "", 1))
	}
	for _, text := range []string{"", "---", "--- |", "a: [", "a: *b", "&a [*a]", "? {}\n: []", "\x00", "!!binary a: !!set {}", "items: [!!int a, !x {}]", "%YAML 1.9\n--- {}", "- - - - [[[[{{{{"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		files := folder(text)
		c, err := Load(files, nil)
		if err != nil {
			showable(t, err)
			return
		}
		bounded(t, c)
	})
}

func showable(t *testing.T, err error) {
	faults, ok := err.(Faults)
	if !ok || len(faults) == 0 || len(faults) > MaxFaults {
		t.Fatalf("%d faults: %v", len(faults), err)
	}
	for i, fault := range faults {
		if fault.Line < 1 || i > 0 && fault.Line < faults[i-1].Line {
			t.Errorf("fault %d is in line %d", i, fault.Line)
		}
		text := fault.Error()
		if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) || len(text) > 2000 {
			t.Errorf("a fault cannot be shown: %q", text)
		}
	}
}

func bounded(t *testing.T, c *Catalogue) {
	items := map[string]Item{}
	ids := map[int64]bool{0: true}
	take := func(key string, id int64, name string) {
		length := utf8.RuneCountInString(name)
		if !keyForm.MatchString(key) || length < 1 || length > MaxText || id < 0 || id > MaxID || id != 0 && ids[id] {
			t.Errorf("%q, %d, %q", key, id, name)
		}
		ids[id] = true
	}
	for _, taste := range c.Tastes {
		take(taste.Key, taste.ID, taste.Name)
		if n := len(taste.Frames); n < 2 || n > MaxFrames {
			t.Errorf("%d frames", n)
		}
	}
	for _, item := range c.Items {
		take(item.Key, item.ID, item.Name)
		if _, there := items[item.Key]; there || len(item.Slots) == 0 || len(item.Layers) == 0 || len(item.Layers) > MaxLayers {
			t.Errorf("item %+v", item)
		}
		items[item.Key] = item
		for _, layer := range item.Layers {
			if _, err := c.Read(layer); err != nil {
				t.Error(err)
			}
		}
	}
	defaults := 0
	for _, coord := range c.Coords {
		take(coord.Key, coord.ID, coord.Name)
		slots := map[string]bool{}
		for _, key := range coord.Items {
			for _, slot := range items[key].Slots {
				if slots[slot] {
					t.Errorf("coord %s takes %s twice", coord.Key, slot)
				}
				slots[slot] = true
			}
		}
		if !slots["body"] || !slots["face"] || !slots["hair"] {
			t.Errorf("coord %s has %v only", coord.Key, slots)
		}
		if coord.Default {
			defaults++
		}
	}
	if defaults != 1 {
		t.Errorf("%d coords are the default", defaults)
	}
}
