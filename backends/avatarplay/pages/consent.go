package pages

import (
	"fmt"
	"time"

	"sekisho/caddymodules/clock"
)

// Consent is GET /fit/consent: the person reads which app asks for what, and
// posts answer=allow or answer=deny, with ticket and csrf, to /fit/consent. The
// answer may redirect to RedirectURI, and the app wherever it likes from there.
type Consent struct {
	Visit
	Permissions []string // AvatarLoad, ItemGrant; one that has no words is an error of [Write]
	FaceImage   string   // URL of the person's face, 60×80
	TakesOver   bool     // a guest's items pass to the person
	RedirectURI string   // where the answer leads; an error of [Write] where [CheckRedirect] gives one
}

func (Consent) file() string { return "consent" }

func (p Consent) leadsTo() string { return p.RedirectURI }

// Asked are the permissions in words.
func (p Consent) Asked() ([]permission, error) { return inWords(p.Permissions) }

// Destination is the host that the person is sent to, or the scheme of an app.
func (p Consent) Destination() (string, error) { return destination(p.RedirectURI) }

// Links is GET /fit/links: the apps that the person is linked to. Cutting a link
// posts app=ID to /fit/links/cut.
type Links struct {
	Visit
	Linked []Link
}

func (Links) file() string { return "links" }

// Link is an app that the person is linked to.
type Link struct {
	ID          int64 // of the app
	App         string
	Since       time.Time
	Permissions []string // as in Consent
}

// Given are the permissions in words.
func (l Link) Given() ([]permission, error) { return inWords(l.Permissions) }

// Day is the day of Since in Japan: 2026年1月2日.
func (l Link) Day() string { return l.Since.In(clock.Japan).Format("2006年1月2日") }

// Date is Day as machines read it: 2026-01-02.
func (l Link) Date() string { return l.Since.In(clock.Japan).Format(time.DateOnly) }

// permission is a scope of the API as people read it.
type permission struct{ Name, Words string }

var permissions = map[string]permission{
	"AvatarLoad": {"アバター画像の表示", "あなたのアバターの画像を、アプリの中に表示します。"},
	"ItemGrant":  {"アイテムの付与", "アプリで手に入れたアイテムを、あなたのアバターに追加します。"},
}

// inWords fails for a scope without words: nobody is to agree to what they
// cannot read.
func inWords(scopes []string) ([]permission, error) {
	var words []permission
	for _, scope := range scopes {
		p, ok := permissions[scope]
		if !ok {
			return nil, fmt.Errorf("the permission %q has no words", scope)
		}
		words = append(words, p)
	}
	return words, nil
}
