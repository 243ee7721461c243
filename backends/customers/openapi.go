package customers

import (
	_ "embed"

	"sekisho/caddymodules/docs"
)

// openAPI describes the API to those who call it.
//
//go:embed openapi.yaml
var openAPI []byte

func init() { docs.Register(apiName, openAPI) }
