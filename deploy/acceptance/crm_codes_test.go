package acceptance

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	signUpClients   = 64
	signUpsPerRound = 60 // a password's hash takes 36 ms of a processor
)

// 64 phones sign up, half of them with what is refused, while the gateway,
// PostgreSQL and Redis are killed with kill -9: customer codes have no gap and no
// repeat, and each customer is there whole or not at all.
func TestNoCustomerCodeIsLostOrGivenTwice(t *testing.T) {
	underFire(t, caddyfileWith(t, "sign_ups 10000 1h"), func(t *testing.T, g *gateway, victims []victim) {
		app := newProgram()
		app.mustAuth(t, g.crm)
		s := signUps{site: g.crm, answered: map[string]string{}}
		rounds := killRounds(t)
		for round := range rounds {
			s.round(t, round, victims[round%len(victims)], app)
		}
		last := checkCodes(t, g, s.answered)
		t.Logf("%d sign-ups answered over %d kills, %d refused, the last code is %d", len(s.answered), rounds, s.refused.Load(), last)

		var next crmAnswer
		eventually(t, 10*time.Second, "a sign-up after the last kill", func() bool {
			next = app.mustCall(t, g.crm, "Set_LoginInfo", "user_loginid", "thenext", "user_pasword", "thenext1", "uuid", "phone")
			return next.StatusCode != "-27005" // what was killed last may still be coming back
		})
		if want := strconv.FormatInt(last+1, 10); next.StatusCode != "0" || next.Code != want {
			t.Errorf("the next customer is %+v, want the code %s", next, want)
		}
	})
}

// signUps is what became of those who signed up.
type signUps struct {
	site     string
	mu       sync.Mutex
	answered map[string]string // the code of each login
	refused  atomic.Int64
}

// round lets phones sign up until enough is answered, while the victim is killed
// at a random moment and comes back. All go through the session of the app's own
// server.
func (s *signUps) round(t *testing.T, number int, victim victim, app program) {
	before := s.count()
	enough := func(part int) bool { return s.count()-before >= signUpsPerRound/part }
	deadline := time.Now().Add(2 * time.Minute)
	var phones sync.WaitGroup
	for client := range signUpClients {
		phones.Go(func() {
			phone := app.beside()
			for count := 0; !enough(1) && time.Now().Before(deadline); count++ {
				if answered := s.signUp(t, phone, wanted(number, client, count)); !answered {
					time.Sleep(50 * time.Millisecond)
				}
			}
		})
	}
	strike(victim, func() bool { return enough(10) || time.Now().After(deadline) })
	phones.Wait()
	if !enough(1) {
		t.Errorf("round %d: only %d sign-ups were answered within two minutes", number, s.count()-before)
	}
}

func (s *signUps) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.answered)
}

// application is what a phone asks for, and the answers that it may get.
type application struct {
	login, pass string
	answers     []string
}

// wanted is what a phone asks for: a login of its own, one that its neighbour
// wants at the same time, or one that is refused.
func wanted(round, client, count int) application {
	login := fmt.Sprintf("r%dp%dn%d", round, client, count)
	switch count % 6 {
	case 1, 4:
		return application{fmt.Sprintf("r%dpair%dn%d", round, client/2, count), "himitsu1", []string{"0", "-27002"}}
	case 2:
		return application{"okamoto", "himitsu1", []string{"-27002"}}
	case 3:
		return application{login + "-san", "himitsu1", []string{"-27003"}}
	case 5:
		return application{login, "ひみつ", []string{"-27004"}}
	}
	return application{login, "himitsu1", []string{"0"}}
}

// signUp signs up once, as an app does that shows its user what went wrong.
func (s *signUps) signUp(t *testing.T, phone program, a application) (answered bool) {
	answer, err := phone.call(s.site, "Set_LoginInfo", url.Values{"user_loginid": {a.login}, "user_pasword": {a.pass}, "uuid": {a.login}})
	if err != nil || answer.StatusCode == "-27005" { // nobody is there, or the failure is the gateway's own
		return false
	}
	if !slices.Contains(a.answers, answer.StatusCode) {
		t.Errorf("%+v was answered %+v", a, answer)
		return true
	}
	if answer.StatusCode != "0" {
		s.refused.Add(1)
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if before, twice := s.answered[a.login]; twice {
		t.Errorf("the login %s was given the codes %s and %s", a.login, before, answer.Code)
	}
	s.answered[a.login] = answer.Code
	return true
}

// checkCodes holds customers and logins against what was answered, and gives the
// last code.
func checkCodes(t *testing.T, g *gateway, answered map[string]string) (last int64) {
	t.Helper()
	var codes []int64
	for _, row := range exported(t, g, "customers") {
		code, err := strconv.ParseInt(row["code"], 10, 64)
		if err != nil {
			t.Fatalf("a customer's code: %v", err)
		}
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for i, code := range codes {
		if code != codes[0]+int64(i) {
			t.Fatalf("of %d codes, %d stands where %d should", len(codes), code, codes[0]+int64(i))
		}
	}
	logins := map[string]string{}
	owners := map[string]string{}
	for _, row := range exported(t, g, "logins") {
		if other, twice := owners[row["code"]]; twice {
			t.Errorf("the logins %s and %s have the code %s", row["login_id"], other, row["code"])
		}
		logins[row["login_id"]], owners[row["code"]] = row["code"], row["login_id"]
	}
	for login, code := range answered {
		if logins[login] != code {
			t.Errorf("%s was answered with the code %s, and has %q", login, code, logins[login])
		}
	}
	for _, code := range codes {
		if owners[strconv.FormatInt(code, 10)] == "" {
			t.Errorf("the customer %d has no login", code)
		}
	}
	return codes[len(codes)-1]
}
