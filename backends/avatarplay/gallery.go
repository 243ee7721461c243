package avatarplay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"

	"sekisho/backends/avatarplay/drawing"
	"sekisho/backends/kit"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
)

// The kinds of pictures, as the metric names them.
const (
	kindMoving    = "moving"
	kindStill     = "still"
	kindFace      = "face"
	kindThumbnail = "thumbnail"
)

// pictures are the paths of the three pictures of an outfit.
type pictures struct{ moving, still, face string }

// picturesOf gives where the pictures of an outfit are. Their names say what they
// are drawn from, so that what one path shows never changes, and the same outfit
// has the same pictures whoever wears it.
func picturesOf(c *closet, o outfit) pictures {
	head := pathPictures + recipeOf(c.look(o)).Hash
	return pictures{
		moving: head + "-" + recipeOf(c.motion(o)).Hash + ".gif",
		still:  head + ".gif",
		face:   head + "-face.gif",
	}
}

// thumbnail gives where the thumbnail of an item is.
func (i *item) thumbnail() string { return pathPictures + recipeOf(i.look).Hash + ".png" }

// pictureName is the form of a picture's name: the hash of a look, then of a
// motion.
var pictureName = regexp.MustCompile(`^([0-9a-f]{32})(?:-([0-9a-f]{32})\.gif|(-face)\.gif|\.(gif|png))$`)

// order is what is to be drawn.
type order struct {
	name   string
	kind   string
	look   string // hash of the recipe
	motion string // of a moving picture
}

// parseName reads a picture's name; ok is false where it is none.
func parseName(name string) (o order, ok bool) {
	found := pictureName.FindStringSubmatch(name)
	if found == nil {
		return o, false
	}
	o = order{name: name, look: found[1], motion: found[2]}
	switch {
	case o.motion != "":
		o.kind = kindMoving
	case found[3] != "":
		o.kind = kindFace
	case found[4] == "gif":
		o.kind = kindStill
	default:
		o.kind = kindThumbnail
	}
	return o, true
}

// The keys of the blob store.
func artKey(hash string) string     { return "avatarplay/art/" + hash[:2] + "/" + hash + ".png" }
func pictureKey(name string) string { return "avatarplay/pictures/" + name[:2] + "/" + name }

const (
	spriteMemory    = 64 << 20 // bytes of decoded artwork at hand
	pictureMemory   = 16 << 20 // bytes of pictures that were asked for lately
	mostKept        = 100_000  // recipes that are known to be kept, some 10 MB
	drawersWait     = 256      // that may wait until it is their turn to draw
	drawersPatience = 20 * time.Second
	usedAgain       = 24 * time.Hour
)

// gallery draws pictures, each once, and keeps them.
type gallery struct {
	store store
	blobs stores.Blobs

	sprites *otter.Cache[string, *drawing.Sprite] // by the hash of their files
	fresh   *otter.Cache[string, []byte]          // pictures, by name
	kept    *otter.Cache[string, struct{}]        // hashes of recipes
	used    *otter.Cache[string, struct{}]        // names of pictures whose use today is noted

	flights singleflight.Group
	turns   *kit.Turns
	drawn   *prometheus.CounterVec
}

// newGallery makes a gallery that counts what it draws in reg.
func newGallery(s store, blobs stores.Blobs, reg prometheus.Registerer) (*gallery, error) {
	drawn, err := observe.Register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sekisho_avatarplay_pictures_drawn_total",
		Help: "Pictures drawn, by kind (moving, still, face, thumbnail).",
	}, []string{"kind"}))
	if err != nil {
		return nil, err
	}
	return &gallery{
		store: s,
		blobs: blobs,
		sprites: otter.Must(&otter.Options[string, *drawing.Sprite]{
			MaximumWeight: spriteMemory,
			Weigher:       func(_ string, s *drawing.Sprite) uint32 { return uint32(s.Size()) },
		}),
		fresh: otter.Must(&otter.Options[string, []byte]{
			MaximumWeight: pictureMemory,
			Weigher:       func(_ string, picture []byte) uint32 { return uint32(len(picture)) },
		}),
		kept: otter.Must(&otter.Options[string, struct{}]{MaximumSize: mostKept}),
		used: otter.Must(&otter.Options[string, struct{}]{
			MaximumSize:      mostKept,
			ExpiryCalculator: otter.ExpiryWriting[string, struct{}](usedAgain),
		}),
		turns: kit.NewTurns(runtime.GOMAXPROCS(0), drawersWait, drawersPatience),
		drawn: drawn,
	}, nil
}

