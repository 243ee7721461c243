package avatarplay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"sekisho/backends/avatarplay/catalogue"
	"sekisho/caddymodules/stores"
)

// bringCatalogue puts a catalogue that was checked over the one that is there:
// first its artwork, then, all at once, what it says. one is called after each
// layer. It is an error where an id of the catalogue is another thing's already.
func bringCatalogue(ctx context.Context, kept store, blobs stores.Blobs, brought *catalogue.Catalogue, one func()) error {
	p, err := planCatalogue(ctx, kept, brought)
	if err != nil {
		return err
	}
	return p.carryOut(ctx, kept, blobs, brought, one)
}

// plan is what bringing a catalogue comes to.
type plan struct {
	rows                  catalogueRows
	tastes, items, coords tally

	first, firstBefore string // the keys of the default coord, and of the one that it was; "" for none
}

// tally counts what a catalogue brings of a kind.
type tally struct {
	fresh   int
	changed int // in more than the place in the order
	same    int
	others  int // that are there, and that it does not name; they stay
}

// planCatalogue finds out what bringing a catalogue comes to, and changes
// nothing.
func planCatalogue(ctx context.Context, kept store, brought *catalogue.Catalogue) (p plan, err error) {
	there, err := kept.catalogue(ctx)
	if err != nil {
		return p, err
	}
	if p.rows, err = merge(brought, there); err != nil {
		return p, err
	}
	p.tastes = compare(p.rows.tastes, there.tastes, func(row tasteRow) (string, tasteRow) { row.Position = 0; return row.Key, row })
	p.items = compare(p.rows.items, there.items, func(row itemRow) (string, itemRow) { row.Position = 0; return row.Key, row })
	p.coords = compare(p.rows.coords, there.coords, func(row coordRow) (string, coordRow) { row.Position = 0; return row.Key, row })
	p.first, p.firstBefore = defaultOf(p.rows.coords), defaultOf(there.coords)
	return p, nil
}

// defaultOf gives the key of the default coord among some.
func defaultOf(coords []coordRow) string {
	for _, row := range coords {
		if row.IsDefault {
			return row.Key
		}
	}
	return ""
}

// compare counts what comes against what is there; plain gives a row's key, and
// the row without its place in the order.
func compare[Row comparable](coming, there []Row, plain func(Row) (string, Row)) (t tally) {
	before := make(map[string]Row, len(there))
	for _, row := range there {
		key, row := plain(row)
		before[key] = row
	}
	for _, row := range coming {
		key, row := plain(row)
		switch had, known := before[key]; {
		case !known:
			t.fresh++
		case had == row:
			t.same++
		default:
			t.changed++
		}
	}
	t.others = len(there) - t.changed - t.same
	return t
}

// carryOut keeps the artwork of a catalogue, and then what was planned. one is
// called after each layer.
func (p plan) carryOut(ctx context.Context, kept store, blobs stores.Blobs, brought *catalogue.Catalogue, one func()) error {
	for _, i := range brought.Items {
		for _, l := range i.Layers {
			if err := keepArtwork(ctx, blobs, brought, l); err != nil {
				return err
			}
			one()
		}
	}
	return kept.keepCatalogue(ctx, p.rows)
}

// countLayers is how many layers a catalogue has.
func countLayers(c *catalogue.Catalogue) (layers int) {
	for _, i := range c.Items {
		layers += len(i.Layers)
	}
	return layers
}

// keepArtwork keeps the picture of a layer, unless it is there already.
func keepArtwork(ctx context.Context, blobs stores.Blobs, brought *catalogue.Catalogue, l catalogue.Layer) error {
	_, err := blobs.Stat(ctx, artKey(l.Hash))
	if err == nil {
		return nil
	}
	if !errors.Is(err, stores.ErrNotFound) {
		return fmt.Errorf("looking for artwork: %w", err)
	}
	file, err := brought.Read(l)
	if err != nil {
		return err
	}
	if err := blobs.Put(ctx, artKey(l.Hash), bytes.NewReader(file)); err != nil {
		return fmt.Errorf("keeping artwork: %w", err)
	}
	return nil
}

// numbering gives what a catalogue names ids: by its key the id that it has, then
// the one that the file says, then a random one.
type numbering struct {
	byKey map[string]int64 // what has an id already, "items hair_bob"
	byID  map[int64]string
	err   error
}

// number gives the id of one thing.
func (n *numbering) number(kind, key string, said int64) int64 {
	name := kind + " " + key
	id, known := n.byKey[name]
	switch {
	case known && said != 0 && said != id:
		n.fail("%s has the id %d already, not %d", name, id, said)
	case !known && said == 0:
		id = newID()
	case !known:
		id = said
	}
	if owner, taken := n.byID[id]; taken && owner != name {
		n.fail("the id %d of %s is that of %s already", id, name, owner)
	}
	n.byKey[name], n.byID[id] = id, name
	return id
}

func (n *numbering) fail(format string, args ...any) {
	n.err = errors.Join(n.err, fmt.Errorf(format, args...))
}

// merge gives the rows of a catalogue, with the ids of what is there already.
func merge(brought *catalogue.Catalogue, there catalogueRows) (rows catalogueRows, err error) {
	n := &numbering{byKey: map[string]int64{}, byID: map[int64]string{}}
	note := func(kind, key string, id int64) { n.byKey[kind+" "+key], n.byID[id] = id, kind+" "+key }
	for _, row := range there.tastes {
		note("taste", row.Key, row.ID)
	}
	for _, row := range there.items {
		note("item", row.Key, row.ID)
	}
	for _, row := range there.coords {
		note("coord", row.Key, row.ID)
	}
	bust := brought.Bust
	rows.head = catalogueRow{Bust: fmt.Sprintf("%d,%d,%d,%d", bust.Min.X, bust.Min.Y, bust.Dx(), bust.Dy())}
	for i, t := range brought.Tastes {
		rows.tastes = append(rows.tastes, tasteRow{
			ID: n.number("taste", t.Key, t.ID), Key: t.Key, Name: t.Name, Frames: toJSON(t.Frames), Position: int64(i),
		})
	}
	for i, one := range brought.Items {
		rows.items = append(rows.items, itemRow{
			ID: n.number("item", one.Key, one.ID), Key: one.Key, Name: one.Name, Part: string(one.Part),
			Slots: strings.Join(one.Slots, ","), Free: one.Free, Layers: toJSON(layersOf(one)), Position: int64(i),
		})
	}
	for i, c := range brought.Coords {
		rows.coords = append(rows.coords, coordRow{
			ID: n.number("coord", c.Key, c.ID), Key: c.Key, Name: c.Name, TasteID: n.byKey["taste "+c.Taste],
			Items: joinIDs(n.idsOf(c.Items)), Initial: c.Initial, IsDefault: c.Default, Position: int64(i),
		})
	}
	return rows, n.err
}

func (n *numbering) idsOf(keys []string) (ids []int64) {
	for _, key := range keys {
		ids = append(ids, n.byKey["item "+key])
	}
	return ids
}

func layersOf(one catalogue.Item) []layer {
	layers := make([]layer, len(one.Layers))
	for i, l := range one.Layers {
		layers[i] = layer{Hash: l.Hash, Z: l.Z, Group: l.Group, When: l.When}
	}
	return layers
}
