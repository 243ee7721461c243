package ydits

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/guard/guardtest"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// Three failures, and the next attempt is refused, whether right or wrong.
const fewGuesses = "limits {\nper_address 3 5m\nper_account 8 1h\n}"

func TestGuessing(t *testing.T) {
	const here, there = "192.0.2.7", "192.0.2.8"
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		open := gateway(t, s)
		uuid := newcomerUUID(t, open, "a@example.com", "pass")
		register(t, open, uuid, "soft", "key")
		g := gateway(t, s, fewGuesses)

		for name, door := range map[string]struct {
			guess func(i int, from string) answered
			right func(from string) answered // nil where nothing is right
		}{
			"step 1": {
				func(i int, from string) answered { return issue(t, g, "a@example.com", fmt.Sprint("wrong", i), from) },
				func(from string) answered { return issue(t, g, "A@example.com", "pass", from) },
			},
			"step 1, nobody's mail": {
				func(i int, from string) answered { return issue(t, g, "nobody@example.com", "wrong", from) }, nil,
			},
			"step 2": {
				func(i int, from string) answered { return register(t, g, "no uuid", "soft", fmt.Sprint(i), from) }, nil,
			},
			"step 3": {
				func(i int, from string) answered { return authenticate(t, g, uuid, fmt.Sprint("wrong", i), from) },
				func(from string) answered { return authenticate(t, g, uuid, "key", from) },
			},
			"step 3, nobody's uuid": {
				func(i int, from string) answered { return authenticate(t, g, "no uuid", fmt.Sprint(i), from) }, nil,
			},
		} {
			for i := range 3 {
				if a := door.guess(i, here); a.ResultCode != 406 {
					t.Errorf("%s: guess %d: %+v", name, i, a)
				}
			}
			if a := door.guess(3, here); a.ResultCode != 429 || a.status != 200 || a.header.Get("Retry-After") == "" {
				t.Errorf("%s: the guess after the last: %+v", name, a)
			}
			if door.right == nil {
				continue
			}
			expect(t, name+": right, but too late", door.right(here), 429, wordsTooMany)
			if a := door.right(there); a.ResultCode != 200 {
				t.Errorf("%s: right from elsewhere: %+v", name, a)
			}
		}
	})
}

// Step 1 and inquiry take the same password, so their guesses add up, and a
// page's guesses with them.
func TestGuessesAddUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		g := gateway(t, s, fewGuesses)
		newcomerUUID(t, g, "a@example.com", "pass")
		issue(t, g, "a@example.com", "wrong")
		inquire(t, g, "A@EXAMPLE.com", "wrong")
		postForm(g, "inquiry.php?g=true", form("mail", "a@example.com", "pass", "wrong"))
		expect(t, "step 1", issue(t, g, "a@example.com", "pass"), 429, wordsTooMany)
		expect(t, "inquiry", inquire(t, g, "a@example.com", "pass"), 429, wordsTooMany)
		if w := postForm(g, "inquiry.php?g=true", form("mail", "a@example.com", "pass", "pass")); !strings.Contains(w.Body.String(), wordsTooMany) || w.Header().Get("Retry-After") == "" {
			t.Errorf("page: %s", w.Body)
		}
	})
}

func TestARightOneClears(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		g := gateway(t, s, fewGuesses)
		uuid := newcomerUUID(t, g, "a@example.com", "pass")
		register(t, g, uuid, "soft", "key")
		for range 3 {
			for range 2 {
				issue(t, g, "a@example.com", "wrong")
				authenticate(t, g, uuid, "wrong")
			}
			if a := issue(t, g, "a@example.com", "pass"); a.ResultCode != 200 {
				t.Fatalf("step 1: %+v", a)
			}
			if a := authenticate(t, g, uuid, "key"); a.ResultCode != 200 {
				t.Fatalf("step 3: %+v", a)
			}
		}
	})
}

// Who knows a uuid can be right at step 2 as often as they like; the keys they
// guess at step 3 stay counted.
func TestStep2DoesNotClearStep3(t *testing.T) {
	g := gateway(t, storetest.Open(t, storetest.Embedded), fewGuesses)
	uuid := newcomerUUID(t, g, "a@example.com", "pass")
	for i := range 3 {
		authenticate(t, g, uuid, "wrong")
		register(t, g, uuid, fmt.Sprint("soft", i), fmt.Sprint("key", i))
	}
	expect(t, "step 3", authenticate(t, g, uuid, "key1"), 429, wordsTooMany)
}

// A guess that is refused registers nothing, and refusals pass with time.
func TestRefusalsPass(t *testing.T) {
	g := gateway(t, storetest.Open(t, storetest.Embedded), fewGuesses, "own_keys off")
	uuid := newcomerUUID(t, g, "a@example.com", "pass")
	key := issue(t, g, "a@example.com", "pass").Key
	for i := range 3 {
		expect(t, "a made-up key", register(t, g, uuid, "soft", fmt.Sprint("made up ", i)), 406, wordsNotRegistered)
	}
	expect(t, "at the limit", register(t, g, uuid, "soft", key), 429, wordsTooMany)
	expect(t, "registered nothing", authenticate(t, g, uuid, key), 406, wordsNotRegistered)
	defer clock.Step(6 * time.Minute)()
	if a := register(t, g, uuid, "soft", key); a.ResultCode != 200 {
		t.Errorf("after six minutes: %+v", a)
	}
}

