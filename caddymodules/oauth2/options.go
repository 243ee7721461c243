package oauth2

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// The bounds of the options.
const (
	defaultAccess  = time.Hour
	shortestAccess = time.Minute
	longestAccess  = 24 * time.Hour

	defaultRefresh = 30 * 24 * time.Hour
	longestRefresh = 400 * 24 * time.Hour

	defaultGrace  = time.Minute
	shortestGrace = time.Second
	longestGrace  = time.Hour
)

func orDefault(option caddy.Duration, otherwise time.Duration) time.Duration {
	if option == 0 {
		return otherwise
	}
	return time.Duration(option)
}

// check refuses options that cannot be meant.
func (t *Token) check() error {
	if err := checkPaths(t.Paths); err != nil {
		return err
	}
	access := orDefault(t.AccessLifetime, defaultAccess)
	refresh := orDefault(t.RefreshLifetime, defaultRefresh)
	grace := orDefault(t.RefreshGrace, defaultGrace)
	switch {
	case access < shortestAccess || access > longestAccess:
		return fmt.Errorf("access_lifetime must be from %v to %v, not %v", shortestAccess, longestAccess, access)
	case refresh < access || refresh > longestRefresh:
		return fmt.Errorf("refresh_lifetime must be from access_lifetime (%v) to %v, not %v", access, longestRefresh, refresh)
	case grace < shortestGrace || grace > longestGrace:
		return fmt.Errorf("refresh_grace must be from %v to %v, not %v", shortestGrace, longestGrace, grace)
	case grace > refresh:
		return fmt.Errorf("refresh_grace must not be longer than refresh_lifetime (%v), and is %v", refresh, grace)
	}
	return nil
}

func checkPaths(paths []string) error {
	if len(paths) == 0 {
		return errors.New("oauth2_token needs a line `paths <path...>`")
	}
	given := map[string]bool{}
	for _, path := range paths {
		key := strings.ToLower(strings.TrimSuffix(path, "/"))
		switch {
		case !strings.HasPrefix(path, "/") || key == "" || strings.ContainsAny(path, "*?#%{} "):
			return fmt.Errorf("paths: %q is not a path, as in /oauth2/token", path)
		case given[key]:
			return fmt.Errorf("paths: %q is given twice", path)
		}
		given[key] = true
	}
	return nil
}

func unmarshalPaths(d *caddyfile.Dispenser, into *[]string) error {
	if *into != nil {
		return d.Err("paths is given twice")
	}
	if *into = d.RemainingArgs(); len(*into) == 0 {
		return d.Err("paths takes one path or more, as in `paths /oauth2/token`")
	}
	return nil
}

func unmarshalTime(d *caddyfile.Dispenser, into *caddy.Duration) error {
	option := d.Val()
	if *into != 0 {
		return d.Errf("%s is given twice", option)
	}
	args := d.RemainingArgs()
	if len(args) != 1 {
		return d.Errf("%s takes one time, as in %q", option, option+" 1h")
	}
	parsed, err := caddy.ParseDuration(args[0])
	if err != nil {
		return d.Errf("%s: %q is not a time, as in 60s, 1h or 30d", option, args[0])
	}
	if parsed <= 0 {
		return d.Errf("%s must be longer than nothing", option)
	}
	*into = caddy.Duration(parsed)
	return nil
}
