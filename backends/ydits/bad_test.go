package ydits

import (
	"strings"
	"testing"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// What is refused is refused in the family's own words, and changes nothing.
func TestBadInputChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		g := gateway(t, s)
		uuid := newcomerUUID(t, g, "a@example.com", "pass")
		register(t, g, uuid, "soft", "key")
		before := everything(t, s)
		long := strings.Repeat("x", 51)
		deep := strings.Repeat("[", 100_000)
		for name, test := range map[string]struct{ target, media, body, names string }{
			"no body":                 {"auth.php?step=2", jsonBody, "", "uuid"},
			"empty object":            {"auth.php?step=2", jsonBody, "{}", "uuid"},
			"array":                   {"auth.php?step=2", jsonBody, "[]", "POST"},
			"string":                  {"auth.php?step=2", jsonBody, `"uuid"`, "POST"},
			"cut short":               {"auth.php?step=2", jsonBody, `{"uuid":"`, "POST"},
			"two values":              {"auth.php?step=2", jsonBody, `{}{}`, "POST"},
			"deep":                    {"auth.php?step=2", jsonBody, `{"uuid":` + deep, "POST"},
			"half a surrogate":        {"auth.php?step=2", jsonBody, `{"uuid":"\ud800"}`, "POST"},
			"NUL in JSON":             {"auth.php?step=2", jsonBody, `{"uuid":"a\u0000"}`, "POST"},
			"NUL in a form":           {"auth.php?step=2", formBody, "uuid=" + uuid + "&softname=a%00b&key=k", "softname"},
			"NUL in the query":        {"auth.php?step=2&uuid=%00", jsonBody, "{}", "uuid"},
			"invalid UTF-8 in JSON":   {"auth.php?step=2", jsonBody, "{\"uuid\":\"\xff\"}", "POST"},
			"invalid UTF-8 in a form": {"auth.php?step=2", formBody, "uuid=" + uuid + "&softname=%e3%81&key=k", "softname"},
			"an object for a text":    {"auth.php?step=2", jsonBody, `{"uuid":{"a":1},"softname":"s","key":"k"}`, "uuid"},
			"a list for a text":       {"auth.php?step=2", jsonBody, `{"uuid":"` + uuid + `","softname":["s"],"key":"k"}`, "softname"},
			"null":                    {"auth.php?step=2", jsonBody, `{"uuid":"` + uuid + `","softname":null,"key":"k"}`, "softname"},
			"long softid":             {"auth.php?step=2", jsonBody, object("uuid", uuid, "softname", "s", "key", "k", "softid", long), "softid"},
			"too large":               {"auth.php?step=2", jsonBody, object("uuid", uuid, "x", strings.Repeat("x", 1<<20)), "POST"},
			"cut multipart":           {"auth.php?step=2", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"uuid\"\r\n\r\nx", "POST"},
			"multipart unbounded":     {"auth.php?step=2", "multipart/form-data", "--b--\r\n", "POST"},
			"other media":             {"auth.php?step=2", "text/xml", "<uuid/>", "POST"},
			"long name":               {"regist.php?g=false", jsonBody, object("name", long, "mail", "b@example.com", "pass", "p"), "name"},
			"no name":                 {"regist.php?g=false", jsonBody, object("mail", "b@example.com", "pass", "p"), "name"},
			"long mail":               {"regist.php?g=false", jsonBody, object("name", "n", "mail", long+"@example.com", "pass", "p"), "mail"},
			"long pass":               {"regist.php?g=false", jsonBody, object("name", "n", "mail", "b@example.com", "pass", long), "pass"},
			"no g":                    {"regist.php", jsonBody, object("name", "n", "mail", "b@example.com", "pass", "p"), "g"},
			"g in capitals":           {"regist.php?g=False", jsonBody, object("name", "n", "mail", "b@example.com", "pass", "p"), "g"},
			"g twice":                 {"regist.php?g=false&g=maybe", jsonBody, object("name", "n", "mail", "b@example.com", "pass", "p"), "g"},
			"step 0":                  {"auth.php?step=0", jsonBody, object("uuid", uuid, "softname", "s", "key", "k"), "step"},
			"step in the body only":   {"auth.php", jsonBody, object("step", "2", "uuid", uuid, "softname", "s", "key", "k"), "step"},
		} {
			a := post(t, g, test.target, test.media, test.body)
			if a.ResultCode != 400 || a.status != 200 || !strings.Contains(a.Result, test.names) {
				t.Errorf("%s: %+v, want resultcode 400 that names %s", name, a, test.names)
			}
		}
		for _, fragment := range []string{`' OR '1'='1`, `"; DROP TABLE x; --`, `\`, `%`, "?", "$1"} {
			expect(t, fragment, issue(t, g, fragment, "pass"), 406, wordsMailUnknown)
			expect(t, fragment, register(t, g, fragment, fragment, fragment), 406, wordsUserUnknown)
			expect(t, fragment, authenticate(t, g, fragment, fragment), 406, wordsNotRegistered)
		}
		if after := everything(t, s); after != before {
			t.Errorf("before:\n%s\nafter:\n%s", before, after)
		}
	})
}
