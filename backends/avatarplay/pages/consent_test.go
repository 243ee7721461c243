package pages

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func sampleConsent() Consent { return samples("Demo")["consent"].(Consent) }

func TestConsent(t *testing.T) {
	t.Parallel()
	d, _ := written(t, sampleConsent())
	form := d.form(t, "/fit/consent")
	var answers []string
	for _, button := range within(form, "button") {
		answers = append(answers, attr(button, "name")+"="+attr(button, "value")+" "+text(button))
	}
	if strings.Join(answers, ", ") != "answer=allow 許諾する, answer=deny 許諾しない" {
		t.Errorf("%v", answers)
	}
	main := text(d.all("main")[0])
	for _, want := range []string{
		"「Demo」と連携しますか？", "アバター画像の表示", "アイテムの付与", "ゲストのアイテムを引き継ぎます", "Demo さん", "example.com",
	} {
		if !strings.Contains(main, want) {
			t.Errorf("the page does not say %s: %s", want, main)
		}
	}
	d.form(t, "/fit/signout")

	less := sampleConsent()
	less.Permissions, less.TakesOver = []string{"ItemGrant"}, false
	d, _ = written(t, less)
	main = text(d.all("main")[0])
	if strings.Contains(main, "アバター画像の表示") || strings.Contains(main, "引き継ぎ") || !strings.Contains(main, "アイテムの付与") {
		t.Errorf("the page asks for more than the app does: %s", main)
	}
}

// The consent page alone may redirect to an app, and where no browser would go
// there is no page.
func TestConsentPolicy(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"https://example.com/cb", "http://localhost:9000/cb", "http://[::1]:9000/cb", "myapp://cb"} {
		page := sampleConsent()
		page.RedirectURI = uri
		_, w := written(t, page)
		if policy := w.Header().Get("Content-Security-Policy"); strings.Contains(policy, "form-action") || !strings.HasPrefix(policy, "default-src 'none'; ") {
			t.Errorf("%s: %s", uri, policy)
		}
	}
	page := sampleConsent()
	page.RedirectURI = "https://example.com;script-src *"
	w := httptest.NewRecorder()
	if err := Write(w, 200, page); err == nil || w.Body.Len() > 0 {
		t.Errorf("a page with %s: %v", w.Header().Get("Content-Security-Policy"), err)
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	d, _ := written(t, Links{Visit: Visit{Who: "ハナ", CSRF: testToken}, Linked: []Link{
		{7, "Demo", time.Date(2026, 1, 1, 15, 0, 0, 0, time.UTC), []string{"AvatarLoad"}}, // the 2nd in Japan
	}})
	form := d.form(t, "/fit/links/cut")
	if fields := hidden(form); fields["app"] != "7" || len(fields) != 2 {
		t.Errorf("%v", fields)
	}
	if form.Parent.Data != "details" || has(form.Parent, "open") {
		t.Error("one press cuts a link")
	}
	day := d.all("time")[0]
	if attr(day, "datetime") != "2026-01-02" || text(day) != "2026年1月2日" {
		t.Errorf("%s %s", attr(day, "datetime"), text(day))
	}
	if got := text(within(form, "button")[0]); got != "解除する（Demo）" {
		t.Errorf("the button says %s", got)
	}
	d, _ = written(t, Links{Visit: Visit{Who: "ハナ"}})
	if !strings.Contains(text(d.all("main")[0]), "連携しているアプリはありません。") {
		t.Errorf("none: %s", text(d.all("main")[0]))
	}
}
