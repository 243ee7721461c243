package photocloak

import (
	"net/http/httptest"
	"strings"
	"testing"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// What is refused is refused in the documented words, and changes nothing.
func TestBadInputChangesNoCloak(t *testing.T) {
	const urlencoded = "application/x-www-form-urlencoded"
	long := strings.Repeat("9", 5000)
	operations := []string{"/api/v2/mycloaks/complete", "/api/v2/mycloaks/delete", "/api/v2/mycloaks/addfollow", "/api/v2/mycloaks/delfollow"}
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		own := a.public(umiyama, "own", "tg", "旅")
		others := a.public(yamada, "others")
		a.follow(umiyama, others).wantEmpty(t, "following")
		before := a.kept()
		send := func(method, path, media, body string) answer {
			r := httptest.NewRequest(method, path, strings.NewReader(body))
			r.Header.Set("Content-Type", media)
			r.Header.Set("X-Test-Member", umiyama)
			return a.do(r)
		}
		for _, path := range operations {
			for value, want := range map[string]string{
				"%00":                                "invalid_ci",
				own + "%00":                          "invalid_ci",
				"%FF":                                "invalid_ci",
				"%E6%97":                             "invalid_ci",
				"-" + own:                            "invalid_ci",
				"%2B" + own:                          "invalid_ci",
				long:                                 "invalid_ci",
				"1'+OR+'1'%3D'1":                     "invalid_ci",
				"1%3B+DROP+TABLE+photocloak_cloaks":  "invalid_ci",
				own + "%20":                          "invalid_ci",
				"1e0":                                "invalid_ci",
				"":                                   "required_ci",
				"%20":                                "invalid_ci",
				"9223372036854775807":                "notfound_cloak",
				"0":                                  "notfound_cloak",
				"x&ci=" + own:                        "invalid_ci", // the first of a repeated one
				"x&CI=" + own:                        "invalid_ci",
				"9999999999999999999999999999999999": "invalid_ci",
			} {
				got := send("POST", path, urlencoded, "ci="+value)
				if codes := got.codes(t); !strings.HasSuffix(codes, " "+want) || got.status == 500 {
					t.Errorf("%s of %.40q: %s, want %s", path, value, codes, want)
				}
			}
		}
		tooLarge := "ci=" + own + "&st=8&x=" + strings.Repeat("x", 1<<20)
		multipart := "--b\r\nContent-Disposition: form-data; name=\"ci\"\r\n\r\n" + own
		for _, path := range append(operations, "/api/v2/mycloaks", "/api/v2/mycloaks/list") {
			for what, test := range map[string]struct{ media, body, want string }{
				"a body of 1 MiB and more":    {urlencoded, tooLarge, "400 toolarge_request"},
				"a multipart body cut short":  {"multipart/form-data; boundary=b", multipart, "400 invalid_request"},
				"multipart without boundary":  {"multipart/form-data", multipart, "400 invalid_request"},
				"more than 1,000 parameters":  {urlencoded, strings.Repeat("a=b&", 1001), "400 invalid_request"},
				"the same in the query's way": {urlencoded, strings.Repeat("ci="+own+"&", 1001), "400 invalid_request"},
			} {
				if got := send("POST", path, test.media, test.body).codes(t); got != test.want {
					t.Errorf("%s to %s: %s, want %s", what, path, got, test.want)
				}
			}
			if got := send("GET", path+"?ci="+own, "", ""); got.codes(t) != "405 notallowed_method" || got.header.Get("Allow") != "POST" {
				t.Errorf("GET %s: %d %s", path, got.status, got.body)
			}
		}
		for body, want := range map[string]string{
			"nm=a%00b":                              "400 invalid_nm",
			"nm=%FF&dc=%FE":                         "400 invalid_nm invalid_dc",
			"nm=" + strings.Repeat("%E6%97%85", 51): "400 toolong_nm",
			"nm=&NM=a":                              "400 required_nm",
			"nm=%ED%A0%80":                          "400 invalid_nm", // half a surrogate
			"nm=a&dc=" + strings.Repeat("x", 1_000_000): "400 toolong_dc",
		} {
			if got := send("POST", "/api/v2/mycloaks", urlencoded, body).codes(t); got != want {
				t.Errorf("making %.40s: %s, want %s", body, got, want)
			}
		}
		for body, want := range map[string]string{
			"&lk=him%00itsu":                         "400 invalid_lk",
			"&lk=%FF%FF%FF%FF":                       "400 invalid_lk",
			"&tg=%00":                                "400 invalid_tg",
			"&tg=" + strings.Repeat("%E6%97%85", 51): "400 toolong_tg",
			"&st=1%00":                               "400 invalid_st",
			"&st=%EF%BC%91":                          "400 invalid_st",
			"&st=1+OR+1":                             "400 invalid_st",
			"&sc=" + long:                            "400 invalid_sc",
		} {
			if got := send("POST", "/api/v2/mycloaks/complete", urlencoded, "ci="+own+body).codes(t); got != want {
				t.Errorf("completing with %.40s: %s, want %s", body, got, want)
			}
		}
		if after := a.kept(); after != before {
			t.Errorf("before:\n%s\nafter:\n%s", before, after)
		}
	})
}

// Whatever SQL, markup or signs stand in texts comes back as it was sent.
func TestOddTextsAreKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		one := addCrowd(t, s, 1)[0]
		for _, text := range []string{
			`' OR '1'='1`, `"; DROP TABLE photocloak_cloaks; --`, `\`, `%_`, "?", "$1", "<b>&amp;", "😀👨‍👩‍👧", "e\u0301", "\u202e逆", "\ufeff", "\r\n\t", "\x7f", "{0}", "␀",
		} {
			got := a.post(one, "/api/v2/mycloaks", form("nm", text, "dc", text))
			id := madeID.FindStringSubmatch(got.body)
			if got.status != 200 || id == nil {
				t.Errorf("%q: %d %s", text, got.status, got.body)
				continue
			}
			if c := a.row(id[1]); c.Name != text || c.Description != text {
				t.Errorf("%q is kept as %q, %q", text, c.Name, c.Description)
			}
			tag := strings.Join(strings.FieldsFunc(text, separatesTags), "")
			a.completed(one, id[1], "tg", tag)
			if tags := a.tagsOf(one, id[1]); tag != "" && (len(tags) != 1 || tags[0] != tag) {
				t.Errorf("the tag %q is kept as %q", tag, tags)
			}
		}
	})
}
