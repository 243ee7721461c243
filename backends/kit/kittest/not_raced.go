//go:build !race

package kittest

// Raced says whether the race detector watches: what only works hard for the
// processor may then do less, for it takes ten times as long and is no race.
const Raced = false
