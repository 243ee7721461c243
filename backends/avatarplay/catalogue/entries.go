package catalogue

import (
	"image"
	"regexp"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"sekisho/backends/avatarplay/drawing"
)

const (
	maxZ    = 999
	maxMove = 40 // pixels
	maxWorn = 50 // items of a coord

	// The delays of a frame in milliseconds, and the step that a GIF file knows.
	minDelay, maxDelay, delayStep = 20, 5000, 10
)

var (
	keyForm  = regexp.MustCompile(`^[a-z0-9_-]{1,40}$`)
	slotForm = regexp.MustCompile(`^[a-z_]{1,40}$`)
	fileForm = regexp.MustCompile(`^[^\x00-\x1f\x7f]{1,200}$`)
)

// catalogue reads the whole file. The order of its keys does not matter: coords
// are read last, for they name the others.
func (r *reader) catalogue(n *yaml.Node, c *Catalogue) {
	f, ok := r.fields(n, "the file", "canvas", "bust", "tastes", "items", "coords")
	if !ok {
		return
	}
	canvas, ok := f.numbers("canvas", 2, 1, 10_000)
	if ok && (canvas[0] != drawing.Width || canvas[1] != drawing.Height) {
		f.fault("canvas", "must be [%d, %d]", drawing.Width, drawing.Height)
	}
	c.Bust = f.bust()
	tastes, haveTastes := f.list("tastes", 1, MaxTastes)
	for _, n := range tastes {
		c.Tastes = append(c.Tastes, r.taste(n))
	}
	items, haveItems := f.list("items", 1, MaxItems)
	for _, n := range items {
		c.Items = append(c.Items, r.item(n))
	}
	coords, ok := f.list("coords", 1, MaxCoords)
	if !ok || !haveTastes || !haveItems {
		return // each coord would be at fault
	}
	for _, n := range coords {
		c.Coords = append(c.Coords, r.coord(n))
	}
	if r.first == 0 {
		f.fault("coords", "none is the default")
	}
}

// bust reads x, y, width and height.
func (f fields) bust() image.Rectangle {
	numbers, ok := f.numbers("bust", 4, 0, max(drawing.Width, drawing.Height))
	if !ok {
		return image.Rectangle{}
	}
	x, y, width, height := numbers[0], numbers[1], numbers[2], numbers[3]
	bust := image.Rect(x, y, x+width, y+height)
	switch {
	case width == 0 || width*drawing.BustHeight != height*drawing.BustWidth:
		f.fault("bust", "%d by %d is not three wide for four high", width, height)
	case !bust.In(image.Rect(0, 0, drawing.Width, drawing.Height)):
		f.fault("bust", "it leaves the canvas")
	}
	return bust
}

// head reads what tastes, items and coords have alike. taken says in which line
// each key of their kind stands.
func (f *fields) head(taken map[string]int) (key string, id int64, name string) {
	if word, ok := f.word("key", keyForm); ok {
		key = word
		f.what += " " + key
		if line, there := taken[key]; there {
			f.fault("key", "line %d has it already", line)
		} else {
			taken[key] = f.values["key"].Line
		}
	}
	if f.has("id") {
		id, _ = f.number("id", 1, MaxID)
	}
	if id != 0 {
		if line, there := f.r.ids[id]; there {
			f.fault("id", "line %d has it already", line)
		} else {
			f.r.ids[id] = f.values["id"].Line
		}
	}
	name, _ = f.name("name")
	return key, id, name
}

func (r *reader) taste(n *yaml.Node) (t Taste) {
	f, ok := r.fields(n, "taste", "key", "id", "name", "frames")
	if !ok {
		return t
	}
	t.Key, t.ID, t.Name = f.head(r.tastes)
	entries, _ := f.list("frames", 2, MaxFrames)
	for _, n := range entries {
		t.Frames = append(t.Frames, r.frame(n, f.what))
	}
	return t
}

func (r *reader) frame(n *yaml.Node, taste string) (frame Frame) {
	f, ok := r.fields(n, taste+": frame", "delay", "blink", "legs", "torso", "head")
	if !ok {
		return frame
	}
	if delay, ok := f.number("delay", minDelay, maxDelay); ok {
		if delay%delayStep != 0 {
			f.fault("delay", "%d milliseconds are not whole hundredths of a second", delay)
		}
		frame.Delay = time.Duration(delay) * time.Millisecond
	}
	frame.Blink = f.flag("blink")
	for _, group := range []Group{drawing.Legs, drawing.Torso, drawing.Head} {
		if !f.has(group.String()) {
			continue
		}
		if by, ok := f.numbers(group.String(), 2, -maxMove, maxMove); ok {
			frame.Moves[group] = image.Pt(by[0], by[1])
		}
	}
	return frame
}

