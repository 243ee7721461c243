package avatarplay

import (
	"bytes"
	"fmt"
	"image/gif"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// picture fetches what a URL of an answer shows.
func (h *house) picture(address string) answered {
	h.t.Helper()
	asked, err := url.Parse(address)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.send(httptest.NewRequest(http.MethodGet, asked.Path, nil))
}

// Every picture is what the document says: format, size, whether it moves.
func TestPictures(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		guest := h.guest()
		for _, c := range []struct {
			name, url     string
			width, height int
			moves         bool
		}{
			{"full body", guest.AvatarImageURL, 240, 320, true},
			{"full body without animation", guest.AvatarNonAnimationImageURL, 240, 320, false},
			{"face", guest.FaceImageURL, 60, 80, false},
		} {
			a := h.picture(c.url)
			drawn, err := gif.DecodeAll(strings.NewReader(a.body))
			if err != nil || a.header.Get("Content-Type") != "image/gif" {
				t.Fatalf("%s: %d %v %v", c.name, a.status, a.header, err)
			}
			if drawn.Config.Width != c.width || drawn.Config.Height != c.height || (len(drawn.Image) > 1) != c.moves {
				t.Errorf("%s: %d×%d, %d frames", c.name, drawn.Config.Width, drawn.Config.Height, len(drawn.Image))
			}
			if c.moves && drawn.LoopCount != 0 {
				t.Errorf("%s loops %d times, not for ever", c.name, drawn.LoopCount)
			}
		}
		var items itemsAnswer
		h.get("Items", "itemId", id(h.closet.itemOrder[3].ID)).into(t, "Items", &items)
		a := h.picture(items.Items[0].ThumbnailURL)
		drawn, err := png.Decode(strings.NewReader(a.body))
		if err != nil || a.header.Get("Content-Type") != "image/png" || drawn.Bounds().Dx() != 60 || drawn.Bounds().Dy() != 60 {
			t.Errorf("a thumbnail: %d %v %v", a.status, a.header, err)
		}
	})
}

// What a URL shows never changes, and says so.
func TestPicturesAreImmutable(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	guest := h.guest()
	a := h.picture(guest.FaceImageURL)
	tag := a.header.Get("ETag")
	if a.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || tag == "" || a.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers: %v", a.header)
	}
	asked, _ := url.Parse(guest.FaceImageURL)
	r := httptest.NewRequest(http.MethodGet, asked.Path, nil)
	r.Header.Set("If-None-Match", tag)
	if again := h.send(r); again.status != http.StatusNotModified || again.body != "" {
		t.Errorf("with its ETag: %d", again.status)
	}
	if head := h.send(httptest.NewRequest(http.MethodHead, asked.Path, nil)); head.status != 200 || head.header.Get("Content-Length") != fmt.Sprint(len(a.body)) {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
	// After other artwork there is another URL, and the old one shows the old.
	other := h.closet.wornBy(h.closet.first.outfit)[2].layers[0].Hash
	h.change("UPDATE avatarplay_items SET layers = replace(layers, ?, ?)", other, h.item(h.closet.itemOrder[0].Key).layers[0].Hash)
	h.change("UPDATE avatarplay_catalogue SET generation = generation + 1")
	h.dropEverything()
	h.handler = gateway(t, h.stores)
	var changed avatarAnswer
	h.get(avatarPath(guest.AvatarID, "")).into(t, "Avatar", &changed)
	if changed.FaceImageURL == guest.FaceImageURL {
		t.Error("other artwork has the same URL")
	}
	if again := h.picture(guest.FaceImageURL); again.body != a.body {
		t.Error("the old URL shows something else")
	}
}

