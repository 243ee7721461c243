package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// doors are all at which a password is hashed: a call with a wrong one for an
// account, from an address.
func (s *siege) doors() []func(account, address string) call {
	formed := func(operation, path, body, address string, judge func(answer) verdict) call {
		return call{
			operation: operation, about: address, method: http.MethodPost, path: path, body: []byte(body),
			header: []string{"Content-Type", formEncoding, "X-Forwarded-For", address}, judge: judge,
		}
	}
	lookedUp := func(page, query, address string) call {
		return call{operation: strings.ToLower(page), about: address, crm: true, path: "/" + page + ".aspx?" + query, header: append(s.cookie(), "X-Forwarded-For", address), judge: judgePage(page)}
	}
	return []func(account, address string) call{
		func(account, address string) call { return s.issue(account+"@example.com", "wrong", address) },
		func(account, address string) call {
			return formed("inquiry", "/ydits-api/ydits-account/inquiry.php?g=false", "mail="+account+"@example.com&pass=wrong", address, judgeYDITS(yditsInquired))
		},
		func(account, address string) call {
			return formed("regist", "/ydits-api/ydits-account/regist.php?g=false", "name=n&mail="+account+"@example.com&pass=himitsu1", address, judgeYDITS(yditsSignedUp))
		},
		func(account, address string) call {
			k := askGrant("password", "username="+account+"@example.com&password=wrong")
			k.header = append(k.header, "X-Forwarded-For", address)
			return k
		},
		func(account, address string) call {
			return formed("cloak_token", "/api/v2/cloaks/token", "ci="+s.locked+"&lk=wrong", address, judgeCloak)
		},
		func(account, address string) call {
			return lookedUp("Auth", "login_id="+account+"&password=wrong", address)
		},
		func(account, address string) call {
			return lookedUp("Get_UserToken", "user_loginid="+account+"&user_pasword=wrong", address)
		},
		func(account, address string) call {
			return lookedUp("Set_LoginInfo", "user_loginid="+account+"&user_pasword=wrong1&uuid=u&hintcode=02&hintans=x", address)
		},
		func(account, address string) call {
			return formed("signin", "/fit/signin", "login="+account+"&password=wrong-one", address, judgeSite)
		},
		func(account, address string) call {
			return formed("signup", "/fit/signup", "login="+account+"&nickname=n&password=long-enough", address, judgeSite)
		},
	}
}

// guessesAtOnce are as many as are under way at each door.
const guessesAtOnce = 100

// guess has strangers guess at every door that hashes a password, each time at
// another account, and somebody sign in whose password is right: who is told to
// come again does, and comes in.
func (s *siege) guess(lasting time.Duration, oneAddress bool) (string, error) {
	client := manyConnections()
	defer client.CloseIdleConnections()
	until := time.Now().Add(lasting)
	var all [len(verdictNames)]atomic.Int64
	var n atomic.Int64
	var guessing sync.WaitGroup
	for _, door := range s.doors() {
		for range guessesAtOnce {
			guessing.Go(func() {
				for time.Now().Before(until) {
					i := int(n.Add(1))
					address := "198.51.100.7"
					if !oneAddress {
						address = fmt.Sprintf("172.%d.%d.%d", 16+i>>16&15, i>>8&255, i&255)
					}
					v := s.guessOnce(client, door(fmt.Sprintf("u%d%d", time.Now().UnixMilli(), i), address))
					all[v].Add(1)
					if v == tooMany {
						time.Sleep(50 * time.Millisecond)
					}
				}
			})
		}
	}
	came := s.comeIn(until)
	guessing.Wait()
	return fmt.Sprintf("%d guesses: %d refused, %d done, %d told to come again, %d failed, %d cut; %s", n.Load(),
		all[refused].Load(), all[done].Load(), all[tooMany].Load(), all[failed].Load(), all[wasCut].Load(), came), nil
}

func (s *siege) guessOnce(client *http.Client, k call) verdict {
	a, err := s.g.send(client, k)
	v := wasCut
	if err == nil {
		v = k.judge(a)
	}
	r := s.f.of("guesses at " + k.operation)
	r.called(k.operation, v)
	switch {
	case v == strange:
		r.strange("%s is answered %s", k.about, a)
	case v == wasCut && !isTimeout(err):
		r.strange("%s is not answered: %v", k.about, err)
	}
	return v
}

// comeIn is somebody who signs in with the right password, from the usual address,
// again and again until it is over.
func (s *siege) comeIn(until time.Time) string {
	client := newHTTPClient()
	defer client.CloseIdleConnections()
	r := s.f.of("who knows the password")
	var took []time.Duration
	for time.Now().Before(until) {
		begun := time.Now()
		for {
			k := s.issue("example@example.com", "example_a", ownAddress)
			v := wasCut
			a, err := s.g.send(client, k)
			if err == nil {
				v = k.judge(a)
			}
			r.called(k.operation, v)
			if v == done {
				break
			}
			if v == strange || v == refused {
				r.strange("a right password is answered %s", a)
				break
			}
			if waited := time.Since(begun); waited > gaveUp/2 {
				r.strange("a right password did not come in for %s, lastly %s (%v)", waited, a, err)
				break
			}
			time.Sleep(200 * time.Millisecond)
		}
		took = append(took, time.Since(begun))
	}
	sorted := sortedTimes(took)
	return fmt.Sprintf("who knows the password came in %d times, after %s (median), %s at most", len(sorted),
		percentile(sorted, 50).Round(time.Millisecond), longest(sorted).Round(time.Millisecond))
}