// ensure keeps recipes, so that the pictures that are told of can be drawn when
// they are asked for. Those it kept before cost nothing.
func (g *gallery) ensure(ctx context.Context, recipes ...recipe) error {
	var fresh []recipe
	for _, r := range recipes {
		if _, known := g.kept.GetIfPresent(r.Hash); !known {
			fresh = append(fresh, r)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := g.store.keepRecipes(ctx, fresh); err != nil {
		return err
	}
	for _, r := range fresh {
		g.kept.Set(r.Hash, struct{}{})
	}
	return nil
}

// picture gives a picture, drawn now where it never was. errNoPicture is one
// whose recipe nobody was told of.
func (g *gallery) picture(ctx context.Context, o order) ([]byte, error) {
	if picture, there := g.fresh.GetIfPresent(o.name); there {
		return picture, g.note(ctx, o.name)
	}
	found, err, _ := g.flights.Do(o.name, func() (any, error) {
		ctx := context.WithoutCancel(ctx) // others wait for it
		picture, err := g.keptPicture(ctx, o)
		if err == nil {
			g.fresh.Set(o.name, picture)
		}
		return picture, err
	})
	if err != nil {
		return nil, err
	}
	return found.([]byte), g.note(ctx, o.name)
}

// keptPicture reads a picture from the blob store, and draws it where it is not
// there.
func (g *gallery) keptPicture(ctx context.Context, o order) ([]byte, error) {
	picture, err := g.file(ctx, pictureKey(o.name))
	if !errors.Is(err, stores.ErrNotFound) {
		return picture, err
	}
	if picture, err = g.draw(ctx, o); err != nil {
		return nil, err
	}
	// The note comes first: a file without one would never be found again.
	if err := g.note(ctx, o.name); err != nil {
		return nil, err
	}
	if err := g.blobs.Put(ctx, pictureKey(o.name), bytes.NewReader(picture)); err != nil {
		return nil, fmt.Errorf("keeping a picture: %w", err)
	}
	return picture, nil
}

func (g *gallery) file(ctx context.Context, key string) ([]byte, error) {
	file, _, err := g.blobs.Get(ctx, key, 0, -1)
	if err != nil {
		return nil, fmt.Errorf("opening a picture: %w", err)
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("reading a picture: %w", err)
	}
	return content, nil
}

// note keeps that a picture was asked for today.
func (g *gallery) note(ctx context.Context, name string) error {
	if _, noted := g.used.GetIfPresent(name); noted {
		return nil
	}
	if err := g.store.noteUse(ctx, name, today()); err != nil {
		return err
	}
	g.used.Set(name, struct{}{})
	return nil
}

// draw draws a picture from its recipe, when it is its turn.
func (g *gallery) draw(ctx context.Context, o order) ([]byte, error) {
	var seen look
	if err := g.recipe(ctx, o.look, &seen); err != nil {
		return nil, err
	}
	var moves motion
	if o.kind == kindMoving {
		if err := g.recipe(ctx, o.motion, &moves); err != nil {
			return nil, err
		}
	}
	layers, err := g.layers(ctx, seen)
	if err != nil {
		return nil, err
	}
	leave, err := g.turns.Enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	g.drawn.WithLabelValues(o.kind).Inc()
	switch o.kind {
	case kindMoving:
		return drawing.Animated(layers, moves.Frames)
	case kindFace:
		return drawing.Bust(layers, seen.Bust)
	case kindThumbnail:
		return drawing.Thumbnail(layers)
	}
	return drawing.Still(layers)
}

// recipe reads a recipe. errNoPicture is a hash that stands for none, or for one
// of another sort.
func (g *gallery) recipe(ctx context.Context, hash string, into interface{ whole() bool }) error {
	text, err := g.store.recipe(ctx, hash)
	if err != nil {
		return err
	}
	if text == "" {
		return errNoPicture
	}
	if err := fromJSON("a recipe", text, into); err != nil {
		return err
	}
	if !into.whole() {
		return errNoPicture
	}
	return nil
}

// layers gives the layers of a look, decoded.
func (g *gallery) layers(ctx context.Context, seen look) ([]drawing.Layer, error) {
	layers := make([]drawing.Layer, len(seen.Layers))
	for i, l := range seen.Layers {
		sprite, err := g.sprites.Get(ctx, l.Hash, otter.LoaderFunc[string, *drawing.Sprite](g.sprite))
		if err != nil {
			return nil, err
		}
		layers[i] = drawing.Layer{Sprite: sprite, Group: l.Group, When: l.When}
	}
	return layers, nil
}

func (g *gallery) sprite(ctx context.Context, hash string) (*drawing.Sprite, error) {
	file, err := g.file(ctx, artKey(hash))
	if err != nil {
		return nil, fmt.Errorf("reading artwork: %w", err)
	}
	sprite, err := drawing.Decode(file)
	if err != nil {
		return nil, fmt.Errorf("decoding artwork: %w", err)
	}
	return sprite, nil
}
