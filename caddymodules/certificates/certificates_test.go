package certificates

import (
	"testing"

	"go.uber.org/zap"

	"sekisho/caddymodules/golden"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

func TestCaddyfiles(t *testing.T) { golden.Caddyfiles(t) }

// vaultOf is the storage of a gateway with these stores.
func vaultOf(t *testing.T, s *stores.Stores) *vault {
	t.Helper()
	v, err := newVault(s, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// each runs test on a vault over every combination of stores.
func each(t *testing.T, test func(t *testing.T, v *vault)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *stores.Stores) { test(t, vaultOf(t, s)) })
}
