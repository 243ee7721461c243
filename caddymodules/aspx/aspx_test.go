package aspx

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/caddymodules/golden"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/observe"
)

func init() {
	observe.DeclareHarmless("/fakeapi/auth", true, "login_id")
	observe.DeclareHarmless("/fakeapi/get_userinfo2", true)
}

func TestCaddyfiles(t *testing.T) { golden.Caddyfiles(t) }

func TestValidate(t *testing.T) {
	shop := []Tenant{{"shop", []string{"/shop/"}}}
	auth := []string{"Auth"}
	for name, test := range map[string]struct {
		config Rewriter
		want   string // part of the error, "" for none
	}{
		"whole":               {Rewriter{API: "fakeapi", Tenants: shop, Pages: auth}, ""},
		"the root as prefix":  {Rewriter{API: "fakeapi", Tenants: []Tenant{{"shop", []string{"/"}}}, Pages: auth}, ""},
		"no API":              {Rewriter{Tenants: shop, Pages: auth}, "is no API"},
		"no tenants":          {Rewriter{API: "fakeapi", Pages: auth}, "at least one line `tenant"},
		"no pages":            {Rewriter{API: "fakeapi", Tenants: shop}, "at least one line `pages"},
		"no tenant's name":    {Rewriter{API: "fakeapi", Tenants: []Tenant{{"", []string{"/"}}}, Pages: auth}, "is no tenant"},
		"no prefix":           {Rewriter{API: "fakeapi", Tenants: []Tenant{{"shop", nil}}, Pages: auth}, "at least one prefix"},
		"bad prefix":          {Rewriter{API: "fakeapi", Tenants: []Tenant{{"shop", []string{""}}}, Pages: auth}, "is no prefix"},
		"a tenant twice":      {Rewriter{API: "fakeapi", Tenants: append(shop, shop...), Pages: auth}, "is named twice"},
		"a prefix twice":      {Rewriter{API: "fakeapi", Tenants: append(shop, Tenant{"b", []string{"/Shop/"}}), Pages: auth}, "is given twice"},
		"a page's line break": {Rewriter{API: "fakeapi", Tenants: shop, Pages: []string{"Auth\n"}}, "is no page"},
		"a page twice":        {Rewriter{API: "fakeapi", Tenants: shop, Pages: []string{"Auth", "AUTH"}}, "is listed twice"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, check := range []func() error{
				test.config.Validate,
				func() error { return test.config.Provision(caddy.Context{}) },
			} {
				err := check()
				switch {
				case test.want == "" && err != nil:
					t.Errorf("got %v, want none", err)
				case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
					t.Errorf("got %v, want one with %q", err, test.want)
				}
			}
		})
	}
}

func TestAPageThatNoOperationAnswersIsRefused(t *testing.T) {
	err := (&Rewriter{
		API: "fakeapi", Tenants: []Tenant{{"shop", []string{"/refused/"}}}, Pages: []string{"Auth", "Get_Nothing"},
	}).Provision(caddy.Context{})
	if err == nil || !strings.Contains(err.Error(), "page Get_Nothing") || !strings.Contains(err.Error(), "/fakeapi/get_nothing") {
		t.Errorf("got %v", err)
	}
}

// provisioned is a rewriter of two tenants' pages.
func provisioned(t testing.TB) *Rewriter {
	t.Helper()
	a := &Rewriter{
		API: "fakeapi",
		Tenants: []Tenant{
			{"adi-mo", []string{"/cv.net_Adi-mo/isql/api/", "/"}},
			{"other", []string{"/cv.net_other/isql/api/", "/店/"}},
		},
		Pages: []string{"Auth", "Get_UserInfo2"},
	}
	if err := a.Provision(caddy.Context{}); err != nil {
		t.Fatal(err)
	}
	return a
}

// passed is the request as the next handler saw it.
func passed(t testing.TB, a *Rewriter, r *http.Request) (seen *http.Request) {
	t.Helper()
	next := caddyhttp.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) error {
		seen = r
		return nil
	})
	if err := a.ServeHTTP(httptest.NewRecorder(), r, next); err != nil || seen == nil {
		t.Fatalf("the next handler was reached: %v, error %v", seen != nil, err)
	}
	return seen
}

func TestListedPagesAreRewritten(t *testing.T) {
	a := provisioned(t)
	for _, test := range []struct{ target, want, tenant string }{
		{"/cv.net_adi-mo/isql/api/Auth.aspx", "/fakeapi/auth", "adi-mo"},
		{"/cv.net_other/isql/api/Auth.aspx", "/fakeapi/auth", "other"},
		{"/Auth.aspx", "/fakeapi/auth", "adi-mo"},
		{"/cv.net_adi-mo/isql/api/Get_UserInfo2.aspx", "/fakeapi/get_userinfo2", "adi-mo"},
		{"/CV.NET_ADI-MO/ISQL/API/AUTH.ASPX", "/fakeapi/auth", "adi-mo"},
		{"/cv.net_other/isql/api/auth.Aspx/", "/fakeapi/auth", "other"},
		{"/auth.aspx?Login_ID=a%20b&x=%zz&&=;", "/fakeapi/auth?Login_ID=a%20b&x=%zz&&=;", "adi-mo"},
		{"/auth.aspx?", "/fakeapi/auth?", "adi-mo"},
		{"/auth%2Easpx%2f?a=%2F", "/fakeapi/auth?a=%2F", "adi-mo"},
		{"/%E5%BA%97/Auth.aspx", "/fakeapi/auth", "other"},
	} {
		t.Run(test.target, func(t *testing.T) {
			r := passed(t, a, httptest.NewRequest(http.MethodGet, test.target, nil))
			if r.RequestURI != test.want || r.URL.RequestURI() != test.want || r.URL.RawPath != "" {
				t.Errorf("rewritten to %q (%q, raw path %q), want %q", r.RequestURI, r.URL.RequestURI(), r.URL.RawPath, test.want)
			}
			if tenant, there := identity.TenantOf(r.Context(), "fakeapi"); tenant != test.tenant || !there {
				t.Errorf("tenant %q, want %q", tenant, test.tenant)
			}
			if _, there := identity.TenantOf(r.Context(), "crm"); there {
				t.Error("another API has a tenant")
			}
		})
	}
}

