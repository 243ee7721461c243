package main

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"
	"io/fs"
	"testing"

	"sekisho/backends/avatarplay/catalogue"
	"sekisho/backends/avatarplay/catalogue/starter"
	"sekisho/backends/kit/kittest"
)

const again = "run: go run ./backends/avatarplay/catalogue/starter/draw"

func TestCatalogueIsWhatIsWrittenHere(t *testing.T) {
	t.Parallel()
	kept, err := starter.Files.ReadFile("catalogue.yaml")
	if err != nil {
		t.Fatal(err)
	}
	written, err := document()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, written) {
		t.Error("catalogue.yaml is another one than the program writes;", again)
	}
}

// No layer is left over from an item that is gone.
func TestNoLayerIsLeftOver(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(starter.Files, "layers/*")
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string]bool{}
	for _, i := range items() {
		for _, l := range i.layers {
			drawn[i.file(l)] = true
		}
	}
	for _, file := range files {
		if !drawn[file] {
			t.Errorf("%s is not drawn any more; %s", file, again)
		}
	}
}

func TestLayersAreWhatIsDrawnHere(t *testing.T) {
	t.Parallel()
	all := items()
	if kittest.Raced {
		all = all[:10]
	}
	drawn := pictures(all)
	for file, picture := range drawn {
		content, err := starter.Files.ReadFile(file)
		if err != nil {
			t.Errorf("%v; %s", err, again)
			continue
		}
		kept, err := png.Decode(bytes.NewReader(content))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if far := difference(kept, picture); far > 2 {
			t.Errorf("%s is drawn differently, by %d; %s", file, far, again)
		}
	}
}

// difference is the largest one of any channel of any pixel, as it is painted:
// the colour of what is transparent does not count. Processors round differently,
// so that 2 can come about.
func difference(a, b image.Image) int {
	if a.Bounds() != b.Bounds() {
		return 255
	}
	painted := func(picture image.Image) []uint8 {
		p := image.NewRGBA(picture.Bounds())
		draw.Draw(p, p.Bounds(), picture, p.Bounds().Min, draw.Src)
		return p.Pix
	}
	far := 0
	of := painted(b)
	for i, value := range painted(a) {
		far = max(far, int(value)-int(of[i]), int(of[i])-int(value))
	}
	return far
}

// What a service promises of its catalogue: enough of each part, and some of it
// for everybody.
func TestThereIsEnough(t *testing.T) {
	t.Parallel()
	c, err := catalogue.Load(starter.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	all, free := map[catalogue.Part]int{}, map[catalogue.Part]int{}
	for _, i := range c.Items {
		all[i.Part]++
		if i.Free {
			free[i.Part]++
		}
	}
	for part, least := range map[catalogue.Part]struct{ all, free int }{
		catalogue.PartBody:       {2, 2},
		catalogue.PartFace:       {6, 4},
		catalogue.PartHair:       {12, 6},
		catalogue.PartTops:       {16, 6},
		catalogue.PartBottoms:    {12, 5},
		catalogue.PartDress:      {6, 2},
		catalogue.PartShoes:      {8, 3},
		catalogue.PartAccessory:  {12, 4},
		catalogue.PartBackground: {6, 3},
	} {
		if all[part] < least.all || free[part] < least.free {
			t.Errorf("%s: %d, %d of them free; want %d and %d", part, all[part], free[part], least.all, least.free)
		}
	}
	if len(c.Tastes) < 4 || len(c.Coords) < 8 {
		t.Errorf("%d tastes and %d coords; want 4 and 8", len(c.Tastes), len(c.Coords))
	}
}
