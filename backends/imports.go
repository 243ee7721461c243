// Package backends bundles the APIs that the gateway serves for xcaddy:
//
//	xcaddy build --with sekisho/caddymodules --with sekisho/backends
package backends

import (
	_ "sekisho/backends/avatarplay"
	_ "sekisho/backends/crm"
	_ "sekisho/backends/customers"
	_ "sekisho/backends/photocloak"
	_ "sekisho/backends/ydits"
)
