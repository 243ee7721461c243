// Package pages draws the dress-up site, /fit/…: what a page shows is a struct
// of this package, and [Write] sends it. It knows no store and no rules; who may
// see which page, and what came of a form, is its caller's to say.
//
// The pages are plain HTML that works without the script, load nothing from
// another host and hold no style or script of their own.
package pages

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"sync"

	"sekisho/caddymodules/serve"
)

// Page is what can be shown: [Landing], [SignUp], [SignIn], [Dress], [Consent],
// [Links] or [Notice].
type Page interface {
	file() string    // of its template, without .html
	leadsTo() string // the URI that its form may redirect to, "" for this site alone
	isLinking() bool // a linking is under way
}

// Visit is what every page shows beside its own content.
type Visit struct {
	Who   string // the nickname of who is signed in, "" for nobody
	CSRF  string // goes with every form as csrf, "" for none
	Flash string // what was just done, read out by screen readers, "" for nothing

	Ticket string // of the linking under way, goes with forms and links as ticket; "" for none
	App    string // the name of the app that asks for it
}

func (Visit) leadsTo() string { return "" }

func (v Visit) isLinking() bool { return v.Ticket != "" }

// To gives a path of the site, with the ticket if there is one.
func (v Visit) To(path string) string {
	if v.Ticket == "" {
		return path
	}
	return path + "?ticket=" + url.QueryEscape(v.Ticket)
}

//go:embed templates/*.html
var templateFiles embed.FS

// templates gives each page's template, drawn into the layout. They are read for
// the first page: a start, and every command, would wait for them.
var templates = sync.OnceValue(func() map[string]*template.Template {
	shared := template.Must(template.New("").Funcs(template.FuncMap{"asset": assetURL}).
		ParseFS(templateFiles, "templates/layout.html", "templates/fields.html"))
	parsed := map[string]*template.Template{}
	for _, file := range []string{"landing", "signup", "signin", "dress", "consent", "links", "notice"} {
		parsed[file] = template.Must(template.Must(shared.Clone()).ParseFS(templateFiles, "templates/"+file+".html"))
	}
	return parsed
})

// Write sends a page with the headers that keep it to itself. An error of a page
// that cannot be drawn, or whose redirect URI no policy can name, comes before
// anything is sent.
func Write(w http.ResponseWriter, status int, page Page) error {
	policy, err := policyFor(page.leadsTo())
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := templates()[page.file()].ExecuteTemplate(&body, "layout.html", page); err != nil {
		return fmt.Errorf("drawing the page %s: %w", page.file(), err)
	}
	setHeaders(w.Header(), policy, page.isLinking())
	return serve.Write(w, status, "text/html; charset=utf-8", body.Bytes())
}
