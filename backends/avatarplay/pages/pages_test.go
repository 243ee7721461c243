package pages

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// each runs a test on every page.
func each(t *testing.T, test func(t *testing.T, d document)) {
	t.Helper()
	t.Parallel()
	for name, page := range samples("ハナ") {
		t.Run(name, func(t *testing.T) {
			d, _ := written(t, page)
			test(t, d)
		})
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	for name, page := range samples("ハナ") {
		w := httptest.NewRecorder()
		if err := Write(w, http.StatusGone, page); err != nil {
			t.Fatal(err)
		}
		policy := "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; " +
			"base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
		if name == "consent" {
			policy = strings.TrimSuffix(policy, "; form-action 'self'")
		}
		opener := "same-origin"
		if page.isLinking() {
			opener = "" // an app may have opened it in a window of its own
		}
		if w.Code != http.StatusGone {
			t.Errorf("%s: %d", name, w.Code)
		}
		for header, want := range map[string]string{
			"Content-Type":               "text/html; charset=utf-8",
			"Content-Security-Policy":    policy,
			"X-Frame-Options":            "DENY",
			"X-Content-Type-Options":     "nosniff",
			"Cache-Control":              "no-store",
			"Referrer-Policy":            "same-origin",
			"Cross-Origin-Opener-Policy": opener,
			"Permissions-Policy":         "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
		} {
			if got := w.Header().Get(header); got != want {
				t.Errorf("%s: %s: %s, want %s", name, header, got, want)
			}
		}
	}
}

// A page that cannot be drawn is an error, and nothing of it was sent.
func TestWriteFails(t *testing.T) {
	t.Parallel()
	consent := samples("Demo")["consent"].(Consent)
	noWords, noPlace := consent, consent
	noWords.Permissions = []string{"AvatarLoad", "Everything"}
	noPlace.RedirectURI = "javascript:alert(1)"
	links := Links{Linked: []Link{{Permissions: []string{"Everything"}}}}
	for _, page := range []Page{noWords, noPlace, links} {
		w := httptest.NewRecorder()
		if err := Write(w, 200, page); err == nil {
			t.Errorf("%+v was written", page)
		}
		if w.Body.Len() > 0 || len(w.Header()) > 0 {
			t.Errorf("sent all the same: %v %s", w.Header(), w.Body)
		}
	}
}

// The policy would block it, and nothing of another host is loaded.
func TestNothingInline(t *testing.T) {
	each(t, func(t *testing.T, d document) {
		for _, node := range d.nodes {
			for _, a := range node.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("<%s %s=%q>", node.Data, a.Key, a.Val)
				}
				loads := slices.Contains([]string{"src", "srcset", "href", "action", "formaction"}, a.Key)
				if loads && !regexp.MustCompile(`^(/[^/]|#)`).MatchString(a.Val) {
					t.Errorf("<%s %s=%q> is not a path of this site", node.Data, a.Key, a.Val)
				}
			}
		}
		for _, script := range d.all("script") {
			if text(script) != "" || attr(script, "src") == "" {
				t.Errorf("a script of the page's own: %s", text(script))
			}
		}
		if found := d.all("style", "iframe", "object", "base"); len(found) > 0 {
			t.Errorf("<%s>", found[0].Data)
		}
	})
}

func TestForms(t *testing.T) {
	each(t, func(t *testing.T, d document) {
		signedIn := slices.ContainsFunc(d.all("nav"), func(n *html.Node) bool { return attr(n, "aria-label") == "メニュー" })
		for _, form := range d.all("form") {
			token, there := hidden(form)["csrf"]
			if attr(form, "method") != "post" || there != signedIn || signedIn && token != testToken {
				t.Errorf("%s %s: csrf %q, there: %v", attr(form, "method"), attr(form, "action"), token, there)
			}
			if len(within(form, "form")) > 0 {
				t.Errorf("%s has a form in it", attr(form, "action"))
			}
		}
	})
}

// What a screen reader and a keyboard find their way by.
func TestLandmarks(t *testing.T) {
	each(t, func(t *testing.T, d document) {
		if lang := attr(d.all("html")[0], "lang"); lang != "ja" {
			t.Errorf("lang %q", lang)
		}
		if title := text(d.all("title")[0]); !strings.HasSuffix(title, " - アバタープレイ") || strings.HasPrefix(title, " ") {
			t.Errorf("title %q", title)
		}
		if len(d.all("main")) != 1 || len(d.all("header")) != 1 || len(d.all("footer")) != 1 || len(d.all("h1")) != 1 {
			t.Error("a page has one main, one header, one footer and one h1")
		}
		skip := d.all("a")[0]
		if target := d.the(strings.TrimPrefix(attr(skip, "href"), "#")); target == nil || target.Data != "main" {
			t.Errorf("the first link is %s", attr(skip, "href"))
		}
		level := 0
		for _, heading := range d.all("h1", "h2", "h3", "h4") {
			depth := int(heading.Data[1] - '0')
			if depth > level+1 || text(heading) == "" {
				t.Errorf("<%s>%s comes after <h%d>", heading.Data, text(heading), level)
			}
			level = depth
		}
	})
}

