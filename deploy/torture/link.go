package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/Shopify/toxiproxy/v2"
	_ "github.com/Shopify/toxiproxy/v2/toxics" // registers what a network may do
	"github.com/rs/zerolog"

	"sekisho/caddymodules/stores/storetest/servers"
)

// link is the network between one gateway and one server.
type link struct{ proxy *toxiproxy.Proxy }

// linked is the environment of a gateway that reaches each server over a link of
// its own.
func (w *world) linked() (env []string, links map[string]*link, err error) {
	links = map[string]*link{}
	zerolog.SetGlobalLevel(zerolog.Disabled) // some toxics log past the logger that they are given
	network := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	for _, to := range []struct {
		name, variable string
		server         *servers.Server
	}{
		{"PostgreSQL", "SEKISHO_DATABASE", w.postgres}, {"Redis", "SEKISHO_SESSIONS", w.redis}, {"the bucket", "SEKISHO_BLOBS", w.bucket},
	} {
		address, err := url.Parse(to.server.URL)
		if err != nil {
			return nil, nil, err
		}
		query := address.Query()
		upstream := address.Host
		if endpoint := query.Get("endpoint"); endpoint != "" { // an S3 server's
			upstream = strings.TrimPrefix(endpoint, "http://")
		}
		proxy := toxiproxy.NewProxy(network, to.name, "127.0.0.1:0", upstream)
		if err := proxy.Start(); err != nil {
			return nil, nil, fmt.Errorf("making a link to %s: %w", to.name, err)
		}
		w.atEnd(proxy.Stop)
		if query.Has("endpoint") {
			query.Set("endpoint", "http://"+proxy.Listen)
			address.RawQuery = query.Encode()
		} else {
			address.Host = proxy.Listen
		}
		env = append(env, to.variable+"="+address.String())
		links[to.name] = &link{proxy}
	}
	return env, links, nil
}

// cut breaks all connections and lets none be made.
func (l *link) cut() { l.proxy.Stop() }

// mend lets connections be made again after a cut.
func (l *link) mend() error { return l.proxy.Start() }

// poison has the network do something, until heal: toxics are those of toxiproxy,
// as JSON.
func (l *link) poison(toxics ...string) error {
	for _, toxic := range toxics {
		if _, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			return fmt.Errorf("poisoning the link to %s: %w", l.proxy.Name, err)
		}
	}
	return nil
}

func (l *link) heal() { l.proxy.Toxics.ResetToxics(context.Background()) }
