package caddymodules

import (
	"net"
	"os"
	"strconv"
	"strings"
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
//   - Lists of host names get a space behind each comma, as Caddy wants it.
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
	for _, api := range []string{"PHOTOCLOAK", "CUSTOMERS", "YDITS", "AVATARPLAY", "CRM"} {
		if hosts := os.Getenv(api + "_HOSTS"); hosts != "" {
			names := strings.FieldsFunc(hosts, func(r rune) bool { return r == ',' || r == ' ' })
			os.Setenv(api+"_HOSTS", strings.Join(names, ", "))
		}
	}
	if file := os.Getenv("ACME_CA_ROOT"); file != "" {
		os.Setenv("SEKISHO_ACME_CA_ROOT_OPTION", "acme_ca_root "+strconv.Quote(file))
	}
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
