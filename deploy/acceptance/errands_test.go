package acceptance

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// callWhile lets a client make each errand over and over, half of them with a
// connection for each call, until something is done. It gives how often each
// operation was asked for. underWay waits until each client was answered once
// more.
func callWhile(t *testing.T, errands []errand, send sending, something func(underWay func())) map[string]int {
	t.Helper()
	c := &crowd{done: make(chan struct{}), asked: map[string]int{}, answers: make([]int, len(errands))}
	c.more = sync.NewCond(&c.mu)
	var calling sync.WaitGroup
	for number, e := range errands {
		client := newCaller(number/errandKinds%2 == 1)
		calling.Go(func() {
			defer client.CloseIdleConnections()
			c.call(t, client, send, number, e)
		})
	}
	func() {
		defer calling.Wait()
		defer close(c.done) // also where something fails the test
		something(func() { c.underWay() })
	}()
	return c.asked
}

// newCaller is a client that finds every host on this machine, whatever its
// certificate. It has one connection, or one for each call.
func newCaller(eachAnew bool) *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		MaxConnsPerHost:   1,
		DisableKeepAlives: eachAnew,
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
		},
	}}
}

// sending is how a client goes about the nth of its calls.
type sending func(client *http.Client, call deed, n int) error

// onceTo sends each call to one gateway, once.
func onceTo(g *gateway) sending {
	return func(client *http.Client, call deed, _ int) error { return call.send(client, g) }
}

// crowd is what became of the clients' calls.
type crowd struct {
	done chan struct{}

	mu      sync.Mutex
	more    *sync.Cond
	asked   map[string]int // by API and operation
	answers []int          // of each client
	failed  int
}

func (c *crowd) call(t *testing.T, client *http.Client, send sending, number int, e errand) {
	for n := 0; ; n++ {
		select {
		case <-c.done:
			return
		default:
		}
		a := e[n%len(e)]
		err := send(client, a, number+n)
		c.mu.Lock()
		c.asked[a.operation]++
		c.answers[number]++
		if err != nil {
			if c.failed++; c.failed <= 5 {
				t.Errorf("%s of client %d (a connection for each call: %v): %v",
					a.operation, number, client.Transport.(*http.Transport).DisableKeepAlives, err)
			}
		}
		c.mu.Unlock()
		c.more.Broadcast()
	}
}

func (c *crowd) underWay() {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := slices.Clone(c.answers)
	for number := range c.answers {
		for c.answers[number] < before[number]+1 {
			c.more.Wait()
		}
	}
}

// errand is what a client does over and over: its calls in turn.
type errand []deed

// deed is one call of an operation. An error is a connection that broke (see
// cut), or an answer that is not the right one.
type deed struct {
	operation string // "api operation", as the metrics name it
	send      func(client *http.Client, g *gateway) error
}

// cut is a connection that broke before its answer was whole.
type cut struct{ error }

