package oauth2

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

const revokedToken = "unauthorized"

// A refresh token gives a new pair, and the old pair dies.
func TestRotation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		first := h.login()
		if got := h.caller(first.AccessToken); got != "m1" {
			t.Fatalf("the first token is of %s", got)
		}
		pair := first
		for range 3 {
			next := h.refreshed(pair.RefreshToken)
			if next.AccessToken == pair.AccessToken || next.RefreshToken == pair.RefreshToken || !littleLess(next.ExpiresIn, 3599) || next.TokenType != "bearer" {
				t.Fatalf("%+v after %+v", next, pair)
			}
			if got := h.caller(pair.AccessToken); got != revokedToken {
				t.Errorf("the old access token: %s", got)
			}
			if got := h.caller(next.AccessToken); got != "m1" {
				t.Errorf("the new access token: %s", got)
			}
			pair = next
		}
		if got := h.caller(pair.RefreshToken); got != revokedToken {
			t.Errorf("a refresh token as access token: %s", got)
		}
	})
}

// Nothing is kept in clear, neither in keys nor in values.
func TestNothingIsKeptInClear(t *testing.T) {
	h := embedded(t)
	watch := &plainText{Sessions: h.sessions.Sessions}
	h.sessions.Sessions = watch
	first := h.login()
	second := h.refreshed(first.RefreshToken)
	h.refreshed(first.RefreshToken)
	third := h.refreshed(second.RefreshToken)
	h.refresh(first.RefreshToken)
	text := watch.text.String()
	for _, secret := range []string{first.AccessToken, first.RefreshToken, second.AccessToken, second.RefreshToken, third.AccessToken, third.RefreshToken, "pass m1", "s3cret"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is kept", secret)
		}
	}
	for _, kind := range []string{accessRecord, refreshRecord, usedRecord, graceRecord, familyRecord, deadRecord} {
		if !strings.Contains(text, "oauth2:house:"+kind+":") {
			t.Errorf("nothing is kept as %s", kind)
		}
	}
}

// The same token again within the grace gets the very same pair; expires_in
// says what is left of it.
func TestGrace(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		first := h.login()
		second := h.refreshed(first.RefreshToken)
		again := h.refreshed(first.RefreshToken)
		if again.tokens() != second.tokens() || again.ExpiresIn > 3599 || again.ExpiresIn < 3580 {
			t.Errorf("again: %+v, first %+v", again, second)
		}
		defer clock.Step(45 * time.Second)()
		again = h.refreshed(first.RefreshToken)
		if again.tokens() != second.tokens() || again.ExpiresIn > 3554 || again.ExpiresIn < 3539 {
			t.Errorf("45 seconds later: %+v, first %+v", again, second)
		}
		if got := h.caller(second.AccessToken); got != "m1" {
			t.Errorf("its access token: %s", got)
		}
		if third := h.refreshed(second.RefreshToken); third.tokens() == second.tokens() {
			t.Error("the new refresh token gives itself")
		}
	})
}

// After the grace, or once the new token was used, the old one revokes the
// whole family.
func TestReuse(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		t.Run("after the grace", func(t *testing.T) {
			h := newHouse(t, s)
			bystander := h.login()
			first := h.login()
			second := h.refreshed(first.RefreshToken)
			h.caller(second.AccessToken) // so that it is remembered
			defer clock.Step(60 * time.Second)()
			if got := h.refresh(first.RefreshToken); got.status != 400 || got.Error != "invalid_grant" {
				t.Errorf("reuse: %+v", got)
			}
			h.isRevoked(first, second)
			h.lives(bystander)
		})
		t.Run("after the new one was used", func(t *testing.T) {
			h := newHouse(t, s)
			first := h.login()
			second := h.refreshed(first.RefreshToken)
			third := h.refreshed(second.RefreshToken)
			h.caller(third.AccessToken)
			if got := h.refresh(first.RefreshToken); got.status != 400 || got.Error != "invalid_grant" {
				t.Errorf("reuse: %+v", got)
			}
			h.isRevoked(first, second, third)
		})
		t.Run("of a token in the middle", func(t *testing.T) {
			h := newHouse(t, s)
			chain := []reply{h.login()}
			for i := range 6 {
				chain = append(chain, h.refreshed(chain[i].RefreshToken))
			}
			if got := h.refresh(chain[3].RefreshToken); got.Error != "invalid_grant" {
				t.Errorf("reuse: %+v", got)
			}
			h.isRevoked(chain...)
		})
	})
}

