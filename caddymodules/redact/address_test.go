package redact

import (
	"strings"
	"testing"
)

func TestAddressShowsOnlyWhatIsDeclared(t *testing.T) {
	for _, c := range []struct{ name, uri, want string }{
		{"no query", "/user/list", "/user/list"},
		{"declared and undeclared", "/user/list?sid=3&key=" + canary, "/user/list?sid=3&key=***"},
		{"trailing slash", "/user/list/?sid=3&key=" + canary, "/user/list/?sid=3&key=***"},
		{"encoded path", "/%75ser/list?sid=3", "/%75ser/list?sid=3"},
		{"encoded name of a declared one", "/user/list?%73id=3", "/user/list?sid=3"},
		{"encoded name of an undeclared one", "/user/list?%6Bey=" + canary, "/user/list?***"},
		{"repeated", "/user/list?sid=3&key=a" + canary + "&sid=4&key=b" + canary, "/user/list?sid=3&key=***&sid=4&key=***"},
		{"misspelt", "/user/list?kei=" + canary, "/user/list?kei=***"},
		{"another letter case, exact API", "/user/list?SID=3", "/user/list?SID=***"},
		{"another letter case, folding API", "/API/V2/cloak?CLOAKID=12&pass=" + canary, "/API/V2/cloak?CLOAKID=12&pass=***"},
		{"white space around a name, folding API", "/api/v2/Cloak?+cloakid+=12", "/api/v2/Cloak?cloakid=12"},
		{"path with a value", "/avatar/v1/Avatar/123/FittingRoom?limit=3&key=" + canary, "/avatar/v1/Avatar/123/FittingRoom?limit=3&key=***"},
		{"path with a value, trailing slash", "/avatar/v1/Avatar/123/FittingRoom/?limit=3&itemId=4", "/avatar/v1/Avatar/123/FittingRoom/?limit=3&itemId=***"},
		{"path with an encoded value", "/avatar/v1/Avatar/%E6%A2%85/FittingRoom/Select?itemId=4", "/avatar/v1/Avatar/%E6%A2%85/FittingRoom/Select?itemId=4"},
		{"path without the value", "/avatar/v1/Avatar//FittingRoom?limit=3", "/avatar/v1/Avatar//FittingRoom?limit=***"},
		{"path with two values", "/avatar/v1/Avatar/1/2/FittingRoom?limit=3", "/avatar/v1/Avatar/1/2/FittingRoom?limit=***"},
		{"path with an assignment for a value", "/avatar/v1/Avatar/key=" + canary + "/FittingRoom?limit=3", "/avatar/v1/Avatar/key=***"},
		{"path with a value, another letter case", "/avatar/v1/avatar/123/FittingRoom?limit=3", "/avatar/v1/avatar/123/FittingRoom?limit=***"},
		{"unknown path", "/old/list?sid=3&key=" + canary, "/old/list?sid=***&key=***"},
		{"name is the secret", "/user/list?" + canary, "/user/list?***"},
		{"base64 whose padding looks like an assignment", "/user/list?" + canary + "=", "/user/list?***"},
		{"base64 with two signs of padding", "/user/list?" + canary + "==", "/user/list?***"},
		{"name is a number", "/user/list?00000000=1", "/user/list?***"},
		{"name is too long", "/user/list?" + strings.Repeat("n", 25) + "=1", "/user/list?***"},
		{"declared without a value", "/user/list?sid", "/user/list?sid"},
		{"declared, empty", "/user/list?sid=&x=", "/user/list?sid=&***"},
		{"semicolons between", "/user/list?sid=3;key=" + canary, "/user/list?sid=3&key=***"},
		{"second question mark", "/user/list?sid=3?key=" + canary, "/user/list?sid=***"},
		{"another parameter encoded in a value", "/user/list?sid=3%26key%3D" + canary, "/user/list?sid=***"},
		{"fragment", "/user/list?sid=3#" + canary, "/user/list?sid=***"},
		{"fragment without a query", "/user/list#" + canary, "/user/list#***"},
		{"path parameter", "/user/list;jsessionid=" + canary + "?sid=3", "/user/list;jsessionid=***"},
		{"path parameter without a name", "/user/list;" + canary, "/user/list;***"},
		{"ampersand in place of the question mark", "/user/list&key=" + canary, "/user/list&key=***"},
		{"assignment in the path", "/user/list/key=" + canary, "/user/list/key=***"},
		{"encoded question mark", "/user/list%3Fkey=" + canary, "/user/list?key=***"},
		{"doubly encoded question mark", "/user/list%253Fkey=" + canary, "/user/list?***"},
		{"broken encoding in the path", "/user/%zz?sid=3", "/user/%zz?sid=***"},
		{"broken encoding in a value", "/user/list?sid=%zz", "/user/list?sid=***"},
		{"control character in a value", "/user/list?sid=%00" + canary, "/user/list?sid=***"},
		{"value too long", "/user/list?sid=" + strings.Repeat("9", 101), "/user/list?sid=***"},
		{"Japanese value", "/api/v2/Cloak?cloakid=%E6%A2%85-11", "/api/v2/Cloak?cloakid=%E6%A2%85-11"},
		{"absolute", "http://shop.example.com:8080/user/list?sid=3&key=" + canary, "http://shop.example.com:8080/user/list?sid=3&key=***"},
		{"absolute with user and password", "http://u:" + canary + "@shop.example.com/user/list?sid=3", "http://***@shop.example.com/user/list?sid=3"},
		{"password with a question mark", "redis://:12?" + canary + "@cache:6379/0", "redis://***"},
		{"password with a slash", "postgres://sekisho:1/" + canary + "@db/sekisho", "postgres://***@db/sekisho"},
		{"no host but a password", "redis://:" + canary, "redis://***"},
		{"address within a path", "/proxy/http://u:" + canary + "@host/x", "/proxy/http://***@host/x"},
		{"neither path nor address", "u:" + canary + "@host:443", "***"},
		{"CONNECT", "shop.example.com:443", "shop.example.com:443"},
		{"OPTIONS", "*", "*"},
		{"file", "file:///var/lib/sekisho/blobs", "file:///var/lib/sekisho/blobs"},
		{"long path", "/" + strings.Repeat("a", 3000), "/" + strings.Repeat("a", 1999) + "…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := address(c.uri); got != c.want {
				t.Errorf("address(%q)\n got %q\nwant %q", c.uri, got, c.want)
			}
		})
	}
}

func TestAddressIsBounded(t *testing.T) {
	shown := address("/" + strings.Repeat("a", 1<<20) + "?" + strings.Repeat("sid=1&key=2&", 1<<16))
	if len(shown) > 16<<10 {
		t.Errorf("%d bytes of a long address are logged", len(shown))
	}
}
