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
	"go.uber.org/zap"
	"golang.org/x/sync/singleflight"

	"sekisho/backends/avatarplay/drawing"
	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/stores"
)

// The kinds of pictures, as the metric names them.
const (
	kindMoving    = "moving"
	kindStill     = "still"
	kindFace      = "face"
	kindThumbnail = "thumbnail"
)

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
	mostKept        = 100_000  // recipes and uses that are known to be noted, some 10 MB each
	drawersWait     = 256      // that may wait until it is their turn to draw
	drawersPatience = 20 * time.Second
)

// gallery draws pictures, each once, and keeps them.
type gallery struct {
	store store
	blobs stores.Blobs
	log   *zap.Logger

	sprites *otter.Cache[string, *drawing.Sprite] // by the hash of their files
	fresh   *otter.Cache[string, []byte]          // pictures, by name
	kept    *otter.Cache[string, keeping]         // by the hash of a recipe
	used    *otter.Cache[string, int64]           // the day that is noted, by the name of a picture

	flights singleflight.Group
	crowd   *guard.Crowd
	turns   *kit.Turns
	drawn   drawings
}

// keeping is how a recipe is known to be kept.
type keeping struct {
	term term
	day  int64
}

// newGallery makes a gallery that counts what it draws in drawn.
func newGallery(s store, blobs stores.Blobs, drawn drawings, log *zap.Logger) *gallery {
	return &gallery{
		store: s,
		blobs: blobs,
		log:   log,
		sprites: otter.Must(&otter.Options[string, *drawing.Sprite]{
			MaximumWeight: spriteMemory,
			Weigher:       func(_ string, s *drawing.Sprite) uint32 { return uint32(s.Size()) },
		}),
		fresh: otter.Must(&otter.Options[string, []byte]{
			MaximumWeight: pictureMemory,
			Weigher:       func(_ string, picture []byte) uint32 { return uint32(len(picture)) },
		}),
		kept:  otter.Must(&otter.Options[string, keeping]{MaximumSize: mostKept}),
		used:  otter.Must(&otter.Options[string, int64]{MaximumSize: mostKept}),
		crowd: guard.NewCrowd(),
		turns: kit.NewTurns(runtime.GOMAXPROCS(0), drawersWait, drawersPatience),
		drawn: drawn,
	}
}

// keep keeps recipes, so that the pictures that are told of can be drawn when they
// are asked for. Those it kept before cost nothing.
func (g *gallery) keep(ctx context.Context, how term, recipes []recipe) error {
	now := keeping{term: how, day: today()}
	var fresh []recipe
	for _, r := range recipes {
		if known, there := g.kept.GetIfPresent(r.Hash); !there || !known.serves(now) {
			fresh = append(fresh, r)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := g.store.keepRecipes(ctx, fresh, now); err != nil {
		return err
	}
	for _, r := range fresh {
		g.kept.Set(r.Hash, now)
	}
	return nil
}

// serves says whether what is kept so need not be kept again: what apps know is
// kept for ever, the rest from its last day on.
func (k keeping) serves(now keeping) bool {
	return k.term == forEver || now.term == forNow && k.day == now.day
}

// picture gives a picture, drawn now where it never was. errNoPicture is one
// whose recipe nobody was told of; TooMany comes where too much is being drawn, for
// this address (see [guard.Address]) or for all.
func (g *gallery) picture(ctx context.Context, address string, o order) ([]byte, error) {
	picture, there := g.fresh.GetIfPresent(o.name)
	if !there {
		found, err, shared := g.fly(ctx, address, o)
		if shared && fault.Is(err, fault.TooMany) { // for somebody else's address
			found, err, _ = g.fly(ctx, address, o)
		}
		if err != nil {
			return nil, err
		}
		picture = found.([]byte)
		g.fresh.Set(o.name, picture)
	}
	if err := g.note(ctx, o.name); err != nil {
		g.log.Warn("noting the use of a picture failed", zap.Error(err)) // no reason to refuse it
	}
	return picture, nil
}

// fly lets one of those who ask for a picture at the same time get it for all.
func (g *gallery) fly(ctx context.Context, address string, o order) (picture any, err error, shared bool) {
	return g.flights.Do(o.name, func() (any, error) {
		return g.keptPicture(context.WithoutCancel(ctx), address, o) // others wait for it
	})
}

// keptPicture reads a picture from the blob store, and draws it where it is not
// there.
func (g *gallery) keptPicture(ctx context.Context, address string, o order) ([]byte, error) {
	picture, err := g.file(ctx, pictureKey(o.name))
	if !errors.Is(err, stores.ErrNotFound) {
		return picture, err
	}
	if picture, err = g.draw(ctx, address, o); err != nil {
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

// note keeps that a picture was asked for today, once a day.
func (g *gallery) note(ctx context.Context, name string) error {
	day := today()
	if noted, there := g.used.GetIfPresent(name); there && noted == day {
		return nil
	}
	g.used.Set(name, day) // before it is, so that many at once do not all note it
	err := g.store.noteUse(ctx, name, day)
	if err != nil {
		g.used.Invalidate(name)
	}
	return err
}

// draw draws a picture from its recipe, when it is its turn.
func (g *gallery) draw(ctx context.Context, address string, o order) ([]byte, error) {
	seen, moves, err := g.recipes(ctx, o)
	if err != nil {
		return nil, err
	}
	stand, ok := g.crowd.Sit(ctx, address)
	if !ok {
		return nil, &fault.Fault{Kind: fault.TooMany, RetryAfter: time.Second}
	}
	defer stand()
	leave, err := g.turns.Enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	layers, err := g.layers(ctx, seen)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	picture, err := drawKind(o.kind, layers, seen, moves)
	if err != nil {
		return nil, fmt.Errorf("drawing a %s picture: %w", o.kind, err)
	}
	g.drawn.count(o.kind, time.Since(began))
	return picture, nil
}

func drawKind(kind string, layers []drawing.Layer, seen look, moves motion) ([]byte, error) {
	switch kind {
	case kindMoving:
		return drawing.Animated(layers, moves.Frames)
	case kindFace:
		return drawing.Bust(layers, seen.Bust)
	case kindThumbnail:
		return drawing.Thumbnail(layers)
	}
	return drawing.Still(layers)
}

// recipes reads what a picture is drawn from. errNoPicture is a name of which
// nobody was told: an item has a thumbnail only, and an outfit has none.
func (g *gallery) recipes(ctx context.Context, o order) (seen look, moves motion, err error) {
	if err := g.recipe(ctx, o.look, &seen); err != nil {
		return seen, moves, err
	}
	if isItem := seen.Bust.Empty(); len(seen.Layers) == 0 || isItem != (o.kind == kindThumbnail) {
		return seen, moves, errNoPicture
	}
	if o.kind != kindMoving {
		return seen, moves, nil
	}
	if err := g.recipe(ctx, o.motion, &moves); err != nil {
		return seen, moves, err
	}
	if len(moves.Frames) == 0 {
		return seen, moves, errNoPicture
	}
	return seen, moves, nil
}

func (g *gallery) recipe(ctx context.Context, hash string, into any) error {
	text, err := g.store.recipe(ctx, hash)
	if err != nil {
		return err
	}
	if text == "" {
		return errNoPicture
	}
	return fromJSON("a recipe", text, into)
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
