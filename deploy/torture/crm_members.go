package main

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"
)

const (
	mostMembers = 40 // of one app, who did not leave
	buysToo     = 8  // every so manyth member buys at the registers, and never leaves
)

// clubMember is a member as their app knows them.
type clubMember struct {
	login, pass string
	uuid        string // of their telephone
	code, token string
	profile     map[string]string // what was last answered of it, by key; no key was never set
	buys, left  bool
}

// clubApp is an app of the chain: it signs people up, and changes and shows what is
// theirs.
type clubApp struct {
	program
	own []*clubMember // who did not leave
}

func (a *clubApp) act(random randomness) {
	if len(a.own) == 0 {
		a.signUp()
		return
	}
	m := a.own[random.IntN(len(a.own))]
	switch n := random.IntN(16); {
	case n < 2 && len(a.own) < mostMembers:
		a.signUp()
	case n < 2 && !m.buys:
		a.leave(m)
	case n < 6:
		a.change(m, random)
	case n < 7:
		a.changePassword(m)
	case n < 8:
		a.changePhone(m)
	case n < 12:
		a.show(m)
	case n < 14:
		a.lookAt(m.code)
	default:
		a.showSales(m)
	}
}

// signUp signs somebody up, again and again until there is an answer. That somebody
// has the login by then means that one before did it, which the app finds out by
// logging in.
func (a *clubApp) signUp() {
	serial := a.chain.serials.next()
	m := &clubMember{login: fmt.Sprint("torture", serial), pass: fmt.Sprint("pass", serial), uuid: fmt.Sprint("telephone ", serial)}
	m.profile = map[string]string{"HintAns": fmt.Sprint("表髙 ", serial)}
	a.signUpInVain(serial)
	open := false
	for begun := time.Now(); a.c.goesOn(begun, "signing up "+m.login); time.Sleep(100 * time.Millisecond) {
		a.changeAddress()
		told, v := a.once("Set_LoginInfo", m.login, "user_loginid", m.login, "user_pasword", m.pass, "uuid", m.uuid, "hintans", m.profile["HintAns"])
		switch {
		case v == failed || v == wasCut:
			open = true
		case v == done:
			m.code, m.token = told.Code, told.TokenID
			a.keep(m, serial)
			return
		case v == refused && open && told.StatusCode == "-27002":
			if m.token = a.logIn(m.login, m.pass); m.token != "" {
				user, _ := a.user(m)
				m.code, _ = user["Code"].(string)
			}
			a.keep(m, serial)
			return
		case v == refused:
			a.wrong().strange("the sign-up of %s is refused: %+v", m.login, told)
			return
		case v == strange:
			return
		}
	}
}

// signUpInVain asks for what is refused, at one step or another: it takes no code.
func (a *clubApp) signUpInVain(serial int64) {
	login, pass := fmt.Sprint("vain", serial), "himitsu1"
	switch serial % 3 {
	case 0:
		login = "okamoto" // the demo's, which is taken
	case 1:
		login += "-san"
	case 2:
		pass = "ひみつ"
	}
	a.changeAddress()
	if told, v, _ := a.until("Set_LoginInfo", login, "user_loginid", login, "user_pasword", pass, "uuid", login); v == done {
		a.wrong().strange("the sign-up of %s with %s is not refused: %+v", login, pass, told)
	}
}

// changeAddress gives the telephone another address of this machine, as one has
// that was out of reach: sign-ups are limited by address.
func (a *clubApp) changeAddress() {
	serial := a.chain.serials.next()
	a.c.http.CloseIdleConnections()
	a.c.http = newHTTPClient()
	from := &net.TCPAddr{IP: net.IPv4(127, byte(1+serial>>16), byte(serial>>8), byte(serial))}
	a.c.http.Transport.(*http.Transport).DialContext = (&net.Dialer{Timeout: 5 * time.Second, LocalAddr: from}).DialContext
}

func (a *clubApp) keep(m *clubMember, serial int64) {
	a.own = append(a.own, m)
	a.chain.mu.Lock()
	a.chain.members = append(a.chain.members, m)
	a.chain.mu.Unlock()
	if m.buys = serial%buysToo == 0; m.buys {
		a.chain.addCard(m.code)
	}
}

// logIn gives the TokenID to a login and password, "" where they are wrong or
// nobody's.
func (p *program) logIn(login, pass string) string {
	told, _, _ := p.until("Get_UserToken", login, "user_loginid", login, "user_pasword", pass)
	return told.TokenID
}

// profileKeys are what members change of themselves.
var profileKeys = []string{"Name", "Kana", "PostalCode", "Address1", "Tel1", "Email", "Memo", "ExpandMemo", "HintAns"}

// hardTexts are texts with what charsets are wont to spoil: second bytes that are
// a backslash or a bar, half-width kana, characters of vendors, signs that have
// several codes.
var hardTexts = []string{"表髙 ﾕｷ", "ソポ能|\\", "山﨑①㈱", "～－―∥", "ﾊﾝｶｸ%+&=", "ああ"}

