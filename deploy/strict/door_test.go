package strict

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestHAProxyTakesItsConfiguration(t *testing.T) {
	run(t, "haproxy", "-c", "-f", filepath.Join(deploy, "compose", "haproxy.cfg"))
}

func TestTheDoorLeadsToTheGatewaysPorts(t *testing.T) {
	config := read(t, deploy, "compose", "haproxy.cfg")
	for _, c := range []struct{ name, port string }{
		{"http", "80"}, {"https", "443"}, {"crm", "85"},
	} {
		section := found(t, config, `(?s)\nlisten `+c.name+`\n(.*?)(?:\n\n|$)`)
		want := []string{
			"bind :" + c.port,
			"server gateway-1 gateway-1:" + c.port,
			"server gateway-2 gateway-2:" + c.port,
			"server gateway-1-unready gateway-1:" + c.port + " no-check backup",
			"server gateway-2-unready gateway-2:" + c.port + " no-check backup",
		}
		var got []string
		for line := range strings.Lines(section) {
			got = append(got, strings.TrimSpace(line))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	for _, part := range []string{"uri /healthz/ready ", "check port 9180 ", " send-proxy-v2 "} {
		if !strings.Contains(config, part) {
			t.Errorf("%q is not in the door's configuration", part)
		}
	}
	if open := regexp.MustCompile(`(?m)^\s*bind `).FindAllString(config, -1); len(open) != 3 {
		t.Errorf("the door listens on %d ports", len(open))
	}
}
