package avatarplay

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"slices"

	"sekisho/backends/avatarplay/catalogue"
	"sekisho/backends/avatarplay/drawing"
)

// drawer is the version of what draws. A change by which the same recipe gives
// another picture must change it: an URL never changes its content.
const drawer = 1

// layer is one layer of an item, as the items table keeps it.
type layer struct {
	Hash  string        `json:"hash"` // of its picture
	Z     int           `json:"z"`
	Group drawing.Group `json:"group"`
	When  drawing.When  `json:"when,omitempty"`
}

// look is the recipe of a figure: its layers in the order in which they are
// painted.
type look struct {
	Drawer int             `json:"drawer"`
	Bust   image.Rectangle `json:"bust"` // the section of the face picture; empty for an item alone
	Layers []painted       `json:"layers"`
}

// painted is a layer of a recipe.
type painted struct {
	Hash  string        `json:"hash"`
	Group drawing.Group `json:"group"`
	When  drawing.When  `json:"when,omitempty"`
}

// motion is the recipe of an animation.
type motion struct {
	Drawer int             `json:"drawer"`
	Frames []drawing.Frame `json:"frames"`
}

// lookOf gives the look of some items worn together. It does not depend on the
// order in which they were put on.
func lookOf(worn []*item, bust image.Rectangle) look {
	type placed struct {
		layer
		part int
		item int64
	}
	var all []placed
	for _, i := range worn {
		for _, l := range i.layers {
			all = append(all, placed{layer: l, part: slices.Index(catalogue.Parts, i.Part), item: i.ID})
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.Z, b.Z), cmp.Compare(a.part, b.part), cmp.Compare(a.item, b.item))
	})
	made := look{Drawer: drawer, Bust: bust, Layers: make([]painted, 0, len(all))}
	for _, l := range all {
		made.Layers = append(made.Layers, painted{Hash: l.Hash, Group: l.Group, When: l.When})
	}
	return made
}

// recipe is a look or a motion as it is kept, under its hash.
type recipe struct {
	Hash string // 32 digits
	Text string
}

// recipeOf writes a look or a motion.
func recipeOf(value any) recipe {
	text := toJSON(value)
	sum := sha256.Sum256([]byte(text))
	return recipe{Hash: hex.EncodeToString(sum[:16]), Text: text}
}