func (r *reader) item(n *yaml.Node) (i Item) {
	f, ok := r.fields(n, "item", "key", "id", "name", "part", "slots", "free", "layers")
	if !ok {
		return i
	}
	i.Key, i.ID, i.Name = f.head(r.items)
	if part, ok := f.scalar("part"); ok {
		if !slices.Contains(Parts, Part(part.Value)) {
			f.fault("part", "%s is none", quoted(part.Value))
		} else {
			i.Part = Part(part.Value)
			i.Slots = f.slots(i.Part)
		}
	}
	i.Free = f.flag("free")
	entries, _ := f.list("layers", 1, MaxLayers)
	for _, n := range entries {
		i.Layers = append(i.Layers, r.layer(n, f.what))
	}
	if _, there := r.byKey[i.Key]; !there && i.Key != "" {
		r.byKey[i.Key] = i
	}
	return i
}

// slots gives those of the part; an accessory names its own, which are no part's:
// it could not be worn with a body otherwise.
func (f fields) slots(part Part) []string {
	if part != PartAccessory {
		if f.has("slots") {
			f.fault("slots", "only an accessory names them")
		}
		return part.slots()
	}
	slots, _ := f.words("slots", 1, MaxSlots)
	for i, slot := range slots {
		switch {
		case !slotForm.MatchString(slot):
			f.fault("slots", "%s is not of the form %s", quoted(slot), slotForm)
		case slices.Contains(Parts, Part(slot)):
			f.fault("slots", "%s is a part's", slot)
		case slices.Contains(slots[:i], slot):
			f.fault("slots", "%s is there twice", slot)
		}
	}
	return slots
}

func (r *reader) layer(n *yaml.Node, item string) (l Layer) {
	f, ok := r.fields(n, item+": layer", "file", "z", "group", "when")
	if !ok {
		return l
	}
	if file, ok := f.word("file", fileForm); ok {
		l.File = file
		if _, there := r.files[file]; !there {
			r.files[file] = f.values["file"].Line
		}
	}
	if z, ok := f.number("z", 0, maxZ); ok {
		l.Z = int(z)
	}
	if group, ok := f.scalar("group"); ok {
		if err := l.Group.UnmarshalText([]byte(group.Value)); err != nil {
			f.fault("group", "%v", err)
		}
	}
	if f.has("when") {
		if when, ok := f.scalar("when"); ok {
			if err := l.When.UnmarshalText([]byte(when.Value)); err != nil {
				f.fault("when", "%v", err)
			}
		}
	}
	return l
}

func (r *reader) coord(n *yaml.Node) (c Coord) {
	f, ok := r.fields(n, "coord", "key", "id", "name", "taste", "items", "initial", "default")
	if !ok {
		return c
	}
	c.Key, c.ID, c.Name = f.head(r.coords)
	if taste, ok := f.scalar("taste"); ok {
		c.Taste = taste.Value
		if _, there := r.tastes[c.Taste]; !there {
			f.fault("taste", "there is no taste %s", quoted(c.Taste))
		}
	}
	if items, ok := f.words("items", len(needed), maxWorn); ok {
		c.Items = items
		f.outfit(items)
	}
	c.Initial, c.Default = f.flag("initial"), f.flag("default")
	if c.Default {
		if !c.Initial {
			f.fault("default", "the default coord must be initial too")
		}
		if r.first != 0 {
			f.fault("default", "line %d has the default coord already", r.first)
		} else {
			r.first = f.values["default"].Line
		}
	}
	return c
}

// outfit notes what keeps some items from being worn together.
func (f fields) outfit(keys []string) {
	wearer := map[string]string{} // who takes up each slot
	known := true
	for _, key := range keys {
		item, there := f.r.byKey[key]
		if !there {
			f.fault("items", "there is no item %s", quoted(key))
		}
		known = known && item.Part != ""
		for _, slot := range item.Slots {
			if other, taken := wearer[slot]; taken {
				f.fault("items", "%s and %s cannot be worn together: both take %s", other, key, slot)
			}
			wearer[slot] = key
		}
	}
	if !known {
		return
	}
	for _, part := range needed {
		if wearer[string(part)] == "" {
			f.fault("items", "%s is missing", part)
		}
	}
}
