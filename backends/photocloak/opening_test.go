package photocloak

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/guard/guardtest"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

const aikotoba = "あいことば1"

// ci gives the parameters of a call about a cloak.
func ci(c cloak, more ...string) string {
	return form(append([]string{"ci", strconv.FormatInt(c.ID, 10)}, more...)...)
}

// open gets a cloak token.
func (a *api) open(member string, c cloak, lock string) string {
	a.t.Helper()
	got := a.post(member, "/api/v2/cloaks/token", ci(c, "lk", lock))
	var opened struct{ CloakToken, CloakId string }
	if err := json.Unmarshal([]byte(got.body), &opened); err != nil || got.status != http.StatusOK || opened.CloakToken == "" {
		a.t.Fatalf("%d %s: %v", got.status, got.body, err)
	}
	return opened.CloakToken
}

// expect checks status and body, or for a refusal the error codes in "a b".
func (got answer) expect(t testing.TB, what string, status int, body string) {
	t.Helper()
	said := got.body
	if status == http.StatusBadRequest || status == http.StatusTooManyRequests {
		var refused refusal
		if err := json.Unmarshal([]byte(got.body), &refused); err != nil {
			t.Errorf("%s: %v: %s", what, err, got.body)
		}
		codes := make([]string, len(refused.Errors))
		for i, e := range refused.Errors {
			codes[i] = e.ErrorCode
		}
		said = strings.Join(codes, " ")
	}
	if got.status != status || said != body {
		t.Errorf("%s: %d %s, want %d %s", what, got.status, got.body, status, body)
	}
}

var cloakTokenAnswer = regexp.MustCompile(`^\{"CloakToken":"[A-Za-z0-9_-]{55}","CloakId":"(\d+)"\}$`)

// Who gets a cloak token, and who does not.
func TestOpenCloak(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		open := addAlbum(t, s, published("開いた箱"), nil)
		locked := addAlbum(t, s, lockedWith(aikotoba), nil)
		tests := []struct {
			what, member string
			c            cloak
			lock         string
			refused      string // "" where there is a token
		}{
			{"an open one", "", open, "", ""},
			{"an open one, with a password", "", open, "whatever", ""},
			{"a locked one", "", locked, aikotoba, ""},
			{"a locked one, by a member", yamada, locked, aikotoba, ""},
			{"a locked one without its password", "", locked, "", "required_lk"},
			{"a locked one with another", "", locked, "あいことば2", "invalid_lk"},
			{"a locked one in another letter case", "", addAlbum(t, s, lockedWith("Abcd"), nil), "abcd", "invalid_lk"},
			{"with one that is too short to be right", "", locked, "a", "invalid_lk"},
			{"with one that is too long", "", locked, strings.Repeat("あ", 21), "toolong_lk"},
			{"with one that is no text", "", locked, "\xff", "invalid_lk"},
			{"its owner", umiyama, locked, "", ""},
			{"its owner, who has forgotten it", umiyama, locked, "????", ""},
			{"locked, but without a password", "", addAlbum(t, s, cloak{Name: "壊れた箱", Status: statusPublic, Scope: scopeLocked}, nil), "aaaa", "invalid_lk"},
		}
		for _, test := range tests {
			got := a.post(test.member, "/api/v2/cloaks/token", ci(test.c, "lk", test.lock))
			if test.refused != "" {
				got.expect(t, test.what, http.StatusBadRequest, test.refused)
				continue
			}
			found := cloakTokenAnswer.FindStringSubmatch(got.body)
			if got.status != http.StatusOK || len(found) < 2 || found[1] != strconv.FormatInt(test.c.ID, 10) {
				t.Errorf("%s: %d %s", test.what, got.status, got.body)
			}
		}
		a.post("", "/api/v2/cloaks/token", "").expect(t, "nothing given", http.StatusBadRequest, "required_ci")
		a.post("", "/api/v2/cloaks/token", "ci=x&lk=%FF").expect(t, "all wrong", http.StatusBadRequest, "invalid_ci invalid_lk")
		if got := a.get("", "/api/v2/cloaks/token", ci(open)); got.status != http.StatusMethodNotAllowed {
			t.Errorf("GET: %d", got.status)
		}
		if got := a.post("nobody@example.com", "/api/v2/cloaks/token", ci(open)); got.status != http.StatusUnauthorized {
			t.Errorf("a bad access token: %d", got.status)
		}
	})
}

