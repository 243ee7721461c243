package guardtest

import (
	"net/http"
	"testing"
)

// failures counts what a test would have failed with.
type failures struct {
	testing.TB
	count int
}

func (*failures) Helper()                 {}
func (f *failures) Errorf(string, ...any) { f.count++ }

// gate is a door that counts wrong secrets by address and over all addresses.
type gate struct {
	perAddress, perAccount int
	remembers              bool

	wrong map[string]int
	all   int
	known map[string]bool
}

func (g *gate) try(right bool, from string) (bool, http.Header) {
	if g.wrong[from] >= g.perAddress || g.all >= g.perAccount && !g.known[from] {
		return false, http.Header{"Retry-After": {"1"}}
	}
	if right {
		g.known[from] = g.remembers
		return true, http.Header{}
	}
	g.wrong[from]++
	g.all++
	return false, http.Header{}
}

// A door that keeps to its limits passes; one that lacks any of them does not.
func TestFromEverywhere(t *testing.T) {
	const none = 1000
	for name, test := range map[string]struct {
		gate  gate
		holds bool
	}{
		"both limits":              {gate{perAddress: 3, perAccount: 6, remembers: true}, true},
		"none for an address":      {gate{perAddress: none, perAccount: 6, remembers: true}, false},
		"none over all addresses":  {gate{perAddress: 3, perAccount: none, remembers: true}, false},
		"one that knows nobody":    {gate{perAddress: 3, perAccount: 6}, false},
		"one that refuses at once": {gate{perAddress: 3, perAccount: 2, remembers: true}, false},
	} {
		said := failures{TB: t}
		test.gate.wrong, test.gate.known = map[string]int{}, map[string]bool{}
		FromEverywhere(&said, Door{Name: name, Try: test.gate.try})
		if (said.count == 0) != test.holds {
			t.Errorf("%s: %d failures", name, said.count)
		}
	}
}
