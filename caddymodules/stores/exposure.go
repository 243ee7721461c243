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

// serversOf are the HTTP servers of a configuration.
func serversOf(ctx caddy.Context) (map[string]*caddyhttp.Server, error) {
	module, err := ctx.AppIfConfigured("http")
	if errors.Is(err, caddy.ErrNotConfigured) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for what is served: %w", err)
	}
	return module.(*caddyhttp.App).Servers, nil
}

// refuseSplitPorts refuses a configuration that opens a port twice: of all addresses,
// as a site without `bind` does beside one with it, or of localhost and 127.0.0.1.
// Both would open it, the kernel would give each connection to one of them, and half
// of all calls would come to a server that knows nothing of their host.
func refuseSplitPorts(servers map[string]*caddyhttp.Server) error {
	opened := map[string]string{} // how an address is spelt, by what it is
	for _, server := range servers {
		for _, address := range server.Listen {
			parsed, err := caddy.ParseNetworkAddress(address)
			if err != nil || parsed.IsUnixNetwork() {
				continue
			}
			port := fmt.Sprint(parsed.StartPort)
			one := net.JoinHostPort(oneHost(parsed.Host), port)
			if other, twice := opened[one]; twice && other != parsed.Host {
				return fmt.Errorf("port %s is opened twice, as %q and %q, and each would get a part of the connections; give all its sites the same `bind` (the shipped Caddyfile's is `import edge`)",
					port, net.JoinHostPort(min(other, parsed.Host), port), net.JoinHostPort(max(other, parsed.Host), port))
			}
			opened[one] = parsed.Host
		}
	}
	return nil
}

// oneHost is the same for all spellings of what is opened: of all addresses, and of
// this machine's own.
func oneHost(host string) string {
	switch {
	case everyAddress(host):
		return ""
	case host == "localhost":
		return "127.0.0.1" // as Go opens it
	}
	return host
}

// everyAddress says whether a server that listens on host listens on all addresses.
func everyAddress(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "" || err == nil && ip.IsUnspecified()
}

// refuseExposedDemo refuses a configuration that would show demo data, whose
// passwords stand in a README, to others than this machine: one that listens
// beyond loopback, or that serves a public host name.
func refuseExposedDemo(servers map[string]*caddyhttp.Server) error {
	for _, server := range servers {
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
