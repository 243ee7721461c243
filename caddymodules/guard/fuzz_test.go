package guard

import (
	"net/http/httptest"
	"net/netip"
	"testing"
)

// However an address is written, it counts as "unknown", as one IPv4 address or as
// the /64 of an IPv6 one, and is the same if it is read again.
func FuzzAddress(f *testing.F) {
	for _, address := range []string{
		"192.0.2.1:5000", "192.0.2.1", "[2001:db8::1]:80", "2001:db8::1", "[fe80::1%eth0]:80", "::ffff:192.0.2.1", "192.0.2.01", "@", "", "localhost:80", "[::1]", "1.2.3.4:5:6",
	} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, remote string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = remote
		counted, client := Address(r), ClientIP(r)
		if !client.IsValid() {
			if counted != unknownAddress {
				t.Errorf("%q is nobody's and counts as %q", remote, counted)
			}
			return
		}
		if client.Is4In6() || client.Zone() != "" {
			t.Errorf("%q is %v", remote, client)
		}
		if client.Is4() {
			if counted != client.String() {
				t.Errorf("%q counts as %q", remote, counted)
			}
			return
		}
		site, err := netip.ParsePrefix(counted)
		if err != nil || site.Bits() != siteBits || !site.Contains(client) || site.Masked() != site {
			t.Errorf("%q counts as %q", remote, counted)
		}
		r.RemoteAddr = site.Addr().Next().String() // a neighbour
		if neighbour := Address(r); neighbour != counted {
			t.Errorf("%q counts as %q, its neighbour as %q", remote, counted, neighbour)
		}
	})
}
