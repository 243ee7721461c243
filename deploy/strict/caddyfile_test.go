package strict

import (
	"testing"
	"time"
)

// leaving is how long a gateway that is stopped answers on: while it drains, and
// then for the requests that it has.
func leaving(t *testing.T, environment map[string]string) time.Duration {
	t.Helper()
	delay := "0s"
	if given, ok := environment["SEKISHO_SHUTDOWN_DELAY"]; ok {
		delay = given
	}
	var all time.Duration
	for _, text := range []string{delay, found(t, read(t, repository, "Caddyfile"), `\n\tgrace_period (\S+)\n`)} {
		one, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		all += one
	}
	return all
}
