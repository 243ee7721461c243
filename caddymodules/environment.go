package caddymodules

import (
	"net"
	"os"
	"strconv"
)

// prepareEnvironment sets, before any Caddyfile is read, what the Caddyfile
// takes from the environment in another form than the operator gives it:
//
//   - SEKISHO_METRICS_BIND and SEKISHO_METRICS_PORT are the two halves of
//     SEKISHO_METRICS ("host:port"), because a Caddyfile wants them in different
//     places. Without a host it stays on loopback. A malformed value becomes the
//     port, which Caddy then refuses.
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
	if file := os.Getenv("ACME_CA_ROOT"); file != "" {
		os.Setenv("SEKISHO_ACME_CA_ROOT_OPTION", "acme_ca_root "+strconv.Quote(file))
	}
}
