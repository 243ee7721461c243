package ydits

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// Two calls at once register one, and so do sixty-four.
func TestRegisteredOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		g := gateway(t, s)
		uuid := newcomerUUID(t, g, "a@example.com", "pass")
		for name, software := range map[string]func(i int) (softname, key string){
			"same call":     func(int) (string, string) { return "one", "key of one" },
			"same softname": func(i int) (string, string) { return "two", fmt.Sprint("key ", i) },
			"same key":      func(i int) (string, string) { return fmt.Sprint("soft ", i), "shared key" },
		} {
			answers := atOnce(64, func(i int) answered {
				softname, key := software(i)
				return register(t, g, uuid, softname, key)
			})
			won := 0
			for _, a := range answers {
				if a.ResultCode == 200 {
					won++
					continue
				}
				expect(t, name, a, 406, wordsAlreadyRegistered)
			}
			if won != 1 {
				t.Errorf("%s: %d registered, want 1", name, won)
			}
		}
	})
}

// Sign-ups at once with one address, in whatever letter case, make one user.
func TestSignedUpOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		g := gateway(t, s, "sign_ups 100 1h")
		answers := atOnce(16, func(i int) answered {
			mail := "someone@example.com"
			return signUp(t, g, "n", strings.ToUpper(mail[:i%8])+mail[i%8:], "pass")
		})
		won := 0
		for _, a := range answers {
			if a.ResultCode == 200 {
				won++
				continue
			}
			expect(t, "the others", a, 409, wordsMailTaken)
		}
		if won != 1 {
			t.Errorf("%d signed up, want 1", won)
		}
	})
}

// atOnce asks n times at once. A call that is answered 500 is made again, as
// clients make it: on a slow machine one of a crowd may run out of its time, and
// has then changed nothing and counted for nothing.
func atOnce(n int, ask func(i int) answered) []answered {
	answers := make([]answered, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			for range 20 {
				if answers[i] = ask(i); answers[i].ResultCode != 500 {
					break
				}
			}
		})
	}
	all.Wait()
	return answers
}
