package avatarplay

import (
	"strings"
	"testing"

	"sekisho/backends/avatarplay/pages"
)

// To what a consent can lead back, and to what not.
func TestCheckRedirect(t *testing.T) {
	t.Parallel()
	const notLoopback = "is of http beyond localhost, 127.0.0.1 and [::1]; elsewhere it must be of https"
	const none = "is no absolute URI of https, of http or of an app's own scheme to which browsers go"
	const unseen = "holds a space or a control character"
	for uri, want := range map[string]string{
		"https://example.com/oauth_callback":    "",
		"https://example.com:8443/a?b=c&d=日本":   "",
		"HTTPS://EXAMPLE.COM/":                  "",
		"http://localhost:9000/":                "",
		"http://LOCALHOST/":                     "",
		"http://127.0.0.1/":                     "",
		"http://127.9.8.7:1/":                   "",
		"http://[::1]:9000/":                    "",
		"com.example.app:/linked":               "",
		"mygame://linked":                       "",
		"https://" + strings.Repeat("a", 1992):  "",
		"https://" + strings.Repeat("a", 1993):  "is longer than 2000 characters",
		"":                                      "is empty",
		"http://example.com/":                   notLoopback,
		"http://localhost.example.com/":         notLoopback,
		"http://10.0.0.1/":                      notLoopback,
		"http://0.0.0.0/":                       notLoopback,
		"http://[fe80::1]/":                     notLoopback,
		"https://example.com/#token":            "holds a fragment (#)",
		"https://example.com/#":                 "holds a fragment (#)",
		"https://example.com/a b":               unseen,
		"https://example.com/a\u3000b":          unseen,
		"https://example.com/\r\nSet-Cookie: a": unseen,
		"https://example.com/\x00":              unseen,
		"https://example.com/\xff":              unseen,
		"javascript:alert(1)":                   none,
		"JavaScript:alert(1)":                   none,
		"data:text/html,x":                      none,
		"file:///etc/passwd":                    none,
		"vbscript:x":                            none,
		"/oauth_callback":                       none,
		"//example.com/":                        none,
		"example.com":                           none,
		"https:///path":                         none,
		"https://user@example.com/":             none,
		"https://exa\"mple.com/":                none,
	} {
		got := ""
		if err := checkRedirect(uri); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%.80q: %q, want %q", uri, got, want)
		}
	}
}

// FuzzCheckRedirect lets through only what a page can ask for consent to, and
// what a list of URIs with spaces between holds as one.
func FuzzCheckRedirect(f *testing.F) {
	for _, uri := range []string{"https://example.com/a?b", "http://localhost:1/", "my.app:x", "javascript:x", "http://[::1]", "https://a b", "%", "a:#"} {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		if checkRedirect(uri) != nil {
			return
		}
		if err := pages.CheckRedirect(uri); err != nil || len(strings.Fields(uri)) != 1 || strings.Contains(uri, "#") {
			t.Errorf("%q: %v", uri, err)
		}
	})
}
