package identity

import (
	"context"
	"regexp"
)

// tenantKey is the name of the API whose tenant it is.
type tenantKey string

// WithTenant leaves whose data a request for an API is about, as a module found
// out that rewrites paths.
func WithTenant(ctx context.Context, api, tenant string) context.Context {
	return context.WithValue(ctx, tenantKey(api), tenant)
}

// TenantOf gives the tenant whose data a request for an API is about. Where
// there is none, nothing before the backend has taken the request for its API.
func TenantOf(ctx context.Context, api string) (tenant string, there bool) {
	tenant, there = ctx.Value(tenantKey(api)).(string)
	return tenant, there
}

var tenantForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// IsTenant says whether a tenant can have this name: 1 to 32 letters a to z,
// digits, - and _, starting with a letter or digit.
func IsTenant(name string) bool { return tenantForm.MatchString(name) }
