// Package kit is what every backend needs: parameters from query and body,
// passwords and tokens, and what the import and export commands share.
package kit

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"sekisho/caddymodules/fault"
)

// maxParams is how many parameters one request may carry, in query, body and
// cookies together, repeated ones counted each time. PHP and ASP.NET drew the
// line there too.
const maxParams = 1000

// Policy says where an operation's parameters are read from. The query is
// always read, and wins over the body.
type Policy struct {
	// FoldCase matches names whatever their letter case and drops all white space
	// in them (the ASP.NET families): their documents print "user_ loginid".
	FoldCase bool

	// JSON reads a body that starts like a JSON object as one, whatever its
	// Content-Type: its strings, numbers and booleans become parameters.
	JSON bool

	// LastWins takes the last of a repeated parameter, as PHP did. Otherwise it
	// is the first.
	LastWins bool

	// Cookies reads what stands neither in the query nor in the body from the
	// cookie of that name, its value as it came (ASP.NET's Request["name"]).
	Cookies bool

	// Charset is what query, form and cookies are written in, decided once for
	// the whole request by its query and form, or by its cookies where those are
	// all ASCII. A cookie that is written in another is ignored, and so is a
	// multipart part's own charset. It is not for policies with JSON, which is
	// always UTF-8.
	Charset Charset

	// MaxBody bounds the body in bytes; 0 means [serve.MaxBody].
	MaxBody int64
}

// Params are a request's parameters. Without a [Charset] to tell, they are as
// they came: not yet known to be UTF-8.
//
// They stand in a sorted list, which for the few that nearly all requests have is
// made and read faster than a map, see BenchmarkParams.
type Params struct {
	policy Policy
	fields []field // under their keys and sorted by them, those of one key in the order they came
}

// ReadParams reads the parameters of a request from its query, its body (form,
// multipart form, JSON) and its cookies. A body that cannot be read, more than
// 1,000 parameters, or a request that is not whole in one [Charset] are
// Malformed, a body beyond the bound is TooLarge, all without a subject. A body
// of any other Content-Type holds no parameters, but is Malformed where the
// policy is JSON.
func ReadParams(w http.ResponseWriter, r *http.Request, policy Policy) (Params, error) {
	p := Params{policy: policy}
	query, err := formFields(r.URL.RawQuery)
	if err != nil {
		return p, err
	}
	body, err := bodyFields(w, r, policy)
	if err != nil {
		return p, err
	}
	var cookies []field
	if policy.Cookies {
		cookies = cookieFields(r.Header["Cookie"])
	}
	if len(query)+len(body)+len(cookies) > maxParams {
		return p, fault.New(fault.Malformed, "")
	}
	if err := policy.Charset.decode(r.Header.Get("Content-Type"), query, body, &cookies); err != nil {
		return p, err
	}
	p.add(query) // which wins
	p.add(body)
	p.add(cookies)
	return p, nil
}

// add takes those fields whose keys are not there yet. The first that are added,
// nearly always the only ones, stay in the list they came in, which is one
// allocation instead of three: see BenchmarkParams.
func (p *Params) add(fields []field) {
	if len(fields) == 0 {
		return
	}
	for i := range fields {
		fields[i].name = p.key(fields[i].name)
	}
	if len(p.fields) == 0 {
		p.fields = fields
	} else {
		fields = slices.DeleteFunc(fields, func(f field) bool { return len(p.named(f.name)) > 0 })
		p.fields = append(p.fields, fields...)
	}
	slices.SortStableFunc(p.fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
}

// named gives the fields of a key.
func (p Params) named(key string) []field {
	first, _ := slices.BinarySearchFunc(p.fields, key, func(f field, key string) int { return strings.Compare(f.name, key) })
	end := first
	for end < len(p.fields) && p.fields[end].name == key {
		end++
	}
	return p.fields[first:end]
}

func (p Params) key(name string) string {
	if !p.policy.FoldCase {
		return name
	}
	if !isPlain(name) {
		name = strings.Join(strings.Fields(name), "")
	}
	return strings.ToLower(name)
}

// isPlain says that a name holds nothing that could be white space, which a
// full-width space (U+3000) is too.
func isPlain(name string) bool {
	for i := range len(name) {
		if name[i] <= ' ' || name[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// All gives every value of a repeated parameter, as they came.
func (p Params) All(name string) (texts []string) {
	for _, f := range p.named(p.key(name)) {
		texts = append(texts, f.text)
	}
	return texts
}

// Raw gives a parameter as it came, which may be no UTF-8, and whether it was
// there at all. A list or object of a JSON body, which is no parameter, reads
// "".
func (p Params) Raw(name string) (value string, there bool) {
	all := p.named(p.key(name))
	if len(all) == 0 {
		return "", false
	}
	if p.policy.LastWins {
		return all[len(all)-1].text, true
	}
	return all[0].text, true
}

// Text gives an optional text parameter of at most max characters, "" where it
// is absent. What is no UTF-8, holds a NUL, or is a list or object of a JSON
// body is Malformed, what is longer is TooLong, with the name as subject.
func (p Params) Text(name string, max int) (string, error) {
	value, _ := p.Raw(name)
	nested := slices.ContainsFunc(p.named(p.key(name)), func(f field) bool { return f.nested })
	if nested || !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return "", &fault.Fault{Kind: fault.Malformed, Subject: name, Value: value}
	}
	if utf8.RuneCountInString(value) > max {
		return "", &fault.Fault{Kind: fault.TooLong, Subject: name, Value: value}
	}
	return value, nil
}

// Required is Text for a parameter that must be there: absent or empty is
// Missing.
func (p Params) Required(name string, max int) (string, error) {
	value, err := p.Text(name, max)
	if err == nil && value == "" {
		err = fault.New(fault.Missing, name)
	}
	return value, err
}