// A cloak that is not there for the caller answers as one that never was, with
// and without its password, and costs no attempt.
func TestHiddenCloaks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "limits {\nper_address 3 5m\n}")
		ended := lockedWith(aikotoba)
		ended.EndsAt = clock.Now().UnixMilli()
		paused := lockedWith(aikotoba)
		paused.Status = statusPaused
		making := lockedWith(aikotoba)
		making.Status = statusMaking
		hidden := map[string]cloak{"ended": addAlbum(t, s, ended, nil), "paused": addAlbum(t, s, paused, nil), "in the making": addAlbum(t, s, making, nil)}
		for _, member := range []string{"", yamada} {
			for _, call := range []func(c cloak) answer{
				func(c cloak) answer { return a.get(member, "/api/v2/cloaks", ci(c)) },
				func(c cloak) answer { return a.post(member, "/api/v2/cloaks/detail/", ci(c)) },
				func(c cloak) answer { return a.post(member, "/api/v2/cloaks/detail/", ci(c, "lk", aikotoba)) },
				func(c cloak) answer { return a.post(member, "/api/v2/cloaks/detail/", ci(c, "lk", "wrong")) },
				func(c cloak) answer { return a.post(member, "/api/v2/cloaks/token", ci(c)) },
				func(c cloak) answer { return a.post(member, "/api/v2/cloaks/token", ci(c, "lk", aikotoba)) },
				func(c cloak) answer { return a.post(member, "/api/v2/cloaks/token", ci(c, "lk", "wrong")) },
			} {
				unknown := call(cloak{ID: 4711})
				unknown.expect(t, "unknown", http.StatusBadRequest, "notfound_cloak")
				for what, c := range hidden {
					got := call(c)
					if said := strings.ReplaceAll(got.body, fmt.Sprintf("ci=%d", c.ID), "ci=4711"); got.status != unknown.status || said != unknown.body {
						t.Errorf("%s, for %q: %d %s, want as unknown: %d %s", what, member, got.status, got.body, unknown.status, unknown.body)
					}
				}
			}
		}
		for what, c := range hidden {
			want := http.StatusOK
			if what == "ended" {
				want = http.StatusBadRequest
			}
			for _, got := range []answer{a.get(umiyama, "/api/v2/cloaks", ci(c)), a.post(umiyama, "/api/v2/cloaks/detail", ci(c)), a.post(umiyama, "/api/v2/cloaks/token", ci(c))} {
				if got.status != want {
					t.Errorf("%s, for its owner: %d %s", what, got.status, got.body)
				}
			}
		}
	})
}

// A token opens its own cloak, alone and unaltered, until the password changes.
func TestCloakToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		locked, other := addAlbum(t, s, lockedWith(aikotoba), nil), addAlbum(t, s, lockedWith(aikotoba), nil)
		open := addAlbum(t, s, published("開いた箱"), nil)
		token, others, opens := a.open("", locked, aikotoba), a.open("", other, aikotoba), a.open("", open, "")
		last := "A"
		if token[len(token)-1] == 'A' {
			last = "B"
		}
		tests := []struct {
			what   string
			tokens []string
			opens  bool
		}{
			{"none", nil, false},
			{"its own", []string{token}, true},
			{"another one's", []string{others}, false},
			{"an open one's", []string{opens}, false},
			{"an altered one", []string{token[:len(token)-1] + last}, false},
			{"a cut one", []string{token[1:]}, false},
			{"a long one", []string{token + "A"}, false},
			{"an empty one", []string{""}, false},
			{"the right one twice", []string{token, token}, false},
			{"a wrong one before it", []string{others, token}, false},
			{"two in one", []string{token + ", " + others}, false},
			{"a new one", []string{a.open(yamada, locked, aikotoba)}, true},
			{"its owner's", []string{a.open(umiyama, locked, "")}, true},
		}
		for _, test := range tests {
			for _, member := range []string{"", yamada} {
				got := a.withTokens(member, locked, test.tokens)
				if test.opens {
					if got.status != http.StatusOK {
						t.Errorf("%s: %d %s", test.what, got.status, got.body)
					}
					continue
				}
				got.expect(t, test.what, http.StatusBadRequest, "invalid_cloaktoken")
			}
			if got := a.withTokens(umiyama, locked, test.tokens); got.status != http.StatusOK {
				t.Errorf("%s, by the owner: %d %s", test.what, got.status, got.body)
			}
		}
		change(t, s, "UPDATE photocloak_cloaks SET lock_generation = lock_generation + 1 WHERE id = ?", locked.ID)
		a.withTokens("", locked, []string{token}).expect(t, "after the password changed", http.StatusBadRequest, "invalid_cloaktoken")
		if got := a.withTokens("", other, []string{others}); got.status != http.StatusOK {
			t.Errorf("another cloak's password changed: %d %s", got.status, got.body)
		}
	})
}

