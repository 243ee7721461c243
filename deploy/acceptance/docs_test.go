package acceptance

import (
	"net/http"
	"slices"
	"testing"
	"time"
)

// documentedAPIs are the APIs whose pages there are, by their paths.
var documentedAPIs = []string{"/docs/avatarplay/", "/docs/crm/", "/docs/customers/", "/docs/photocloak/", "/docs/ydits/"}

// The pages about the APIs, in a real browser: they are fit to be seen and heard
// on either screen, and load nothing from elsewhere. One template and one style
// sheet draw them all, so that the shortest is looked at for the others, of which
// only what is written in them makes a difference.
func TestDocs(t *testing.T) {
	g := startGateway(t)
	chromium := startBrowser(t)
	for _, s := range screens {
		t.Run(s.name, func(t *testing.T) {
			p := chromium.visitor(t, s, g.url, "")
			p.opens("/docs", "/docs/")
			p.looks("docs")
			if linked := ask[[]string](p, `[...document.querySelectorAll("h2 a")].map((a) => a.pathname)`); !slices.Equal(linked, documentedAPIs) {
				t.Errorf("the index leads to %v", linked)
			}
			for _, path := range documentedAPIs {
				p.opens(path, path)
				for _, fault := range append(brokenLinks(p), p.violations(textRules)...) {
					t.Errorf("%s: %s", path, fault)
				}
				if ask[bool](p, "document.documentElement.scrollWidth > innerWidth") {
					t.Errorf("%s is wider than the window", path)
				}
			}
			p.looks("docs-ydits")
			findsAnOperation(p)
		})
	}
}

// textRules are those of axe-core's that a text in the page could break.
const textRules = `runOnly: ["heading-order", "empty-heading", "link-name", "list", "listitem", "valid-lang", "empty-table-header", "summary-name"]`

// brokenLinks are links within the page that lead nowhere, and places that share
// a name.
func brokenLinks(p *person) []string {
	p.t.Helper()
	return ask[[]string](p, `(() => {
		const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
		const within = [...document.querySelectorAll("a[href^='#']")].map((a) => a.getAttribute("href").slice(1));
		return [...within.filter((id) => !ids.includes(id)).map((id) => "nothing is called " + id),
			...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => "two are called " + id)];
	})()`)
}

// findsAnOperation goes by the contents, which a phone folds away, to an
// operation, and on to what it answers.
func findsAnOperation(p *person) {
	p.t.Helper()
	p.opens("/docs/avatarplay/", "/docs/avatarplay/")
	if p.screen.touched {
		p.do("unfolding the contents", p.find("DisclosureTriangle", "Contents").pressed())
	}
	p.do("going to Echo", p.find("link", "GET Echo").pressed())
	p.until("Echo is in sight", func() bool { return inSight(p, "op-echo") })
	p.do("going to the schema", p.find("link", "Echo").pressed())
	p.until("the schema is in sight", func() bool { return inSight(p, "schema-Echo") })
}

func inSight(p *person, id string) bool {
	p.t.Helper()
	return ask[bool](p, `(() => {
		const top = document.getElementById("`+id+`").getBoundingClientRect().top;
		return top >= 0 && top < innerHeight / 2;
	})()`)
}

// A legacy host answers its own API alone: its callers never asked for pages.
func TestNoDocsOnLegacyHosts(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	client := localClient(t, g)
	for _, host := range []string{"photocloak", "customers", "ydits", "avatarplay", "crm"} {
		site := "https://" + host + ".localhost:" + g.setting("SEKISHO_HTTPS_PORT")
		eventually(t, 10*time.Second, host+" has a certificate", func() bool {
			_, _, err := send(client, http.MethodGet, site+"/nowhere", "", "")
			return err == nil
		})
		for _, path := range []string{"/docs", "/docs/", "/docs/" + host + "/", "/docs/" + host + "/openapi.yaml", "/docs/assets/docs.css"} {
			status, body, err := send(client, http.MethodGet, site+path, "", "")
			if err != nil || status != http.StatusNotFound || body != "Not Found" {
				t.Errorf("%s answered %d %.60s, %v", site+path, status, body, err)
			}
		}
	}
	for _, site := range []string{g.crm, g.metrics} {
		if status, body, err := send(newClient(), http.MethodGet, site+"/docs/", "", ""); err != nil || status != http.StatusNotFound {
			t.Errorf("%s answered %d %.60s, %v", site, status, body, err)
		}
	}
}
