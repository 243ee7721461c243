package pages

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

const (
	testToken  = "csrf-token"
	testTicket = "ticket-of-a-linking"
)

// samples are all pages as name has them: every text that a stranger can choose
// is the name.
func samples(name string) map[string]Page {
	out := Visit{Ticket: testTicket, App: name}
	in := Visit{Who: name, CSRF: testToken, Ticket: testTicket, App: name, Flash: name}
	problems := []Problem{{FieldLogin, name}, {FieldNickname, name}, {FieldPassword, name}, {"", name}}
	dress := Dress{
		Visit: in, Image: "/avatar/1.gif", StillImage: "/avatar/1-still.gif",
		Tabs: []Tab{{name, "/fit/dress?part=hair", false}, {name, "/fit/dress?part=top", true}},
		Part: "top", Page: 2, Pages: 3, Prev: "/fit/dress?part=top&page=1", Next: "/fit/dress?part=top&page=3",
		Items: []Item{
			{ID: 1, Name: name, Thumbnail: "/item/1.png", Worn: true, Selectable: true},
			{ID: 2, Name: name, Thumbnail: "/item/2.png", Worn: true},
			{ID: 3, Name: name, Thumbnail: "/item/3.png", Selectable: true},
			{ID: 4, Name: name, Thumbnail: "/item/4.png"},
		},
		CanUndo: true, Changed: true,
	}
	tastes := dress
	tastes.Items, tastes.Tastes = nil, []Taste{{1, name, name, false}, {2, name, "", true}}
	empty := dress
	empty.Items, empty.Pages, empty.Prev, empty.Next, empty.Changed, empty.CanUndo = nil, 0, "", "", false, false
	return map[string]Page{
		"landing":         Landing{},
		"landing, linked": Landing{out},
		"sign-up":         SignUp{Visit: out, Login: name, Nickname: name, Problems: problems},
		"sign-up, empty":  SignUp{},
		"sign-in":         SignIn{Visit: out, Login: name, Problems: problems},
		"dress":           dress,
		"dress, tastes":   tastes,
		"dress, empty":    empty,
		"consent": Consent{
			Visit: in, Permissions: []string{"AvatarLoad", "ItemGrant"}, FaceImage: "/face/1.gif",
			TakesOver: true, RedirectURI: "https://example.com/cb",
		},
		"links": Links{in, []Link{
			{1, name, time.Unix(1_700_000_000, 0), []string{"AvatarLoad"}},
			{2, name, time.Unix(1_700_000_000, 0), []string{"ItemGrant"}},
		}},
		"links, none":  Links{Visit: in},
		"not found":    NotFound(Visit{}),
		"linking over": LinkingOver(in),
		"too many":     TooMany(out, time.Minute),
		"foreign":      Foreign(in),
		"failed":       Failed(in, "7h3k9xw2pd"),
	}
}

// document is a page as a browser reads it.
type document struct{ nodes []*html.Node }

func written(t testing.TB, page Page) (document, *httptest.ResponseRecorder) {
	t.Helper()
	w := httptest.NewRecorder()
	if err := Write(w, 200, page); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	var d document
	for node := range root.Descendants() {
		if node.Type == html.ElementNode {
			d.nodes = append(d.nodes, node)
		}
	}
	return d, w
}

// all gives the elements of that name, in their order.
func (d document) all(names ...string) []*html.Node {
	var found []*html.Node
	for _, node := range d.nodes {
		if slices.Contains(names, node.Data) {
			found = append(found, node)
		}
	}
	return found
}

// the gives the element with that id, nil for none.
func (d document) the(id string) *html.Node {
	for _, node := range d.nodes {
		if attr(node, "id") == id {
			return node
		}
	}
	return nil
}

// form gives the first form that posts there.
func (d document) form(t testing.TB, action string) *html.Node {
	t.Helper()
	for _, form := range d.all("form") {
		if attr(form, "action") == action {
			return form
		}
	}
	t.Fatalf("no form posts to %s", action)
	return nil
}

// within gives the elements of that name below a node.
func within(node *html.Node, names ...string) []*html.Node {
	var found []*html.Node
	for inner := range node.Descendants() {
		if inner.Type == html.ElementNode && slices.Contains(names, inner.Data) {
			found = append(found, inner)
		}
	}
	return found
}

// hidden gives the hidden fields of a form.
func hidden(form *html.Node) map[string]string {
	fields := map[string]string{}
	for _, input := range within(form, "input") {
		if attr(input, "type") == "hidden" {
			fields[attr(input, "name")] = attr(input, "value")
		}
	}
	return fields
}

func has(node *html.Node, name string) bool {
	return slices.ContainsFunc(node.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func attr(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(node *html.Node) string {
	var b strings.Builder
	for inner := range node.Descendants() {
		if inner.Type == html.TextNode {
			b.WriteString(inner.Data)
		}
	}
	return strings.TrimSpace(b.String())
}
