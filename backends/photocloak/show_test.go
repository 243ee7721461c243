package photocloak

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// A whole cloak to the byte, as the document's example has it: Images by id, Tags
// as given.
func TestShow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		c := lockedWith(aikotoba)
		c.Name, c.Description = "夏の海", "<&> \"家族\"\n\u2028"
		c.CanDownload, c.CanUpload, c.AutoExtend = true, true, true
		c.CreatedAt, c.UpdatedAt, c.EndsAt = 1522121696000, 1522121697000, 4102444800000
		c = addAlbum(t, s, c, []string{"海", "あ"}, image{MyPhotoID: 7, Name: "IMG_1.JPG", Rotate: 90}, image{MyPhotoID: 2, Name: "2.jpg"})
		change(t, s, "UPDATE photocloak_cloak_views SET views = 12 WHERE cloak_id = ?", c.ID)
		token := a.open("", c, aikotoba)

		owner := strconv.FormatInt(memberID(t, s, umiyama), 10)
		const setting = `{"CloakID":"1","ScopeType":"1","Description":"<&> \"家族\"\n` + "\u2028" + `","CanDownload":"1","CanUpload":"1","IsAutoExtensionDate":"1"}`
		image := func(id, photo, name, views, rotate string) string {
			return `{"CloakImageID":"` + id + `","CloakID":"1","CloakSetting":` + setting + `,"MyPhotoImageID":"` + photo + `","Status":"1",` +
				`"ExpirationDatetime":"2100-01-01T09:00:00+09:00","MemberID":"` + owner + `","Comment":"","ImageName":"` + name + `","ViewCount":"` + views + `","Rotate":"` + rotate + `"}`
		}
		want := `{"Cloak":{"CloakId":"1","MemberID":"` + owner + `","Name":"夏の海","PrefixCode":"ume","PrefixName":"梅","CloakNo":"1","Status":"1",` +
			`"WorkSpaceNo":"0","ExpirationDatetime":"2100-01-01T09:00:00+09:00","ViewCount":"12",` +
			`"NoImageUrl":"http://example.com` + pathNoImage + `","LockImageUrl":"http://example.com` + pathLocked + `",` +
			`"CreateDatetime":"2018-03-27T12:34:56+09:00","UpdateDatetime":"2018-03-27T12:34:57+09:00","CloakSetting":` + setting + `,` +
			`"Images":[` + image("1", "7", "IMG_1.JPG", "1", "90") + `,` + image("2", "2", "2.jpg", "2", "0") + `],` +
			`"Tags":[{"CloakID":"1","Tag":"海"},{"CloakID":"1","Tag":"あ"}]}}`
		for what, got := range map[string]answer{
			"with a token":                    a.withTokens("", c, []string{token}),
			"its owner":                       a.get(umiyama, "/api/v2/cloaks/", ci(c)),
			"detail with the password":        a.post("", "/api/v2/cloaks/detail/", ci(c, "lk", aikotoba)),
			"detail with a token":             a.post("", "/api/v2/cloaks/detail", ci(c), "X-PhotoCloakToken", token),
			"detail with a token and another": a.post("", "/api/v2/cloaks/detail", ci(c, "lk", "wrong"), "X-PhotoCloakToken", token),
			"detail with a wrong token":       a.post("", "/api/v2/cloaks/detail", ci(c, "lk", aikotoba), "X-PhotoCloakToken", "wrong"),
			"detail by its owner":             a.post(umiyama, "/API/v2/Cloaks/Detail/", ci(c)),
		} {
			if got.status != http.StatusOK || got.body != want {
				t.Errorf("%s: %d\n%s\nwant\n%s", what, got.status, got.body, want)
			}
			if got.header.Get("Content-Type") != contentType || got.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %v", what, got.header)
			}
		}
		bare := newAPI(t, s, "numbers bare").get(umiyama, "/api/v2/cloaks", ci(c)).body
		for _, part := range []string{`{"CloakId":1,"MemberID":` + owner + `,"Name"`, `"CloakNo":1,"Status":1,"WorkSpaceNo":0,`, `"ViewCount":12,`, `"Rotate":90}`, `{"CloakID":1,"Tag":"海"}`} {
			if !strings.Contains(bare, part) {
				t.Errorf("with bare numbers there is no %s in %s", part, bare)
			}
		}
	})
}

