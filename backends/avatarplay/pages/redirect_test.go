package pages

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestCheckRedirect(t *testing.T) {
	t.Parallel()
	for uri, good := range map[string]bool{
		"https://example.com/oauth_callback":   true,
		"https://EXAMPLE.com/":                 true,
		"HTTPS://example.com":                  true,
		"https://example.com:8443/cb?x=1#y":    true,
		"https://xn--wgv71a.jp/cb":             true,
		"https://192.0.2.1/cb":                 true,
		"http://localhost:9000/cb":             true,
		"http://127.0.0.1:9000/cb":             true,
		"http://[::1]:9000/cb":                 true,
		"https://[2001:db8::1]/cb":             true,
		"https://my_app.example.com/cb":        true,
		"myapp://callback":                     true,
		"MyApp:callback":                       true,
		"com.example.app:/cb":                  true,
		"my-app+x:/cb;script-src 'unsafe'?*":   true,
		"https://example.com/;script-src *":    true,
		"https://example.com/?a, default-src*": true,

		"":                                  false,
		"/cb":                               false,
		"example.com/cb":                    false,
		"//example.com/cb":                  false,
		"https:":                            false,
		"https:example.com":                 false,
		"https:///cb":                       false,
		"https://:443/cb":                   false,
		"https://example.com:0/cb":          false,
		"https://example.com:123456/cb":     false,
		"https://example.com:*/cb":          false,
		"https://*/cb":                      false,
		"https://*.example.com/cb":          false,
		"https://example.com;x/cb":          false,
		"https://example.com,x/cb":          false,
		"https://example.com x/cb":          false,
		"https://example.com%20x/cb":        false,
		"https://example.com%3bx/cb":        false,
		"https://exa\nmple.com/cb":          false,
		"https://example.com'self'/cb":      false,
		"https://example.com\\@evil.com/cb": false,
		"https://example.com@evil.com/cb":   false,
		"https://a:b@evil.com/cb":           false,
		"https://日本語.jp/cb":                 false,
		"https://example.com./cb":           false,
		"https://127.1/cb":                  false,
		"https://0x7f.1/cb":                 false,
		"https://2130706433/cb":             false,
		"http://[::1%25lo]:9000/cb":         false,
		"http://[::1/cb":                    false,
		"javascript:alert(1)":               false,
		"JavaScript:alert(1)":               false,
		" javascript:alert(1)":              false,
		"java\tscript:alert(1)":             false,
		"data:text/html,x":                  false,
		"blob:https://example.com/x":        false,
		"vbscript:x":                        false,
		"file:///etc/passwd":                false,
		"about:blank":                       false,
		"*:x":                               false,
		"'self':x":                          false,
		"my_app:x":                          false,
		"my app:x":                          false,
		"1app:x":                            false,
	} {
		if err := CheckRedirect(uri); (err == nil) != good {
			t.Errorf("%q: %v", uri, err)
		}
	}
}

// An error tells what is wrong, not the whole URI: that may hold a secret.
func TestCheckRedirectKeepsQuiet(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"https://user:hush@example.com/", "https://exa mple/?k=hush", "javascript:hush", "https://example.com:x/hush"} {
		if err := CheckRedirect(uri); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: %v", uri, err)
		}
	}
}

func TestDestination(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"https://example.com/oauth_callback": "example.com",
		"http://localhost:9000/cb":           "localhost:9000",
		"http://[::1]:9000/cb":               "[::1]:9000",
		"myapp://callback":                   "myapp:",
		"https://example.com@evil.com/":      "",
	} {
		if got, err := destination(uri); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v; want %q", uri, got, err, want)
		}
	}
}

// What is let through has a scheme that is no browser's own, and a host that
// cannot be taken for another.
func FuzzCheckRedirect(f *testing.F) {
	for _, uri := range []string{
		"https://example.com/cb", "http://localhost:9000", "http://[::1]:9000", "myapp://cb", "https://a_b.example/",
		"https://example.com; script-src *", "https://example.com,x", "javascript:alert(1)", "https://'self'/", "*:*",
	} {
		f.Add(uri)
	}
	host := regexp.MustCompile(`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?$`)
	f.Fuzz(func(t *testing.T, uri string) {
		if CheckRedirect(uri) != nil {
			return
		}
		target, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(browserSchemes, target.Scheme) {
			t.Fatalf("%q is the browser's own", uri)
		}
		if isWeb := target.Scheme == "http" || target.Scheme == "https"; isWeb && !host.MatchString(target.Host) {
			t.Fatalf("%q has the host %q", uri, target.Host)
		}
	})
}