func TestReferences(t *testing.T) {
	each(t, func(t *testing.T, d document) {
		seen := map[string]bool{}
		for _, node := range d.nodes {
			if id := attr(node, "id"); id != "" && seen[id] {
				t.Errorf("two elements are #%s", id)
			} else {
				seen[id] = true
			}
		}
		for _, node := range d.nodes {
			for _, name := range []string{"for", "aria-describedby", "aria-labelledby"} {
				for _, id := range strings.Fields(attr(node, name)) {
					if d.the(id) == nil {
						t.Errorf("<%s %s=%q>: there is no such element", node.Data, name, id)
					}
				}
			}
		}
	})
}

func TestNames(t *testing.T) {
	each(t, func(t *testing.T, d document) {
		labelled := map[string]bool{}
		for _, label := range d.all("label") {
			labelled[attr(label, "for")] = text(label) != ""
		}
		for _, input := range d.all("input") {
			if attr(input, "type") != "hidden" && !labelled[attr(input, "id")] {
				t.Errorf("the input %s has no label", attr(input, "name"))
			}
		}
		for _, node := range d.all("button", "a", "summary") {
			if text(node) == "" {
				t.Errorf("a <%s> has no words: %v", node.Data, node.Attr)
			}
		}
		for _, img := range d.all("img") {
			if !has(img, "alt") {
				t.Errorf("%s has no alt", attr(img, "src"))
			}
		}
		for _, nav := range d.all("nav") {
			if attr(nav, "aria-label") == "" {
				t.Error("a nav has no name")
			}
		}
	})
}

// The ticket goes along wherever the linking goes on.
func TestTicketGoesAlong(t *testing.T) {
	t.Parallel()
	pages := samples("Demo")
	for name, want := range map[string][]string{
		"landing, linked": {"/fit/signin", "/fit/signup"},
		"sign-up":         {"/fit/signin"},
		"sign-in":         {"/fit/signup"},
		"dress":           {"/fit/dress", "/fit/consent"},
		"consent":         {"/fit/dress"},
	} {
		d, _ := written(t, pages[name])
		for _, path := range want {
			if !slices.ContainsFunc(d.all("a"), func(a *html.Node) bool { return attr(a, "href") == path+"?ticket="+testTicket }) {
				t.Errorf("%s does not lead to %s with the ticket", name, path)
			}
		}
		for _, form := range within(d.all("main")[0], "form") {
			if hidden(form)["ticket"] != testTicket {
				t.Errorf("%s: the form to %s loses the ticket", name, attr(form, "action"))
			}
		}
	}
	d, _ := written(t, Landing{})
	for _, node := range d.nodes {
		for _, a := range node.Attr {
			if strings.Contains(a.Val, "ticket") {
				t.Errorf("a ticket that is not there: <%s %s=%q>", node.Data, a.Key, a.Val)
			}
		}
	}
	if got := (Visit{Ticket: "a&b=c#d"}).To("/fit/dress"); got != "/fit/dress?ticket=a%26b%3Dc%23d" {
		t.Errorf("%s", got)
	}
}

// outline is a page without its texts and values: what markup there is.
func outline(d document) string {
	var b strings.Builder
	for _, node := range d.nodes {
		b.WriteString("<" + node.Data)
		for _, a := range node.Attr {
			b.WriteString(" " + a.Key)
		}
		b.WriteString(">")
	}
	return b.String()
}

// What people and apps call themselves stays text.
func FuzzNamesStayText(f *testing.F) {
	for _, name := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</title><script>`,
		`javascript:alert(1)`, "`${alert(1)}`", `{{.CSRF}}`, "\u202egnp", "&lt;b&gt;", "\x00", "\xff<b",
	} {
		f.Add(name)
	}
	plain := map[string]string{}
	for page, sample := range samples("ハナ") {
		d, _ := written(f, sample)
		plain[page] = outline(d)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" {
			return // nobody's: another page
		}
		for page, sample := range samples(name) {
			d, _ := written(t, sample)
			if got := outline(d); got != plain[page] {
				t.Fatalf("%s: %q became markup:\n%s\nwant\n%s", page, name, got, plain[page])
			}
		}
	})
}
