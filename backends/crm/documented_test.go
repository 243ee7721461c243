package crm

import (
	"regexp"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// random is what no two runs have alike.
var random = kittest.Random{
	"session": regexp.MustCompile(`"Token":"([0-9a-f]{40})"`),
	"token":   regexp.MustCompile(`"(?:TokenID|tokenid)":"([0-9a-f]{64})"`),
	"today":   regexp.MustCompile(`"ResistDate":"(20[2-9][0-9]{5})"`),
}

// The documented examples, and every status code of the ten pages that a caller
// can provoke alone, as one conversation. Every combination of stores gives the
// same bytes.
func TestDocumented(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		newHouse(t, s)
		storetest.Widen(t, s)
		kittest.Converse(t, "testdata/documented.txt", kittest.To(gateway(t, s)), random)
	})
}