// withTokens shows a cloak with these headers X-PhotoCloakToken.
func (a *api) withTokens(member string, c cloak, tokens []string) answer {
	a.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/api/v2/cloaks?"+ci(c), nil)
	if member != "" {
		r.Header.Set("X-Test-Member", member)
	}
	for _, token := range tokens {
		r.Header.Add("x-photocloaktoken", token)
	}
	return a.do(r)
}

// A token lives for an hour; also tokens that others have got since end nothing.
func TestCloakTokenEnds(t *testing.T) {
	for _, combination := range storetest.Combinations {
		t.Run(combination, func(t *testing.T) { // not in parallel: it steps the clock
			s := storetest.Open(t, combination)
			a := newAPI(t, s, "")
			locked := addAlbum(t, s, lockedWith(aikotoba), nil)
			token := a.open("", locked, aikotoba)
			defer clock.Step(time.Hour - time.Minute)()
			later := a.open("", locked, aikotoba)
			if got := a.withTokens("", locked, []string{token}); got.status != http.StatusOK {
				t.Errorf("before the hour is over: %d %s", got.status, got.body)
			}
			defer clock.Step(2 * time.Minute)()
			a.withTokens("", locked, []string{token}).expect(t, "after an hour", http.StatusBadRequest, "invalid_cloaktoken")
			if got := a.withTokens("", locked, []string{later}); got.status != http.StatusOK {
				t.Errorf("a later one: %d %s", got.status, got.body)
			}
		})
	}
}

// Guessing a cloak's password is limited, at both doors together, and tells
// nothing more once it is.
func TestGuessingACloaksPassword(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "limits {\nper_address 3 5m\n}")
		locked, other := addAlbum(t, s, lockedWith(aikotoba), nil), addAlbum(t, s, lockedWith(aikotoba), nil)
		a.post("", "/api/v2/cloaks/token", ci(locked, "lk", "wrong1")).expect(t, "1", http.StatusBadRequest, "invalid_lk")
		a.post("", "/api/v2/cloaks/detail", ci(locked, "lk", "wrong2")).expect(t, "2", http.StatusBadRequest, "invalid_lk")
		a.open("", locked, aikotoba) // clears them
		for i := range 3 {
			path := []string{"/api/v2/cloaks/token", "/api/v2/cloaks/detail"}[i%2]
			a.post("", path, ci(locked, "lk", "wrong")).expect(t, fmt.Sprint("guess ", i), http.StatusBadRequest, "invalid_lk")
		}
		for _, lock := range []string{"wrong", aikotoba} {
			for _, path := range []string{"/api/v2/cloaks/token", "/api/v2/cloaks/detail"} {
				got := a.post("", path, ci(locked, "lk", lock))
				got.expect(t, "too many", http.StatusTooManyRequests, "toomany_requests")
				if seconds, err := strconv.Atoi(got.header.Get("Retry-After")); err != nil || seconds < 1 || seconds > 300 {
					t.Errorf("Retry-After: %q", got.header.Get("Retry-After"))
				}
			}
		}
		if got := a.post(umiyama, "/api/v2/cloaks/token", ci(locked)); got.status != http.StatusOK {
			t.Errorf("its owner: %d %s", got.status, got.body)
		}
		a.open("", other, aikotoba)
	})
}

