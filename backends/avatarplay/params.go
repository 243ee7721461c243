package avatarplay

import (
	"net/http"
	"strconv"
	"unicode/utf8"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
)

// The longest texts, in characters; the document has no limits.
const (
	longestMessage   = 2000
	longestURI       = 2000
	longestScope     = 200
	longestVerifier  = 1000
	longestToken     = 200
	challengeDigits  = 64
	mostAvatars      = 50
	mostItemsGranted = 10
	mostListed       = 1000 // items and coords; as many parameters as a request may have
	mostPageItems    = 50
	defaultPageItems = 10
	lastPage         = 99
)

// policy is how the API reads parameters: of a repeated one the first counts
// where the document has no list.
var policy = kit.Policy{}

// params reads the parameters of one request, and gathers what is wrong with
// them: all of it is told at once.
type params struct {
	r      *http.Request
	given  kit.Params
	faults []*fault.Fault
}

// readParams reads the query and the form body.
func readParams(w http.ResponseWriter, r *http.Request) (*params, error) {
	given, err := kit.ReadParams(w, r, policy)
	return &params{r: r, given: given}, err
}

// err gives what is wrong, the first fault with the others in it.
func (p *params) err() error {
	if len(p.faults) == 0 {
		return nil
	}
	first := *p.faults[0]
	first.Others = p.faults[1:]
	return &first
}

func (p *params) fail(f *fault.Fault) { p.faults = append(p.faults, f) }

// text reads an optional text.
func (p *params) text(name string, most int) string {
	value, err := p.given.Text(name, most)
	if err != nil {
		p.fail(fault.Of(err))
	}
	return value
}

// need reads a text that must be there.
func (p *params) need(name string, most int) string {
	value, err := p.given.Required(name, most)
	if err != nil {
		p.fail(fault.Of(err))
	}
	return value
}

// pathID reads the avatar id of the path.
func (p *params) pathID() int64 {
	id, _ := p.integer("avatarId", p.r.PathValue("avatarId"))
	return id
}

// needID reads an id that must be there.
func (p *params) needID(name string) int64 {
	id, there := p.id(name)
	if !there {
		p.fail(fault.New(fault.Missing, name))
	}
	return id
}

// id reads an optional id.
func (p *params) id(name string) (id int64, there bool) {
	value, _ := p.given.Raw(name)
	if value == "" {
		return 0, false
	}
	id, _ = p.integer(name, value)
	return id, true
}

// ids reads a list of at most so many ids, each of which is a parameter of its
// own. Values that are empty all are none.
func (p *params) ids(name string, most int) (ids []int64) {
	all := p.given.All(name)
	if len(all) > most {
		p.fail(fault.New(fault.Excess, name))
		return nil
	}
	if allEmpty(all) {
		return nil
	}
	for _, value := range all {
		if id, ok := p.integer(name, value); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// needIDs reads a list that must have at least one id.
func (p *params) needIDs(name string, most int) []int64 {
	if allEmpty(p.given.All(name)) {
		p.fail(fault.New(fault.Missing, name))
		return nil
	}
	return p.ids(name, most)
}

func allEmpty(values []string) bool {
	for _, value := range values {
		if value != "" {
			return false
		}
	}
	return true
}

// within reads an optional number between two bounds.
func (p *params) within(name string, least, most, otherwise int64) int64 {
	written, _ := p.given.Raw(name)
	if written == "" {
		return otherwise
	}
	value, ok := p.integer(name, written)
	if ok && (value < least || value > most) {
		p.fail(fault.New(fault.Malformed, name))
	}
	return value
}

func (p *params) integer(name, value string) (number int64, ok bool) {
	number, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		if !utf8.ValidString(value) {
			value = "" // nothing to tell back
		}
		p.fail(notInteger(name, value))
	}
	return number, err == nil
}

// needScope reads a scope of names separated by commas, and gives it as it was
// written, too.
func (p *params) needScope() (s scope, written string) {
	written = p.need("scope", longestScope)
	if written == "" {
		return s, written
	}
	s, ok := parseScope(written)
	if !ok {
		p.fail(fault.New(fault.Malformed, "scope"))
	}
	return s, written
}