// isRevoked says that no token of these is worth anything.
func (h *house) isRevoked(pairs ...reply) {
	h.t.Helper()
	for i, pair := range pairs {
		if got := h.caller(pair.AccessToken); got != revokedToken {
			h.t.Errorf("access token %d: %s", i, got)
		}
		if got := h.refresh(pair.RefreshToken); got.status != 400 || got.Error != "invalid_grant" {
			h.t.Errorf("refresh token %d: %+v", i, got)
		}
	}
}

// lives says that a pair is worth all it was.
func (h *house) lives(pair reply) {
	h.t.Helper()
	if got := h.caller(pair.AccessToken); got != "m1" {
		h.t.Errorf("the access token: %s", got)
	}
	next := h.refreshed(pair.RefreshToken)
	if got := h.caller(next.AccessToken); got != "m1" {
		h.t.Errorf("the next access token: %s", got)
	}
}

// A token that another client shows is unknown to it, and nothing happens.
func TestAnotherClientsToken(t *testing.T) {
	h := embedded(t)
	first := h.login()
	for range 2 {
		if got := h.refresh(first.RefreshToken, as("other:0ther")); got.Error != "invalid_grant" {
			t.Errorf("another client: %+v", got)
		}
	}
	second := h.refreshed(first.RefreshToken)
	third := h.refreshed(second.RefreshToken)
	if got := h.refresh(first.RefreshToken, as("other:0ther")); got.Error != "invalid_grant" {
		t.Errorf("another client: %+v", got)
	}
	h.lives(third)
}

// 64 uses of a token at once are one: all get the same pair, which lives.
func TestManyAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		other := newHouse(t, s) // another gateway
		first := h.login()
		replies := make([]reply, 64)
		var all sync.WaitGroup
		for i := range replies {
			all.Go(func() { replies[i] = []*house{h, other}[i%2].refresh(first.RefreshToken) })
		}
		all.Wait()
		for i, got := range replies {
			if got.status != 200 || got.tokens() != replies[0].tokens() {
				t.Errorf("use %d: %+v, want %+v", i, got, replies[0])
			}
		}
		if got := h.caller(first.AccessToken); got != revokedToken {
			t.Errorf("the old access token: %s", got)
		}
		h.lives(replies[0])
	})
}

// Whatever step fails, before or after it was done: the answer is our failure,
// and the request, made again, gives a pair that lives.
func TestEveryStepMayFail(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		first := h.login()
		h.sessions.forget()
		h.refreshed(first.RefreshToken)
		steps := h.sessions.made()
		if len(steps) < 6 {
			t.Fatalf("a rotation takes %v", steps)
		}
		for n, step := range steps {
			for _, done := range []bool{false, true} {
				t.Run(fmt.Sprintf("%d %s done %v", n+1, step, done), func(t *testing.T) {
					first := h.login()
					h.sessions.failing(func(call int, _ string) (before, after bool) {
						return call == n+1 && !done, call == n+1 && done
					})
					got := h.refresh(first.RefreshToken)
					if got.status != 500 || got.Error != "server_error" {
						t.Errorf("the failure: %+v", got)
					}
					second := h.refreshed(first.RefreshToken)
					if again := h.refreshed(first.RefreshToken); again.tokens() != second.tokens() {
						t.Errorf("%+v, then %+v", second, again)
					}
					if got := h.caller(first.AccessToken); got != revokedToken {
						t.Errorf("the old access token: %s", got)
					}
					h.lives(second)
				})
			}
		}
	})
}

