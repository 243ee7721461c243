package acceptance

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long a test waits for something that is to happen at once: a person
// does not wait so long, but nobody else is on their machine.
const patience = time.Minute

// screen is what people look at.
type screen struct {
	name          string
	width, height int64
	touched       bool // a phone's, under fingers; others have a mouse
}

var screens = []screen{
	{name: "phone", width: 375, height: 812, touched: true},
	{name: "desktop", width: 1280, height: 900},
}

// browser is a Chromium without a window.
type browser struct {
	ctx context.Context
	axe string // the source of axe-core, which looks for what shuts people out
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("chromium"), chromedp.Flag("lang", "ja"),
		chromedp.NoSandbox) // which root and many a container cannot have; it sees our own pages alone
	allocator, release := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(release)
	ctx, quit := chromedp.NewContext(allocator, chromedp.WithErrorf(t.Logf))
	t.Cleanup(quit)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	installed := npmInstall(t, "axe-core")
	source, err := os.ReadFile(filepath.Join(installed, "node_modules/axe-core/axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return &browser{ctx: ctx, axe: string(source)}
}

// person is somebody with a browser of their own, on one site. What its console
// complains of, and what it asks another host for, fails the test.
type person struct {
	t       *testing.T
	browser *browser
	ctx     context.Context // of their tab
	screen  screen
	site    string // where the site is
	beyond  string // where the site may lead: an app's
	watch   *watch
}

// visitor is a new person, whom nobody knows. beyond is where the site may lead
// them.
func (b *browser) visitor(t *testing.T, s screen, site, beyond string) *person {
	t.Helper()
	ctx, leave := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(leave)
	return (&person{t: t, browser: b, ctx: ctx, screen: s, site: site, beyond: beyond}).inTab()
}

// tab is the same person in another tab.
func (p *person) tab() *person {
	p.t.Helper()
	ctx, leave := chromedp.NewContext(p.ctx)
	p.t.Cleanup(leave)
	other := *p
	other.ctx = ctx
	return other.inTab()
}

// inTab opens the tab of the person's context.
func (p *person) inTab() *person {
	p.t.Helper()
	p.watch = &watch{site: p.site, beyond: p.beyond}
	if err := chromedp.Listen(p.ctx, p.watch.note); err != nil { // opens the tab
		p.t.Fatalf("opening a tab: %v", err)
	}
	size := []chromedp.EmulateViewportOption{chromedp.EmulateLandscape}
	if p.screen.touched {
		size = []chromedp.EmulateViewportOption{chromedp.EmulatePortrait, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulateScale(2)}
	}
	p.do("taking a screen", chromedp.EmulateViewport(p.screen.width, p.screen.height, size...))
	call(p, "watching for issues", audits.Enable, cdp.Empty{})
	p.colours("light")
	p.t.Cleanup(func() {
		for _, fault := range p.watch.take() {
			p.t.Errorf("%s, %s: %s", p.t.Name(), p.screen.name, fault)
		}
	})
	return p
}

// do runs steps in the person's tab.
func (p *person) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v\n%s", what, err, p.where())
	}
}

// call runs a command of the DevTools protocol in the person's tab.
func call[P, R any](p *person, what string, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		p.t.Fatalf("%s: %v\n%s", what, err, p.where())
	}
	return result
}

// ask evaluates an expression in the page.
func ask[T any](p *person, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	result, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, func(e *runtime.EvaluateParams) {
		e.AwaitPromise = new(true)
	}))
	if err != nil {
		p.t.Fatalf("asking the page for %.200s: %v\n%s", expression, err, p.where())
	}
	return result
}

// where is the page that the person sees, for messages.
func (p *person) where() string {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname + "\n" + document.body?.innerText`))
	if err != nil {
		return "the page cannot be read: " + err.Error()
	}
	return "the page is " + text
}

// colours lets the person's system prefer light or dark pages.
func (p *person) colours(scheme string) {
	p.t.Helper()
	call(p, "choosing colours", emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
}

// withoutScript turns scripts off.
func (p *person) withoutScript() *person {
	p.t.Helper()
	call(p, "turning scripts off", emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return p
}

// slow lets every answer take so long at least; 0 as long as it takes.
func (p *person) slow(latency time.Duration) {
	p.t.Helper()
	call(p, "slowing the network", network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{
			Latency: float64(latency.Milliseconds()), DownloadThroughput: -1, UploadThroughput: -1,
		}},
	})
}

// opens opens an address, which must answer 200 on a path, maybe after redirects.
func (p *person) opens(address, path string) {
	p.t.Helper()
	p.arrive(http.StatusOK, path, chromedp.Func(navigate(p.absolute(address))))
}

// opensRefused opens an address that must be answered with a refusal.
func (p *person) opensRefused(status int, address string) {
	p.t.Helper()
	p.arrive(status, "", chromedp.Func(navigate(p.absolute(address))))
}

func (p *person) absolute(address string) string {
	if strings.HasPrefix(address, "/") {
		return p.site + address
	}
	return address
}

// navigate is what typing an address does, without waiting for the page.
func navigate(address string) func(ctx context.Context, t *chromedp.Target) error {
	return func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.Navigate, page.NavigateParams{URL: address})
		return err
	}
}

// goes presses what must lead to another page, at a path of the site or an
// address beyond.
func (p *person) goes(role, name, to string) {
	p.t.Helper()
	p.arrive(http.StatusOK, to, p.find(role, name).pressed())
}

// goesRefused presses what must lead to a page that refuses.
func (p *person) goesRefused(status int, role, name string) {
	p.t.Helper()
	p.arrive(status, "", p.find(role, name).pressed())
}

// goesByEnter presses Enter on what has the focus, which must lead to another
// page.
func (p *person) goesByEnter(to string) {
	p.t.Helper()
	p.arrive(http.StatusOK, to, chromedp.KeyEvent(kb.Enter))
}

// arrive waits until what it does has led to another page, and holds that
// against its status and where it must be ("" is anywhere).
func (p *person) arrive(status int, to string, doing chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if status >= http.StatusBadRequest {
		p.watch.mayRefuse(status)
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, doing)
	if err != nil {
		p.t.Fatalf("on the way to %s: %v\n%s", to, err, p.where())
	}
	if response == nil {
		p.t.Fatalf("on the way to %s no page was loaded\n%s", to, p.where())
	}
	address, err := url.Parse(response.URL)
	if err != nil {
		p.t.Fatal(err)
	}
	if int(response.Status) != status || to != "" && address.Path != to && !strings.HasPrefix(response.URL, to) {
		p.t.Fatalf("arrived at %d %s, want %d %s\n%s", response.Status, address.Path, status, to, p.where())
	}
}

// back goes back to the page before, and waits until it is there.
func (p *person) back() {
	p.t.Helper()
	p.do("going back", chromedp.NavigateBack())
}

// reads fails the test where the page does not come to show all of some texts.
func (p *person) reads(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		p.until("the page says "+text, func() bool { return strings.Contains(p.text(), text) })
	}
}

// text is all that the page shows.
func (p *person) text() string {
	p.t.Helper()
	return ask[string](p, "document.body.innerText")
}

// until waits for what the page is to come to.
func (p *person) until(what string, holds func() bool) {
	p.t.Helper()
	for began := time.Now(); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > patience {
			p.t.Fatalf("it does not come to it that %s\n%s", what, p.where())
		}
	}
}
