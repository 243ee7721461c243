package avatarplay

import (
	"testing"

	"sekisho/caddymodules/golden"
)

func TestCaddyfiles(t *testing.T) { golden.Caddyfiles(t) }

// What Validate refuses of a configuration in JSON.
func TestValidateSiteURL(t *testing.T) {
	for site, good := range map[string]bool{
		"": true, "https://sdk.example.com": true, "http://localhost:8080": true, "https://[::1]:8443": true,
		"https://sdk.example.com/": false, "https://sdk.example.com/fit": false, "sdk.example.com": false, "ftp://sdk.example.com": false,
		"https://": false, "https://user@sdk.example.com": false, "https://sdk.example.com?": false, "https://sdk.example.com#": false, "javascript:alert(1)": false,
	} {
		if err := (&Handler{SiteURL: site}).Validate(); (err == nil) != good {
			t.Errorf("site_url %q: %v", site, err)
		}
	}
}
