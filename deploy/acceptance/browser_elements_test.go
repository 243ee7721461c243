package acceptance

import (
	"context"
	"fmt"
	"slices"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// element is a part of the page as screen readers know it.
type element struct {
	p    *person
	what string
	id   runtime.RemoteObjectID
}

// find gives the one element with a role and a name, as soon as there is one.
func (p *person) find(role, name string) *element {
	p.t.Helper()
	what := role + " " + name
	var found []*accessibility.Node
	p.until("there is one "+what, func() bool {
		found = p.named(role, name)
		return len(found) == 1
	})
	node := call(p, "finding "+what, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: found[0].BackendDOMNodeID})
	return &element{p, what, node.Object.ObjectID}
}

// named gives what has a role and a name in the tree that screen readers read.
func (p *person) named(role, name string) []*accessibility.Node {
	p.t.Helper()
	document := call(p, "finding the page", runtime.Evaluate, runtime.EvaluateParams{Expression: "document"})
	tree := call(p, "reading the page", accessibility.QueryAXTree, accessibility.QueryAXTreeParams{
		ObjectID: document.Result.ObjectID, Role: role, AccessibleName: name,
	})
	return slices.DeleteFunc(tree.Nodes, func(n *accessibility.Node) bool { return n.Ignored })
}

// of calls a function of the page with the element as this.
func of[T any](e *element, function string) T {
	e.p.t.Helper()
	ctx, cancel := context.WithTimeout(e.p.ctx, patience)
	defer cancel()
	result, err := chromedp.Run(ctx, chromedp.CallFunctionOn[T](function, func(c *runtime.CallFunctionOnParams) { c.ObjectID = e.id }))
	if err != nil {
		e.p.t.Fatalf("%s: %v\n%s", e.what, err, e.p.where())
	}
	return result
}

// attribute is an attribute of the element, "" for none.
func (e *element) attribute(name string) string {
	e.p.t.Helper()
	return of[string](e, fmt.Sprintf("function() { return this.getAttribute(%q) ?? '' }", name))
}

// spot scrolls to the element where it is not in sight, as a person does, and
// says where its middle is: in the window, with nothing over it.
const spot = `function() {
	const box = () => this.getClientRects()[0];
	const within = (r) => r.top >= 0 && r.left >= 0 && r.bottom <= innerHeight && r.right <= innerWidth;
	const middle = (r) => [r.x + r.width / 2, r.y + r.height / 2];
	const top = (r) => document.elementFromPoint(...middle(r));
	if (!within(box()) || !this.contains(top(box()))) this.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
	const over = top(box());
	const [x, y] = middle(box());
	return { x, y, over: this.contains(over) ? "" : over?.outerHTML.slice(0, 100) ?? "nothing: it is out of sight" };
}`

// place is the middle of an element.
type place struct {
	X, Y float64
	Over string // what lies over it, "" for nothing
}

func (e *element) place() place {
	e.p.t.Helper()
	found := of[place](e, spot)
	if found.Over != "" {
		e.p.t.Fatalf("%s cannot be pressed; over it lies %s", e.what, found.Over)
	}
	return found
}

// pressed is a press of the element, with a finger or the mouse.
func (e *element) pressed() chromedp.Action[chromedp.Void] {
	e.p.t.Helper()
	at := e.place()
	if !e.p.screen.touched {
		return chromedp.MouseClickXY(at.X, at.Y)
	}
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		finger := input.DispatchTouchEventParams{
			Type: input.DispatchTouchEventTypeTouchStart, TouchPoints: []*input.TouchPoint{{X: at.X, Y: at.Y}},
		}
		if _, err := cdp.Call(ctx, t, input.DispatchTouchEvent, finger); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, input.DispatchTouchEvent, input.DispatchTouchEventParams{
			Type: input.DispatchTouchEventTypeTouchEnd, TouchPoints: []*input.TouchPoint{},
		})
		return err
	})
}

// presses presses one thing after the other, without waiting for what comes of
// it.
func (p *person) presses(role string, names ...string) {
	p.t.Helper()
	for _, name := range names {
		p.do("pressing "+name, p.find(role, name).pressed())
	}
}

// enters types a text into a field, in the place of what stands there.
func (p *person) enters(label, text string) {
	p.t.Helper()
	p.presses("textbox", label)
	p.find("textbox", label).types(text)
}

func (e *element) types(text string) {
	e.p.t.Helper()
	of[chromedp.Void](e, "function() { this.select() }")
	call(e.p, "typing", input.InsertText, input.InsertTextParams{Text: text})
}

// focus says where the focus is, and whether that can be seen.
const focus = `(() => {
	const e = document.activeElement, r = e.getClientRects()[0], style = getComputedStyle(e);
	if (e === document.body) return "";
	if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return "without an outline: " + e.outerHTML.slice(0, 100);
	const over = document.elementFromPoint(r.x + Math.min(r.width, innerWidth) / 2, r.y + r.height / 2);
	if (!over || !e.contains(over) && !over.contains(e)) return "covered or out of sight: " + e.outerHTML.slice(0, 100);
	return "";
})()`

// tabsTo presses Tab until an element has the focus, which must be seen at every
// step of the way.
func (p *person) tabsTo(role, name string) {
	p.t.Helper()
	p.walksTo(p.find(role, name), chromedp.KeyEvent(kb.Tab))
}

// untabsTo is tabsTo with Shift, the way back.
func (p *person) untabsTo(role, name string) {
	p.t.Helper()
	p.walksTo(p.find(role, name), chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)))
}

func (p *person) walksTo(wanted *element, step chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	for range 100 {
		p.do("pressing Tab", step)
		if fault := ask[string](p, focus); fault != "" {
			p.t.Errorf("on the way to %s the focus is %s", wanted.what, fault)
		}
		if of[bool](wanted, "function() { return this === document.activeElement }") {
			return
		}
	}
	p.t.Fatalf("Tab does not lead to %s\n%s", wanted.what, p.where())
}