// Sixty-four guesses at once are sixty-four.
func TestGuessesAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		g := gateway(t, s)
		uuid := newcomerUUID(t, g, "a@example.com", "pass")
		for name, guess := range map[string]func(i int) answered{
			"step 1": func(i int) answered { return issue(t, g, "a@example.com", fmt.Sprint("wrong", i), "192.0.2.7") },
			"step 3": func(i int) answered { return authenticate(t, g, uuid, fmt.Sprint("wrong", i), "192.0.2.7") },
		} {
			tried := 0
			for _, a := range atOnce(64, guess) {
				if a.ResultCode != 429 {
					tried++
				}
			}
			if tried != 10 {
				t.Errorf("%s: %d guesses were tried, want 10", name, tried)
			}
		}
	})
}

// Sign-ups count by address, whether they succeed or not; what is no mail
// address does not.
func TestSignUpsAreLimited(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		g := gateway(t, s, "sign_ups 3 1h")
		const here, there = "192.0.2.7", "192.0.2.8"
		for range 5 {
			if a := signUp(t, g, "n", "no address", "pass", here); a.ResultCode != 406 {
				t.Errorf("no address: %+v", a)
			}
		}
		for i, want := range []int{200, 409, 409, 429, 429} {
			if a := signUp(t, g, "n", "a@example.com", "pass", here); a.ResultCode != want {
				t.Errorf("sign-up %d: %+v, want %d", i, a, want)
			}
		}
		if a := signUp(t, g, "n", "b@example.com", "pass", there); a.ResultCode != 200 {
			t.Errorf("from elsewhere: %+v", a)
		}
	})
}

// Nothing is counted, and nothing answered by us, on a path that is not ours.
func TestForeignPathsCountNothing(t *testing.T) {
	g := gateway(t, storetest.Open(t, storetest.Embedded), fewGuesses)
	newcomerUUID(t, g, "a@example.com", "pass")
	for range 5 {
		w := postForm(g, "Inquiry.php?g=false", form("mail", "a@example.com", "pass", "wrong"))
		if w.Code != http.StatusNotFound {
			t.Fatalf("answered %d", w.Code)
		}
	}
	if a := inquire(t, g, "a@example.com", "pass"); a.ResultCode != 200 {
		t.Errorf("%+v", a)
	}
}

// Whoever guesses at one user from many addresses is refused, and the user at
// their usual one is not.
func TestGuessingAUserFromEverywhere(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	g := gateway(t, s, guardtest.Few, "own_keys off")
	uuid2, uuid3 := newcomerUUID(t, g, "c@example.com", "pass"), newcomerUUID(t, g, "d@example.com", "pass")
	newcomerUUID(t, g, "a@example.com", "pass")
	newcomerUUID(t, g, "b@example.com", "pass")
	registered := issue(t, g, "d@example.com", "pass").Key
	register(t, g, uuid3, "soft", registered)
	for name, try := range map[string]func(right bool, from string) answered{
		"step 1": func(right bool, from string) answered {
			return issue(t, g, "a@example.com", either(right, "pass"), from)
		},
		"inquiry": func(right bool, from string) answered {
			return inquire(t, g, "b@example.com", either(right, "pass"), from)
		},
		"step 2": func(right bool, from string) answered {
			issued := issue(t, g, "c@example.com", "pass").Key // another each time: it can be used once
			return register(t, g, uuid2, issued[:10], either(right, issued), from)
		},
		"step 3": func(right bool, from string) answered {
			return authenticate(t, g, uuid3, either(right, registered), from)
		},
	} {
		guardtest.FromEverywhere(t, guardtest.Door{Name: name, Try: func(right bool, from string) (bool, http.Header) {
			a := try(right, from)
			return a.ResultCode == 200, a.header
		}})
	}
}

// One user's key is wrong beside another's uuid, and right beside its own.
func TestKeysAreOfOneUser(t *testing.T) {
	g := gateway(t, storetest.Open(t, storetest.Embedded))
	keys := map[string]string{}
	for _, name := range []string{"alice", "bob"} {
		uuid := newcomerUUID(t, g, name+"@example.com", "pass")
		keys[uuid] = issue(t, g, name+"@example.com", "pass").Key
		register(t, g, uuid, "soft", keys[uuid])
	}
	for uuid := range keys {
		for owner, key := range keys {
			want := map[bool]int{true: 200, false: 406}[uuid == owner]
			if a := authenticate(t, g, uuid, key); a.ResultCode != want {
				t.Errorf("a key of %s beside %s: %+v, want %d", owner, uuid, a, want)
			}
		}
	}
}

// either gives a secret, or a wrong one.
func either(right bool, secret string) string {
	if right {
		return secret
	}
	return "not " + secret
}
