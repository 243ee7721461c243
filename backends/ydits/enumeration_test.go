package ydits

import (
	"net/http"
	"strings"
	"testing"

	"sekisho/backends/kit"
	"sekisho/backends/kit/kittest/cheaphash"
	"sekisho/caddymodules/stores/storetest"
)

// Neither time nor words tell whose mail addresses are users': one password is
// hashed for each attempt, whether somebody has the address or not, whether they
// are disabled, and whatever the old service had made of their password.
func TestUsersAreNotToldFromNobody(t *testing.T) {
	cheaphash.Off(t)
	s := storetest.Open(t, storetest.Embedded)
	g := gateway(t, s)
	newcomerUUID(t, g, "active@example.com", "pass")
	disabled := newcomerUUID(t, g, "disabled@example.com", "pass")
	kept := store{s.SQL}
	if err := kept.setDisabled(t.Context(), disabled, true); err != nil {
		t.Fatal(err)
	}
	for mail, hash := range map[string]string{"plain@example.com": "{plain}pass", "md5@example.com": "{md5}1a1dc91c907325c69271ddf0c944bc72"} {
		u := user{UUID: kit.NewUUID(), Name: "n", Mail: mail, MailKey: kit.MailKey(mail), PassHash: hash, CreatedAt: 1}
		if err := kept.addUsers(t.Context(), []user{u}); err != nil {
			t.Fatal(err)
		}
	}
	for name, ask := range map[string]func(mail, pass string) string{
		"step 1":  func(mail, pass string) string { a := issue(t, g, mail, pass); return a.Result },
		"inquiry": func(mail, pass string) string { a := inquire(t, g, mail, pass); return a.Result },
		"page": func(mail, pass string) string {
			w := postForm(g, "inquiry.php?g=true", form("mail", mail, "pass", pass))
			if w.Code != http.StatusOK {
				t.Errorf("the page: %d", w.Code)
			}
			return strings.ReplaceAll(w.Body.String(), mail, "MAIL")
		},
	} {
		said := ask("nobody@example.com", "wrong")
		for _, shown := range []struct{ mail, pass string }{
			{"active@example.com", "wrong"},
			{"disabled@example.com", "pass"},
			{"plain@example.com", "wrong"},
			{"md5@example.com", "wrong"},
		} {
			var got string
			if n := cheaphash.Hashed(func() { got = ask(shown.mail, shown.pass) }); n != 1 {
				t.Errorf("%s, %s with %s: %d passwords were hashed", name, shown.mail, shown.pass, n)
			}
			if got != said {
				t.Errorf("%s, %s with %s: %s\nnobody: %s", name, shown.mail, shown.pass, got, said)
			}
		}
	}
}
