package avatarplay

import (
	"testing"

	"sekisho/backends/kit/kittest"
)

// The OpenAPI file is valid, and describes the table of operations.
func TestOpenAPI(t *testing.T) {
	kittest.ValidOpenAPI(t, openAPI)
	kittest.SameOperations(t, openAPI, new(service).api())
}
