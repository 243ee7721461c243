package avatarplay

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sekisho/caddymodules/stores/storetest"
)

// Ten thousand different outfits, each asked for by 64 clients at once: how many
// pictures of a kind are drawn a second, how large they are, and that none is
// drawn twice.
func BenchmarkOutfits(b *testing.B) {
	const outfits, clients = 10_000, 64
	for _, kind := range []string{kindMoving, kindStill, kindFace} {
		b.Run(kind, func(b *testing.B) {
			h := newHouse(b, storetest.Open(b, storetest.Embedded))
			g, reg := h.gallery()
			s := &service{store: h.store, gallery: g}
			all := h.outfits(outfits)
			b.ResetTimer()
			var bytes atomic.Int64
			var asking sync.WaitGroup
			var next atomic.Int64
			for client := range clients {
				asking.Go(func() {
					// Each outfit is asked for by four clients, close together.
					for i := next.Add(1) - 1; i < 4*outfits; i = next.Add(1) - 1 {
						o := all[i/4]
						if _, err := s.tell(b.Context(), h.closet, forEver, o); err != nil {
							b.Error(err)
							return
						}
						ordered := orderOf(h.closet, o, kind)
						picture, err := g.picture(b.Context(), fmt.Sprint(client), ordered)
						if err != nil {
							b.Error(err)
							return
						}
						bytes.Add(int64(len(picture)))
					}
				})
			}
			asking.Wait()
			b.StopTimer()
			if drawn := drawnOf(b, reg); drawn != outfits {
				b.Errorf("%d outfits were drawn %d times", outfits, drawn)
			}
			b.ReportMetric(outfits/b.Elapsed().Seconds(), "draws/s")
			b.ReportMetric(float64(bytes.Load())/(4*outfits), "B/picture")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// orderOf is the order for one of the pictures of an outfit.
func orderOf(c *closet, o outfit, kind string) order {
	drawn := picturesOf(recipeOf(c.look(o)), recipeOf(c.motion(o)))
	path := map[string]string{kindMoving: drawn.moving, kindStill: drawn.still, kindFace: drawn.face}[kind]
	ordered, ok := parseName(strings.TrimPrefix(path, pathPictures))
	if !ok || ordered.kind != kind {
		panic(fmt.Sprintf("%s is no %s picture", path, kind))
	}
	return ordered
}
