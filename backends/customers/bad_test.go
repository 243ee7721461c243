package customers

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/serve"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// TestBadValues sends, for each column, values that its rule refuses, in a
// create and in an update whose first object is right. The answer is a 400 that
// starts with the value; nothing changes.
func TestBadValues(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openDemo(t, s)
		before := shop.everything()
		for _, c := range columns {
			for _, bad := range []struct{ json, echo string }{
				{`true`, "true"},
				{`{"$gt":""}`, `{\"$gt\":\"\"}`},
				{`[[],1]`, `[[],1]`},
				{`-1`, "-1"},
				{`1e400`, "1e400"},
				{`"` + strings.Repeat("９", 10001) + `"`, strings.Repeat("９", 100)},
				{`"\u001b[2J"`, `\u001b[2J`},
				{`"a\u0007b"`, `a\u0007b`},
			} {
				want := refusedWith(bad.echo + "is used invalid character")
				if c.name != colSecretKey { // a create does not look at it
					shop.post("create", fmt.Sprintf(`{"data":[{"name01":"海","name02":"山","email":"x@example.com","%s":%s}]}`, c.name, bad.json)).want(t, 400, want)
				}
				shop.post("update", fmt.Sprintf(`{"data":[{"customer_id":1,"note":"changed"},{"customer_id":2,"%s":%s}]}`, c.name, bad.json)).want(t, 400, want)
			}
		}
		if after := shop.everything(); after != before {
			t.Errorf("something changed:\n%s\nbefore:\n%s", after, before)
		}
	})
}

// TestBadBodies sends bodies that cannot be read. The answer is a 400 that
// starts with their first 20 characters; nothing changes.
func TestBadBodies(t *testing.T) {
	const right = `{"data":[{"customer_id":1,"name01":"海","name02":"山","email":"x@example.com","note":"`
	bodies := map[string]string{
		"a byte too long":   right + strings.Repeat("n", serve.MaxBody+1-len(right)-len(`"}]}`)) + `"}]}`,
		"NUL":               right + "\x00\"}]}",
		"escaped NUL":       right + `\u0000"}]}`,
		"half a surrogate":  right + `\ud83d"}]}`,
		"no UTF-8":          right + "\xc3\x28\"}]}",
		"overlong UTF-8":    right + "\xc0\xaf\"}]}",
		"UTF-16":            right + "\xff\xfe\"}]}",
		"a deep list":       right + `","x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}]}`,
		"a very deep list":  right + `","x":` + strings.Repeat("[", 400000),
		"a deep object":     right + `","x":` + strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40) + `}]}`,
		"cut off":           right,
		"a line break":      right + "a\nb\"}]}",
		"single quotes":     `{"data":[{'customer_id':1}]}` + strings.Repeat(" ", 10),
		"something behind":  right + `"}]};`,
		"no number":         right + `","x":01}]}`,
		"another character": right + `","x":NaN}]}`,
	}
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openDemo(t, s)
		before := shop.everything()
		for name, body := range bodies {
			for _, operation := range []string{"create", "update"} {
				t.Run(operation+" with "+name, func(t *testing.T) {
					echo := strings.ReplaceAll(body[:20], `"`, `\"`)
					shop.post(operation, body).want(t, 400, refusedWith(echo+"is used invalid character"))
				})
			}
		}
		if after := shop.everything(); after != before {
			t.Errorf("something changed:\n%s\nbefore:\n%s", after, before)
		}
	})
}

// TestFullBody sends a body of exactly 1 MiB, with a byte order mark and under
// a foreign Content-Type.
func TestFullBody(t *testing.T) {
	shop := openDemo(t, storetest.Open(t, storetest.Embedded))
	const head, tail = "\xEF\xBB\xBF" + `{"data":[{"customer_id":1,"note":"full"}],"pad":"`, `"}`
	shop.post("update", head+strings.Repeat("x", serve.MaxBody-len(head)-len(tail))+tail).want(t, 200, doneBody)
	if note := shop.read(1)["note"]; note != "full" {
		t.Errorf("note is %q", note)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"data":[{"customer_id":"1","name01":"海","pref":13,"email":"a@b.jp","note":"\n"}]}`))
	f.Add([]byte(`{"data":[{"customer_id":1,"password":null},{"customer_id":"007","secret_key":[]}]}`))
	f.Add([]byte(`{"data":[{"name01":"a","name02":"b","email":"\"a..b\"@c.jp","del_flg":"1"}]}`))
	f.Add([]byte("\xEF\xBB\xBF{\"data\":[{}]}"))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if created, err := decodeNew(body); err == nil {
			checkDecoded(t, created)
			for _, c := range columns {
				if c.required && created[c.name] == "" {
					t.Errorf("a customer without %s was taken", c.name)
				}
			}
		} else {
			checkRefusal(t, err)
		}
		changes, err := decodeChanges(body)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		if len(changes) == 0 {
			t.Error("an update of nobody was taken")
		}
		total := 0
		for _, change := range changes {
			if change.ID < 0 {
				t.Errorf("the id %d was taken", change.ID)
			}
			checkDecoded(t, change.Values)
		}
		for _, batch := range batches(changes) {
			total += len(batch)
		}
		if total != len(changes) {
			t.Errorf("%d of %d changes were batched", total, len(changes))
		}
	})
}

// checkDecoded looks whether everything that was taken may be written, and
// comes back in JSON as it was.
func checkDecoded(t *testing.T, values record) {
	t.Helper()
	known := map[string]column{}
	for _, c := range columns {
		known[c.name] = c
	}
	for name, value := range values {
		c, there := known[name]
		if !there || value != "" && !c.form.valid(value) || value == "" && c.required {
			t.Errorf("%s of %q was taken", name, value)
		}
		var back string
		if err := json.Unmarshal(serve.AppendString(nil, value), &back); err != nil || back != value {
			t.Errorf("%s comes back as %q, was written as %q", name, back, value)
		}
	}
}

// checkRefusal looks whether a refusal is the caller's fault, and an answer
// that is JSON.
func checkRefusal(t *testing.T, err error) {
	t.Helper()
	f := fault.Of(err)
	status, message, data := refusal(nil, f)
	if status != 400 || message != data || !utf8.ValidString(message) {
		t.Errorf("refused with %d %q %q (%v)", status, message, data, err)
	}
}
