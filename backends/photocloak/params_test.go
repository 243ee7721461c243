package photocloak

import (
	"bytes"
	"errors"
	"math"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"sekisho/caddymodules/fault"
)

func paramsOf(t testing.TB, query string) *params {
	t.Helper()
	r := httptest.NewRequest("POST", "/", nil)
	r.URL.RawQuery = query
	p, err := readParams(httptest.NewRecorder(), r)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// faultsOf gives the codes of what is wrong with parameters.
func faultsOf(p *params) string {
	var codes []string
	for _, f := range p.faults {
		codes = append(codes, drawError(f).ErrorCode)
	}
	return strings.Join(codes, " ")
}

func TestIDs(t *testing.T) {
	for query, want := range map[string]struct {
		id     int64
		faults string
	}{
		"ci=12":                           {12, ""},
		"ci=0012":                         {12, ""},
		"CI=12":                           {12, ""},
		"%20ci%20=12":                     {12, ""},
		"ci=12&ci=13":                     {12, ""},
		"ci=0":                            {0, ""},
		"ci=9223372036854775807":          {1<<63 - 1, ""},
		"":                                {0, "required_ci"},
		"ci=":                             {0, "required_ci"},
		"ci=9223372036854775808":          {0, "invalid_ci"},
		"ci=" + strings.Repeat("9", 39):   {0, "invalid_ci"},
		"ci=-1":                           {0, "invalid_ci"},
		"ci=%2B1":                         {0, "invalid_ci"},
		"ci=1.0":                          {0, "invalid_ci"},
		"ci=0x10":                         {0, "invalid_ci"},
		"ci=1_0":                          {0, "invalid_ci"},
		"ci=%EF%BC%91":                    {0, "invalid_ci"}, // a full-width 1
		"ci=1%00":                         {0, "invalid_ci"},
		"ci=%FF":                          {0, "invalid_ci"},
		"ci=1%20OR%201=1":                 {0, "invalid_ci"},
		"ci=1'%3B%20DROP%20TABLE%20x%3B-": {0, "invalid_ci"},
	} {
		p := paramsOf(t, query)
		if id := p.id("ci"); id != want.id || faultsOf(p) != want.faults {
			t.Errorf("%s: %d %s, want %d %s", query, id, faultsOf(p), want.id, want.faults)
		}
	}
}

func TestNumbers(t *testing.T) {
	for query, want := range map[string]struct {
		n      int64
		faults string
	}{
		"":                          {20, ""},
		"li=":                       {20, ""},
		"li=0":                      {0, ""},
		"li=7":                      {7, ""},
		"li=-7":                     {0, "invalid_li"},
		"li=all":                    {0, "invalid_li"},
		"li=9223372036854775808":    {math.MaxInt64, ""},
		"li=-9223372036854775809":   {0, "invalid_li"},
		"li=%2B9223372036854775808": {0, "invalid_li"},
	} {
		p := paramsOf(t, query)
		if n := p.number("li", 20); n != want.n || faultsOf(p) != want.faults {
			t.Errorf("%s: %d %s, want %d %s", query, n, faultsOf(p), want.n, want.faults)
		}
	}
}

func TestOneOf(t *testing.T) {
	for query, want := range map[string]struct{ value, faults string }{
		"":                               {"", ""},
		"sc=":                            {"", ""},
		"sc=1":                           {"1", ""},
		"sc=01":                          {"", "invalid_sc"},
		"sc=true":                        {"", "invalid_sc"},
		"sc=" + strings.Repeat("1", 101): {"", "invalid_sc"},
	} {
		p := paramsOf(t, query)
		if value := p.oneOf("sc", "0", "1"); value != want.value || faultsOf(p) != want.faults {
			t.Errorf("%s: %q %s, want %q %s", query, value, faultsOf(p), want.value, want.faults)
		}
	}
}

// All that is wrong is one error, and our own failures are none of the caller's.
func TestFaultsAreGathered(t *testing.T) {
	p := paramsOf(t, "st=5")
	if p.err() != nil {
		t.Errorf("nothing was read yet: %v", p.err())
	}
	p.id("ci")
	p.oneOf("st", "0")
	if err := p.note(unknownCloak(1)); err != nil {
		t.Error(err)
	}
	ours := errors.New("out of reach")
	if err := p.note(ours); !errors.Is(err, ours) {
		t.Errorf("note keeps our failure: %v", err)
	}
	f := fault.Of(p.err())
	if got := faultsOf(p); got != "required_ci invalid_st notfound_cloak" || f.Kind != fault.Missing || len(f.Others) != 2 {
		t.Errorf("%s, %v with %d others", got, f, len(f.Others))
	}
}

// Whatever a stranger sends, each reader gives a value within the documented
// limits, or notes a fault that can be drawn.
func FuzzParams(f *testing.F) {
	for _, seed := range []struct{ query, media, body string }{
		{"ci=1", "application/x-www-form-urlencoded", "sc=1&lk=himitsu&tg=%E6%97%85%E3%80%80%E6%B5%B7&dl=1&ul=0&ae=1&st=8"},
		{"CI=1&%20st%20=0", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"nm\"\r\n\r\n夏\r\n--b--\r\n"},
		{"ci=%00&nm=%ff", "text/plain", "ci=1"},
		{"ci=9223372036854775808&lk=abc", "", ""},
		{"nm=" + strings.Repeat("%E3%81%82", 51), "application/json", "{"},
		{"a=%zz&ci=1;st=2", "application/x-www-form-urlencoded", "&&=&=1&ci"},
	} {
		f.Add(seed.query, seed.media, []byte(seed.body))
	}
	f.Fuzz(func(t *testing.T, query, media string, body []byte) {
		r := httptest.NewRequest("POST", "/api/v2/mycloaks/complete", bytes.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", media)
		p, err := readParams(httptest.NewRecorder(), r)
		if err != nil {
			checkDrawn(t, fault.Of(err))
			return
		}
		checkValue(t, "nm", p.required("nm", longestCloakName), longestCloakName)
		if p.id("ci") < 0 || p.number("os", 0) < 0 {
			t.Error("a number is negative")
		}
		set := p.settings()
		checkValue(t, "lk", set.lock, longestLock)
		if set.lock != "" && utf8.RuneCountInString(set.lock) < shortestLock {
			t.Errorf("lk is %q", set.lock)
		}
		for _, value := range []string{set.scope, set.download, set.upload, set.extend, set.status} {
			if !strings.Contains("0 1 8", value) {
				t.Errorf("a switch is %q", value)
			}
		}
		for _, f := range p.faults {
			checkDrawn(t, f)
		}
	})
}

func checkValue(t *testing.T, name, value string, longest int) {
	t.Helper()
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) || utf8.RuneCountInString(value) > longest {
		t.Errorf("%s is %q", name, value)
	}
}

func checkDrawn(t *testing.T, f *fault.Fault) {
	t.Helper()
	one := drawError(f)
	if strings.HasPrefix(one.ErrorCode, "_") || strings.HasSuffix(one.ErrorCode, "_") || one.Message == "" || !utf8.ValidString(one.MoreInfo) {
		t.Errorf("%v is drawn %+v", f, one)
	}
}
