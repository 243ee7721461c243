package pages

import (
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func sampleDress() Dress { return samples("ハナ")["dress"].(Dress) }

func TestDressForms(t *testing.T) {
	t.Parallel()
	tastes, _ := written(t, samples("ハナ")["dress, tastes"])
	d, _ := written(t, sampleDress())
	for action, d := range map[string]document{"/fit/try": d, "/fit/undo": d, "/fit/save": d, "/fit/taste": tastes} {
		form := d.form(t, action)
		fields := hidden(form)
		if fields["part"] != "top" || fields["page"] != "2" || len(fields) != 4 || !has(form, "data-dressing") {
			t.Errorf("%s: %v", action, fields)
		}
	}
	onward := d.the("save-onward")
	if fields := hidden(onward); attr(onward, "action") != "/fit/save" || fields["next"] != "consent" || has(onward, "data-dressing") {
		t.Errorf("going on: %v", fields)
	}
}

func TestItems(t *testing.T) {
	t.Parallel()
	d, _ := written(t, sampleDress())
	want := []struct{ value, pressed, disabled, note string }{
		{"1", "true", "", ""},
		{"2", "true", "true", "外せません"},
		{"3", "false", "", ""},
		{"4", "false", "true", "使えません"},
	}
	buttons := within(d.form(t, "/fit/try"), "button")
	if len(buttons) != len(want) {
		t.Fatalf("%d buttons", len(buttons))
	}
	for i, button := range buttons {
		w := want[i]
		img := within(button, "img")[0]
		if attr(button, "name") != "item" || attr(button, "value") != w.value || attr(button, "aria-pressed") != w.pressed ||
			attr(button, "aria-disabled") != w.disabled || has(button, "disabled") != (w.disabled != "") ||
			text(button) != strings.TrimSpace("ハナ "+w.note) ||
			attr(img, "src") != "/item/"+w.value+".png" || attr(img, "width") != "60" || attr(img, "height") != "60" {
			t.Errorf("%v %q, want %+v", button.Attr, text(button), w)
		}
	}
}

func TestTastes(t *testing.T) {
	t.Parallel()
	d, _ := written(t, samples("ハナ")["dress, tastes"])
	var got []string
	for _, button := range within(d.form(t, "/fit/taste"), "button") {
		got = append(got, attr(button, "name")+attr(button, "value")+" "+attr(button, "aria-pressed"))
	}
	if strings.Join(got, ", ") != "taste1 false, taste2 true" {
		t.Errorf("%v", got)
	}
}

// What can be done depends on what there is to do.
func TestDressControls(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		canUndo, changed bool
		ticket           string
	}{
		{false, false, ""}, {true, false, ""}, {false, true, ""}, {true, true, "t"}, {false, false, "t"},
	} {
		page := sampleDress()
		page.CanUndo, page.Changed, page.Ticket = test.canUndo, test.changed, test.ticket
		d, _ := written(t, page)
		for id, can := range map[string]bool{"undo": test.canUndo, "save": test.changed} {
			if button := d.the(id); has(button, "disabled") == can || has(button, "aria-disabled") == can {
				t.Errorf("%+v: %s: %v", test, id, button.Attr)
			}
		}
		link, form := d.the("onward"), d.the("save-onward")
		if (link != nil) != (test.ticket != "") || (form != nil) != (test.ticket != "") {
			t.Fatalf("%+v: a way on: %v %v", test, link, form)
		}
		if link != nil && (has(link, "hidden") != test.changed || has(form, "hidden") == test.changed) {
			t.Errorf("%+v: link %v, form %v", test, link.Attr, form.Attr)
		}
	}
}

