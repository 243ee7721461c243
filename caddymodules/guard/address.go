package guard

import (
	"net"
	"net/http"
	"net/netip"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// unknownAddress is where everybody counts whose address cannot be told.
const unknownAddress = "unknown"

// siteBits is how much of an IPv6 address its provider chose: behind it, one
// client has as many addresses as it likes.
const siteBits = 64

// Address is the client's address, as it counts: that of [ClientIP], an IPv6
// address cut to its /64. Clients whose address cannot be told share one,
// "unknown".
func Address(r *http.Request) string {
	address := ClientIP(r)
	switch {
	case !address.IsValid():
		return unknownAddress
	case address.Is4():
		return address.String()
	}
	site, err := address.Prefix(siteBits)
	if err != nil {
		return unknownAddress
	}
	return site.String()
}

// ClientIP is the client's whole address: Caddy's client IP (which believes a
// header only from trusted_proxies), an IPv4 address in IPv6 clothes as IPv4,
// without a zone. One that cannot be told is the zero Addr.
func ClientIP(r *http.Request) netip.Addr {
	text, _ := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string)
	if text == "" {
		text = r.RemoteAddr
	}
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}
	}
	return address.Unmap().WithZone("")
}
