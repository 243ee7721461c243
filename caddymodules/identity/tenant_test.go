package identity

import (
	"context"
	"testing"
)

func TestTenantOf(t *testing.T) {
	none := context.Background()
	shop := WithTenant(none, "shop", "adi-mo")
	both := WithTenant(shop, "photos", "other")
	for _, c := range []struct {
		name  string
		ctx   context.Context
		api   string
		want  string
		there bool
	}{
		{"nothing left", none, "shop", "", false},
		{"left", shop, "shop", "adi-mo", true},
		{"left for another API", shop, "photos", "", false},
		{"two APIs, the inner one", both, "photos", "other", true},
		{"two APIs, the outer one", both, "shop", "adi-mo", true},
		{"left anew", WithTenant(both, "shop", "second"), "shop", "second", true},
		{"left anew for another API", WithTenant(both, "shop", "second"), "photos", "other", true},
		{"no API", both, "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if tenant, there := TenantOf(c.ctx, c.api); tenant != c.want || there != c.there {
				t.Errorf("got %q %v, want %q %v", tenant, there, c.want, c.there)
			}
		})
	}
}
