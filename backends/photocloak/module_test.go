package photocloak

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"sekisho/backends/kit"
	"sekisho/caddymodules/golden"
)

func TestCaddyfiles(t *testing.T) { golden.Caddyfiles(t) }

// A JSON configuration knows the bounds that a Caddyfile does.
func TestValidate(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Handler)
		names  string // in the error; "" for none
	}{
		"the defaults":            {func(*Handler) {}, ""},
		"the bounds":              {func(h *Handler) { h.Rest, h.MaxCloakNo = caddy.Duration(time.Minute), largestMaxCloakNo }, ""},
		"bare numbers":            {func(h *Handler) { h.Numbers = "bare" }, ""},
		"other numbers":           {func(h *Handler) { h.Numbers = "roman" }, "numbers"},
		"a short lifetime":        {func(h *Handler) { h.Lifetime = caddy.Duration(time.Second) }, "lifetime"},
		"a negative making":       {func(h *Handler) { h.Making = -1 }, "making"},
		"an endless rest":         {func(h *Handler) { h.Rest = caddy.Duration(longestTime + 1) }, "rest"},
		"a negative max_cloak_no": {func(h *Handler) { h.MaxCloakNo = -1 }, "max_cloak_no"},
		"too many numbers":        {func(h *Handler) { h.MaxCloakNo = largestMaxCloakNo + 1 }, "max_cloak_no"},
		"too many photos":         {func(h *Handler) { h.MaxPhotos = largestMaxPhotos + 1 }, "max_photos"},
		"little memory":           {func(h *Handler) { h.DecodeMemory = smallestMemory - 1 }, "decode_memory"},
		"a code in capitals":      {func(h *Handler) { h.Prefixes = []Prefix{{"UME", "梅"}} }, "prefix code"},
		"a code too long":         {func(h *Handler) { h.Prefixes = []Prefix{{strings.Repeat("a", 21), "梅"}} }, "prefix code"},
		"no code":                 {func(h *Handler) { h.Prefixes = []Prefix{{"", "梅"}} }, "prefix code"},
		"no name":                 {func(h *Handler) { h.Prefixes = []Prefix{{"ume", ""}} }, "name of the prefix"},
		"a name of broken UTF-8":  {func(h *Handler) { h.Prefixes = []Prefix{{"ume", "\xe6"}} }, "name of the prefix"},
		"a code twice":            {func(h *Handler) { h.Prefixes = []Prefix{{"ume", "梅"}, {"ume", "桜"}} }, "twice"},
		"a name twice":            {func(h *Handler) { h.Prefixes = []Prefix{{"ume", "梅"}, {"sakura", "梅"}} }, "twice"},
		"a code that is a name":   {func(h *Handler) { h.Prefixes = []Prefix{{"ume", "梅"}, {"sakura", "ume"}} }, "twice"},
		"too many prefixes":       {func(h *Handler) { h.Prefixes = slices.Repeat([]Prefix{{"ume", "梅"}}, mostPrefixes+1) }, "prefixes"},
	} {
		h := new(Handler)
		h.setDefaults()
		test.change(h)
		err := h.Validate()
		switch {
		case test.names == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case test.names != "" && (err == nil || !strings.Contains(err.Error(), test.names)):
			t.Errorf("%s: %v, want an error that names %s", name, err, test.names)
		}
	}
}

// What an operator does not set is as the wire contract has it.
func TestDefaults(t *testing.T) {
	h := new(Handler)
	h.setDefaults()
	u := h.rules()
	day := 24 * time.Hour
	if u.lifetime != 30*day || u.making != 30*day || u.rest != 7*day || u.maxNo != 99 || u.maxPhotos != 2000 || u.numbers != kit.NumbersQuoted {
		t.Errorf("the rules are %+v", u)
	}
	var codes, names string
	for _, p := range u.prefixes {
		codes += p.Code + " "
		names += p.Name
	}
	if codes != "matsu take ume sakura fuji kiku ran momo kaede sugi yanagi hagi " || names != "松竹梅桜藤菊蘭桃楓杉柳萩" {
		t.Errorf("the prefixes are %s %s", codes, names)
	}
}
