package acceptance

import (
	"fmt"
	"io"
	"regexp"
	"sync"
	"testing"
	"time"
)

// Two gateways over the same stores are one to a chain's programs.
func TestTwoCRMs(t *testing.T) {
	t.Parallel()
	gateways := twoGateways(t, "SEKISHO_DEMO=1")
	first, second := gateways[0], gateways[1]

	t.Run("a session of one opens the pages of the other", func(t *testing.T) {
		caller := newProgram()
		caller.mustAuth(t, first.crm)
		for number, g := range gateways {
			if answer := caller.mustCall(t, g.crm, "Get_UserPoint", "user_code", crmCustomer); answer.StatusCode != "0" {
				t.Errorf("gateway %d answered %+v", number+1, answer)
			}
		}
	})

	t.Run("a login disabled on one is refused by the other", func(t *testing.T) {
		caller := newLogin(t, first, "registers")
		for number, g := range gateways {
			if answer := caller.mustCall(t, g.crm, "Get_UserPoint", "user_code", crmCustomer); answer.StatusCode != "0" {
				t.Errorf("gateway %d answered %+v", number+1, answer)
			}
		}
		first.run("crm", "login", "disable", "--login", "registers")
		for number, g := range gateways {
			eventually(t, 5*time.Second, fmt.Sprintf("gateway %d refuses the login", number+1), func() bool {
				return caller.mustCall(t, g.crm, "Get_UserPoint", "user_code", crmCustomer).StatusCode == "-8098"
			})
			// Once: each refusal counts as a guess.
			if auth, err := newProgram().auth(g.crm, "registers", loginPass); err != nil || auth.StatusCode != "-2" {
				t.Errorf("gateway %d answers the disabled login %+v, %v", number+1, auth, err)
			}
		}
		second.run("crm", "login", "enable", "--login", "registers")
		eventually(t, 5*time.Second, "the login is let in again", func() bool {
			auth, err := caller.auth(first.crm, "registers", loginPass)
			return err == nil && auth.StatusCode == "0"
		})
	})

	t.Run("a changed password ends sessions", func(t *testing.T) {
		caller := newLogin(t, second, "web")
		feed(t, second, "nextpass1", "crm", "login", "rotate", "--login", "web", "--pass-file", "-")
		for number, g := range gateways {
			eventually(t, 5*time.Second, fmt.Sprintf("gateway %d ends the session", number+1), func() bool {
				return caller.mustCall(t, g.crm, "Get_UserPoint", "user_code", crmCustomer).StatusCode == "-8098"
			})
			if auth, err := newProgram().auth(g.crm, "web", "nextpass1"); err != nil || auth.StatusCode != "0" {
				t.Errorf("gateway %d does not know the new password: %+v, %v", number+1, auth, err)
			}
		}
	})

	t.Run("wrong passwords count together", func(t *testing.T) {
		guesser := newLogin(t, second, "guessed")
		for guess := range 10 {
			if auth, err := guesser.auth(gateways[guess%2].crm, "guessed", fmt.Sprint("wrong-", guess)); err != nil || auth.StatusCode != "-2" {
				t.Fatalf("wrong password %d was answered %+v, %v", guess+1, auth, err)
			}
		}
		for number, g := range gateways {
			for _, pass := range []string{"wrong-again", loginPass} {
				response, err := client.Get(g.crm + crmPages + "Auth.aspx?login_id=guessed&password=" + pass)
				if err != nil {
					t.Fatal(err)
				}
				defer response.Body.Close()
				body, err := io.ReadAll(response.Body)
				if err != nil || string(body) != `{"StatusCode":"-2","Status":"ID/PASSが間違っています"}` || response.Header.Get("Retry-After") == "" {
					t.Errorf("gateway %d let an eleventh password be tried: %v\n%s, %v", number+1, response.Header, body, err)
				}
			}
		}
	})

	t.Run("a sale at both is booked once", func(t *testing.T) { bookOverBoth(t, gateways) })
}

// loginPass is the password of a login that newLogin makes.
const loginPass = "hachiko12"

// newLogin makes a system login on the command line and opens a session of it.
func newLogin(t *testing.T, g *gateway, login string) program {
	t.Helper()
	feed(t, g, loginPass, "crm", "login", "add", "--login", login, "--pass-file", "-")
	p := newProgram()
	if answer, err := p.auth(g.crm, login, loginPass); err != nil || answer.StatusCode != "0" {
		t.Fatalf("Auth: %+v, %v", answer, err)
	}
	return p
}

// bookOverBoth lets 16 registers send each sale to both gateways at once, and
// once more to one of them.
func bookOverBoth(t *testing.T, gateways []*gateway) {
	customers := []string{"3000000000001", "3000000000002"}
	newCustomers(t, gateways[0], customers...)
	var registers []*register
	for number := range 16 {
		registers = append(registers, newRegister(t, gateways[number%2], number, customers))
	}
	var selling sync.WaitGroup
	for _, r := range registers {
		selling.Go(func() {
			lines := []program{r.beside(), r.beside()}
			for range 20 {
				r.sellAtBoth(gateways, lines)
			}
		})
	}
	selling.Wait()
	checkLedger(t, gateways[1], registers)
}

// gatewaysOwn are the words of a failure of the gateway's own, as on a busy machine: a
// reference follows, where a lost session or a limit has words.
var gatewaysOwn = regexp.MustCompile(`^内部エラー: [0-9a-z]{10}$`)

// sellAtBoth sends one sale to two gateways at once, and again to the register's
// own.
func (r *register) sellAtBoth(gateways []*gateway, lines []program) {
	s := r.next()
	var sending sync.WaitGroup
	for number, g := range gateways {
		sending.Go(func() {
			answer, err := lines[number].call(g.crm, "Set_UserPoint", r.form(s))
			if err != nil || answer.StatusCode != "0" && !gatewaysOwn.MatchString(answer.Status) {
				r.t.Errorf("a sale was answered %+v, %v", answer, err)
			}
		})
	}
	sending.Wait()
	answer, err := r.call(r.site, "Set_UserPoint", r.form(s))
	for tries := 1; err == nil && gatewaysOwn.MatchString(answer.Status) && tries < 10; tries++ {
		answer, err = r.call(r.site, "Set_UserPoint", r.form(s))
	}
	if err != nil || answer.StatusCode != "0" {
		r.t.Errorf("a sale that was sent again was answered %+v, %v", answer, err)
	}
}
