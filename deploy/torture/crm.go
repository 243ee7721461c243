package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/encoding/japanese"
)

// Who calls the CRM, by the number of the client: its cash registers first, then
// the apps of its members, and one who imports the lines of receipts.
const (
	crmTills = 12
	crmApps  = 4
)

func init() { apis["crm"] = api{clients: crmTills + crmApps + 1, begin: beginCRM} }

// The demo's chain.
const (
	crmPages    = "/cv.net_adi-mo/isql/api/"
	crmLogin    = "demo"
	crmPassword = "demo1234"
	crmTenant   = "adi-mo"
	crmShop     = "0001"
	crmDay      = "20140501"

	crmOkamoto       = "1234567890123" // its customer, who has the last code
	crmOkamotoPoints = 4250
)

// firstCards are as many customers who are there before anybody signs up, with
// codes before all others: an import of later ones would have sign-ups go on after
// them.
const firstCards = 8

func cardCode(n int) string { return fmt.Sprintf("100000000000%d", n) }

// chain is the CRM of a chain of shops: what its programs asked, and what they
// were told.
type chain struct {
	w       *world
	token   string // of a session that only probes have
	serials counter

	mu       sync.Mutex
	cards    []string          // the codes of those who buy, and never leave
	purses   map[string]*purse // by code
	receipts []*receipt
	members  []*clubMember
	lines    []*soldLine
}

func beginCRM(w *world) (subject, error) {
	ch := &chain{w: w, purses: map[string]*purse{crmOkamoto: {answered: swing{up: crmOkamotoPoints}, asked: swing{up: crmOkamotoPoints}}}}
	text := "code\n"
	for n := range firstCards {
		ch.addCard(cardCode(n))
		text += cardCode(n) + "\n"
	}
	file := filepath.Join(w.folder, "customers.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	if _, err := w.run("crm", "import", "customers", file); err != nil {
		return nil, err
	}
	a, err := w.gateways[0].send(healthClient, authCall())
	if err == nil && judgePage("Auth")(a) != done {
		err = fmt.Errorf("opening a session: it is answered %s", a)
	}
	ch.token = readPage(a).Token
	ch.receipts = []*receipt{&probed}
	return ch, err
}

// addCard has registers sell to a customer too.
func (ch *chain) addCard(code string) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.cards = append(ch.cards, code)
	ch.purses[code] = new(purse)
}

// anyCard is one of those who buy.
func (ch *chain) anyCard(random randomness) string {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	return ch.cards[random.IntN(len(ch.cards))]
}

// probed is a sale without points to the demo's customer, whom nobody else sells
// to. To send it again changes nothing, and takes all that it takes to book one.
var probed = receipt{customer: crmOkamoto, number: "probe", division: "10"}

// probe books that sale, and asks for the points of its customer.
func (ch *chain) probe(g *gateway) error {
	a, err := g.send(healthClient, pageCall(http.MethodPost, "Set_UserPoint", "", ch.token, probed.parameters()...))
	if err != nil {
		return err
	}
	if judgePage("Set_UserPoint")(a) != done {
		return fmt.Errorf("Set_UserPoint is answered %s", a)
	}
	if a, err = g.send(healthClient, pageCall(http.MethodGet, "Get_UserPoint", "", ch.token, "user_code", crmOkamoto)); err != nil {
		return err
	}
	if shown := readPage(a).UserPoint; len(shown) != 1 || shown[0].Name != "岡本" || shown[0].Point != strconv.Itoa(crmOkamotoPoints) {
		return fmt.Errorf("Get_UserPoint is answered %s", a)
	}
	return nil
}

func (ch *chain) client(c *caller) client {
	program := program{chain: ch, c: c}
	switch {
	case c.number < crmTills:
		return &till{program: program}
	case c.number < crmTills+crmApps:
		return &clubApp{program: program}
	}
	return &backOffice{program: program}
}

// program is one of the chain's programs, with its session of Auth.
type program struct {
	chain *chain
	c     *caller
	token string // "" before the first Auth
	calls int
}

// once calls a page once. Who has no session, or one that is not known any more,
// makes one by itself.
func (p *program) once(page, about string, parameters ...string) (pageAnswer, verdict) {
	p.auth()
	a, v := p.c.once(p.call(page, about, parameters))
	if told := readPage(a); v != refused || !p.forgotten(page, told) {
		return told, v
	}
	return pageAnswer{}, failed
}

// until is caller.until with a page.
func (p *program) until(page, about string, parameters ...string) (told pageAnswer, v verdict, tries int) {
	for {
		p.auth()
		a, v, more := p.c.until(p.call(page, about, parameters))
		tries += more
		if told = readPage(a); v != refused || !p.forgotten(page, told) || p.c.w.broken.Load() {
			return told, v, tries
		}
	}
}