// answer sends a request and gives a whole answer.
func answer(client *http.Client, request *http.Request) (int, string, error) {
	response, err := client.Do(request)
	if err != nil {
		return 0, "", cut{err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, "", cut{err}
	}
	return response.StatusCode, string(body), nil
}

// asking is a call that is the same each time. The body is a form, or JSON; right
// tells the right answer, which comes with 200. Headers are pairs.
func asking(operation, method string, address func(g *gateway) string, body string, right func(body string) bool, headers ...string) deed {
	return deed{operation, func(client *http.Client, g *gateway) error {
		request, err := http.NewRequest(method, address(g), strings.NewReader(body))
		if err != nil {
			return err
		}
		if body != "" {
			request.Header.Set("Content-Type", formEncoding)
		}
		for i := 0; i+1 < len(headers); i += 2 {
			request.Header.Set(headers[i], headers[i+1])
		}
		status, text, err := answer(client, request)
		if err != nil {
			return err
		}
		if status != http.StatusOK || !right(text) {
			return fmt.Errorf("it was answered %d %.300s", status, text)
		}
		return nil
	}}
}

func at(path string) func(g *gateway) string {
	return func(g *gateway) string { return g.url + path }
}

func atCRM(page string) func(g *gateway) string {
	return func(g *gateway) string { return g.crm + crmPages + page + ".aspx" }
}

// overTLS asks an API's own host.
func overTLS(host, path string) func(g *gateway) string {
	return func(g *gateway) string { return "https://" + host + ":" + g.setting("SEKISHO_HTTPS_PORT") + path }
}

func holding(part string) func(string) bool {
	return func(body string) bool { return strings.Contains(body, part) }
}

func equal(whole string) func(string) bool { return func(body string) bool { return body == whole } }

// errandKinds is how many kinds of errands there are.
const errandKinds = 16

// errandsAt makes ready what so many clients of all five APIs do, each of a kind
// in turn. Every call may be made again, at another gateway too, and has the same
// right answer then.
func errandsAt(t *testing.T, g *gateway, clients int) (errands []errand, registers []*register) {
	t.Helper()
	const beach = "/api/v2/photos?ci=1&cd=1&ps="
	token := demoToken(t, g)
	opened := cloakToken(t, g)
	_, photo := g.get(beach + "0")
	list := longList(t, g)
	soft := ydits(t, g, "auth.php?step=1", url.Values{"mail": {"example@example.com"}, "pass": {"example_a"}})
	ydits(t, g, "auth.php?step=2", url.Values{"uuid": {soft.UUID}, "key": {soft.Key}, "softname": {"SoftName"}})
	app := demoApp(t, g)
	customers := []string{"4000000000001", "4000000000002"}
	newCustomers(t, g, customers...)
	session := newProgram()
	session.mustAuth(t, g.crm)
	crmURL, _ := url.Parse(g.crm)
	cookies := make([]string, 0, 2)
	for _, cookie := range session.Jar.Cookies(crmURL) {
		cookies = append(cookies, cookie.String())
	}
	bearer := []string{"Authorization", "Bearer " + token}
	const shop = "sid=3&key=" + shopKey

	for number := range clients {
		var e errand
		switch number % errandKinds {
		case 0:
			e = errand{asking("photocloak cloaks_search", "GET", at("/api/v2/cloaks/search?tg="+url.QueryEscape("海")), "", holding(`"Name":"夏の海の思い出"`))}
		case 1:
			e = errand{asking("photocloak photos_look", "POST", at("/api/v2/photos/look"), "cd=1", equal(""))}
		case 2:
			e = errand{asking("photocloak photos_show", "GET", at(beach+"0"), "", equal(photo))}
		case 3:
			e = errand{asking("photocloak account_show", "GET", at("/api/v2/account"), "", equal(demoAccount), bearer...)}
		case 4:
			e = errand{asking("photocloak cloaks_show", "GET", at("/api/v2/cloaks?ci=2"), "", holding(`"Name":"庭の松"`), "X-PhotoCloakToken", opened)}
		case 5:
			e = errand{refreshing(t, g)}
		case 6:
			e = errand{asking("customers list", "GET", at("/user/list?"+shop), "", equal(list))}
		case 7:
			e = errand{asking("customers info", "GET", at("/user/info?email=userc@example.com&"+shop), "", holding(`"password":"userc"`))}
		case 8:
			e = errand{asking("customers update", "POST", at("/user/update?"+shop), `{"data":[{"customer_id":"2","addr01":"千代田区"}]}`,
				equal(`{"status":true,"message":"success","data":"\"\""}`), "Content-Type", "application/json")}
		case 9:
			e = errand{asking("customers info", "GET", overTLS("customers.localhost", "/user/info?email=userc@example.com&"+shop), "", holding(`"password":"userc"`))}
		case 10:
			e = errand{asking("ydits authenticate", "POST", at("/ydits-api/ydits-account/auth.php?step=3"),
				url.Values{"uuid": {soft.UUID}, "key": {soft.Key}}.Encode(), holding(`"resultcode":200`))}
		case 11:
			e = errand{asking("crm get_userpoint", "POST", atCRM("Get_UserPoint"), "user_code="+crmCustomer, equal(okamotoPoints), "Cookie", strings.Join(cookies, "; "))}
		case 12:
			r := newRegister(t, g, number, customers)
			registers = append(registers, r)
			e = errand{selling(r)}
		case 13:
			e = errand{asking("avatarplay echo", "GET", at("/avatar/v1/Echo?message=hello&key="+app.key), "", holding(`{"message":"hello"}`))}
		case 14:
			e = dressing(app)
		case 15:
			guest := app.guest()
			picture := pathOf(t, guest.AvatarImageURL)
			_, gif := g.get(picture)
			e = errand{asking("avatarplay picture", "GET", at(picture), "", equal(gif))}
		}
		errands = append(errands, e)
	}
	early := newCaller(true)
	eventually(t, patience, "the customers' host has a certificate", func() bool { return errands[9][0].send(early, g) == nil })
	return errands, registers
}

// cloakToken opens the demo's locked cloak.
func cloakToken(t *testing.T, g *gateway) string {
	t.Helper()
	status, text := g.call(http.MethodPost, "/api/v2/cloaks/token", "ci=2&lk=umi2018")
	var opened struct{ CloakToken string }
	if err := json.Unmarshal([]byte(text), &opened); err != nil || status != http.StatusOK || opened.CloakToken == "" {
		t.Fatalf("no cloak token: %d %s", status, text)
	}
	return opened.CloakToken
}

// longList brings in so many customers that their list is streamed, and gives it.
func longList(t *testing.T, g *gateway) string {
	t.Helper()
	var rows strings.Builder
	rows.WriteString("customer_id,name01,name02,email\n")
	for id := 1001; id <= 2500; id++ {
		fmt.Fprintf(&rows, "%d,海,山,many%d@example.com\n", id, id)
	}
	feed(t, g, strings.TrimSuffix(rows.String(), "\n"), "customers", "import", "-")
	status, list := g.get("/user/list?sid=3&key=" + shopKey)
	if status != http.StatusOK || strings.Count(list, `"customer_id"`) != 1503 {
		t.Fatalf("the list is answered %d with %d customers", status, strings.Count(list, `"customer_id"`))
	}
	return list
}

// refreshing changes a pair of tokens for the next, and that for the next again.
func refreshing(t *testing.T, g *gateway) deed {
	t.Helper()
	last := app{"demo-client", "demo-secret"}.login(t, g, demoMail, demoPass)
	return deed{"photocloak token", func(client *http.Client, g *gateway) error {
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {last.Refresh}}
		request, err := http.NewRequest(http.MethodPost, g.url+"/api/v2/auth/token", strings.NewReader(form.Encode()))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", formEncoding)
		request.SetBasicAuth("demo-client", "demo-secret")
		status, text, err := answer(client, request)
		if err != nil {
			return err
		}
		var next issue
		if err := json.Unmarshal([]byte(text), &next); err != nil || status != http.StatusOK || next.Access == "" || next.Refresh == last.Refresh {
			return fmt.Errorf("it was answered %d %s", status, text)
		}
		last = next
		return nil
	}}
}

