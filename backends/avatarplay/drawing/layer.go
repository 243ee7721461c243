package drawing

import (
	"fmt"
	"image"
	"time"
)

// Group is what a layer moves with.
type Group uint8

// The groups. What belongs to the scene never moves.
const (
	Scene Group = iota
	Legs
	Torso
	Head

	groups = iota
)

var groupNames = [groups]string{"scene", "legs", "torso", "head"}

// String gives the name of the group: scene, legs, torso or head.
func (g Group) String() string {
	if int(g) < groups {
		return groupNames[g]
	}
	return fmt.Sprintf("Group(%d)", uint8(g))
}

// MarshalText gives the name of the group, for JSON.
func (g Group) MarshalText() ([]byte, error) {
	if int(g) < groups {
		return []byte(groupNames[g]), nil
	}
	return nil, fmt.Errorf("there is no group %d", uint8(g))
}

// UnmarshalText takes the name of a group.
func (g *Group) UnmarshalText(name []byte) error {
	for i, known := range groupNames {
		if known == string(name) {
			*g = Group(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no group: scene, legs, torso or head", name)
}

// When says in which frames a layer is seen.
type When uint8

// A layer is seen always, while the eyes are open, or while they blink.
const (
	Always When = iota
	Open
	Blink

	whens = iota
)

var whenNames = [whens]string{"always", "open", "blink"}

// String gives the name: always, open or blink.
func (w When) String() string {
	if int(w) < whens {
		return whenNames[w]
	}
	return fmt.Sprintf("When(%d)", uint8(w))
}

// MarshalText gives the name, for JSON.
func (w When) MarshalText() ([]byte, error) {
	if int(w) < whens {
		return []byte(whenNames[w]), nil
	}
	return nil, fmt.Errorf("there is no when %d", uint8(w))
}

// UnmarshalText takes always, open or blink.
func (w *When) UnmarshalText(name []byte) error {
	for i, known := range whenNames {
		if known == string(name) {
			*w = When(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no when: always, open or blink", name)
}

// Layer is one picture of a figure, with what it does in an animation. Layers are
// given in the order in which they are painted.
type Layer struct {
	Sprite *Sprite
	Group  Group
	When   When
}

// Frame is a moment of an animation.
type Frame struct {
	// Delay is how long the frame is seen, in whole hundredths of a second.
	Delay time.Duration `json:"delay"`

	// Blink says that the eyes are closed.
	Blink bool `json:"blink,omitempty"`

	// Moves says how far each [Group] is moved, to the right and down. That of
	// the scene is not looked at.
	Moves [groups]image.Point `json:"moves"`
}
