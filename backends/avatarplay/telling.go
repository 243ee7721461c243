package avatarplay

import (
	"context"
)

// pictures are the paths of the three pictures of an outfit.
type pictures struct{ moving, still, face string }

// picturesOf gives where the pictures of a look and its motion are. Their names
// say what they are drawn from, so that what one path shows never changes, and the
// same outfit has the same pictures whoever wears it.
func picturesOf(look, motion recipe) pictures {
	head := pathPictures + look.Hash
	return pictures{moving: head + "-" + motion.Hash + ".gif", still: head + ".gif", face: head + "-face.gif"}
}

// term is how long what a picture is drawn from is kept.
type term bool

const (
	// forEver: an app knows the URL of an avatar, and may keep that.
	forEver term = true

	// forNow: somebody tries it on, and looks at it now; see [untoldFor].
	forNow term = false
)

// tell keeps what outfits are drawn from, and gives where their pictures are, in
// the same order.
func (s *service) tell(ctx context.Context, c *closet, how term, outfits ...outfit) ([]pictures, error) {
	told, recipes := make([]pictures, len(outfits)), make([]recipe, 0, 2*len(outfits))
	for i, o := range outfits {
		look, motion := recipeOf(c.look(o)), recipeOf(c.motion(o))
		told[i] = picturesOf(look, motion)
		recipes = append(recipes, look, motion)
	}
	return told, s.gallery.keep(ctx, how, recipes)
}

// tellItems keeps what the thumbnails of items are drawn from, and gives where
// they are, in the same order.
func (s *service) tellItems(ctx context.Context, c *closet, how term, ids []int64) ([]string, error) {
	told, recipes := make([]string, len(ids)), make([]recipe, len(ids))
	for i, id := range ids {
		recipes[i] = c.items[id].alone
		told[i] = pathPictures + recipes[i].Hash + ".png"
	}
	return told, s.gallery.keep(ctx, how, recipes)
}