// auth makes a session where there is none.
func (p *program) auth() {
	for p.token == "" && !p.c.w.broken.Load() {
		a, v, _ := p.c.until(authCall())
		if v == refused {
			p.wrong().strange("Auth refuses the right password: %s", a)
		}
		if v == refused || v == strange {
			p.c.w.broken.Store(true)
		}
		p.token = readPage(a).Token
	}
}

// forgotten says whether a page does not know the session of Auth. No session may
// be: each is used all the time, lives for an hour, and the stores are durable.
func (p *program) forgotten(page string, told pageAnswer) bool {
	if told.StatusCode != codesOf[page].session() {
		return false
	}
	p.wrong().lost("the session of client %d is not known any more at %s", p.c.number, page)
	p.token = ""
	return true
}

// wrong is where to tell what is wrong.
func (p *program) wrong() *result { return p.c.w.found.of("crm") }

// alike are the pages that may be sent as GET, for a second time does no more than
// the first: on a line that breaks Go's client sends a GET again by itself.
var alike = map[string]bool{"Get_UserPoint": true, "Set_UserPoint": true, "Get_UserInfo2": true, "Get_SalesInfo": true}

// call is a call of a page, every other one as GET where that can be.
func (p *program) call(page, about string, parameters []string) call {
	method := http.MethodPost
	if p.calls++; alike[page] && p.calls%2 == 0 {
		method = http.MethodGet
	}
	return pageCall(method, page, about, p.token, parameters...)
}

func authCall() call {
	return pageCall(http.MethodPost, "Auth", "", "", "login_id", crmLogin, "password", crmPassword)
}

// pageCall is a call of a page with pairs of names and values, in CP932, and the
// session as a cookie.
func pageCall(method, page, about, token string, parameters ...string) call {
	k := call{operation: strings.ToLower(page), about: about, crm: true, method: method, path: crmPages + page + ".aspx", judge: judgePage(page)}
	if token != "" {
		k.header = []string{"Cookie", "ASP.NET_SessionId=" + token}
	}
	if form := formOf(parameters); method == http.MethodGet {
		k.path += "?" + form
	} else {
		k.body, k.header = []byte(form), append(k.header, "Content-Type", formEncoding)
	}
	return k
}

// formOf writes pairs as a form, in CP932.
func formOf(pairs []string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(pairs[i] + "=" + url.QueryEscape(inCP932(pairs[i+1])))
	}
	return b.String()
}

// inCP932 is a text as the vendor's clients write it. What clients say here is all
// in CP932.
func inCP932(text string) string {
	written, err := japanese.ShiftJIS.NewEncoder().String(text)
	if err != nil {
		panic(text + " is not in CP932")
	}
	return written
}

// pageAnswer is the answer of any page. Names match whatever their letter case, as
// in TokenID and tokenid.
type pageAnswer struct {
	StatusCode, Status, Token, TokenID, Code string

	UserPoint []struct{ Code, Name, Point string }
	User      map[string]any
	Sales     []struct{ GoodsName, Amount string }
}

// readPage reads an answer in the charset that it names; what is none has no
// StatusCode.
func readPage(a answer) (told pageAnswer) {
	body := a.body
	if strings.HasSuffix(a.header.Get("Content-Type"), "charset=shift_jis") {
		body, _ = japanese.ShiftJIS.NewDecoder().Bytes(body) // what is none is not read as JSON
	}
	if a.status != http.StatusOK || json.Unmarshal(body, &told) != nil {
		return pageAnswer{}
	}
	return told
}

// codes are the StatusCodes of a page: so many that refuse from the first on, then
// that of a failure of the gateway's own.
type codes struct{ base, refusals int }

func (c codes) internal() string { return strconv.Itoa(-c.base - c.refusals - 1) }
func (c codes) session() string  { return strconv.Itoa(-c.base - 98) }

// refuses says whether a code is one of a refusal, or that of no session.
func (c codes) refuses(code string) bool {
	n, err := strconv.Atoi(code)
	return err == nil && -n > c.base && -n <= c.base+c.refusals || code == c.session()
}

var codesOf = map[string]codes{
	"Auth": {0, 2}, "Get_UserToken": {26000, 3}, "Set_LoginInfo": {27000, 4}, "Get_UserInfo2": {31000, 3}, "Get_UserPoint": {8000, 4},
	"Set_UserPoint": {9000, 3}, "Set_UserInfo2": {28000, 3}, "Set_Password": {32000, 3}, "Set_DelFlg": {34000, 4}, "Get_SalesInfo": {33000, 3},
}

// judgePage reads an answer of a page as the document has them.
func judgePage(page string) func(answer) verdict {
	codes := codesOf[page]
	return func(a answer) verdict {
		told := readPage(a)
		switch {
		case told.StatusCode == "0" && told.Status == "OK":
			return done
		case told.StatusCode != "" && a.header.Get("Retry-After") != "":
			return tooMany // in the page's words for a wrong password, where it has some
		case told.StatusCode == codes.internal():
			return failed
		case codes.refuses(told.StatusCode):
			return refused
		}
		return strange
	}
}
