package docs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// api is the documentation of one API as it is served.
type api struct {
	name string

	// pages reads the description and draws what is served of it, once: it is the
	// same for all configurations.
	pages func() (*pages, error)
}

// apiName is the form of an API's name, which stands in URLs and in Caddyfiles.
var apiName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

var registered struct {
	sync.Mutex
	apis []api // in the order of their names
}

// Register makes the documentation of an API servable, by its OpenAPI 3.1
// description in YAML. Backends call it when the program starts; a name that is
// there already, and one that is no plain word, panic. The description must not
// be written to any more.
func Register(name string, openapi []byte) {
	registered.Lock()
	defer registered.Unlock()
	if !apiName.MatchString(name) {
		panic(fmt.Sprintf("docs: %q is no name of an API: lower-case letters and digits are", name))
	}
	at, there := slices.BinarySearchFunc(registered.apis, name, func(a api, name string) int { return strings.Compare(a.name, name) })
	if there {
		panic(fmt.Sprintf("docs: the API %s is registered already", name))
	}
	registered.apis = slices.Insert(registered.apis, at, api{name, sync.OnceValues(func() (*pages, error) {
		return draw(name, openapi)
	})})
}
