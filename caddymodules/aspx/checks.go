package aspx

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"sekisho/caddymodules/identity"
)

var (
	errNoTenants = errors.New("aspx_rewrite needs at least one line `tenant <name> <prefix>...`")
	errNoPages   = errors.New("aspx_rewrite needs at least one line `pages <page>...`")
)

var (
	apiForm  = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	pageForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)
)

// What follows takes one part of a configuration after the other, and refuses
// what is not made as it must be or stands there already: for Caddyfiles, where
// the error gets its line, and for JSON alike.

func (a *Rewriter) setAPI(name string) error {
	if !apiForm.MatchString(name) {
		return fmt.Errorf("%q is no API: a name of the letters a to z, digits and _ that starts with a letter is needed", name)
	}
	a.API = name
	return nil
}

func (a *Rewriter) addTenant(name string, prefixes []string) error {
	if !identity.IsTenant(name) {
		return fmt.Errorf("%q is no tenant: a name of at most 32 letters a to z, digits, - and _ that starts with a letter or digit is needed", name)
	}
	for _, other := range a.Tenants {
		if other.Name == name {
			return fmt.Errorf("tenant %s is named twice; all its prefixes stand in one line", name)
		}
	}
	if len(prefixes) == 0 {
		return fmt.Errorf("tenant %s needs at least one prefix, as in `tenant %s /shop/api/`", name, name)
	}
	a.Tenants = append(a.Tenants, Tenant{Name: name})
	for _, prefix := range prefixes {
		if err := a.addPrefix(prefix); err != nil {
			return err
		}
	}
	return nil
}

// addPrefix gives a prefix to the tenant that was added last.
func (a *Rewriter) addPrefix(prefix string) error {
	if !strings.HasPrefix(prefix, "/") || !strings.HasSuffix(prefix, "/") ||
		strings.Contains(prefix, "//") || strings.ContainsAny(prefix, "*?#%") {
		return fmt.Errorf("%q is no prefix: a path that starts and ends with a slash is needed, without //, *, ?, # and %%", prefix)
	}
	folded := strings.ToLower(prefix) // as a request's path is; EqualFold takes others for alike
	for _, tenant := range a.Tenants {
		for _, other := range tenant.Prefixes {
			if strings.ToLower(other) == folded {
				return fmt.Errorf("prefix %s is given twice; tenant %s has it, and letter case does not count", prefix, tenant.Name)
			}
		}
	}
	last := &a.Tenants[len(a.Tenants)-1]
	last.Prefixes = append(last.Prefixes, prefix)
	return nil
}

func (a *Rewriter) addPage(page string) error {
	if !pageForm.MatchString(page) {
		return fmt.Errorf("%q is no page: a name of at most 64 letters, digits and _ that starts with a letter is needed, without .aspx", page)
	}
	for _, other := range a.Pages {
		if strings.EqualFold(other, page) {
			return fmt.Errorf("page %s is listed twice; letter case does not count", page)
		}
	}
	a.Pages = append(a.Pages, page)
	return nil
}

// complete refuses what could rewrite nothing.
func (a *Rewriter) complete() error {
	if len(a.Tenants) == 0 {
		return errNoTenants
	}
	if len(a.Pages) == 0 {
		return errNoPages
	}
	return nil
}
