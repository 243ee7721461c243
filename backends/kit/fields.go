package kit

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/query"
	"sekisho/caddymodules/serve"
)

// field is one parameter where it stands in a query or body.
type field struct {
	name, text string
	nested     bool
}

// bodyFields reads the parameters of a body, by what it is rather than by what
// it says it is where that tells JSON apart.
func bodyFields(w http.ResponseWriter, r *http.Request, policy Policy) ([]field, error) {
	max := policy.MaxBody
	if max == 0 {
		max = serve.MaxBody
	}
	body, err := serve.ReadBody(w, r, max)
	if err != nil || len(body) == 0 {
		return nil, err
	}
	if plain := bytes.TrimPrefix(body, byteOrderMark); policy.JSON && bytes.HasPrefix(bytes.TrimLeft(plain, " \t\r\n"), []byte("{")) {
		return jsonFields(plain)
	}
	switch media, boundary := mediaType(r.Header.Get("Content-Type")); {
	case media == "application/x-www-form-urlencoded":
		return formFields(string(body))
	case media == "multipart/form-data":
		return multipartFields(body, boundary)
	case policy.JSON:
		return nil, fault.New(fault.Malformed, "")
	}
	return nil, nil
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

// formFields reads a query or a form body in the order it was written.
func formFields(encoded string) ([]field, error) {
	if encoded == "" {
		return nil, nil
	}
	fields := make([]field, 0, min(strings.Count(encoded, "&")+1, maxParams))
	for f := range query.Fields(encoded) {
		if len(fields) == maxParams {
			return nil, fault.New(fault.Malformed, "")
		}
		fields = append(fields, field{name: f.Name, text: f.Value})
	}
	return fields, nil
}

// cookieFields reads cookies as ASP.NET did: a value may hold anything but a
// semicolon. Where there are too many for one request, it stops.
func cookieFields(headers []string) (fields []field) {
	for _, header := range headers {
		for pair := range strings.SplitSeq(header, ";") {
			name, value, _ := strings.Cut(pair, "=")
			name = strings.Trim(name, " \t")
			if len(fields) > maxParams {
				return fields
			}
			if name != "" {
				fields = append(fields, field{name: name, text: strings.Trim(value, " \t")})
			}
		}
	}
	return fields
}

// jsonFields reads the members of an object in the order they were written. Of
// equal names the last counts, as for every JSON reader; null is absence. What
// a true or false becomes is what PHP made of it.
func jsonFields(body []byte) ([]field, error) {
	members, err := decodeMembers(body)
	if err != nil {
		return nil, err
	}
	last := make(map[string]int, len(members))
	for i, m := range members {
		last[m.name] = i
	}
	fields := make([]field, 0, len(members))
	for i, m := range members {
		if last[m.name] != i {
			continue
		}
		switch value := m.value.(type) {
		case nil:
		case string:
			fields = append(fields, field{name: m.name, text: value})
		case json.Number:
			fields = append(fields, field{name: m.name, text: value.String()})
		case bool:
			fields = append(fields, field{name: m.name, text: phpBool(value)})
		default:
			fields = append(fields, field{name: m.name, nested: true})
		}
	}
	return fields, nil
}

func phpBool(b bool) string {
	if b {
		return "1"
	}
	return ""
}

// multipartFields reads a multipart form, but for its files. The form must be
// whole, down to the closing boundary.
func multipartFields(body []byte, boundary string) ([]field, error) {
	if boundary == "" {
		return nil, fault.New(fault.Malformed, "")
	}
	var fields []field
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for parts := 0; ; parts++ {
		part, err := reader.NextRawPart()
		if err == io.EOF { // bare: a wrapped one says that the body was cut short
			return fields, nil
		}
		if err != nil || parts == maxParams {
			return nil, fault.New(fault.Malformed, "")
		}
		if part.FormName() == "" || part.FileName() != "" {
			continue
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, fault.New(fault.Malformed, "")
		}
		fields = append(fields, field{name: part.FormName(), text: string(text)})
	}
}