// selling books the next sale of a register, and the same one again until it is
// answered.
func selling(r *register) deed {
	var under *registerSale
	return deed{"crm set_userpoint", func(client *http.Client, g *gateway) error {
		if under == nil {
			under = r.next()
		}
		line := program{&http.Client{Timeout: client.Timeout, Transport: client.Transport, Jar: r.Jar}}
		answer, err := line.call(g.crm, "Set_UserPoint", r.form(under))
		if err != nil {
			return cut{err}
		}
		if answer.StatusCode != "0" {
			return fmt.Errorf("it was answered %+v", answer)
		}
		under = nil
		return nil
	}}
}

// Dresses of the starter catalogue that nobody has until they are granted; one
// takes the place of the other.
const (
	maidsDress = "3118431282296816"
	partyDress = "3245193688674492"
)

// dressing has a guest put dresses on and off, look, and keep on what it saw: the
// avatar then looks as the fitting room did.
func dressing(app *partner) errand {
	guest := app.guest().AvatarID
	app.grant(guest, maidsDress, partyDress)
	avatar := fmt.Sprintf("/avatar/v1/Avatar/%d", guest)
	key := "?key=" + app.key
	var shown string
	look := func(body string, same bool) bool {
		var seen struct{ AvatarImageURL, AvatarNonAnimationImageURL string }
		if json.Unmarshal([]byte(body), &seen) != nil {
			return false
		}
		picture, err := url.Parse(cmp.Or(seen.AvatarNonAnimationImageURL, seen.AvatarImageURL))
		if err != nil || picture.Path == "" || same && picture.Path != shown {
			return false
		}
		shown = picture.Path
		return true
	}
	var e errand
	for _, item := range []string{maidsDress, partyDress} {
		e = append(e,
			asking("avatarplay select", "POST", at(avatar+"/FittingRoom/Select"+key), "item_id="+item, equal("")),
			asking("avatarplay fitting_room", "GET", at(avatar+"/FittingRoom"+key), "", func(body string) bool { return look(body, false) }),
			asking("avatarplay commit", "POST", at(avatar+"/FittingRoom/Commit"+key), "", equal("")),
			asking("avatarplay avatar", "GET", at(avatar+key), "", func(body string) bool { return look(body, true) }))
	}
	return e
}
