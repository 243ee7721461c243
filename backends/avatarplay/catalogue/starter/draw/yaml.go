package main

import (
	"bytes"
	"fmt"
	"strings"
)

// bust is the section that the face picture shows: left and top edge, width and
// height.
var bust = [4]int{60, 11, 120, 160}

// document is the catalogue's YAML file. It fails where something has no id yet.
func document() ([]byte, error) {
	var y bytes.Buffer
	fmt.Fprintln(&y, "# The starter catalogue of Avatar Play. The program in draw/ writes this file and")
	fmt.Fprintln(&y, "# all layers: change the program instead, and run it.")
	fmt.Fprintf(&y, "canvas: [%d, %d]\n", width, height)
	fmt.Fprintf(&y, "bust: [%d, %d, %d, %d]\n", bust[0], bust[1], bust[2], bust[3])

	fmt.Fprintln(&y, "tastes:")
	for _, t := range tastes() {
		if err := heading(&y, "taste_"+t.key, t.key, t.name); err != nil {
			return nil, err
		}
		fmt.Fprintln(&y, "    frames:")
		for _, f := range t.frames {
			fmt.Fprintf(&y, "      - { %s }\n", f)
		}
	}
	fmt.Fprintln(&y, "items:")
	for _, i := range items() {
		if err := heading(&y, i.key, i.key, i.name); err != nil {
			return nil, err
		}
		fmt.Fprintf(&y, "    part: %s\n", i.part)
		if len(i.slots) > 0 {
			fmt.Fprintf(&y, "    slots: [%s]\n", strings.Join(i.slots, ", "))
		}
		if i.free {
			fmt.Fprintln(&y, "    free: true")
		}
		fmt.Fprintln(&y, "    layers:")
		for _, l := range i.layers {
			fmt.Fprintf(&y, "      - { file: %s, z: %d, group: %s%s }\n", i.file(l), l.z, l.group, also("when", l.when))
		}
	}
	fmt.Fprintln(&y, "coords:")
	for _, c := range coords() {
		if err := heading(&y, "coord_"+c.key, c.key, c.name); err != nil {
			return nil, err
		}
		fmt.Fprintf(&y, "    taste: %s\n", c.taste)
		fmt.Fprintf(&y, "    items: [%s]\n", strings.Join(c.items, ", "))
		if c.initial {
			fmt.Fprintln(&y, "    initial: true")
		}
		if c.first {
			fmt.Fprintln(&y, "    default: true")
		}
	}
	return y.Bytes(), nil
}

// heading writes what all entries begin with; thing is the entry's name in ids.
func heading(y *bytes.Buffer, thing, key, name string) error {
	id, ok := ids[thing]
	if !ok {
		return fmt.Errorf("%s has no id in ids.go", thing)
	}
	fmt.Fprintf(y, "  - key: %s\n    id: %d\n    name: %s\n", key, id, name)
	return nil
}

// also is one more key of an entry, if it has a value.
func also(key, value string) string {
	if value == "" {
		return ""
	}
	return ", " + key + ": " + value
}

// String is the frame as it stands in the file: a group that does not move is
// left out.
func (f frame) String() string {
	text := fmt.Sprintf("delay: %d", f.delay)
	for _, group := range []struct {
		name string
		by   move
	}{{legs, f.legs}, {torso, f.torso}, {head, f.head}} {
		if group.by != (move{}) {
			text += fmt.Sprintf(", %s: [%d, %d]", group.name, group.by.x, group.by.y)
		}
	}
	if f.blink {
		text += also("blink", "true")
	}
	return text
}
