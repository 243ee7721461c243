package avatarplay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"sekisho/backends/kit"
)

// index is a closet in which things are found by their key or their id.
type index struct {
	*closet
	byKey map[string]map[string]int64 // the ids, by kind and key
}

// The kinds of what an index finds, in the words of errors.
const (
	kindItem  = "item"
	kindCoord = "coord"
	kindTaste = "taste"
)

// index reads the whole catalogue. It is an error where there is none.
func (s store) index(ctx context.Context) (*index, error) {
	rows, err := s.catalogue(ctx)
	if err != nil {
		return nil, err
	}
	return newIndex(rows)
}

func newIndex(rows catalogueRows) (*index, error) {
	all, err := newCloset(rows)
	if err != nil {
		return nil, err
	}
	found := &index{all, map[string]map[string]int64{kindItem: {}, kindCoord: {}, kindTaste: {}}}
	for _, one := range all.itemOrder {
		found.byKey[kindItem][one.Key] = one.ID
	}
	for _, one := range all.coordOrder {
		found.byKey[kindCoord][one.Key] = one.ID
	}
	for _, one := range all.tasteOrder {
		found.byKey[kindTaste][one.Key] = one.ID
	}
	return found, nil
}

// find gives the id of what a word names: by its key or, where nothing has that
// key, by its id.
func (x *index) find(kind, word string) (id int64, found bool) {
	if id, found = x.byKey[kind][word]; found {
		return id, true
	}
	id, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		return 0, false
	}
	switch kind {
	case kindItem:
		found = x.items[id] != nil
	case kindCoord:
		found = x.coords[id] != nil
	case kindTaste:
		found = x.tastes[id] != nil
	}
	return id, found
}

// findAll is find for the arguments of a command, each once.
func (x *index) findAll(kind string, words []string) (ids []int64, err error) {
	var unknown []error
	for _, word := range words {
		id, found := x.find(kind, word)
		switch {
		case !found && len(unknown) < kit.MaxFaults:
			unknown = append(unknown, fmt.Errorf("there is no %s %q", kind, word))
		case found && !slices.Contains(ids, id):
			ids = append(ids, id)
		}
	}
	return ids, errors.Join(unknown...)
}

// keys are the keys of items and tastes by their ids.
type keys struct{ items, tastes map[int64]string }

// keys reads what is needed to write what somebody wears.
func (s store) keys(ctx context.Context) (keys, error) {
	rows, err := s.catalogue(ctx)
	return keysIn(rows), err
}

func keysIn(rows catalogueRows) keys {
	k := keys{map[int64]string{}, map[int64]string{}}
	for _, row := range rows.items {
		k.items[row.ID] = row.Key
	}
	for _, row := range rows.tastes {
		k.tastes[row.ID] = row.Key
	}
	return k
}

// keyOr names a thing by its key or, where a table was edited by hand, its id.
func keyOr(keys map[int64]string, id int64) string {
	if key, there := keys[id]; there {
		return key
	}
	return strconv.FormatInt(id, 10)
}