func TestTheRestPassesUntouchedWithoutATenant(t *testing.T) {
	a := provisioned(t)
	for _, target := range []string{
		"/",
		"/fakeapi/auth",
		"/fakeapi/auth.aspx",
		"/cv.net_third/isql/api/Auth.aspx",
		"/cv.net_adi-mo/isql/Auth.aspx",
		"/cv.net_adi-mo/isql/api/sub/Auth.aspx",
		"/cv.net_adi-mo/isql/api/Set_LoginInfo.aspx",
		"/cv.net_adi-mo/isql/api/.aspx",
		"/cv.net_adi-mo/isql/api/",
		"/cv.net_adi-mo/isql/api/Auth",
		"/cv.net_adi-mo/isql/api/Auth.asp",
		"/cv.net_adi-mo/isql/api/Auth.aspx.aspx",
		"/cv.net_adi-mo/isql/api/Auth.aspx/more",
		"/cv.net_adi-mo/isql/api/Auth.aspx/Auth.aspx",
		"/cv.net_adi-mo/isql/api/Auth.aspx//",
		"/cv.net_adi-mo/isql//api/Auth.aspx",
		"/cv.net_adi-mo/isql/api/./Auth.aspx",
		"/cv.net_other/../Auth.aspx",
		"//Auth.aspx",
		"/Auth.aspx%00",
		"/Auth.aspx;x",
		"/Auth%20.aspx",
		"/Auth%252Easpx",
		"/x?/Auth.aspx",
	} {
		t.Run(target, func(t *testing.T) {
			asked := httptest.NewRequest(http.MethodGet, "/", nil)
			address, err := url.ParseRequestURI(target)
			if err != nil {
				t.Fatal(err)
			}
			before := *address
			asked.URL, asked.RequestURI = address, target
			r := passed(t, a, asked)
			if r != asked || *r.URL != before || r.RequestURI != target {
				t.Errorf("it became %q, %q", r.URL, r.RequestURI)
			}
			if tenant, there := identity.TenantOf(r.Context(), "fakeapi"); there {
				t.Errorf("tenant %q", tenant)
			}
		})
	}
}

// A site serves more than these pages.
func TestOtherRequestsTakeNoMemory(t *testing.T) {
	a := provisioned(t)
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/Api/v2/Cloaks/Search?tg=a", nil)
	next := caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return nil })
	if allocated := testing.AllocsPerRun(100, func() { _ = a.ServeHTTP(w, r, next) }); allocated != 0 {
		t.Errorf("%v allocations", allocated)
	}
}

func FuzzRewrite(f *testing.F) {
	for _, seed := range []string{
		"/cv.net_Adi-mo/isql/api/Auth.aspx", "/AUTH.ASPX/", "//auth.aspx", "/店/get_userinfo2.aspx",
		"/Get_UserİnfO2.aspx", "/auth.aſpx", "/\xff/auth.aspx", ".aspx", "/", "",
	} {
		f.Add(seed)
	}
	a := provisioned(f)
	want := map[string]listing{} // by path in lower case
	for tenant, prefixes := range map[string][]string{
		"adi-mo": {"/cv.net_adi-mo/isql/api/", "/"},
		"other":  {"/cv.net_other/isql/api/", "/店/"},
	} {
		for _, prefix := range prefixes {
			for _, page := range []string{"auth", "get_userinfo2"} {
				to := listing{tenant, "/fakeapi/" + page}
				want[prefix+page+".aspx"], want[prefix+page+".aspx/"] = to, to
			}
		}
	}
	f.Fuzz(func(t *testing.T, path string) {
		asked := &http.Request{URL: &url.URL{Path: path, RawQuery: "a=b"}, RequestURI: "as it came"}
		r := passed(t, a, asked)
		tenant, there := identity.TenantOf(r.Context(), "fakeapi")
		to, listed := want[strings.ToLower(path)]
		switch {
		case there != listed || tenant != to.tenant:
			t.Errorf("%q: tenant %q, want %q", path, tenant, to.tenant)
		case listed && (r.URL.Path != to.target || r.RequestURI != to.target+"?a=b"):
			t.Errorf("%q became %q, %q, want %q", path, r.URL.Path, r.RequestURI, to.target)
		case !listed && (r.URL.Path != path || r.RequestURI != "as it came"):
			t.Errorf("%q became %q, %q, want it untouched", path, r.URL.Path, r.RequestURI)
		}
	})
}
