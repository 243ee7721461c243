package caddymodules

import (
	"cmp"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"sekisho/caddymodules/traces"
)

// prepareEnvironment sets, before any Caddyfile is read, what the Caddyfile
// takes from the environment in another form than the operator gives it. What is
// set but empty counts as unset: a site without a port would listen nowhere.
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
//   - SEKISHO_TRYING_OUT_SITE is the whole trying-out site, which SEKISHO_LISTEN
//     leaves out, and SEKISHO_ELSEWHERE the addresses of the site for everything
//     else.
//   - SEKISHO_ACME_CA_ROOT_OPTION is the whole option acme_ca_root where
//     ACME_CA_ROOT is set, because Caddy does not take that option empty.
func prepareEnvironment() {
	for _, name := range inTheCaddyfile {
		if os.Getenv(name) == "" {
			os.Unsetenv(name)
		}
	}
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
	prepareSites()
	if file := os.Getenv("ACME_CA_ROOT"); file != "" {
		os.Setenv("SEKISHO_ACME_CA_ROOT_OPTION", "acme_ca_root "+strconv.Quote(file))
	}
}

// inTheCaddyfile are the variables that the shipped Caddyfile has defaults for.
var inTheCaddyfile = []string{
	"SEKISHO_LISTEN", "SEKISHO_BIND", "SEKISHO_HTTP_PORT", "SEKISHO_HTTPS_PORT", "SEKISHO_CRM_PORT", "SEKISHO_METRICS",
	"SEKISHO_ADMIN", "SEKISHO_LOG_LEVEL", "SEKISHO_SHUTDOWN_DELAY", "SEKISHO_TRUSTED_PROXIES", "ACME_EMAIL", "ACME_CA", "ACME_CA_ROOT",
}

// prepareHosts brings the lists of host names into the form that a Caddyfile
// takes, and makes that of the plain addresses of all of them.
func prepareHosts() {
	var plain []string
	for _, api := range []string{"PHOTOCLOAK", "CUSTOMERS", "YDITS", "AVATARPLAY", "CRM"} {
		hosts := fields(os.Getenv(api + "_HOSTS"))
		if len(hosts) == 0 {
			hosts = []string{strings.ToLower(api) + ".localhost"}
		}
		os.Setenv(api+"_HOSTS", strings.Join(hosts, ", "))
		for _, host := range hosts {
			if name, _, _ := strings.Cut(host, ":"); name != "http" && name != "https" {
				plain = append(plain, "http://"+name)
			}
		}
	}
	if len(plain) == 0 { // then the Caddyfile's default is an address that nobody calls
		os.Unsetenv("SEKISHO_PLAIN_HOSTS")
		return
	}
	os.Setenv("SEKISHO_PLAIN_HOSTS", strings.Join(plain, ", "))
}

// prepareSites makes the trying-out site, unless SEKISHO_LISTEN is `off`, and the
// addresses of the one for what nobody named: without the other it has plain HTTP
// too.
func prepareSites() {
	http, https := cmp.Or(os.Getenv("SEKISHO_HTTP_PORT"), "8080"), cmp.Or(os.Getenv("SEKISHO_HTTPS_PORT"), "8443")
	if os.Getenv("SEKISHO_LISTEN") == "off" {
		os.Setenv("SEKISHO_TRYING_OUT_SITE", "")
		os.Setenv("SEKISHO_ELSEWHERE", "http://:"+http+", https://:"+https)
		return
	}
	os.Setenv("SEKISHO_TRYING_OUT_SITE", "http://:"+http+" {\n\timport trying_out\n}\n")
	os.Setenv("SEKISHO_ELSEWHERE", "https://:"+https)
}

// fields are the words of a list that are separated by commas or spaces.
func fields(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// believe are the options of a server that takes the word of the proxies at these
// addresses (CIDRs or single ones) for the client's address: by X-Forwarded-For,
// and by the PROXY protocol where they speak it. An address that cannot be meant
// becomes what Caddy refuses: with a slip of the pen everybody could say who they
// are, and guess for ever.
func believe(proxies []string) string {
	if len(proxies) == 0 {
		proxies = []string{"SEKISHO_TRUSTED_PROXIES:names-nobody"}
	}
	for i, proxy := range proxies {
		if address, err := netip.ParseAddr(proxy); err == nil {
			proxies[i] = netip.PrefixFrom(address, address.BitLen()).String()
		} else if network, err := netip.ParsePrefix(proxy); err == nil && tooWide(network) {
			proxies[i] = "SEKISHO_TRUSTED_PROXIES:" + proxy + "-is-too-wide"
		}
	}
	var b strings.Builder
	b.WriteString("trusted_proxies static " + strings.Join(proxies, " ") + "\n")
	b.WriteString("trusted_proxies_strict\n")
	b.WriteString("listener_wrappers {\n\tproxy_protocol {\n\t\ttimeout 5s\n\t\tallow " + strings.Join(proxies, " ") + "\n\t\tfallback_policy skip\n\t}\n\ttls\n}\n")
	return b.String()
}

// tooWide says whether a network is larger than the private ones.
func tooWide(network netip.Prefix) bool {
	if network.Addr().Is4() {
		return network.Bits() < 8
	}
	return network.Bits() < 16 || network.Addr().Is4In6()
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
