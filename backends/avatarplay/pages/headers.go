package pages

import (
	"net/http"
	"strings"
)

// The policies let a page load and call what is this site's, and show itself in
// no frame.
var (
	consentPolicy = strings.Join([]string{
		"default-src 'none'",
		"img-src 'self'",
		"style-src 'self'",
		"script-src 'self'",
		"connect-src 'self'",
		"base-uri 'none'",
		"frame-ancestors 'none'",
	}, "; ")

	// basePolicy also has forms post to where they came from, and nowhere else.
	basePolicy = consentPolicy + "; form-action 'self'"
)

// policyFor gives the Content-Security-Policy of a page whose form may redirect
// to a URI of an app, "" for none. Browsers hold form-action against every
// redirect that follows upon a form, to the app and wherever the app leads on
// from there, so such a page cannot have it.
func policyFor(redirectURI string) (string, error) {
	if redirectURI == "" {
		return basePolicy, nil
	}
	return consentPolicy, CheckRedirect(redirectURI)
}

// setHeaders sets what every page is sent with. The referrer stays on this
// site, for the ticket stands in the URL; with no-referrer browsers would send
// a form's Origin as null, which no check could tell from a stranger's. A page of
// a linking keeps the window's opener, for an app may have opened it in a window
// of its own, to which it leads back.
func setHeaders(header http.Header, policy string, isLinking bool) {
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Frame-Options", "DENY")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	if !isLinking {
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
}
