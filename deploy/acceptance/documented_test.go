package acceptance

import (
	"regexp"
	"testing"

	"sekisho/backends/kit/kittest"
)

// Every documented example, sent over the network to the running gateway on
// each set of stores, gets the documented answer to the byte: from the
// trying-out site as from the API's own.
func TestDocumentedExamples(t *testing.T) {
	issued := kittest.Random{
		"uuid": regexp.MustCompile(`"uuid":"([0-9a-f-]{36})"`),
		"key":  regexp.MustCompile(`"key":"([A-Za-z0-9_-]{43})"`),
	}
	for name, env := range deployments(t) {
		t.Run(name, func(t *testing.T) {
			// The YDITS conversation begins with an empty table, that of the
			// customers with the demo data.
			g := startGateway(t, env...)
			kittest.Converse(t, "../../backends/ydits/testdata/documented.txt", kittest.At(client, g.url), issued)
		})
	}
	for name, env := range deployments(t) {
		t.Run("demo, "+name, func(t *testing.T) {
			g := startGateway(t, append(env, "SEKISHO_DEMO=1")...)
			kittest.Converse(t, "../../backends/customers/testdata/documented.txt", kittest.At(client, g.url), nil)
		})
	}
}
