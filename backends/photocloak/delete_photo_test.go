package photocloak

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

func TestDeletePhoto(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		photo := drawJPEG(t, 20, 10, 1)
		c := h.addCloak(func(c *cloak) { c.CanUpload = true })
		ask := func(member string, i image, headers ...string) answer {
			return h.post(member, deletePath, query("ci", c.ID, "cd", i.ID), headers...)
		}
		owners, others := h.mustUpload(umiyama, c.ID, photo), h.mustUpload(yamada, c.ID, photo)
		ask(yamada, owners).want(t, "another's", 406, "notacceptable_cloak")
		if got := ask("", owners); got.status != 401 {
			t.Errorf("nobody: %d", got.status)
		}
		h.post(umiyama, deletePath, query("ci", c.ID, "cd", 999999)).want(t, "an unknown image", 404, "notfound_image")
		h.post(umiyama, deletePath, query("ci", 999999, "cd", owners.ID)).want(t, "an unknown cloak", 404, "notfound_cloak")
		h.post(umiyama, deletePath, "").want(t, "no parameters", 400, "required_ci")

		h.post(yamada, "/api/v2/account/update", query("cd", others.ID)).wantEmpty(t, "making it one's picture")
		h.changeCloak(c.ID, "updated_at = 5, scope = 1")
		ask(yamada, others).wantEmpty(t, "one's own, in a locked cloak")
		ask(yamada, others).want(t, "again", 400, "invalid_cloaktoken")
		ask(yamada, owners, "X-PhotoCloakToken", h.token(h.cloak(c.ID))).want(t, "another's, opened", 406, "notacceptable_cloak")
		h.changeCloak(c.ID, "scope = 0")
		ask(yamada, others).want(t, "again", 404, "notfound_image")
		if m, err := h.service.store.memberByMail(t.Context(), yamada); err != nil || m.PictureID != 0 {
			t.Errorf("the picture is %d, %v", m.PictureID, err)
		}
		if h.cloak(c.ID).UpdatedAt == 5 {
			t.Error("the cloak does not count as updated")
		}
		uploaded := h.mustUpload(yamada, c.ID, photo)
		ask(umiyama, uploaded).wantEmpty(t, "the owner, another's")
		ask(umiyama, owners).wantEmpty(t, "the owner")
		if len(h.images()) > 0 || len(h.blobs()) > 0 {
			t.Errorf("%d rows and %q are left", len(h.images()), h.blobs())
		}
	})
}

// A photo is gone as soon as its row is, whatever becomes of its files.
func TestDeletePhotoWithoutItsFiles(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	c := h.addCloak(nil)
	i := h.mustUpload(umiyama, c.ID, drawJPEG(t, 20, 10, 1))
	h.service.blobs = undeletable{h.service.blobs}
	h.post(umiyama, deletePath, query("ci", c.ID, "cd", i.ID)).wantEmpty(t, "deleting")
	if len(h.images()) > 0 || len(h.blobs()) != 3 {
		t.Errorf("%d rows, %q", len(h.images()), h.blobs())
	}
	i = h.mustUpload(umiyama, c.ID, drawJPEG(t, 20, 10, 1))
	h.write(func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw("ALTER TABLE photocloak_image_views RENAME TO away").Exec(ctx)
		return err
	})
	h.post(umiyama, deletePath, query("ci", c.ID, "cd", i.ID)).want(t, "a broken database", 500, "internal_error")
	if len(h.images()) != 1 {
		t.Error("half a photo is deleted")
	}
}

type undeletable struct{ stores.Blobs }

func (undeletable) Delete(context.Context, string) error { return errBroken }