// change changes some of what a member says of themselves.
func (a *clubApp) change(m *clubMember, random randomness) {
	serial := a.chain.serials.next()
	next := map[string]string{}
	for _, i := range random.Perm(len(profileKeys))[:1+random.IntN(4)] {
		text := fmt.Sprint(hardTexts[random.IntN(len(hardTexts))], " ", serial)
		if profileKeys[i] == "Tel1" {
			text = fmt.Sprintf("03-%08d", serial)
		}
		next[profileKeys[i]] = text
	}
	parameters := []string{"tokenid", m.token, "user_code", m.code, "Segment", "1"}
	for _, key := range slices.Sorted(maps.Keys(next)) {
		parameters = append(parameters, key, next[key])
	}
	before := a.chain.purse(m.code).answered
	told, v, _ := a.until("Set_UserInfo2", fmt.Sprint(m.login, " ", serial), parameters...)
	if v == refused {
		a.wrong().strange("a change of %s is refused: %+v", m.login, told)
	}
	if v != done {
		return
	}
	m.profile["Segment"] = "1"
	maps.Copy(m.profile, next)
	a.holdProfile(m, told.User, before)
}

// show shows a member what was last answered of them.
func (a *clubApp) show(m *clubMember) { a.user(m) }

// user gives a member as they are shown to their telephone, which binds it where
// the login is free.
func (p *program) user(m *clubMember) (user map[string]any, ok bool) {
	before := p.chain.purse(m.code).answered
	told, v, _ := p.until("Get_UserInfo2", m.login, "tokenid", m.token, "uuid", m.uuid)
	if v == refused {
		p.wrong().lost("%s is not shown to their telephone: %+v", m.login, told)
	}
	if v == done {
		p.holdProfile(m, told.User, before)
	}
	return told.User, v == done
}

// holdProfile holds a member as they are shown against what was answered of them.
func (p *program) holdProfile(m *clubMember, user map[string]any, before swing) {
	if m.code != "" && user["Code"] != m.code || user["LoginId"] != m.login {
		p.wrong().lost("the customer of %s is shown as %v", m.login, user)
	}
	for _, key := range profileKeys {
		if user[key] != m.profile[key] {
			p.wrong().lost("the %s of %s is shown as %q; it was answered as %q", key, m.login, user[key], m.profile[key])
		}
	}
	points, _ := user["Point"].(string)
	p.holdBalance(m.code, points, before)
}

// changePassword changes a member's password, and with it their TokenID. A second
// try is refused where the first has done it, which the app finds out by logging
// in with the new one.
func (a *clubApp) changePassword(m *clubMember) {
	next := fmt.Sprint("pass", a.chain.serials.next())
	told, v, tries := a.until("Set_Password", m.login, "tokenid", m.token, "user_code", m.code, "user_pasword", m.pass, "user_new_pasword", next)
	switch token := told.TokenID; v {
	case refused:
		if token = a.logIn(m.login, next); tries == 0 || token == "" {
			a.wrong().strange("a new password of %s is refused: %+v", m.login, told)
			return
		}
		fallthrough
	case done:
		m.pass, m.token = next, token
	}
}

// changePhone brings a member in with another telephone.
func (a *clubApp) changePhone(m *clubMember) {
	if token := a.logIn(m.login, m.pass); token != m.token {
		a.wrong().lost("%s logs in and has another TokenID, or none", m.login)
		return
	}
	m.uuid = fmt.Sprint("telephone ", a.chain.serials.next())
	a.show(m)
}

// leave lets a member leave for good. A second try is refused where the first has
// done it, for there is no such login any more.
func (a *clubApp) leave(m *clubMember) {
	told, v, tries := a.until("Set_DelFlg", m.login, "tokenid", m.token, "user_code", m.code)
	if v == refused && (tries == 0 || told.StatusCode != "-34002" && told.StatusCode != "-34004") {
		a.wrong().strange("%s may not leave: %+v", m.login, told)
		return
	}
	if v == done || v == refused {
		m.left = true
		a.own = slices.DeleteFunc(a.own, func(other *clubMember) bool { return other == m })
	}
}

// showSales shows a member what they bought, of what came in by imports.
func (a *clubApp) showSales(m *clubMember) {
	before := a.chain.linesOf(m.code, true)
	told, v, _ := a.until("Get_SalesInfo", m.login, "tokenid", m.token, "user_code", m.code, "month", crmDay[:6], "count", "999")
	if v == refused && told.StatusCode != "-33003" {
		a.wrong().strange("the sales of %s are refused: %+v", m.login, told)
	}
	if v != done && v != refused {
		return
	}
	asked := a.chain.linesOf(m.code, false)
	shown := map[string]bool{}
	for _, line := range told.Sales {
		if shown[line.GoodsName] {
			a.wrong().doubled("the line %s is shown twice to %s", line.GoodsName, m.login)
		}
		shown[line.GoodsName] = true
		if amount, known := asked[line.GoodsName]; !known || line.Amount != strconv.Itoa(amount) {
			a.wrong().beyond("the line %+v is shown to %s", line, m.login)
		}
	}
	for goods := range before {
		if !shown[goods] && len(told.Sales) < 999 {
			a.wrong().lost("the line %s is not shown to %s", goods, m.login)
		}
	}
}