// A cloak with nothing in it has empty lists, and no null.
func TestShowEmpty(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	a := newAPI(t, s, "")
	got := a.get("", "/api/v2/cloaks", ci(addAlbum(t, s, published("空"), nil)))
	if !strings.HasSuffix(got.body, `"Images":[],"Tags":[]}}`) {
		t.Error(got.body)
	}
	head := a.request("", http.MethodHead, "/api/v2/cloaks", "ci=1")
	if head.status != http.StatusOK || head.header.Get("Content-Length") != strconv.Itoa(len(got.body)) {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
}

func TestShowRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		locked := addAlbum(t, s, lockedWith(aikotoba), []string{"秘密"}, image{Name: "秘密.jpg"})
		const bad = http.StatusBadRequest
		a.get("", "/api/v2/cloaks", "").expect(t, "nothing", bad, "required_ci")
		a.get("", "/api/v2/cloaks", "ci=").expect(t, "empty", bad, "required_ci")
		a.get("", "/api/v2/cloaks", "ci=1a").expect(t, "no number", bad, "invalid_ci")
		a.get("", "/api/v2/cloaks", "ci=0").expect(t, "0", bad, "notfound_cloak")
		a.get("", "/api/v2/cloaks", "ci=9223372036854775807").expect(t, "unknown", bad, "notfound_cloak")
		a.get("", "/api/v2/cloaks", ci(locked)).expect(t, "locked", bad, "invalid_cloaktoken")
		a.get("", "/api/v2/cloaks", ci(locked, "lk", aikotoba)).expect(t, "the password where none is taken", bad, "invalid_cloaktoken")
		a.post("", "/api/v2/cloaks/detail", "").expect(t, "nothing for detail", bad, "required_ci")
		a.post("", "/api/v2/cloaks/detail", "ci=a&lk="+strings.Repeat("a", 21)).expect(t, "all wrong", bad, "invalid_ci toolong_lk")
		a.post("", "/api/v2/cloaks/detail", ci(locked)).expect(t, "detail without the password", bad, "invalid_cloaktoken")
		a.post("", "/api/v2/cloaks/detail", ci(locked, "lk", "")).expect(t, "an empty password", bad, "invalid_cloaktoken")
		a.post("", "/api/v2/cloaks/detail", ci(locked, "lk", "wrong")).expect(t, "a wrong password", bad, "invalid_lk")
		a.post("", "/api/v2/cloaks/detail", ci(locked, "lk", "wrong"), "X-PhotoCloakToken", "wrong").expect(t, "both wrong", bad, "invalid_lk")
		for what, status := range map[string]int{
			"a bad access token":            a.get("nobody@example.com", "/api/v2/cloaks", ci(locked)).status,
			"a bad access token for detail": a.post("nobody@example.com", "/api/v2/cloaks/detail", ci(locked, "lk", aikotoba)).status,
		} {
			if status != http.StatusUnauthorized {
				t.Errorf("%s: %d", what, status)
			}
		}
	})
}

// フォトクローク詳細 says that it should not be used any more, whatever it answers.
func TestDetailIsDeprecated(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	a := newAPI(t, s, "")
	c := addAlbum(t, s, published("箱"), nil)
	for _, got := range []answer{a.post("", "/api/v2/cloaks/detail/", ci(c)), a.post("", "/api/v2/cloaks/detail/", "ci=77")} {
		if got.header.Get("Deprecation") != "@1522076400" {
			t.Errorf("%d: %v", got.status, got.header)
		}
	}
	if got := a.get("", "/api/v2/cloaks", ci(c)); got.header.Get("Deprecation") != "" {
		t.Error(got.header)
	}
	if got := a.get("", "/api/v2/cloaks/detail", ci(c)); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != "POST" {
		t.Errorf("GET: %d %v", got.status, got.header)
	}
}
