package oauth2

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/query"
	"sekisho/caddymodules/serve"
)

// The bounds of what the token endpoint takes. Its parameters are short, and who
// sends them is not known yet.
const (
	maxBody     = 64 << 10
	maxFields   = 100
	maxPassword = 1024 // bytes, as the house's password hashes
)

// form is the body of a token request: its parameters by their name in lower
// case and without white space around it, as ASP.NET matched them. The query is
// never read.
type form map[string][]string

// readForm reads a form body: multipart, or else urlencoded, whatever its
// Content-Type, for the OWIN server never looked at that (.NET's WebClient sends
// none). A body that is too large, cut short, no UTF-8 or holds NUL is a fault.
func readForm(w http.ResponseWriter, r *http.Request) (form, error) {
	body, err := serve.ReadBody(w, r, maxBody)
	if err != nil {
		return nil, err
	}
	f := form{}
	if media, boundary := mediaType(r.Header.Get("Content-Type")); media == "multipart/form-data" {
		err = f.addParts(body, boundary)
	} else {
		err = f.addQuery(string(body))
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// mediaType reads a Content-Type, also one with attributes that only an old
// server took ("…; charset").
func mediaType(header string) (media, boundary string) {
	media, attributes, err := mime.ParseMediaType(header)
	if err != nil {
		media, _, _ = strings.Cut(header, ";")
		media = strings.ToLower(strings.TrimSpace(media))
	}
	return media, attributes["boundary"]
}

func (f form) addQuery(encoded string) error {
	fields := 0
	for field := range query.Fields(encoded) {
		if fields++; fields > maxFields {
			return malformed("")
		}
		if err := f.add(field.Name, field.Value); err != nil {
			return err
		}
	}
	return nil
}

// addParts adds the fields of a multipart form, but for its files. The form
// must be whole, down to the closing boundary.
func (f form) addParts(body []byte, boundary string) error {
	if len(body) == 0 {
		return nil
	}
	if boundary == "" {
		return malformed("")
	}
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for parts := 0; ; parts++ {
		part, err := reader.NextRawPart()
		if err == io.EOF { // bare: a wrapped one says that the body was cut short
			return nil
		}
		if err != nil || parts == maxFields {
			return malformed("")
		}
		if part.FormName() == "" || part.FileName() != "" {
			continue
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return malformed("")
		}
		if err := f.add(part.FormName(), string(text)); err != nil {
			return err
		}
	}
}

func (f form) add(name, value string) error {
	if !isText(name) || !isText(value) {
		return malformed("")
	}
	name = lowered(name)
	f[name] = append(f[name], value)
	return nil
}

// get gives a parameter's value, "" where it is not there.
func (f form) get(name string) string {
	if values := f[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// required gives a parameter's value, of at most max bytes. An empty one is
// missing.
func (f form) required(name string, max int) (string, error) {
	switch value := f.get(name); {
	case value == "":
		return "", fault.New(fault.Missing, name)
	case len(value) > max:
		return "", malformed(name)
	default:
		return value, nil
	}
}

// single refuses a form in which a parameter is repeated.
func (f form) single() error {
	for _, values := range f {
		if len(values) > 1 {
			return fault.New(fault.Conflict, "")
		}
	}
	return nil
}

// lowered is the form in which names are compared.
func lowered(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func malformed(subject string) error { return fault.New(fault.Malformed, subject) }
