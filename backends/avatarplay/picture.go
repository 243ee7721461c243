package avatarplay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
)

const (
	// unusedFor is how many days a picture is kept that nobody asks for. Its recipe
	// stays: it can be drawn again.
	unusedFor = 90

	// untoldFor is how many days that is, and its recipe is kept, for what was only
	// tried on: nobody has a reason to keep its URL.
	untoldFor = 7
)

// getPicture answers GET /avatar/images/{name}: a picture that some answer told
// of. It never changes, and is sent whole.
func (s *service) getPicture(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	ordered, ok := parseName(r.PathValue("name"))
	if !ok {
		return errNoPicture
	}
	picture, err := s.gallery.picture(r.Context(), guard.Address(r), ordered)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "image/"+ordered.name[strings.LastIndexByte(ordered.name, '.')+1:])
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("ETag", `"`+ordered.name+`"`)
	whole := r.Clone(r.Context())
	whole.Header.Del("Range")
	http.ServeContent(w, whole, "", time.Time{}, bytes.NewReader(picture))
	return nil
}

// dropUnused deletes pictures that nobody asked for lately, and forgets what was
// only tried on. A picture that cannot be deleted stays for the next time.
func (s *service) dropUnused(ctx context.Context) error {
	var failed []error
	for after := ""; ; {
		names, err := s.store.unused(ctx, today()-unusedFor, today()-untoldFor, after)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		if len(names) == 0 {
			break
		}
		after = names[len(names)-1]
		if err := s.drop(ctx, names); err != nil {
			failed = append(failed, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return errors.Join(append(failed, s.store.forgetRecipes(ctx, today()-untoldFor))...)
}

// drop deletes pictures, as many of them as can be.
func (s *service) drop(ctx context.Context, names []string) error {
	var deleted []string
	var failed error
	for _, name := range names {
		if err := s.gallery.blobs.Delete(ctx, pictureKey(name)); err != nil {
			failed = fmt.Errorf("deleting an unused picture: %w", err)
			continue
		}
		deleted = append(deleted, name)
	}
	if len(deleted) == 0 {
		return failed
	}
	return errors.Join(failed, s.store.forgetPictures(ctx, deleted, today()-untoldFor))
}