// The same of a token that is shown again, and of a log-in.
func TestEveryStepOfOthersMayFail(t *testing.T) {
	h := embedded(t)
	first := h.login()
	second := h.refreshed(first.RefreshToken)
	h.sessions.forget()
	h.refreshed(first.RefreshToken)
	repeat := h.sessions.made()
	h.sessions.forget()
	h.login()
	login := h.sessions.made()
	for n := range repeat {
		h.sessions.failing(func(call int, _ string) (before, after bool) { return call == n+1, false })
		if got := h.refresh(first.RefreshToken); got.status != 500 {
			t.Errorf("%s fails: %+v", repeat[n], got)
		}
	}
	for n := range login {
		h.sessions.failing(func(call int, _ string) (before, after bool) { return call == n+1, false })
		if w := h.post(passwordOfM1); w.Code != 500 || w.Body.String() != serverError {
			t.Errorf("%s fails: %s", login[n], w.Body)
		}
	}
	h.sessions.failing(nil)
	if again := h.refreshed(first.RefreshToken); again.tokens() != second.tokens() {
		t.Errorf("%+v, then %+v", second, again)
	}
	h.lives(second)
}

// A revocation that breaks off at any step is our failure, and is finished by
// whoever shows a token of the family next.
func TestEveryStepOfRevokingMayFail(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		chain := func() (first, second, third reply) {
			first = h.login()
			second = h.refreshed(first.RefreshToken)
			return first, second, h.refreshed(second.RefreshToken)
		}
		first, _, _ := chain()
		h.sessions.forget()
		h.refresh(first.RefreshToken)
		steps := h.sessions.made()
		for n, step := range steps {
			for _, done := range []bool{false, true} {
				t.Run(fmt.Sprintf("%d %s done %v", n+1, step, done), func(t *testing.T) {
					first, second, third := chain()
					h.sessions.failing(func(call int, _ string) (before, after bool) {
						return call == n+1 && !done, call == n+1 && done
					})
					if got := h.refresh(first.RefreshToken); got.status != 500 || got.Error != "server_error" {
						t.Errorf("the failure: %+v", got)
					}
					if got := h.refresh(first.RefreshToken); got.Error != "invalid_grant" {
						t.Errorf("once more: %+v", got)
					}
					h.isRevoked(third, second, first)
				})
			}
		}
	})
}

// A family is revoked while a rotation of it stands between any two of its
// steps: nothing of the family lives on.
func TestRevokedWhileRotating(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h, thief := newHouse(t, s), newHouse(t, s)
		first := h.login()
		h.sessions.forget()
		h.refreshed(first.RefreshToken)
		steps := h.sessions.made()
		for n, step := range steps {
			t.Run(fmt.Sprintf("%d %s", n+1, step), func(t *testing.T) {
				first := h.login()
				second := h.refreshed(first.RefreshToken)
				third := h.refreshed(second.RefreshToken)
				h.sessions.failing(func(call int, _ string) (before, after bool) {
					if call == n+1 {
						if got := thief.refresh(first.RefreshToken); got.Error != "invalid_grant" {
							t.Errorf("reuse: %+v", got)
						}
					}
					return false, false
				})
				fourth := h.refresh(third.RefreshToken)
				h.sessions.failing(nil)
				if fourth.status == 200 {
					h.isRevoked(fourth)
				} else if fourth.Error != "invalid_grant" {
					t.Errorf("the rotation: %+v", fourth)
				}
				h.isRevoked(first, second, third)
			})
		}
	})
}

// A rotation stands still between two of its steps while its token is used
// elsewhere, and what came of that too: the family then is either revoked as a
// whole or lives.
func TestRotatedWhileRotating(t *testing.T) {
	h := embedded(t)
	elsewhere := newHouse(t, h.stores)
	first := h.login()
	h.sessions.forget()
	h.refreshed(first.RefreshToken)
	steps := h.sessions.made()
	for n, step := range steps {
		t.Run(fmt.Sprintf("%d %s", n+1, step), func(t *testing.T) {
			first := h.login()
			var second, third reply
			h.sessions.failing(func(call int, _ string) (before, after bool) {
				if call == n+1 {
					second = elsewhere.refreshed(first.RefreshToken)
					third = elsewhere.refreshed(second.RefreshToken)
				}
				return false, false
			})
			late := h.refresh(first.RefreshToken)
			h.sessions.failing(nil)
			if late.status == 200 {
				if late.tokens() != second.tokens() {
					t.Errorf("late %+v, elsewhere %+v", late, second)
				}
				if got := h.caller(third.AccessToken); got != "m1" {
					t.Errorf("the newest access token: %s", got)
				}
				if got := h.refresh(first.RefreshToken); got.Error != "invalid_grant" {
					t.Errorf("reuse: %+v", got)
				}
			}
			h.isRevoked(third, second, first)
		})
	}
}

