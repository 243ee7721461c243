package observe

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestMalformedTemplatesAreRefused(t *testing.T) {
	for path, says := range map[string]string{
		"/shop/{id":          "whole segment",
		"/shop/id}":          "whole segment",
		"/shop/{id}.php":     "whole segment",
		"/shop/a{id}":        "whole segment",
		"/shop/{}":           "whole segment",
		"/shop/{":            "whole segment",
		"/shop/{a}{b}":       "whole segment",
		"/shop/{{id}}":       "whole segment",
		"/shop/}id{":         "whole segment",
		"/shop/{a/b}":        "whole segment",
		"/shop/{id...}":      "whole segment",
		"/shop/{$}":          "whole segment",
		"/shop/{お店}":         "whole segment",
		"/{id}/list/{id}":    "{id} comes twice",
		"/{id}/list/{id}/{x": "{id} comes twice",
	} {
		if err := CheckTemplate(path); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want the path and %q", path, err, says)
		}
	}
	for _, path := range []string{"", "/", "/shop/list", "/shop/{id}", "/{shopId}/{2}/{A9z}/", "/shop/{id}/list", "/shop/{id}/{ID}"} {
		if err := CheckTemplate(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestWhatFitsATemplate(t *testing.T) {
	for _, c := range []struct {
		template, path string
		exact, folded  bool
	}{
		{"/shop/{id}/list", "/shop/1/list", true, true},
		{"/shop/{id}/list", "/shop/梅 %2F&?/list", true, true},
		{"/shop/{id}/list", "/shop/{id}/list", true, true},
		{"/shop/{id}/list", "/Shop/A/LIST", false, true},
		{"/shop/{id}/list", "/\u017fhop/A/list", false, true}, // the long s, two bytes
		{"/shop/{id}/list", "/shop/1/lists", false, false},
		{"/shop/{id}/list", "/shop/1/lis", false, false},
		{"/shop/{id}/list", "/shop//list", false, false},
		{"/shop/{id}/list", "/shop/1/2/list", false, false},
		{"/shop/{id}/list", "/shop/list", false, false},
		{"/shop/{id}/list", "/shop/1", false, false},
		{"/shop/{id}/list", "/shop/1/list/", false, false},
		{"/shop/{id}/list", "/shop/1//list", false, false},
		{"/shop/{id}/list", "shop/1/list", false, false},
		{"/shop/{id}/list", "//shop/1/list", false, false},
		{"/shop/{id}/list", "", false, false},
		{"/shop/{id}", "/shop/1", true, true},
		{"/shop/{id}", "/shop/", false, false},
		{"/shop/{id}", "/shop", false, false},
		{"/shop/{id}", "/shop/1/", false, false},
		{"/{shop}/{id}", "/shop/1", true, true},
		{"/{shop}/{id}", "//1", false, false},
		{"/{shop}", "/", false, false},
	} {
		if got := Fits(c.template, c.path, false); got != c.exact {
			t.Errorf("%q fits %s: %v", c.path, c.template, got)
		}
		if got := Fits(c.template, c.path, true); got != c.folded {
			t.Errorf("%q fits %s whatever the letter case: %v", c.path, c.template, got)
		}
	}
}

func TestWhatStandsForTheBraces(t *testing.T) {
	got := maps.Collect(Braced("/{shop}/list/{id}", "/a b/list/梅"))
	if want := map[string]string{"shop": "a b", "id": "梅"}; !maps.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for name := range Braced("/{shop}/list/{id}", "/a/list/b") {
		if name != "shop" {
			t.Errorf("%s comes first", name)
		}
		break
	}
}

// What fits is the template with its values in the place of the braces, and no
// value is empty or holds a slash.
func FuzzFits(f *testing.F) {
	f.Add("/shop/{id}/list", "/shop/1/list")
	f.Add("/shop/{id}/list", "/shop//list")
	f.Add("/{a}/{b}", "/x/y/z")
	f.Add("{a}", "{a}")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, template, path string) {
		if CheckTemplate(template) != nil || !Fits(template, path, false) {
			return
		}
		if !Fits(template, path, true) {
			t.Error("it fits only without folding")
		}
		segments := strings.Split(template, "/")
		for name, value := range Braced(template, path) {
			if value == "" || strings.Contains(value, "/") {
				t.Errorf("%s is %q", name, value)
			}
			segments[slices.Index(segments, "{"+name+"}")] = value
		}
		if filled := strings.Join(segments, "/"); filled != path {
			t.Errorf("it fits %q", filled)
		}
	})
}
