package photocloak

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/backends/kit"
	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// demo loads the demo and gives everything it put in, as the export has it.
func (s shell) demo() string {
	s.T.Helper()
	if err := loadDemo(stores.Unhurried(s.T.Context()), s.Stores); err != nil {
		s.T.Fatal(err)
	}
	tables, _ := s.exported()
	return fmt.Sprint(tables)
}

// The demo is what the page on it promises, loaded twice or once.
func TestDemo(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		first := s.demo()
		if again := s.demo(); again != first {
			t.Errorf("loaded again:\n%s\nfirst:\n%s", again, first)
		}
		if !s.opens("demo-client", "demo-secret") {
			t.Error("the client's secret is not demo-secret")
		}
		h := newHouse(t, s.Stores)
		for _, login := range [][3]string{{umiyama, "umiyama1", "海山太郎"}, {yamada, "yamada12", "山田花子"}} {
			if _, right := s.logsIn(login[0], login[1]); !right {
				t.Errorf("%s does not log in", login[0])
			}
			want := fmt.Sprintf(`{"AccountName":%q,"Email":%q,"MaxCloakCount":"3"}`, login[2], login[0])
			if got := h.get(login[0], "/api/v2/account", ""); got.body != want {
				t.Errorf("account: %s", got.body)
			}
		}

		if got := h.get("", "/api/v2/cloaks/check", form("pd", "梅", "no", "11")).body; !strings.HasPrefix(got, `{"ScopeType":"0","CloakID":"1",`) {
			t.Errorf("梅-11: %s", got)
		}
		shownCloak := h.get("", "/api/v2/cloaks", "ci=1").body
		for _, want := range []string{
			`"MemberID":"1"`, `"CanDownload":"1","CanUpload":"1","IsAutoExtensionDate":"1"`,
			`"Tags":[{"CloakID":"1","Tag":"海"},{"CloakID":"1","Tag":"夏"}]`, `"CloakImageID":"1"`, `"CloakImageID":"2"`,
		} {
			if !strings.Contains(shownCloak, want) {
				t.Errorf("梅-11 lacks %s: %s", want, shownCloak)
			}
		}
		if got := h.get("", "/api/v2/cloaks/search", form("tg", "海")).body; !strings.Contains(got, `"CloakId":"1"`) || strings.Contains(got, `"CloakId":"2"`) {
			t.Errorf("searching 海: %s", got)
		}
		for _, size := range []string{"0", "1", "2"} {
			if got := h.get(yamada, "/api/v2/photos", "ci=1&cd=2&ps="+size); got.status != 200 || got.header.Get("Content-Type") != "image/jpeg" {
				t.Errorf("photo of size %s: %d", size, got.status)
			}
		}

		if got := h.get("", "/api/v2/cloaks/check", form("pd", "matsu", "no", "5")).body; !strings.HasPrefix(got, `{"ScopeType":"1","CloakID":"2",`) {
			t.Errorf("松-5: %s", got)
		}
		for lock, status := range map[string]int{"umi2018": 200, "umi2019": 400} {
			if same, err := h.service.store.cloak(t.Context(), 2); err != nil || (rightLock(t, same, lock) != (status == 200)) {
				t.Errorf("the password %s", lock)
			}
		}
		opened := h.get(umiyama, "/api/v2/cloaks", "ci=2").body
		if !strings.Contains(opened, `"CanDownload":"0","CanUpload":"0"`) || strings.Count(opened, "CloakImageID") != 1 {
			t.Errorf("松-5 for its owner: %s", opened)
		}
	})
}

// Two gateways that start at once load one demo.
func TestDemoAtOnce(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		var loading sync.WaitGroup
		for range 4 {
			loading.Go(func() {
				if err := loadDemo(stores.Unhurried(t.Context()), s.Stores); err != nil {
					t.Error(err)
				}
			})
		}
		loading.Wait()
		h := newHouse(t, s.Stores)
		for table, want := range map[string]int64{
			"photocloak_clients": 1, "photocloak_client_secrets": 1, "photocloak_members": 2,
			"photocloak_cloaks": 2, "photocloak_images": 3, "photocloak_tags": 2, "photocloak_cloak_views": 2, "photocloak_image_views": 3,
		} {
			if n := h.rows(table); n != want {
				t.Errorf("%d rows of %s, want %d", n, table, want)
			}
		}
		if n := len(h.blobs()); n != 9 {
			t.Errorf("%d files, want those of three photos", n)
		}
	})
}

