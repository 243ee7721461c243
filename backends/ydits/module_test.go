package ydits

import (
	"testing"

	"sekisho/caddymodules/golden"
)

func TestCaddyfiles(t *testing.T) { golden.Caddyfiles(t) }

func TestValidateStatus(t *testing.T) {
	for status, good := range map[string]bool{"": true, "ok": true, "mirror": true, "200": false, "OK": false} {
		if err := (&Handler{HTTPStatus: status}).Validate(); (err == nil) != good {
			t.Errorf("http_status %q: %v", status, err)
		}
	}
}
