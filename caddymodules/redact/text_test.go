package redact

import (
	"strings"
	"testing"
)

func TestTextTakesOutWhatLooksLikeASecret(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"address with a query", `Get "http://host/p?key=` + canary + `": connection refused`, `Get "http://host/p?***": connection refused`},
		{"query without a name", "parsing /user/list?" + canary + " failed", "parsing /user/list?*** failed"},
		{"encoded question mark", "path /user/list%3Fkey%3D" + canary, "path /user/list%3F***"},
		{"user and password", "opening postgres://sekisho:" + canary + "@db:5432/x?sslmode=off: refused", "opening postgres://***@db:5432/x?***: refused"},
		{"password with signs", "opening redis://:a@b/" + canary + "@cache:6379", "opening redis://***@cache:6379"},
		{"password with a question mark", "opening redis://:a?" + canary + "@cache:6379", "opening redis://***"},
		{"at sign in a query", "http://h/p?mail=u@" + canary + "&key=" + canary, "http://***"},
		{"user and password without a scheme", "dial u:" + canary + "@tcp(db)/x failed", "dial *** failed"},
		{"e-mail address", "no customer <" + canary + "@example.com>.", "no customer <***>."},
		{"bearer", "refused Authorization Bearer " + canary + ", sorry", "refused Authorization Bearer ***, sorry"},
		{"bearer, encoded", "header bearer%20" + canary, "header bearer%20***"},
		{"basic", "got BASIC " + canary + "==", "got BASIC ***"},
		{"header line", "Authorization: " + canary + " and " + canary + "\r\nHost: x", "Authorization: ***\r\nHost: x"},
		{"cookie line", "Cookie: a=" + canary + "; b=" + canary, "Cookie: ***"},
		{"token header", "X-PhotoCloakToken: " + canary, "X-PhotoCloakToken: ***"},
		{"dumped headers", "map[Accept:[*/*] Cookie:[a=" + canary + " b=" + canary + "]]", "map[Accept:[*/*] Cookie:***"},
		{"assignment", "host=db user=x password=" + canary + " sslmode=off", "host=db user=x password=*** sslmode=off"},
		{"quoted assignment", "password = 'a " + canary + "' sslmode=off", "password = '***' sslmode=off"},
		{"form", "body sid=3&key=" + canary + "&pass=" + canary, "body sid=3&key=***"},
		{"JSON", `{"mail":"x","user_pasword": "a \" ` + canary + `","n":1}`, `{"mail":"x","user_pasword": "***","n":1}`},
		{"JSON in JSON", `{\"token\":\"a \\\" ` + canary + `\"}`, `{\"token\":\"***\"}`},
		{"JSON, a list", `{"pass":["a","` + canary + `"]}`, `{"pass":***`},
		{"a name where a value should be", `uuid= "token": "` + canary + `" and`, "uuid= ***"},
		{"bearer where a value should be", "uuid= Bearer " + canary + " and", "uuid= ***"},
		{"dumped struct", "{Name:x Secret:a " + canary + "}", "{Name:x Secret:***"},
		{
			"panic", "http: panic serving 192.0.2.1:4000: bad value " + canary + "\nmore " + canary + "\n\ngoroutine 7 [running]:\nmain.f()",
			"http: panic serving 192.0.2.1:4000: ***\ngoroutine 7 [running]:\nmain.f()",
		},
		{"panic without a stack", "http2: panic serving [2001:db8::1]:4000: " + canary, "http2: panic serving [2001:db8::1]:4000: ***"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := text(c.in); got != c.want {
				t.Errorf("text(%q)\n got %q\nwant %q", c.in, got, c.want)
			}
		})
	}
}

func TestTextLeavesTheRestAlone(t *testing.T) {
	for _, clean := range []string{
		"handled request",
		"server running",
		"is it there? yes",
		`why?"`,
		"reading token: unexpected EOF",
		"opening secret: permission denied",
		"dial tcp 127.0.0.1:6379: connect: connection refused",
		"SELECT 1 WHERE a = ? AND b IN (?, ?)",
		"VALUES (?,?,?)",
		"2026/01/02 15:04:05.000",
		"Basic authentication is needed",
		"お客様は見つかりません。",
		"h2=:443 status=200",
		"\t/root/go/pkg/mod/github.com/caddyserver/caddy/v2@v2.11.9/modules/caddyhttp/server.go:300 +0x1d",
		"sekisho/backends/kit.hash(0xc0001, 0x2?)\n\t/src/backends/kit/password.go:33 +0x1d",
	} {
		if got := text(clean); got != clean {
			t.Errorf("text(%q) = %q", clean, got)
		}
	}
}

func TestCleanTextCostsNoAllocation(t *testing.T) {
	clean := "dial tcp 127.0.0.1:6379: connect: connection refused"
	if n := testing.AllocsPerRun(100, func() { text(clean) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestTextIsBounded(t *testing.T) {
	if got := text(strings.Repeat("あ", maxText)); len(got) > maxText+len("…") || !strings.HasSuffix(got, "あ…") {
		t.Errorf("%d bytes of a long text are logged, ending in %q", len(got), got[len(got)-6:])
	}
}

// An operator must be able to read why a configuration was refused.
func TestErrorsStayReadable(t *testing.T) {
	for _, s := range []string{
		`loading module 'site_key': provision http.handlers.site_key: unknown sites "shop"`,
		"provision sekisho: the database lacks 2 migrations; run `sekisho migrate up`",
		`Caddyfile:12 - unrecognized directive: site_keys`,
	} {
		if got := text(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}
