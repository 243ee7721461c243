package avatarplay

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sekisho/caddymodules/identity"
)

// unusedFor is how many days a picture is kept that nobody asks for. Its recipe
// stays: it can be drawn again.
const unusedFor = 90

// getPicture answers GET /avatar/images/{name}: a picture that some answer told
// of. It never changes.
func (s *service) getPicture(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	ordered, ok := parseName(r.PathValue("name"))
	if !ok {
		return errNoPicture
	}
	picture, err := s.gallery.picture(r.Context(), ordered)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "image/"+ordered.name[strings.LastIndexByte(ordered.name, '.')+1:])
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("ETag", `"`+ordered.name+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(picture))
	return nil
}

// dropUnused deletes pictures that nobody asked for in 90 days.
func (s *service) dropUnused(ctx context.Context) error {
	since := today() - unusedFor
	for {
		names, err := s.store.unused(ctx, since, batch)
		if err != nil || len(names) == 0 {
			return err
		}
		for _, name := range names {
			if err := s.gallery.blobs.Delete(ctx, pictureKey(name)); err != nil {
				return fmt.Errorf("deleting an unused picture: %w", err)
			}
		}
		if err := s.store.forgetPictures(ctx, names, since); err != nil {
			return err
		}
	}
}