// A demo that was broken off is made whole, whatever was there.
func TestDemoBrokenOff(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		ctx := stores.Unhurried(t.Context())
		kept := store{s.SQL}
		if err := loadDemoClient(ctx, kept, s.Seal); err != nil {
			t.Fatal(err)
		}
		if err := loadDemoMember(ctx, kept, demoMembers[0]); err != nil {
			t.Fatal(err)
		}
		if err := loadDemoCloak(ctx, kept, brokenBlobs{Blobs: s.Blobs, put: func(key string) error {
			if strings.HasSuffix(key, "small.jpg") {
				return errBroken
			}
			return nil
		}}, 1, demoCloaks[0]); err == nil {
			t.Fatal("the blob store did not break")
		}
		h := newHouse(t, s)
		if n := h.rows("photocloak_cloaks"); n != 0 {
			t.Errorf("%d cloaks without their photos", n)
		}
		if err := loadDemo(ctx, s); err != nil {
			t.Fatal(err)
		}
		if h.rows("photocloak_cloaks") != 2 || h.rows("photocloak_images") != 3 {
			t.Errorf("%d cloaks, %d photos", h.rows("photocloak_cloaks"), h.rows("photocloak_images"))
		}
	})
}

// The demo's cloaks do not run out: loading renews what has ended, was deleted
// or soon would end, and leaves what a visitor put under the number alone.
func TestDemoIsRenewed(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		load := func() {
			t.Helper()
			if err := loadDemo(stores.Unhurried(t.Context()), s); err != nil {
				t.Fatal(err)
			}
		}
		load()
		first := h.cloak(1)
		defer clock.Step(100 * 24 * time.Hour)()
		load()
		if now := h.cloak(1); now.EndsAt != first.EndsAt {
			t.Error("renewed while there was time")
		}
		defer clock.Step(100 * 24 * time.Hour)()
		load()
		if now := h.cloak(1); now.EndsAt <= first.EndsAt {
			t.Error("not renewed")
		}
		h.post(umiyama, "/api/v2/mycloaks/delete", "ci=1").wantEmpty(t, "deleting")
		load()
		if now := h.cloak(1); now.ended() || now.DeletedAt != 0 {
			t.Errorf("a deleted one: %+v", now)
		}

		change(t, s, "UPDATE photocloak_cloaks SET ends_at = 1")
		h.clean()
		visitors := addAlbum(t, s, cloak{Name: "旅", Prefix: "ume", No: 11, MemberID: h.memberID(yamada)}, nil)
		load()
		if now := h.cloak(visitors.ID); now != visitors {
			t.Errorf("a visitor's cloak became %+v", now)
		}
		if got := h.rows("photocloak_cloaks"); got != 2 {
			t.Errorf("%d cloaks, want the visitor's and 松-5", got)
		}
	})
}

// Nobody waits for the demo when a gateway starts.
func TestDemoIsQuick(t *testing.T) {
	promise := 3 * time.Second
	if kittest.Raced {
		promise = 15 * time.Second // it draws and scales photos
	}
	var fresh []*stores.Stores
	for range 3 {
		fresh = append(fresh, storetest.Open(t, storetest.Embedded))
	}
	storetest.InTime(t, "loading the demo", promise, func() {
		s := fresh[0]
		fresh = fresh[1:]
		if err := loadDemo(stores.Unhurried(t.Context()), s); err != nil {
			t.Error(err)
		}
	})
}

func rightLock(t *testing.T, c cloak, lock string) bool {
	t.Helper()
	right, _, err := kit.VerifyPassword(t.Context(), c.LockHash, lock)
	if err != nil {
		t.Fatal(err)
	}
	return right
}