func TestDressWays(t *testing.T) {
	t.Parallel()
	navs := func(d document) map[string]*html.Node {
		found := map[string]*html.Node{}
		for _, nav := range d.all("nav") {
			found[attr(nav, "aria-label")] = nav
		}
		return found
	}
	d, _ := written(t, sampleDress())
	tabs := within(navs(d)["パーツ"], "a")
	if len(tabs) != 2 || has(tabs[0], "aria-current") || attr(tabs[1], "aria-current") != "page" ||
		attr(tabs[0], "href") != "/fit/dress?part=hair#wardrobe" {
		t.Errorf("tabs: %v", tabs)
	}
	paging := navs(d)["ページ"]
	links := within(paging, "a")
	if len(links) != 2 || attr(links[0], "href") != "/fit/dress?part=top&page=1#shown" || attr(links[0], "rel") != "prev" ||
		attr(links[1], "href") != "/fit/dress?part=top&page=3#shown" || !strings.Contains(text(paging), "2 / 3ページ") {
		t.Errorf("paging: %s", text(paging))
	}
	first := sampleDress()
	first.Page, first.Prev = 1, ""
	d, _ = written(t, first)
	if links := within(navs(d)["ページ"], "a"); len(links) != 1 || attr(links[0], "rel") != "next" {
		t.Errorf("the first page leads to %v", links)
	}
	d, _ = written(t, samples("ハナ")["dress, empty"])
	if navs(d)["ページ"] != nil || !strings.Contains(text(d.all("main")[0]), "アイテムは、まだありません。") {
		t.Errorf("empty: %s", text(d.all("main")[0]))
	}
}

func TestDressPicture(t *testing.T) {
	t.Parallel()
	page := sampleDress()
	d, _ := written(t, page)
	img := d.the("avatar")
	if attr(img, "src") != page.Image || attr(img, "width") != "240" || attr(img, "height") != "320" || attr(img, "alt") != "ハナさんのアバター" {
		t.Errorf("%v", img.Attr)
	}
	if still := d.the("still"); attr(still, "srcset") != page.StillImage || attr(still, "media") != "(prefers-reduced-motion: reduce)" {
		t.Errorf("%v", still.Attr)
	}
	page.StillImage = ""
	d, _ = written(t, page)
	if d.the("still") != nil || d.the("pause") != nil {
		t.Error("a picture that stands still is offered without being there")
	}
	var statuses []string
	for _, node := range d.nodes {
		if attr(node, "role") == "status" {
			statuses = append(statuses, text(node))
		}
	}
	if len(statuses) != 1 || statuses[0] != page.Flash {
		t.Errorf("what was done is told by %v", statuses)
	}
}

func TestAnswersToTheScript(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		write  func(w *httptest.ResponseRecorder) error
		status int
		want   string
	}{
		{
			func(w *httptest.ResponseRecorder) error {
				return WriteState(w, DressState{
					Image: "/a.gif", StillImage: "/b.gif", Worn: []int64{9007199254740991, 2}, Fixed: []int64{2},
					Taste: 3, CanUndo: true, Changed: true, Message: "試着しました",
				})
			}, 200,
			`{"image":"/a.gif","stillImage":"/b.gif","worn":[9007199254740991,2],"fixed":[2],"taste":3,"canUndo":true,"changed":true,"message":"試着しました"}`,
		},
		{
			func(w *httptest.ResponseRecorder) error { return WriteState(w, DressState{}) }, 200,
			`{"image":"","stillImage":"","worn":[],"fixed":[],"taste":0,"canUndo":false,"changed":false,"message":""}`,
		},
		{
			func(w *httptest.ResponseRecorder) error { return WriteProblem(w, 403, "使えません。") }, 403,
			`{"message":"使えません。"}`,
		},
	} {
		w := httptest.NewRecorder()
		if err := test.write(w); err != nil {
			t.Fatal(err)
		}
		header := w.Header()
		if w.Code != test.status || w.Body.String() != test.want || header.Get("Content-Type") != "application/json" ||
			header.Get("Cache-Control") != "no-store" || header.Get("Content-Security-Policy") != basePolicy {
			t.Errorf("%d %v %s, want %s", w.Code, header, w.Body, test.want)
		}
	}
	for accept, want := range map[string]bool{"application/json": true, "text/html,application/xhtml+xml,*/*;q=0.8": false, "": false} {
		r := httptest.NewRequest("POST", "/fit/try", nil)
		r.Header.Set("Accept", accept)
		if WantsState(r) != want {
			t.Errorf("Accept %q: %v", accept, !want)
		}
	}
}
