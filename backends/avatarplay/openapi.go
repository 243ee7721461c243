package avatarplay

import (
	_ "embed"

	"sekisho/caddymodules/docs"
)

// openAPI is the API's OpenAPI description, for callers; the tests hold every
// answer against it.
//
//go:embed openapi.yaml
var openAPI []byte

func init() { docs.Register(apiName, openAPI) }