// dropEverything deletes every picture that was drawn.
func (h *house) dropEverything() {
	h.t.Helper()
	drawn, err := h.stores.Blobs.List(h.t.Context(), "avatarplay/pictures/", "", 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, one := range drawn {
		if err := h.stores.Blobs.Delete(h.t.Context(), one.Key); err != nil {
			h.t.Fatal(err)
		}
	}
}

// Names that nobody was told of are not there, and nothing is drawn for them: an
// item has no face, and an outfit no thumbnail.
func TestPicturesThatAreNone(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	guest := h.guest()
	var items itemsAnswer
	h.get("Items", "itemId", id(h.closet.itemOrder[3].ID)).into(t, "Items", &items)
	item, _, _ := strings.Cut(items.Items[0].ThumbnailURL[strings.LastIndexByte(items.Items[0].ThumbnailURL, '/')+1:], ".")
	moving := guest.AvatarImageURL[strings.LastIndexByte(guest.AvatarImageURL, '/')+1:]
	look, motion, _ := strings.Cut(strings.TrimSuffix(moving, ".gif"), "-")
	for _, name := range []string{
		strings.Repeat("0", 32) + ".gif", motion + ".gif", look + "-" + look + ".gif", look + ".jpg", look, look + "-face.png",
		strings.ToUpper(look) + ".gif", look + ".gif%00", look + "-" + motion + ".gif.gif",
		item + "-face.gif", item + ".gif", item + "-" + motion + ".gif", look + ".png", look + "-" + strings.Repeat("0", 32) + ".gif",
	} {
		a := h.send(httptest.NewRequest(http.MethodGet, "/avatar/images/"+name, nil))
		a.want(t, name, 404, "notFound")
	}
	if n := h.count("avatarplay_pictures", "1 = 1"); n != 0 {
		t.Errorf("%d pictures were drawn", n)
	}
}

// gallery is one over a house's stores, with what it has drawn.
func (h *house) gallery() (*gallery, *prometheus.Registry) {
	h.t.Helper()
	reg, drawn := prometheus.NewRegistry(), newDrawings()
	reg.MustRegister(drawn.total)
	return newGallery(h.store, h.stores.Blobs, drawn, zap.NewNop()), reg
}

// Many outfits, each asked for by 64 clients: no picture is drawn twice.
// BenchmarkOutfits does it with ten thousand.
func TestNoPictureIsDrawnTwice(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	g, reg := h.gallery()
	outfits := h.outfits(60)
	s := &service{store: h.store, gallery: g}
	var all sync.WaitGroup
	for client := range 64 {
		all.Go(func() {
			for i := range outfits {
				o := outfits[(i+client*7)%len(outfits)]
				if _, err := s.tell(t.Context(), h.closet, forEver, o); err != nil {
					t.Error(err)
					return
				}
				if _, err := g.picture(t.Context(), fmt.Sprint(client), orderOf(h.closet, o, kindFace)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if n := drawnOf(t, reg); n != len(outfits) {
		t.Errorf("%d outfits were drawn %d times", len(outfits), n)
	}
}

// drawnOf is how many pictures were drawn, of whatever kind.
func drawnOf(t testing.TB, reg prometheus.Gatherer) (drawn int) {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			drawn += int(metric.GetCounter().GetValue())
		}
	}
	return drawn
}

// outfits gives so many outfits that all look different.
func (h *house) outfits(count int) (all []outfit) {
	h.t.Helper()
	seen := map[string]bool{}
	of := func(part string) (items []*item) {
		for _, i := range h.closet.itemOrder {
			if string(i.Part) == part {
				items = append(items, i)
			}
		}
		return items
	}
	hair, tops, bottoms, shoes, faces := of("hair"), of("tops"), of("bottoms"), of("shoes"), of("face")
	for i := 0; len(all) < count; i++ {
		o := h.closet.first.outfit
		rest := i
		for _, part := range [][]*item{hair, tops, bottoms, shoes, faces} {
			o = o.with(h.closet, part[rest%len(part)])
			rest /= len(part)
		}
		if rest > 0 {
			h.t.Fatalf("the starter catalogue gives %d outfits only", len(all))
		}
		if hash := recipeOf(h.closet.look(o)).Hash; !seen[hash] {
			seen[hash] = true
			all = append(all, o)
		}
	}
	return all
}

// A picture that nobody asked for in 90 days is dropped, and drawn again from its
// recipe.
func TestUnusedPicturesAreDropped(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		guest := h.guest()
		before := h.picture(guest.FaceImageURL)
		g, _ := h.gallery()
		svc := &service{store: h.store, gallery: g}
		files := func() int {
			found, err := s.Blobs.List(t.Context(), "avatarplay/pictures/", "", 10)
			if err != nil {
				t.Fatal(err)
			}
			return len(found)
		}
		if err := svc.dropUnused(t.Context()); err != nil || files() != 1 {
			t.Fatalf("after dropping what is unused: %d files, %v", files(), err)
		}
		h.change("UPDATE avatarplay_pictures SET used_on = ?", today()-unusedFor-1)
		if err := svc.dropUnused(t.Context()); err != nil || files() != 0 || h.count("avatarplay_pictures", "1 = 1") != 0 {
			t.Fatalf("91 days later: %d files, %v", files(), err)
		}
		h.handler = gateway(t, s)
		if again := h.picture(guest.FaceImageURL); again.body != before.body {
			t.Errorf("drawn again it is another picture: %d", again.status)
		}
	})
}

// That a picture is used is noted once a day, and where it cannot be the picture
// is there all the same.
func TestUseIsNoted(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	guest := h.guest()
	h.picture(guest.FaceImageURL)
	defer clock.Step(25 * time.Hour)()
	h.change("ALTER TABLE avatarplay_pictures RENAME TO avatarplay_gone")
	if a := h.picture(guest.FaceImageURL); a.status != http.StatusOK {
		t.Errorf("a picture whose use cannot be noted: %d", a.status)
	}
	h.change("ALTER TABLE avatarplay_gone RENAME TO avatarplay_pictures")
	day := today()
	h.picture(guest.FaceImageURL)
	if h.count("avatarplay_pictures", "used_on >= ?", day) != 1 {
		t.Error("the picture counts as unused since yesterday")
	}
}

// What was only tried on goes after a week, with its recipe; what an app knows
// stays.
func TestWhatWasOnlyTriedOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		v := h.visitor()
		v.signUp("yuki")
		avatarID := v.linked(demoLink())
		var known avatarAnswer
		h.get(avatarPath(avatarID, "")).into(t, "Avatar", &known)
		tried := v.state(pathTry, "item", id(h.freeNotWorn("accessory", 1)[0]))
		g, _ := h.gallery()
		svc := &service{store: h.store, gallery: g}
		clean := func() {
			t.Helper()
			if err := svc.dropUnused(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.handler = gateway(t, s) // which has nothing at hand
		}
		for _, url := range []string{tried.Image, known.AvatarImageURL} {
			if a := h.picture(url); a.status != http.StatusOK {
				t.Fatalf("%s: %d", url, a.status)
			}
		}
		clean()
		if a := h.picture(tried.Image); a.status != http.StatusOK {
			t.Errorf("on the same day: %d", a.status)
		}
		h.change("UPDATE avatarplay_pictures SET used_on = used_on - 8")
		h.change("UPDATE avatarplay_recipes SET kept_on = kept_on - 8")
		clean()
		if a := h.picture(tried.Image); a.status != http.StatusNotFound {
			t.Errorf("after a week: %d", a.status)
		}
		if n := h.count("avatarplay_pictures", "1 = 1"); n != 1 {
			t.Errorf("%d pictures are kept", n)
		}
		if a := h.picture(known.AvatarImageURL); a.status != http.StatusOK {
			t.Errorf("what an app knows: %d", a.status)
		}
		// Tried on anew it is there again; once an app knows it, it stays.
		v.state(pathUndo)
		again := v.state(pathTry, "item", id(h.freeNotWorn("accessory", 1)[0]))
		if a := h.picture(again.Image); again.Image != tried.Image || a.status != http.StatusOK {
			t.Errorf("tried on anew: %d", a.status)
		}
		v.state(pathSave)
		h.get(avatarPath(avatarID, "")).into(t, "Avatar", &known)
		h.change("UPDATE avatarplay_pictures SET used_on = used_on - 8")
		h.change("UPDATE avatarplay_recipes SET kept_on = kept_on - 8")
		clean()
		if a := h.picture(known.AvatarImageURL); !strings.HasSuffix(known.AvatarImageURL, tried.Image) || a.status != http.StatusOK {
			t.Errorf("saved, and known to an app: %d", a.status)
		}
	})
}

