package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// tokensCaddyfile has one path for each side: the same handler of deploy/bench/gateway
// behind the guard, without it, and with a bare client of Redis. Access logs and
// metrics, which both sides would pay for, are off.
const tokensCaddyfile = `{
	admin {$SEKISHO_ADMIN}
	default_bind 127.0.0.1
	auto_https off
	persist_config off
	sekisho {
		data {env.SEKISHO_DATA}
		database {env.SEKISHO_DATABASE}
		sessions {env.SEKISHO_SESSIONS}
		secret {env.SEKISHO_SECRET}
		demo {env.SEKISHO_DEMO}
	}
	log {
		level ERROR
		format redact
	}
}

http://:{$SEKISHO_HTTP_PORT} {
	handle /guarded {
		oauth2_bearer {
			members photocloak
		}
		bench guarded
	}
	handle /open {
		bench open
	}
	handle /get {
		bench get {$SEKISHO_SESSIONS}
	}
	handle /set_get {
		bench set_get {$SEKISHO_SESSIONS}
	}
	handle /mint {
		bench mint
	}
	handle {
		oauth2_token {
			paths /oauth2/token
			members photocloak
		}
		respond "Not Found" 404
	}
}

http://{$SEKISHO_METRICS} {
	sekisho_health
}
`

const (
	// coldTokens are more than are asked for within a round, so that each is asked
	// for once in the three seconds that a gateway remembers.
	coldTokens = 100_000

	// refreshTokens are as many clients that refresh in turn.
	refreshTokens = 1_000
)

// measureTokens measures what a bearer token costs (A1, A2) and the issue of a pair
// by refresh grant (A3), over PostgreSQL and Redis, beside the same handler with a
// bare client of the same Redis.
func (b *bench) measureTokens() error {
	binary, err := b.build("./deploy/bench/gateway")
	if err != nil {
		return err
	}
	g, _, err := b.startOnServers(binary, tokensCaddyfile)
	if err != nil {
		return err
	}
	pairs, err := g.mint(b.size(coldTokens, 2_000))
	if err != nil {
		return err
	}
	cold, err := b.keep("cold", pairs)
	if err != nil {
		return err
	}
	refreshing, err := b.keep("refreshing", "")
	if err != nil {
		return err
	}
	refresh := b.wrk(g.url+"/oauth2/token", fmt.Sprintf(refreshInTurn, refreshing, refreshTokens/2), connections, g.pid)
	warm, _, _ := strings.Cut(pairs, " ")
	const (
		seen, unseen, open, get = "a token seen lately", "a token not seen lately", "no guard", "a bare Redis GET"
		issue, setGet           = "a refresh grant", "a bare Redis SET and GET"
	)
	found, err := b.inTurn(
		side{seen, b.wrk(g.url+"/guarded", fmt.Sprintf("wrk.headers['Authorization'] = 'Bearer %s'\n", warm), connections, g.pid)},
		side{open, b.wrk(g.url+"/open", fmt.Sprintf("wrk.headers['Authorization'] = 'Bearer %s'\n", warm), connections, g.pid)},
		side{unseen, b.wrk(g.url+"/guarded", fmt.Sprintf(eachOnce, cold), connections, g.pid)},
		side{get, b.wrk(g.url+"/get", fmt.Sprintf(eachOnce, cold), connections, g.pid)},
		side{issue, func() (sample, error) { // the tokens of the round before were used
			pairs, err := g.mint(refreshTokens)
			if err != nil {
				return sample{}, err
			}
			if err := os.WriteFile(refreshing, []byte(pairs), 0o600); err != nil {
				return sample{}, err
			}
			return refresh()
		}},
		side{setGet, b.wrk(g.url+"/set_get", "", connections, g.pid)},
	)
	if err != nil {
		return err
	}
	b.row("A1", "behind `oauth2_bearer`, token seen lately : the same without a guard, requests/s", atLeast(0.90), ratio(found[seen], found[open], rate))
	b.row("A2", "the same, token not seen lately : one bare Redis GET in the same handler, requests/s", atLeast(0.60), ratio(found[unseen], found[get], rate))
	b.row("A3", "refresh grant : a bare Redis SET and GET in the same handler, requests/s", atLeast(0.25), ratio(found[issue], found[setGet], rate))
	return nil
}

// perThread gives each of wrk's threads a number, and every second pair to each.
const perThread = `
local threads = 0
function setup(thread)
	thread:set("own", threads)
	threads = threads + 1
end
local access, refresh = {}, {}
function init(args)
	local n = 0
	for line in io.lines(%q) do
		if n %% 2 == own then
			access[#access + 1], refresh[#refresh + 1] = line:match("(%%S+) (%%S+)")
		end
		n = n + 1
	end
end
`

// eachOnce asks with one access token after the other.
const eachOnce = perThread + `
local at = 0
function request()
	at = at %% #access + 1
	return wrk.format("GET", nil, {["Authorization"] = "Bearer " .. access[at]})
end
`

// refreshInTurn shows one refresh token after the other, and keeps the one that it
// is given for it, to be shown when all the others were.
const refreshInTurn = perThread + `
local first, last = 1, %d
local basic = {["Authorization"] = "Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=", ["Content-Type"] = "application/x-www-form-urlencoded"}
function request()
	local shown = refresh[first]
	refresh[first] = nil
	first = first + 1
	return wrk.format("POST", nil, basic, "grant_type=refresh_token&refresh_token=" .. shown)
end
function response(status, headers, body)
	last = last + 1
	refresh[last] = body:match('"refresh_token":"(%%x+)"')
end
`

// mint makes n pairs of tokens, a line each.
func (g *gateway) mint(n int) (string, error) {
	var pair struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	login := url.Values{
		"grant_type": {"password"}, "client_id": {"demo-client"}, "client_secret": {"demo-secret"},
		"username": {"umiyama@example.com"}, "password": {"umiyama1"},
	}
	response, err := http.PostForm(g.url+"/oauth2/token", login)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&pair); err != nil || pair.Access == "" {
		return "", errors.Join(errors.New("logging in failed"), err)
	}
	response, err = http.Get(fmt.Sprintf("%s/mint?n=%d&access=%s&refresh=%s", g.url, n, pair.Access, pair.Refresh))
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if got := strings.Count(string(text), "\n"); err != nil || got != n {
		return "", errors.Join(fmt.Errorf("%d pairs of %d were made", got, n), err)
	}
	return string(text), nil
}

// keep keeps text in a file, and gives its name.
func (b *bench) keep(name, text string) (string, error) {
	folder, err := b.path(name)
	if err != nil {
		return "", err
	}
	file := filepath.Join(folder, name)
	return file, os.WriteFile(file, []byte(text), 0o600)
}
