package stores

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// refuseExposedDemo refuses a configuration that would show demo data, whose
// passwords stand in a README, to others than this machine: one that listens
// beyond loopback, or that serves a public host name. It sees what is served
// only once all is provisioned, so `sekisho validate` does not get here.
func refuseExposedDemo(ctx caddy.Context) error {
	module, err := ctx.AppIfConfigured("http")
	if errors.Is(err, caddy.ErrNotConfigured) {
		return nil // no HTTP, no exposure
	}
	if err != nil {
		return fmt.Errorf("looking for what is served: %w", err)
	}
	for _, server := range module.(*caddyhttp.App).Servers {
		for _, address := range server.Listen {
			if !onLoopback(address) {
				return fmt.Errorf("demo data is not served beyond this machine, and %s is; SEKISHO_DEMO=public says that one means it", address)
			}
		}
		for _, host := range hostsOf(server.Routes) {
			if !privateHost(host) {
				return fmt.Errorf("demo data is not served under the public host name %s; SEKISHO_DEMO=public says that one means it", host)
			}
		}
	}
	return nil
}

func onLoopback(address string) bool {
	parsed, err := caddy.ParseNetworkAddress(address)
	if err != nil {
		return false
	}
	if parsed.IsUnixNetwork() || strings.EqualFold(parsed.Host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(parsed.Host)
	return err == nil && ip.IsLoopback()
}

func hostsOf(routes caddyhttp.RouteList) []string {
	var hosts []string
	for _, route := range routes {
		for _, set := range route.MatcherSets {
			for _, matcher := range set {
				if match, ok := matcher.(*caddyhttp.MatchHost); ok {
					hosts = append(hosts, *match...)
				}
			}
		}
		for _, handler := range route.Handlers {
			if nested, ok := handler.(*caddyhttp.Subroute); ok {
				hosts = append(hosts, hostsOf(nested.Routes)...)
			}
		}
	}
	return hosts
}

// privateHost knows the names that nobody can own (RFC 6761) and addresses that
// nobody else can reach.
func privateHost(host string) bool {
	if ip := net.ParseIP(strings.Trim(host, "[]")); ip != nil {
		return ip.IsLoopback()
	}
	for _, reserved := range []string{"localhost", "test", "invalid", "example"} {
		if strings.EqualFold(host, reserved) || strings.HasSuffix(strings.ToLower(host), "."+reserved) {
			return true
		}
	}
	return false
}
