package caddymodules

import (
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"sekisho/caddymodules/traces"
)

// prepareEnvironment sets, before any Caddyfile is read, what the Caddyfile
// takes from the environment in another form than the operator gives it:
//
//   - SEKISHO_METRICS_BIND and SEKISHO_METRICS_PORT are the two halves of
//     SEKISHO_METRICS ("host:port"), because a Caddyfile wants them in different
//     places. Without a host it stays on loopback. A malformed value becomes the
//     port, which Caddy then refuses.
//   - SEKISHO_ADMIN beyond loopback or a unix socket becomes what Caddy refuses:
//     whoever reaches the admin endpoint owns the gateway.
//   - Lists of host names get a space behind each comma, as Caddy wants it, and
//     SEKISHO_PLAIN_HOSTS is the list of them all with http:// before each.
//   - SEKISHO_TRACING_DIRECTIVE is the directive tracing where OpenTelemetry's
//     variables ask for traces, see [traces.Prepare].
//   - SEKISHO_PROXIES_OPTIONS are the server options by which the addresses of
//     SEKISHO_TRUSTED_PROXIES are believed.
//   - SEKISHO_ACME_CA_ROOT_OPTION is the whole option acme_ca_root where
//     ACME_CA_ROOT is set, because Caddy does not take that option empty.
func prepareEnvironment() {
	if value := os.Getenv("SEKISHO_METRICS"); value != "" {
		host, port, err := net.SplitHostPort(value)
		if err != nil {
			port = value
		}
		if host != "" {
			os.Setenv("SEKISHO_METRICS_BIND", host)
		}
		os.Setenv("SEKISHO_METRICS_PORT", port)
	}
	if admin := os.Getenv("SEKISHO_ADMIN"); admin != "" && !staysHere(admin) {
		os.Setenv("SEKISHO_ADMIN", "SEKISHO_ADMIN:must-be-a-loopback-address-or-a-unix-socket")
	}
	prepareHosts()
	if traces.Prepare() {
		os.Setenv("SEKISHO_TRACING_DIRECTIVE", "tracing")
	}
	if proxies := os.Getenv("SEKISHO_TRUSTED_PROXIES"); proxies != "" {
		os.Setenv("SEKISHO_PROXIES_OPTIONS", believe(fields(proxies)))
	}
	if file := os.Getenv("ACME_CA_ROOT"); file != "" {
		os.Setenv("SEKISHO_ACME_CA_ROOT_OPTION", "acme_ca_root "+strconv.Quote(file))
	}
}

// prepareHosts brings the lists of host names into the form that a Caddyfile
// takes, and makes that of the plain addresses of all of them.
func prepareHosts() {
	var plain []string
	for _, api := range []string{"PHOTOCLOAK", "CUSTOMERS", "YDITS", "AVATARPLAY", "CRM"} {
		hosts := fields(os.Getenv(api + "_HOSTS"))
		if len(hosts) == 0 {
			hosts = []string{strings.ToLower(api) + ".localhost"} // the Caddyfile's default
		} else {
			os.Setenv(api+"_HOSTS", strings.Join(hosts, ", "))
		}
		for _, host := range hosts {
			if name, _, _ := strings.Cut(host, ":"); name != "http" && name != "https" {
				plain = append(plain, "http://"+name)
			}
		}
	}
	os.Setenv("SEKISHO_PLAIN_HOSTS", strings.Join(plain, ", "))
}

// fields are the words of a list that are separated by commas or spaces.
func fields(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// believe are the options of a server that believes the proxies at these addresses
// (CIDRs or single ones) who a client is: by X-Forwarded-For, and by the PROXY protocol where they
// speak it.
func believe(proxies []string) string {
	for i, proxy := range proxies {
		if address, err := netip.ParseAddr(proxy); err == nil {
			proxies[i] = netip.PrefixFrom(address, address.BitLen()).String()
		}
	}
	var b strings.Builder
	b.WriteString("trusted_proxies static " + strings.Join(proxies, " ") + "\n")
	b.WriteString("trusted_proxies_strict\n")
	b.WriteString("protocols h1 h2\n") // what stands before passes no HTTP/3 on
	b.WriteString("listener_wrappers {\n\tproxy_protocol {\n\t\ttimeout 5s\n\t\tallow " + strings.Join(proxies, " ") + "\n\t\tfallback_policy skip\n\t}\n\ttls\n}\n")
	return b.String()
}

// staysHere says whether an admin address cannot be reached from elsewhere.
func staysHere(address string) bool {
	if address == "off" || strings.HasPrefix(address, "unix/") {
		return true
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
