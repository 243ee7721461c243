// Package starter holds the catalogue that a new Avatar Play begins with: the
// project's own artwork, which the program in the folder draw draws.
package starter

import "embed"

// Files are the catalogue as a folder: catalogue.yaml, and the PNG files of all
// layers under layers/.
//
//go:embed catalogue.yaml layers
var Files embed.FS
