package avatarplay

import (
	"fmt"
	"slices"
	"strings"

	"sekisho/backends/avatarplay/catalogue"
	"sekisho/backends/kit"
)

// wornColumns are the columns of what somebody wears, and wornHelp what is said
// of them.
var wornColumns = []string{"taste", "items", "saved_at"}

const wornHelp = `  taste        a taste's key or id; that of the default coord where it is empty
  items        the main coord: keys or ids of items with a space between; they own
               each of them. The default coord where it is empty
  saved_at     when they were dressed last; empty where nobody has dressed them
               yet (such a user will wear what the guest wears whom they take over)`

// mostWorn is how many items somebody who comes in may wear.
const mostWorn = 50

// wornIn reads what a row's somebody wears.
func wornIn(f *kit.CSVFields, all *index) wearing {
	worn := wearing{outfit: all.first.outfit, savedAt: f.Time("saved_at", 0)}
	if text := f.Get("taste"); text != "" {
		id, found := all.find(kindTaste, text)
		if !found {
			f.Fail("taste", "is none of the catalogue's")
		}
		worn.Taste = id
	}
	if text := f.Get("items"); text != "" {
		worn.Items = itemsIn(f, all, strings.Fields(text))
	}
	return worn
}

// itemsIn reads items that somebody wears together.
func itemsIn(f *kit.CSVFields, all *index, words []string) (ids []int64) {
	if len(words) > mostWorn {
		f.Fail("items", fmt.Sprintf("holds more than %d", mostWorn))
		return nil
	}
	var worn []*item
	for _, word := range words {
		id, found := all.find(kindItem, word)
		if !found {
			f.Fail("items", "holds one that is none of the catalogue's")
			return nil
		}
		put := all.items[id]
		if slices.ContainsFunc(worn, put.excludes) {
			f.Fail("items", "holds two that cannot be worn together")
			return nil
		}
		worn, ids = append(worn, put), append(ids, id)
	}
	for _, part := range []catalogue.Part{catalogue.PartBody, catalogue.PartFace} {
		if !slices.ContainsFunc(worn, func(i *item) bool { return i.Part == part }) {
			f.Fail("items", "lacks a "+string(part))
		}
	}
	return ids
}

// wornOut gives what somebody wears in the order of wornColumns.
func wornOut(row wearerRow, known keys) ([]string, error) {
	ids, err := splitIDs(row.Items)
	if err != nil {
		return nil, err
	}
	items := make([]string, len(ids))
	for i, id := range ids {
		items[i] = keyOr(known.items, id)
	}
	return []string{keyOr(known.tastes, row.TasteID), strings.Join(items, " "), kit.CSVTime(row.SavedAt)}, nil
}
