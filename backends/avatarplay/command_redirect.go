package avatarplay

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"sekisho/backends/avatarplay/pages"
	"sekisho/backends/kit"
)

// mostRedirects is how many redirect URIs an app may have.
const mostRedirects = 100

// checkRedirect refuses a redirect URI to which no consent could lead back. The
// error says why, and does not quote it.
func checkRedirect(uri string) error {
	switch {
	case uri == "":
		return errors.New("is empty")
	case !kit.IsText(uri) || strings.ContainsFunc(uri, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }):
		return errors.New("holds a space or a control character")
	case utf8.RuneCountInString(uri) > longestURI:
		return fmt.Errorf("is longer than %d characters", longestURI)
	case strings.Contains(uri, "#"):
		return errors.New("holds a fragment (#)")
	}
	parsed, err := url.Parse(uri)
	if err == nil {
		err = pages.CheckRedirect(uri)
	}
	if err != nil { // which would quote parts of it
		return errors.New("is no absolute URI of https, of http or of an app's own scheme to which browsers go")
	}
	if parsed.Scheme == "http" && !isLoopback(parsed.Hostname()) {
		return errors.New("is of http beyond localhost, 127.0.0.1 and [::1]; elsewhere it must be of https")
	}
	return nil
}

// isLoopback says whether a host is the person's own machine.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// checkRedirects is checkRedirect for all of a flag's.
func checkRedirects(flag string, uris []string) error {
	if len(uris) > mostRedirects {
		return errManyRedirects
	}
	for _, uri := range uris {
		if err := checkRedirect(uri); err != nil {
			return fmt.Errorf("%s %q %w", flag, uri, err)
		}
	}
	return nil
}

// errManyRedirects says that an app would have too many redirect URIs.
var errManyRedirects = refused(fmt.Sprintf("an app has at most %d redirect URIs", mostRedirects))
