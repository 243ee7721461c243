package photocloak

import (
	"net/http"
	"strings"
	"testing"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

const (
	accountPath = "/api/v2/account"
	updatePath  = "/api/v2/account/update"
)

func TestAccount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		expect := func(want string) {
			t.Helper()
			if got := h.get(umiyama, accountPath, ""); got.status != 200 || got.body != want || got.header.Get("Content-Type") != contentType {
				t.Errorf("%d %s, want %s", got.status, got.body, want)
			}
		}
		expect(`{"AccountName":"海山太郎","Email":"umiyama@example.com","MaxCloakCount":"3"}`)
		h.post(umiyama, updatePath, form("an", "海<&>山")).wantEmpty(t, "another name")
		expect(`{"AccountName":"海<&>山","Email":"umiyama@example.com","MaxCloakCount":"3"}`)
		if got := h.get(yamada, accountPath, ""); !strings.Contains(got.body, "山田花子") {
			t.Errorf("another's account: %s", got.body)
		}
		h.post(umiyama, updatePath, form("an", strings.Repeat("海", 50))).wantEmpty(t, "the longest name")
		h.service.rules.numbers = kit.NumbersBare
		expect(`{"AccountName":"` + strings.Repeat("海", 50) + `","Email":"umiyama@example.com","MaxCloakCount":3}`)
		for method, path := range map[string]string{http.MethodGet: accountPath, http.MethodPost: updatePath} {
			if got := h.request("", method, path, "an=x"); got.status != 401 {
				t.Errorf("nobody: %d", got.status)
			}
		}
		if got := h.request(umiyama, http.MethodHead, accountPath, ""); got.status != 200 {
			t.Errorf("HEAD: %d %s", got.status, got.body)
		}
	})
}

func TestAccountFaults(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	for sent, code := range map[string]string{
		"":                                "required_an",
		"an=&cd=":                         "required_an",
		"an=" + strings.Repeat("x", 51):   "toolong_an",
		"an=%ff":                          "invalid_an",
		"an=a%00":                         "invalid_an",
		"cd=x":                            "invalid_cd",
		"an=x&cd=-1":                      "invalid_cd",
		"cd=0":                            "notacceptable_image",
		"an=x&cd=999999":                  "notacceptable_image",
		"an=x&cd=99999999999999999999":    "invalid_cd",
		"cd=" + strings.Repeat("9", 1000): "invalid_cd",
	} {
		h.post(umiyama, updatePath, sent).want(t, sent, 400, code)
	}
	both := h.post(umiyama, updatePath, "an="+strings.Repeat("x", 51)+"&cd=x")
	if !strings.Contains(both.body, "toolong_an") || !strings.Contains(both.body, "invalid_cd") {
		t.Errorf("both: %s", both.body)
	}
	if got := h.get(umiyama, accountPath, ""); !strings.Contains(got.body, "海山太郎") {
		t.Errorf("a refused change is made: %s", got.body)
	}
}

func TestAccountPicture(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		photo := drawJPEG(t, 20, 10, 1)
		c := h.addCloak(func(c *cloak) { c.CanUpload = true })
		mine, others := h.mustUpload(umiyama, c.ID, photo), h.mustUpload(yamada, c.ID, photo)
		picture := func(mail string) int64 {
			m, err := h.service.store.memberByMail(t.Context(), mail)
			if err != nil {
				t.Fatal(err)
			}
			return m.PictureID
		}
		h.post(umiyama, updatePath, query("cd", others.ID)).want(t, "another's photo in one's own cloak", 400, "notacceptable_image")
		h.post(umiyama, updatePath, query("cd", mine.ID)).wantEmpty(t, "one's own")
		h.post(yamada, updatePath, query("cd", others.ID, "an", "花子")).wantEmpty(t, "one's own in another's cloak")
		if picture(umiyama) != mine.ID || picture(yamada) != others.ID || !strings.Contains(h.get(yamada, accountPath, "").body, "花子") {
			t.Error("a picture is not what it was set to")
		}
		h.post(umiyama, updatePath, "an=x").wantEmpty(t, "the name alone")
		if picture(umiyama) != mine.ID {
			t.Error("a new name took the picture away")
		}
		h.post(umiyama, deletePath, query("ci", c.ID, "cd", others.ID)).wantEmpty(t, "deleting it")
		if picture(yamada) != 0 || picture(umiyama) != mine.ID {
			t.Error("a deleted picture is still there, or another went")
		}
		h.changeCloak(c.ID, "ends_at = ?", clock.Now().UnixMilli())
		h.post(umiyama, updatePath, query("cd", mine.ID)).want(t, "in an ended cloak", 400, "notacceptable_image")
	})
}

func TestPictures(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	seen := map[string]bool{}
	for _, path := range []string{pathNoImage, pathLocked} {
		got := h.get("", path, "")
		seen[got.body] = true
		if got.status != 200 || decodeConfig(t, got.body).Width == 0 || got.header.Get("Content-Type") != "image/jpeg" ||
			got.header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(got.header.Get("Cache-Control"), "public") {
			t.Errorf("%s: %d %v", path, got.status, got.header)
		}
		if again := h.get("", path, "", "If-None-Match", got.header.Get("ETag")); again.status != 304 || again.body != "" {
			t.Errorf("%s again: %d", path, again.status)
		}
		if head := h.request("", http.MethodHead, path, ""); head.status != 200 || head.body != "" {
			t.Errorf("HEAD %s: %d", path, head.status)
		}
		if upper := h.get("", strings.ToUpper(path)+"/", ""); upper.body != got.body {
			t.Errorf("%s in capitals is another picture", path)
		}
	}
	if len(seen) != 2 {
		t.Error("both pictures are the same")
	}
}
