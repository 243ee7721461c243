package acceptance

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// looks looks at the page: axe-core finds nothing that shuts people out, by day
// and by night, every picture is there, and nothing lies beside the window. The
// page is kept as a picture where SEKISHO_SCREENSHOTS names a folder for them.
func (p *person) looks(name string) {
	p.t.Helper()
	p.until("all pictures are there", func() bool {
		return ask[bool](p, `[...document.images].every((i) => i.loading === "lazy" || i.complete && i.naturalWidth > 0)`)
	})
	if ask[bool](p, "document.documentElement.scrollWidth > innerWidth") {
		p.t.Errorf("%s, %s: the page is wider than the window", name, p.screen.name)
	}
	for _, seen := range []struct{ scheme, rules string }{{"dark", colourRule}, {"light", allRules}} {
		p.colours(seen.scheme)
		for _, violation := range p.violations(seen.rules) {
			p.t.Errorf("%s, %s, %s: %s", name, p.screen.name, seen.scheme, violation)
		}
		p.keepPicture(fmt.Sprintf("%s-%s-%s.png", name, p.screen.name, seen.scheme))
	}
}

// What axe-core looks for.
const (
	allRules   = `rules: { "target-size": { enabled: true } }`
	colourRule = `runOnly: ["color-contrast"]`
)

// violations is what axe-core finds on the page, in its final colours.
func (p *person) violations(rules string) (found []string) {
	p.t.Helper()
	if !ask[bool](p, `"axe" in globalThis`) {
		ask[chromedp.Void](p, p.browser.axe)
	}
	answer := ask[string](p, `(async () => {
		document.getAnimations().forEach((a) => a.finish());
		const { violations } = await axe.run(document, { resultTypes: ["violations"], `+rules+` });
		return JSON.stringify(violations.map((v) => v.id + ": " + v.help + "\n" + v.nodes.map((n) => n.html + "\n" + n.failureSummary).join("\n")));
	})()`)
	if err := json.Unmarshal([]byte(answer), &found); err != nil {
		p.t.Fatal(err)
	}
	return found
}

func (p *person) keepPicture(file string) {
	p.t.Helper()
	folder := os.Getenv("SEKISHO_SCREENSHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatalf("taking a picture: %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, file), picture, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// watch notes what a tab does wrong.
type watch struct {
	site, beyond string

	mu      sync.Mutex
	faults  []string
	refused []string // how the console says what a page may be refused with
}

// take gives what was noted since it was last taken.
func (w *watch) take() (faults []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	faults, w.faults = w.faults, nil
	return faults
}

// mayRefuse lets pages be refused with a status from now on.
func (w *watch) mayRefuse(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refused = append(w.refused, fmt.Sprintf("with a status of %d ", status))
}

// notAFault is what Chromium finds wrong with autocomplete="nickname", which HTML
// knows.
const notAFault = "FormInputHasWrongButWellIntendedAutocompleteValueError"

// note looks at an event of the tab.
func (w *watch) note(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fault := func(format string, args ...any) { w.faults = append(w.faults, fmt.Sprintf(format, args...)) }
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type != runtime.ConsoleAPICalledTypeLog {
			fault("the console: %s", e.Type)
		}
	case *runtime.EventExceptionThrown:
		fault("an exception: %s", e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if (e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning) && !w.isRefusal(e.Entry) {
			fault("the console: %s (%s)", e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if !w.mayAsk(e) {
			fault("the page %s asks for %s", e.DocumentURL, e.Request.URL)
		}
	case *network.EventLoadingFailed:
		if !e.Canceled {
			fault("loading failed: %s %s", e.ErrorText, e.BlockedReason)
		}
	case *audits.EventIssueAdded:
		if text, _ := json.Marshal(e.Issue); !strings.Contains(string(text), notAFault) {
			fault("an issue: %s", text)
		}
	case *page.EventJavascriptDialogOpening:
		fault("a dialog: %s", e.Message)
	}
}

func (w *watch) isRefusal(entry *log.Entry) bool {
	return entry.Source == log.EntrySourceNetwork &&
		slices.ContainsFunc(w.refused, func(how string) bool { return strings.Contains(entry.Text, how) })
}

// mayAsk lets a page of the site ask the site alone; it may lead to the app, whose
// pages may ask the app alone.
func (w *watch) mayAsk(e *network.EventRequestWillBeSent) bool {
	if strings.HasPrefix(e.Request.URL, w.site+"/") {
		return true
	}
	return w.beyond != "" && strings.HasPrefix(e.Request.URL, w.beyond) &&
		(e.Type == network.ResourceTypeDocument || strings.HasPrefix(e.DocumentURL, w.beyond))
}

// The tests in the browser see what they look for.
func TestBrowserFaultsAreSeen(t *testing.T) {
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	defer elsewhere.Close()
	pages := map[string]struct{ body, fault string }{
		"/error":     {`<script>console.error("oh")</script>`, "the console: error"},
		"/exception": {`<script>throw new Error("oh")</script>`, "an exception: Uncaught"},
		"/policy":    {`<meta http-equiv="Content-Security-Policy" content="script-src 'self'"><script>document</script>`, "Content Security Policy"},
		"/missing":   {`<link rel="stylesheet" href="/nothing.css">`, "status of 404"},
		"/elsewhere": {`<img alt="" src="` + elsewhere.URL + `/a.png">`, "asks for " + elsewhere.URL},
		"/faint":     {`<p style="color: #bbb; background: #fff">うすい`, "color-contrast"},
		"/nameless":  {`<input type="text">`, "label"},
		"/small":     {`<button style="font-size: 4px">あ</button><button style="font-size: 4px">い</button>`, "target-size"},
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, known := pages[r.URL.Path]
		if !known {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<!DOCTYPE html><html lang="ja"><title>あ</title><link rel="icon" href="data:,">`+
			`<meta name="viewport" content="width=device-width"><main><h1>あ</h1>`+page.body+`</main>`)
	}))
	defer site.Close()
	p := startBrowser(t).visitor(t, screens[0], site.URL, "")
	for path, page := range pages {
		p.opens(path, path)
		var found []string
		p.until("it is seen: "+page.fault, func() bool {
			found = append(append(found, p.violations(allRules)...), p.watch.take()...)
			return strings.Contains(strings.Join(found, "\n"), page.fault)
		})
	}
}
