package redact

import (
	"testing"

	"sekisho/caddymodules/golden"
)

func TestCaddyfiles(t *testing.T) { golden.Caddyfiles(t) }
