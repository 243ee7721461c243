package customers

import (
	"testing"

	"sekisho/backends/kit/kittest"
)

// The file that callers read is OpenAPI, and has the operations of the table.
func TestOpenAPI(t *testing.T) {
	kittest.ValidOpenAPI(t, openAPI)
	kittest.SameOperations(t, openAPI, new(service).api())
}
