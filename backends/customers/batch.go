package customers

import (
	"maps"
	"slices"
)

const (
	batchChanges = 500       // changes written in one statement
	batchBytes   = 128 << 10 // of their values
)

// batches cuts the changes of an update into runs that one statement may write
// without anybody seeing a difference to one after another: the same columns,
// of different customers. One that sets the e-mail address goes alone, as the
// address may be one that the change before it has given up.
func batches(changes []change) [][]change {
	var all [][]change
	var ids map[int64]bool
	size := 0
	for _, c := range changes {
		weight := 0
		for _, value := range c.Values {
			weight += len(value)
		}
		if len(all) > 0 {
			last := all[len(all)-1]
			_, address := c.Values[colEmail]
			if !address && !ids[c.ID] && len(last) < batchChanges && size+weight <= batchBytes && sameColumns(last[0], c) {
				all[len(all)-1] = append(last, c)
				ids[c.ID] = true
				size += weight
				continue
			}
		}
		all = append(all, []change{c})
		ids = map[int64]bool{c.ID: true}
		size = weight
	}
	return all
}

func sameColumns(a, b change) bool {
	return len(a.Values) == len(b.Values) && !slices.ContainsFunc(slices.Collect(maps.Keys(b.Values)), func(name string) bool {
		_, there := a.Values[name]
		return !there
	})
}
