package customers

import (
	"bytes"
	"encoding/json"
	"strings"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
)

// object is one object of a body's data list, not yet read.
type object map[string]json.RawMessage

// decodeData reads the one or more objects of {"data":[{…}]}. Everything else
// is a body without data: Malformed, with no subject.
func decodeData(body []byte) ([]object, error) {
	var envelope map[string]json.RawMessage
	if err := kit.DecodeJSON(body, &envelope); err != nil {
		return nil, err
	}
	var objects []object
	if json.Unmarshal(envelope["data"], &objects) != nil || len(objects) == 0 {
		return nil, fault.New(fault.Malformed, "")
	}
	for _, o := range objects {
		if o == nil { // null is no object
			return nil, fault.New(fault.Malformed, "")
		}
	}
	return objects, nil
}

// decodeNew reads the one customer of a create. What was sent for customer_id
// and secret_key is not even looked at.
func decodeNew(body []byte) (record, error) {
	objects, err := decodeData(body)
	if err != nil {
		return nil, err
	}
	if len(objects) != 1 {
		return nil, fault.New(fault.Malformed, "")
	}
	delete(objects[0], colSecretKey)
	return objects[0].values(true)
}

// decodeChanges reads the customers of an update.
func decodeChanges(body []byte) ([]change, error) {
	objects, err := decodeData(body)
	if err != nil {
		return nil, err
	}
	changes := make([]change, 0, len(objects))
	for _, o := range objects {
		id, err := o.id()
		if err != nil {
			return nil, err
		}
		values, err := o.values(false)
		if err != nil {
			return nil, err
		}
		changes = append(changes, change{ID: id, Values: values})
	}
	return changes, nil
}

// id reads customer_id, a number or a string.
func (o object) id() (int64, error) {
	text, sent, err := column{name: colID, quotedDigits: true}.decode(o[colID])
	if err != nil {
		return 0, err
	}
	if !sent || text == "" {
		return 0, fault.New(fault.Missing, colID)
	}
	id, ok := parseID(text)
	if !ok {
		return 0, malformed(colID, text)
	}
	return id, nil
}

// values reads and checks the columns that were sent, in the example's order,
// so that of several faults the same one is always told. With whole, a required
// column that was not sent is one of them.
func (o object) values(whole bool) (record, error) {
	values := record{}
	for _, c := range columns {
		text, sent, err := c.decode(o[c.name])
		if err != nil {
			return nil, err
		}
		if !sent {
			if whole && c.required {
				return nil, fault.New(fault.Missing, c.name)
			}
			continue
		}
		if err := c.check(text); err != nil {
			return nil, err
		}
		values[c.name] = text
	}
	return values, nil
}

// decode gives the text of one JSON value. Null is absent. A number passes as
// it is spelt where the document shows digits in quotes; of what is neither,
// the error echoes the JSON itself.
func (c column) decode(raw json.RawMessage) (text string, sent bool, err error) {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return "", false, nil
	case raw[0] == '"':
		if err := json.Unmarshal(raw, &text); err != nil {
			return "", false, fault.New(fault.Malformed, "")
		}
		return text, true, nil
	case c.quotedDigits && allDigits(string(raw)):
		return string(raw), true, nil
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return "", false, fault.New(fault.Malformed, "")
	}
	return "", false, malformed(c.name, compact.String())
}

// clip gives the first n characters of s, with U+FFFD in place of what is no
// UTF-8.
func clip(s string, n int) string {
	for i := range s {
		if n == 0 {
			s = s[:i]
			break
		}
		n--
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
