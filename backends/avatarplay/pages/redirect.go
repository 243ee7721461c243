package pages

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
)

var (
	// hostName is a name as browsers take it. The last label never starts with a
	// digit, or they take it for an address: 127.1, 0x7f.1.
	hostName = regexp.MustCompile(`^([A-Za-z0-9_-]+\.)*[A-Za-z][A-Za-z0-9-]*$`)

	portNumber = regexp.MustCompile(`^[1-9][0-9]{0,4}$`)
	schemeName = regexp.MustCompile(`^[a-z][a-z0-9+.-]*$`)

	// browserSchemes run or show what stands in the URI itself, or reach what
	// belongs to the browser: no app answers to them.
	browserSchemes = []string{"about", "blob", "data", "file", "filesystem", "javascript", "vbscript", "view-source", "ws", "wss"}
)

// CheckRedirect refuses a redirect URI to which no consent page leads: one that is
// not absolute, that holds a user name or is a browser's own (javascript:, data:),
// and one whose host is not written as browsers take it.
func CheckRedirect(redirectURI string) error {
	target, err := url.Parse(redirectURI)
	if err != nil {
		return errors.New("reading the redirect URI: it is no URI") // the cause would repeat it
	}
	switch {
	case !schemeName.MatchString(target.Scheme) || slices.Contains(browserSchemes, target.Scheme):
		return fmt.Errorf("the redirect URI has the scheme %q", target.Scheme)
	case target.Scheme != "http" && target.Scheme != "https":
		return nil // an app's own
	case target.User != nil:
		return errors.New("the redirect URI holds a user name")
	}
	return checkHost(target)
}

// checkHost is CheckRedirect for http and https.
func checkHost(target *url.URL) error {
	host, port := target.Hostname(), target.Port()
	if port != "" && !portNumber.MatchString(port) {
		return fmt.Errorf("the redirect URI has the port %q", port)
	}
	address, err := netip.ParseAddr(host)
	if hostName.MatchString(host) || err == nil && address.Zone() == "" {
		return nil
	}
	return fmt.Errorf("the redirect URI has the host %q", host)
}

// destination is where a redirect URI leads, for people: its host, or an app's
// own scheme.
func destination(redirectURI string) (string, error) {
	if err := CheckRedirect(redirectURI); err != nil {
		return "", err
	}
	target, err := url.Parse(redirectURI)
	if err != nil {
		return "", err
	}
	if target.Scheme == "http" || target.Scheme == "https" {
		return target.Host, nil
	}
	return target.Scheme + ":", nil
}
