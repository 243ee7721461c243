package avatarplay

import (
	"context"
	"errors"
	"fmt"
	"image"
	"strings"
	"sync/atomic"

	"sekisho/backends/avatarplay/catalogue"
	"sekisho/caddymodules/directory"
)

// item is one thing to wear.
type item struct {
	ID    int64
	Key   string
	Name  string
	Part  catalogue.Part
	Slots []string
	Free  bool

	layers []layer
	alone  recipe // of its thumbnail
}

// coord is a ready outfit.
type coord struct {
	ID      int64
	Key     string
	Name    string
	Initial bool
	outfit  outfit
}

// taste is a way to move.
type taste struct {
	ID     int64
	Key    string
	Name   string
	motion motion
}

// closet is the catalogue as a gateway has it at hand. It never changes; after a
// change there is another one.
type closet struct {
	generation int64
	bust       image.Rectangle

	tastes map[int64]*taste
	items  map[int64]*item
	coords map[int64]*coord

	tasteOrder []*taste
	itemOrder  []*item
	coordOrder []*coord
	first      *coord // the default one
}

// errNoCatalogue says that nothing was imported yet.
var errNoCatalogue = errors.New("there is no catalogue; `sekisho avatarplay catalogue import --starter` brings one")

// newCloset reads the rows of a catalogue.
func newCloset(rows catalogueRows) (*closet, error) {
	c := &closet{
		generation: rows.head.Generation,
		tastes:     map[int64]*taste{},
		items:      map[int64]*item{},
		coords:     map[int64]*coord{},
	}
	if c.generation == 0 {
		return nil, errNoCatalogue
	}
	var x, y, width, height int
	if _, err := fmt.Sscanf(rows.head.Bust, "%d,%d,%d,%d", &x, &y, &width, &height); err != nil {
		return nil, fmt.Errorf("reading the catalogue's bust: %w", err)
	}
	c.bust = image.Rect(x, y, x+width, y+height)
	for _, row := range rows.tastes {
		if err := c.addTaste(row); err != nil {
			return nil, err
		}
	}
	for _, row := range rows.items {
		if err := c.addItem(row); err != nil {
			return nil, err
		}
	}
	for _, row := range rows.coords {
		if err := c.addCoord(row); err != nil {
			return nil, err
		}
	}
	if c.first == nil {
		return nil, errors.New("the catalogue has no default coord")
	}
	return c, nil
}

func (c *closet) addTaste(row tasteRow) error {
	t := &taste{ID: row.ID, Key: row.Key, Name: row.Name, motion: motion{Drawer: drawer}}
	if err := fromJSON("the frames of taste "+row.Key, row.Frames, &t.motion.Frames); err != nil {
		return err
	}
	c.tastes[t.ID] = t
	c.tasteOrder = append(c.tasteOrder, t)
	return nil
}

func (c *closet) addItem(row itemRow) error {
	i := &item{
		ID: row.ID, Key: row.Key, Name: row.Name, Part: catalogue.Part(row.Part), Free: row.Free,
		Slots: strings.Split(row.Slots, ","),
	}
	if err := fromJSON("the layers of item "+row.Key, row.Layers, &i.layers); err != nil {
		return err
	}
	i.alone = recipeOf(lookOf([]*item{i}, image.Rectangle{}))
	c.items[i.ID] = i
	c.itemOrder = append(c.itemOrder, i)
	return nil
}

func (c *closet) addCoord(row coordRow) error {
	ids, err := splitIDs(row.Items)
	if err != nil {
		return fmt.Errorf("reading coord %s: %w", row.Key, err)
	}
	one := &coord{ID: row.ID, Key: row.Key, Name: row.Name, Initial: row.Initial, outfit: outfit{Items: ids, Taste: row.TasteID}}
	c.coords[one.ID] = one
	c.coordOrder = append(c.coordOrder, one)
	if row.IsDefault {
		c.first = one
	}
	return nil
}

// wornBy gives the items of an outfit. What the catalogue does not have, after a
// table was edited by hand, is not drawn.
func (c *closet) wornBy(o outfit) []*item {
	worn := make([]*item, 0, len(o.Items))
	for _, id := range o.Items {
		if i := c.items[id]; i != nil {
			worn = append(worn, i)
		}
	}
	return worn
}

// look gives how an outfit looks.
func (c *closet) look(o outfit) look { return lookOf(c.wornBy(o), c.bust) }

// motion gives how an outfit moves: by its taste, or by the default coord's.
func (c *closet) motion(o outfit) motion {
	if t := c.tastes[o.Taste]; t != nil {
		return t.motion
	}
	return c.tastes[c.first.outfit.Taste].motion
}

// freeItems are those that everybody has who signs up.
func (c *closet) freeItems() (ids []int64) {
	for _, i := range c.itemOrder {
		if i.Free {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

// closets keeps the closet at hand, and asks every few seconds whether the
// catalogue has changed.
type closets struct {
	store store
	asked *directory.Directory[struct{}, *closet]
	last  atomic.Pointer[closet]
}

func newClosets(s store) *closets {
	c := &closets{store: s}
	c.asked = directory.New(func(ctx context.Context, _ struct{}) (*closet, error) { return c.look(ctx) })
	return c
}

// get gives the closet, not older than [directory.RememberFor]. The error is a
// failure of ours, or that there is no catalogue.
func (c *closets) get(ctx context.Context) (*closet, error) { return c.asked.Get(ctx, struct{}{}) }

// look gives the closet as it is now: the last one, if nothing has changed.
func (c *closets) look(ctx context.Context) (*closet, error) {
	generation, err := c.store.generation(ctx)
	if err != nil {
		return nil, err
	}
	if last := c.last.Load(); last != nil && last.generation == generation {
		return last, nil
	}
	rows, err := c.store.catalogue(ctx)
	if err != nil {
		return nil, err
	}
	fresh, err := newCloset(rows)
	if err != nil {
		return nil, err
	}
	c.last.Store(fresh)
	return fresh, nil
}