// Whoever guesses a cloak's password from many addresses is refused, and who
// opened it before is not, where they did; whichever of the two ways they take.
func TestGuessingACloakFromEverywhere(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	a := newAPI(t, s, guardtest.Few)
	for _, path := range []string{"/api/v2/cloaks/token", "/api/v2/cloaks/detail"} {
		locked := addAlbum(t, s, lockedWith(aikotoba), nil)
		guardtest.FromEverywhere(t, guardtest.Door{Name: path, Try: func(right bool, from string) (bool, http.Header) {
			lock := map[bool]string{true: aikotoba, false: "wrong"}[right]
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(ci(locked, "lk", lock)))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.RemoteAddr = from + ":5000"
			got := a.do(r)
			return got.status == http.StatusOK, got.header
		}})
	}
}

// A failure of ours is no guess: however often somebody tries while a cloak's
// password cannot be read, it opens when it can.
func TestAnOutageIsNoGuess(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	a := newAPI(t, s, "limits {\nper_address 3 5m\n}")
	locked := addAlbum(t, s, lockedWith(aikotoba), nil)
	change(t, s, "UPDATE photocloak_cloaks SET lock_hash = ?", "no hash")
	for range 5 {
		for _, path := range []string{"/api/v2/cloaks/token", "/api/v2/cloaks/detail"} {
			if got := a.post("", path, ci(locked, "lk", aikotoba)); got.status != http.StatusInternalServerError {
				t.Errorf("%s without the password: %d %s", path, got.status, got.body)
			}
		}
	}
	change(t, s, "UPDATE photocloak_cloaks SET lock_hash = ?", locked.LockHash)
	a.open("", locked, aikotoba)
}

// A password that an old server had hashed is hashed anew, once it was right;
// tokens from before stay good.
func TestOldHashesAreRenewed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "")
		locked := addAlbum(t, s, lockedWith(aikotoba), nil)
		owners := a.open(umiyama, locked, "")
		a.post("", "/api/v2/cloaks/token", ci(locked, "lk", "wrong")).expect(t, "wrong", http.StatusBadRequest, "invalid_lk")
		if kept, _ := (store{s.SQL}).cloak(t.Context(), locked.ID); kept.LockHash != locked.LockHash {
			t.Errorf("a wrong one changed the hash to %s", kept.LockHash)
		}
		a.open("", locked, aikotoba)
		kept, err := store{s.SQL}.cloak(t.Context(), locked.ID)
		if err != nil || !strings.HasPrefix(kept.LockHash, "$argon2id$") || kept.LockGeneration != 1 || kept.UpdatedAt != locked.UpdatedAt {
			t.Errorf("%s, generation %d: %v", kept.LockHash, kept.LockGeneration, err)
		}
		a.open("", locked, aikotoba)
		if got := a.withTokens("", locked, []string{owners}); got.status != http.StatusOK {
			t.Errorf("a token from before: %d %s", got.status, got.body)
		}
	})
}

// No token stands in the database, and nothing at all of those of open cloaks,
// for which anybody may ask without end.
func TestCloakTokensAreHashed(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	a := newAPI(t, s, "")
	a.open("", addAlbum(t, s, published("箱"), nil), "")
	token := a.open(umiyama, addAlbum(t, s, lockedWith(aikotoba), nil), "")
	var kept []struct {
		Name  string
		Value []byte
	}
	err := s.SQL.Read(t.Context(), func(ctx context.Context, db bun.IDB) error {
		return db.NewRaw("SELECT name, value FROM sekisho_sessions").Scan(ctx, &kept)
	})
	if err != nil || len(kept) != 1 {
		t.Fatalf("%d sessions: %v", len(kept), err)
	}
	if all := kept[0].Name + string(kept[0].Value); strings.Contains(all, token) || !strings.HasPrefix(all, "photocloak:token:") {
		t.Error(all)
	}
}

// outOfReach are sessions that nothing can be read from.
type outOfReach struct{ stores.Sessions }

func (outOfReach) Get(context.Context, string) ([]byte, error) {
	return nil, errors.New("connection refused")
}

// An outage is an error, and no wrong token.
func TestOutageIsNoWrongToken(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	broken := &service{sessions: outOfReach{s.Sessions}, seal: s.Seal}
	if open, err := broken.opensCloak(t.Context(), cloak{ID: 1}, []string{strings.Repeat("A", 55)}); open || err == nil {
		t.Errorf("%v, %v", open, err)
	}
	if open, err := broken.opensCloak(t.Context(), cloak{ID: 1}, []string{"short"}); open || err != nil {
		t.Errorf("what can be no token: %v, %v", open, err)
	}
}
