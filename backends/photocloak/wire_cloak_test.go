package photocloak

import (
	"net/http/httptest"
	"testing"
)

// BenchmarkCloak draws a cloak with 20 images and 5 tags.
func BenchmarkCloak(b *testing.B) {
	h := new(Handler)
	h.setDefaults()
	u := h.rules()
	r := httptest.NewRequest("GET", "/api/v2/cloaks?ci=1002", nil)
	a := album{
		cloak: cloak{ID: 1002, MemberID: 7, Name: "夏の海の思い出", Description: "浜辺を歩いた夏の一日。", Prefix: "hagi", No: 11, Status: statusPublic, CreatedAt: 1522076400000, EndsAt: 4102444800000},
		views: 12,
		tags:  []string{"海", "夏", "旅行", "家族", "夕暮れ"},
	}
	for n := range int64(20) {
		a.images = append(a.images, shownImage{ID: 100 + n, MemberID: 7, MyPhotoID: 100 + n, Name: "IMG_0001.jpg", Views: n})
	}
	var drawn []byte
	for b.Loop() {
		drawn = u.appendAlbum(drawn[:0], r, a, true)
	}
	b.SetBytes(int64(len(drawn)))
}
