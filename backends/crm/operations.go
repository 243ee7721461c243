package crm

import (
	"net/http"
	"net/netip"
	"strings"

	"go.uber.org/zap"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/serve"
	"sekisho/caddymodules/stores"
)

// apiName is the API's name in metrics and logs, and what aspx_rewrite knows it
// by.
const apiName = "crm"

// pathPrefix is where aspx_rewrite takes the pages.
const pathPrefix = "/" + apiName + "/"

// service answers the pages.
type service struct {
	store    store // of no tenant
	sessions stores.Sessions
	seal     *stores.Sealer
	verified *kit.Verified
	logins   *logins

	systemLogins *guard.Door     // Auth; account: the system login
	passwords    *guard.Door     // Get_UserToken and Set_Password; account: the customer's login
	devices      *guard.Door     // Get_UserInfo2's uuid; account: the customer's login
	tokens       *guard.OpenDoor // TokenID
	sessionDoor  *guard.OpenDoor // Auth's Token
	signUps      *guard.SignUps  // Set_LoginInfo

	sessionless *sessionless
	charset     kit.Charset
	numbers     kit.Numbers
	unset       string
	codeDigits  int
	log         *zap.Logger
}

// api is the table of operations: each page answers GET and POST, and neither
// as if it changed nothing.
func (s *service) api() *serve.API {
	api := &serve.API{Name: apiName, FoldCase: true, Refuse: s.refuse}
	for _, p := range pages {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			api.Operations = append(api.Operations, serve.Operation{
				Name: p.op, Method: method, Path: pathPrefix + p.op, Harmless: p.harmless, Handle: s.handler(p),
			})
		}
	}
	return api
}

// pageAt gives the page of a path of the table.
func pageAt(path string) *page {
	path = strings.TrimSuffix(path, "/")
	for _, p := range pages {
		if strings.EqualFold(path, pathPrefix+p.op) {
			return p
		}
	}
	return nil
}

// pageNamed gives the page of a name as the document writes it, whatever the
// letter case.
func pageNamed(name string) *page {
	for _, p := range pages {
		if strings.EqualFold(name, p.name) {
			return p
		}
	}
	return nil
}

// call is one request for a page.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	params  kit.Params
	store   store      // of the tenant
	address string     // as it counts, see guard.Address
	client  netip.Addr // the zero Addr where it cannot be told
}

// handler reads the call, asks for its session, and sends what the page answers.
func (s *service) handler(p *page) func(http.ResponseWriter, *http.Request, identity.Caller) error {
	return func(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
		tenant, _ := identity.TenantOf(r.Context(), apiName) // ServeHTTP let through none without
		params, err := kit.ReadParams(w, r, kit.Policy{FoldCase: true, Cookies: true, Charset: s.charset})
		if err != nil {
			return err
		}
		c := &call{w: w, r: r, params: params, store: s.store.of(tenant), address: guard.Address(r), client: guard.ClientIP(r)}
		if !p.open {
			if err := s.admit(c, p); err != nil {
				return err
			}
		}
		answer, err := p.answer(s, c)
		if err != nil {
			return err
		}
		return s.write(w, http.StatusOK, answer)
	}
}

// noteLogin tells the census which system login is calling.
func (c *call) noteLogin(login string) { serve.NoteCaller(c.w, c.store.tenant+"/"+login) }

// text gives an optional text of at most most characters.
func (c *call) text(name string, most int) (string, error) { return c.params.Text(name, most) }

// required is text for what must be there.
func (c *call) required(name string, most int) (string, error) { return c.params.Required(name, most) }

// password gives a required password, under the document's spelling of its name
// or the right one.
func (c *call) password(name string) (string, error) {
	if _, there := c.params.Raw(name); there {
		return c.required(name, longestPassword)
	}
	return c.required(strings.Replace(name, "pasword", "password", 1), longestPassword)
}

// device gives the required uuid of a device. "." is one that is missing: the old
// database held it for that, and so would an import of ours.
func (c *call) device() (string, error) {
	uuid, err := c.required("uuid", longestUUID)
	if err == nil && isNone(uuid) {
		err = fault.New(fault.Missing, "uuid")
	}
	return uuid, err
}

// busy marks what hashing passwords gives when too many are under way: no guess
// of the caller's was refused.
func busy(err error) error {
	if f := fault.Of(err); f != nil && f.Kind == fault.TooMany && f.Subject == "" {
		marked := *f
		marked.Subject = "hashing"
		return &marked
	}
	return err
}
