package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"
)

func TestAssets(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"fit.css":  "text/css; charset=utf-8",
		"fit.js":   "text/javascript; charset=utf-8",
		"logo.svg": "image/svg+xml",
		"hero.svg": "image/svg+xml",
	} {
		url, err := assetURL(file)
		if err != nil {
			t.Fatal(err)
		}
		body, contentType, ok := Asset(strings.TrimPrefix(url, AssetPath))
		if !ok || len(body) == 0 || contentType != want {
			t.Errorf("%s: %d bytes of %s", url, len(body), contentType)
		}
		sum := sha256.Sum256(body)
		name, ext, _ := strings.Cut(file, ".")
		if named := AssetPath + name + "." + hex.EncodeToString(sum[:])[:16] + "." + ext; url != named {
			t.Errorf("%s, want %s", url, named)
		}
	}
	for _, name := range []string{"", "fit.css", "fit.0000000000000000.css", "../pages.go", "assets/fit.css"} {
		if body, _, ok := Asset(name); ok || body != nil {
			t.Errorf("%q is served", name)
		}
	}
	if len(assets) != len(assetNames) {
		t.Errorf("%d assets of %d files", len(assets), len(assetNames))
	}
	for name, a := range assets {
		if a.contentType == "" {
			t.Errorf("%s has no content type", name)
		}
	}
	if url, err := assetURL("missing.css"); err == nil {
		t.Errorf("a missing file has the URL %s", url)
	}
}

// What a page loads is there.
func TestAssetsOfPages(t *testing.T) {
	each(t, func(t *testing.T, d document) {
		loaded := 0
		for _, node := range d.all("link", "script", "img") {
			url := attr(node, "src") + attr(node, "href")
			name, ours := strings.CutPrefix(url, AssetPath)
			if !ours {
				continue
			}
			if _, _, ok := Asset(name); !ok {
				t.Errorf("%s is not there", url)
			}
			loaded++
		}
		if loaded < 4 {
			t.Errorf("only %d assets are loaded", loaded)
		}
	})
}

// Neither another host nor text as code: the policy would block it in silence.
func TestAssetsKeepToThemselves(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`url\(|@import|https?://|innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|\.style\b`)
	for name, a := range assets {
		body := strings.ReplaceAll(string(a.body), `xmlns="http://www.w3.org/2000/svg"`, "")
		body = strings.ReplaceAll(body, `url(#`, "") // a gradient of the same picture
		if found := forbidden.FindString(body); found != "" {
			t.Errorf("%s holds %s", name, found)
		}
	}
}

// What the script looks for stands on the page that it works on.
func TestScriptFindsItsElements(t *testing.T) {
	t.Parallel()
	body, _, _ := Asset(assetNames["fit.js"])
	d, _ := written(t, samples("ハナ")["dress"])
	ids := regexp.MustCompile(`byId\("([a-z-]+)"\)`).FindAllSubmatch(body, -1)
	if len(ids) < 8 {
		t.Fatalf("the script looks for %d ids", len(ids))
	}
	for _, id := range ids {
		if d.the(string(id[1])) == nil {
			t.Errorf("there is no #%s", id[1])
		}
	}
	classes := map[string]bool{}
	for _, node := range d.nodes {
		for _, class := range strings.Fields(attr(node, "class")) {
			classes[class] = true
		}
	}
	for _, class := range []string{"stage", "signed-in", "note", "tabs"} {
		if !classes[class] || !strings.Contains(string(body), `.`+class) {
			t.Errorf(".%s is not where the script looks for it", class)
		}
	}
}
