package avatarplay

import (
	"slices"

	"sekisho/backends/avatarplay/catalogue"
)

// outfit is what a wearer has on, or tries on.
type outfit struct {
	Items []int64 `json:"items"`
	Taste int64   `json:"taste"`
}

// wears says whether an item is part of the outfit.
func (o outfit) wears(id int64) bool { return slices.Contains(o.Items, id) }

// equal says whether two outfits are the same, in whatever order the items came.
func (o outfit) equal(other outfit) bool {
	return o.Taste == other.Taste && slices.Equal(sorted(o.Items), sorted(other.Items))
}

func sorted(ids []int64) []int64 {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return ids
}

// with gives the outfit with an item put on. It takes the place of whatever has
// one of its slots: a dress that of a top and of a bottom.
func (o outfit) with(c *closet, put *item) outfit {
	worn := make([]int64, 0, len(o.Items)+1)
	for _, id := range o.Items {
		if other := c.items[id]; id != put.ID && (other == nil || !put.excludes(other)) {
			worn = append(worn, id)
		}
	}
	return outfit{Items: append(worn, put.ID), Taste: o.Taste}
}

// without gives the outfit with an item taken off.
func (o outfit) without(id int64) outfit {
	worn := slices.DeleteFunc(slices.Clone(o.Items), func(other int64) bool { return other == id })
	return outfit{Items: worn, Taste: o.Taste}
}

// excludes says whether two items cannot be worn together.
func (i *item) excludes(other *item) bool {
	return slices.ContainsFunc(i.Slots, func(slot string) bool { return slices.Contains(other.Slots, slot) })
}

// staysOn says whether a worn item cannot be taken off: a body and a face never
// can, hair only where the wearer has other hair to put on.
func (i *item) staysOn(otherHair bool) bool {
	switch i.Part {
	case catalogue.PartBody, catalogue.PartFace:
		return true
	case catalogue.PartHair:
		return !otherHair
	}
	return false
}
