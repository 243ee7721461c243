// Package catalogue reads what there is to wear in Avatar Play as an operator
// brings it: a folder with PNG layers and one YAML file, catalogue.yaml, which
// says what they are. A catalogue is checked whole before anything is made of it.
//
//	canvas: [240, 320]         # the size of every layer, just this
//	bust: [60, 16, 120, 160]   # x, y, width and height of the face picture's section, three wide for four high
//	tastes:                    # how avatars move, up to 50
//	  - key: nonbiri           # a-z 0-9 _ -, up to 40 characters
//	    id: 4837291047563821   # may be missing in each entry: the import gives a random one then
//	    name: のんびり          # up to 40 characters
//	    frames:                # 2 to 24: milliseconds, and how far legs, torso and head are moved, up to 40 pixels
//	      - { delay: 400 }
//	      - { delay: 200, torso: [0, 1], head: [0, 2] }
//	      - { delay: 120, blink: true }
//	items:                     # up to 20,000
//	  - key: bob_brown
//	    name: ボブ（ブラウン）
//	    part: hair             # background body face hair tops bottoms dress shoes accessory
//	    free: true             # everybody who signs up has it; else false
//	    layers:                # 1 to 8; the higher z is painted over the lower; group: scene legs torso head
//	      - { file: layers/bob_brown_back.png, z: 20, group: head }
//	      - { file: layers/bob_brown.png, z: 70, group: head }
//	  - key: smile
//	    name: えがお
//	    part: face
//	    layers:
//	      - { file: layers/smile_open.png, z: 60, group: head, when: open }
//	      - { file: layers/smile_blink.png, z: 60, group: head, when: blink }
//	  - key: beret
//	    name: ベレーぼう
//	    part: accessory
//	    slots: [hat]           # 1 to 4 words of what it takes up; the other parts take up what they are
//	    layers: [{ file: layers/beret.png, z: 90, group: head }]
//	coords:                    # up to 1,000
//	  - key: first
//	    name: はじめてのコーデ
//	    taste: nonbiri
//	    items: [light, smile, bob_brown, beret]  # with a body, a face and hair, and no two that share a slot
//	    initial: true          # a guest may begin with it; else false
//	    default: true          # just one coord, and it is initial
package catalogue

import (
	"cmp"
	"fmt"
	"image"
	"io/fs"
	"slices"

	"sekisho/backends/avatarplay/drawing"
)

// FileName is the name of the YAML file in a catalogue's folder.
const FileName = "catalogue.yaml"

// What a catalogue may hold at most.
const (
	MaxFile   = 4 << 20 // bytes of the YAML file
	MaxTastes = 50
	MaxItems  = 20_000
	MaxCoords = 1_000
	MaxFrames = drawing.MaxFrames // of a taste
	MaxLayers = 8                 // of an item
	MaxSlots  = 4                 // of an accessory
	MaxID     = 1<<53 - 1
	MaxText   = 40 // characters of a key, a name or a slot
)

// Catalogue is all there is to wear, in the order of the file.
type Catalogue struct {
	// Bust is the section of a figure that the face picture shows.
	Bust image.Rectangle

	Tastes []Taste
	Items  []Item
	Coords []Coord

	files fs.FS
}

// Taste is a way in which avatars move.
type Taste struct {
	Key    string
	ID     int64 // 0 where the file does not say
	Name   string
	Frames []Frame // from 2 to MaxFrames
}

// Item is a thing to wear.
type Item struct {
	Key    string
	ID     int64 // 0 where the file does not say
	Name   string
	Part   Part
	Slots  []string // what it takes up; of two items that share one, only one can be worn
	Free   bool     // everybody who signs up has it
	Layers []Layer  // from 1 to MaxLayers
}

// Layer is a picture of an item.
type Layer struct {
	File  string // its name in the folder
	Hash  string // SHA-256 of its content, 64 hexadecimal digits in lower case
	Z     int    // from 0 to 999; the higher is painted over the lower
	Group Group
	When  When
}

// Coord is a ready outfit (コーデ).
type Coord struct {
	Key     string
	ID      int64 // 0 where the file does not say
	Name    string
	Taste   string   // its key
	Items   []string // their keys
	Initial bool     // a guest may begin with it
	Default bool     // who chooses none begins with it; one coord of a catalogue, and it is initial
}

// What a layer moves with, when it is seen, and how a figure moves are in the
// words of the package that draws it.
type (
	Group = drawing.Group
	When  = drawing.When
	Frame = drawing.Frame
)

// Part says what an item is, and with it the tab in which it stands.
type Part string

// The parts, in the order of their tabs.
const (
	PartBackground Part = "background"
	PartBody       Part = "body"
	PartFace       Part = "face"
	PartHair       Part = "hair"
	PartTops       Part = "tops"
	PartBottoms    Part = "bottoms"
	PartDress      Part = "dress"
	PartShoes      Part = "shoes"
	PartAccessory  Part = "accessory"
)

// Parts are all parts in the order of their tabs.
var Parts = []Part{
	PartBackground, PartBody, PartFace, PartHair, PartTops, PartBottoms, PartDress, PartShoes, PartAccessory,
}

// needed are the parts without which nobody goes out.
var needed = []Part{PartBody, PartFace, PartHair}

// slots are what an item of the part takes up; nothing for an accessory, which
// names its own.
func (p Part) slots() []string {
	switch p {
	case PartAccessory:
		return nil
	case PartDress:
		return []string{string(PartTops), string(PartBottoms)}
	}
	return []string{string(p)}
}

// Load reads a catalogue and checks all of it: [Faults] are everything that is
// wrong with it. Any other error is one of reading the YAML file.
//
// The files of a folder are best given as [os.Root.FS], which cannot be led out
// of it. Where files has symbolic links otherwise, those that lead out of it are
// faults. Several files are read at once.
//
// progress, if it is not nil, is told how many of the layers' files are checked,
// never from two goroutines at once.
func Load(files fs.FS, progress func(done, all int)) (*Catalogue, error) {
	content, err := read(files, FileName, MaxFile)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", FileName, err)
	}
	r := newReader()
	c := &Catalogue{files: files}
	if root := r.document(content); root != nil {
		r.catalogue(root, c)
		r.artwork(c, progress)
	}
	if len(r.faults) > 0 {
		slices.SortStableFunc(r.faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
		return nil, r.faults[:min(len(r.faults), MaxFaults)]
	}
	return c, nil
}