// One address that asks for many pictures at once does not keep the others'
// waiting.
func TestCrowdOfPictures(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	g, _ := h.gallery()
	g.turns = kit.NewTurns(1, 20, time.Minute)
	s := &service{store: h.store, gallery: g}
	outfits := h.outfits(51)
	if _, err := s.tell(t.Context(), h.closet, forEver, outfits...); err != nil {
		t.Fatal(err)
	}
	var crowd sync.WaitGroup
	for _, o := range outfits[:50] {
		crowd.Go(func() { _, _ = g.picture(t.Context(), "203.0.113.5", orderOf(h.closet, o, kindFace)) })
	}
	if _, err := g.picture(t.Context(), "198.51.100.7", orderOf(h.closet, outfits[50], kindFace)); err != nil {
		t.Errorf("another address: %v", err)
	}
	crowd.Wait()
}

// A look does not depend on the order in which things were put on.
func TestLook(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	o := h.closet.first.outfit
	turned := outfit{Items: slices.Clone(o.Items), Taste: o.Taste}
	slices.Reverse(turned.Items)
	if a, b := recipeOf(h.closet.look(o)), recipeOf(h.closet.look(turned)); a != b {
		t.Errorf("%s\n%s", a.Text, b.Text)
	}
	if !bytes.Contains([]byte(recipeOf(h.closet.look(o)).Text), []byte(`"drawer":1`)) {
		t.Error("a recipe does not say what draws it")
	}
}