// Who comes too late to use a token takes back what it put; who is told so
// though it was the first, because a command was sent twice, does not.
func TestTooLate(t *testing.T) {
	h := embedded(t)
	elsewhere := newHouse(t, h.stores)
	first := h.login()
	var second reply
	h.sessions.failing(func(_ int, call string) (before, after bool) {
		if call == "add used" {
			second = elsewhere.refreshed(first.RefreshToken)
		}
		return false, false
	})
	if late := h.refresh(first.RefreshToken); late.tokens() != second.tokens() {
		t.Errorf("late %+v, elsewhere %+v", late, second)
	}
	calls := fmt.Sprint(h.sessions.made())
	if want := "put access put refresh put grace add used get used delete access delete refresh delete grace"; !strings.Contains(calls, want) {
		t.Errorf("it made %s, want %s", calls, want)
	}
	h.sessions.failing(nil)
	h.sessions.addTwice = true
	third := h.refreshed(second.RefreshToken)
	h.sessions.addTwice = false
	if again := h.refreshed(second.RefreshToken); again.tokens() != third.tokens() {
		t.Errorf("%+v, then %+v", third, again)
	}
	h.lives(third)
}

// Tokens end by the house's clock.
func TestLifetimes(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		first := h.login()
		if got := h.caller(first.AccessToken); got != "m1" {
			t.Fatal(got)
		}
		back := clock.Step(time.Hour - 20*time.Second)
		if got := h.caller(first.AccessToken); got != "m1" {
			t.Errorf("20 seconds before its end: %s", got)
		}
		back2 := clock.Step(20 * time.Second)
		if got := h.caller(first.AccessToken); got != revokedToken {
			t.Errorf("at its end: %s", got)
		}
		back2()
		back()
		defer clock.Step(30*24*time.Hour - time.Minute)()
		second := h.refreshed(first.RefreshToken)
		defer clock.Step(2 * time.Minute)()
		if got := h.refresh(first.RefreshToken); got.Error != "invalid_grant" {
			t.Errorf("after its 30 days: %+v", got)
		}
		h.lives(second) // 30 days from its own issue; the first one had ended, and revoked nothing
	})
}

// Lifetimes and grace are options.
func TestLifetimesAreOptions(t *testing.T) {
	h := embedded(t, func(token *Token) {
		token.AccessLifetime, token.RefreshLifetime, token.RefreshGrace = minutes(10), minutes(30), minutes(2)
	})
	first := h.login()
	if !littleLess(first.ExpiresIn, 599) {
		t.Errorf("expires_in %d", first.ExpiresIn)
	}
	second := h.refreshed(first.RefreshToken)
	defer clock.Step(100 * time.Second)()
	if again := h.refreshed(first.RefreshToken); again.tokens() != second.tokens() || again.ExpiresIn > 499 {
		t.Errorf("%+v, then %+v", second, again)
	}
	defer clock.Step(8 * time.Minute)() // 580 seconds
	if got := h.caller(second.AccessToken); got != "m1" {
		t.Errorf("before its end: %s", got)
	}
	defer clock.Step(20 * time.Second)()
	if got := h.caller(second.AccessToken); got != revokedToken {
		t.Errorf("after its end: %s", got)
	}
	defer clock.Step(20 * time.Minute)()
	if got := h.refresh(second.RefreshToken); got.Error != "invalid_grant" {
		t.Errorf("after its end: %+v", got)
	}
}

// A changed password ends what was issued before it, and nothing after it.
func TestAChangedPassword(t *testing.T) {
	h := embedded(t)
	old := h.login()
	if got := h.caller(old.AccessToken); got != "m1" {
		t.Fatal(got)
	}
	h.fake.setMember(identity.Member{ID: "m1", Generation: 2}, "pass m1")
	fresh := h.login()
	if got := h.caller(fresh.AccessToken); got != "m1" {
		t.Errorf("the new token at once: %s", got)
	}
	defer clock.Step(5 * time.Second)()
	if got := h.caller(old.AccessToken); got != revokedToken {
		t.Errorf("the old access token: %s", got)
	}
	if got := h.refresh(old.RefreshToken); got.Error != "invalid_grant" {
		t.Errorf("the old refresh token: %+v", got)
	}
	h.lives(fresh)
}
