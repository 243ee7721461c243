package photocloak

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/serve"
)

// params are a request's parameters. What is wrong with them is gathered, for
// the API lists all faults of a request at once.
type params struct {
	kit.Params
	faults []*fault.Fault
}

// readParams reads the parameters of query and body.
func readParams(w http.ResponseWriter, r *http.Request) (*params, error) {
	read, err := kit.ReadParams(w, r, policy)
	if err != nil {
		return nil, err
	}
	return &params{Params: read}, nil
}

// err gives what was wrong, all of it, or nil.
func (p *params) err() error {
	if len(p.faults) == 0 {
		return nil
	}
	first := *p.faults[0]
	first.Others = p.faults[1:]
	return &first
}

// fail adds a fault.
func (p *params) fail(kind fault.Kind, name, value string) {
	p.faults = append(p.faults, &fault.Fault{Kind: kind, Subject: name, Value: value})
}

// note adds the fault that err is. One of ours it gives back instead.
func (p *params) note(err error) error {
	if err == nil {
		return nil
	}
	f := fault.Of(err)
	if f.Kind == fault.Internal {
		return err
	}
	p.faults = append(p.faults, f)
	return nil
}

// text gives an optional text of at most max characters, "" where it is absent
// or bad.
func (p *params) text(name string, max int) string {
	value, err := p.Text(name, max)
	if err != nil {
		p.faults = append(p.faults, fault.Of(err))
		return ""
	}
	return value
}

// required is text for what must be there.
func (p *params) required(name string, max int) string {
	value, err := p.Required(name, max)
	if err != nil {
		p.faults = append(p.faults, fault.Of(err))
		return ""
	}
	return value
}

// longestWord bounds a number or a word of a list, in characters: whatever is
// not one of them is malformed, however long it is.
const longestWord = serve.MaxBody

// id gives a required id: decimal digits, no sign.
func (p *params) id(name string) int64 {
	return p.parse(name, p.required(name, longestWord))
}

// number gives an optional number of 0 or more, otherwise where it is absent or
// empty. One that no int64 holds counts as the largest that one does.
func (p *params) number(name string, otherwise int64) int64 {
	value := p.text(name, longestWord)
	if value == "" {
		return otherwise
	}
	if digits := strings.TrimLeft(value, "0123456789") == ""; digits {
		if n, err := strconv.ParseInt(value, 10, 64); errors.Is(err, strconv.ErrRange) {
			return n
		}
	}
	return p.parse(name, value)
}

func (p *params) parse(name, value string) int64 {
	if value == "" {
		return 0 // noted already
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || strings.ContainsAny(value, "+-") {
		p.fail(fault.Malformed, name, value)
		return 0
	}
	return n
}

// oneOf gives an optional value of a list, "" where it is absent or empty.
func (p *params) oneOf(name string, allowed ...string) string {
	value := p.text(name, longestWord)
	for _, a := range allowed {
		if value == a {
			return value
		}
	}
	if value != "" {
		p.fail(fault.Malformed, name, value)
	}
	return ""
}
