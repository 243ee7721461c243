package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// How long it is asked for too much, and how long each measuring takes, for a run
// of thirty minutes; a shorter one has shorter parts, the shortest these.
const (
	pressing, pressingAtLeast   = time.Minute, 3 * time.Second
	measuring, measuringAtLeast = 4 * time.Second, time.Second
	flooding, floodingAtLeast   = time.Minute, 3 * time.Second
)

// memoryBound is what a gateway may hold in memory whatever is asked of it, as the
// README names it: 700 MiB in which photos are decoded, 300 MB for everything else.
const memoryBound = 1_000_000_000

// calmAgain is how long a gateway has to be as it was before.
const calmAgain = time.Minute

// siege is one gateway that is asked for more than it can do.
type siege struct {
	t *torture
	w *world
	f *found
	g *gateway

	session  string   // of the CRM's system login
	members  []string // access tokens of PhotoCloak's members
	albums   []string // the id of a cloak of each member
	software string   // what YDITS' step 3 asks
	locked   string   // the id of a cloak with a password

	calm   gauge // what the gateway holds when nothing is asked of it
	rows   []string
	floods []string
}

// overload asks one gateway for ten times what it can do, operation by operation,
// and then floods it with what no client sends. Answers stay in the family's
// shape, memory within its bound, somebody else is served all the while, and
// afterwards everything is as before.
func (t *torture) overload(f *found) error {
	s, err := t.besiege(f)
	if err != nil {
		return err
	}
	defer s.w.close()
	for _, l := range loads {
		if !strings.Contains(l.name, t.faults) {
			continue
		}
		made, err := l.begin(s)
		if err != nil {
			return fmt.Errorf("making %s ready: %w", l.name, err)
		}
		if err := s.press(l.name, made); err != nil {
			return fmt.Errorf("pressing %s: %w", l.name, err)
		}
	}
	for _, flood := range floods {
		if !strings.Contains(flood.name, t.faults) {
			continue
		}
		if err := s.endure(flood); err != nil {
			return fmt.Errorf("%s: %w", flood.name, err)
		}
	}
	s.tell()
	return nil
}

// tell puts into the report what was measured.
func (s *siege) tell() {
	if len(s.rows) > 0 {
		s.f.remark("What the gateway was asked for at ten times what it can do, with the client on the same machine. ×1 is the median of one client alone; a bystander asks for something cheap of every API in turn.\n\n"+
			"| operation | can do a second | offered a second | done a second | done | told to come again | failures of ours | not answered in time | median of those done | 99 of 100 | bystander's median | 99 of 100 | memory at most |\n"+
			"|---|---|---|---|---|---|---|---|---|---|---|---|---|\n%s", strings.Join(s.rows, "\n"))
	}
	if len(s.floods) > 0 {
		s.f.remark("What it was flooded with:\n\n| flood | what came of it | bystander's median | 99 of 100 | memory at most |\n|---|---|---|---|---|\n%s", strings.Join(s.floods, "\n"))
	}
}

// lastingPart is the share of a part of a run of this length.
func (t *torture) lastingPart(whole, atLeast time.Duration) time.Duration {
	return min(whole, max(atLeast, time.Duration(float64(whole)*t.minutes/30)))
}

// besiege makes a gateway that believes what stands before it of its clients'
// addresses, so that one machine can play many, and that has its servers without
// a network that could fail.
func (t *torture) besiege(f *found) (s *siege, err error) {
	w, err := t.world(onServers, f)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	env := []string{
		"SEKISHO_DATABASE=" + w.postgres.URL, "SEKISHO_SESSIONS=" + w.redis.URL, "SEKISHO_BLOBS=" + w.bucket.URL,
		"SEKISHO_TRUSTED_PROXIES=127.0.0.1", "SEKISHO_LOG_LEVEL=INFO",
	}
	for _, name := range []string{"SEKISHO_SECRET", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		env = append(env, name+"="+w.gateways[0].setting(name))
	}
	for _, g := range w.gateways {
		g.kill()
	}
	g, err := w.newGateway(3, env)
	if err != nil {
		return nil, err
	}
	w.gateways = []*gateway{g}
	if err := g.start(); err != nil {
		return nil, err
	}
	w.atEnd(g.kill)
	if err := g.ready(); err != nil {
		return nil, err
	}
	s = &siege{t: t, w: w, f: f, g: g}
	return s, s.settleIn()
}

// settleIn signs in what the clients need, and lets each API be called for a
// moment, so that pools are full when the gateway is looked at.
func (s *siege) settleIn() error {
	if err := s.signIn(); err != nil {
		return fmt.Errorf("signing in: %w", err)
	}
	b := s.stand()
	time.Sleep(measuringAtLeast)
	b.leave()
	var err error
	s.calm, err = s.gauge()
	return err
}

// calmDown waits until the gateway is as it was before, a minute at most.
func (s *siege) calmDown(after string) error {
	healthClient.CloseIdleConnections()
	var now gauge
	for begun := time.Now(); time.Since(begun) < calmAgain; time.Sleep(200 * time.Millisecond) {
		var err error
		if now, err = s.gauge(); err != nil {
			return err
		}
		if now.like(s.calm) {
			s.f.calmedDown(after, time.Since(begun))
			return nil
		}
	}
	s.f.of("the gateway").strange("after %s it has %s; before it had %s", after, now, s.calm)
	return nil
}

// calmedDown notes how long it took until everything was as before, for which there
// is more time than after a fault.
func (f *found) calmedDown(after string, took time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults[after] = append(f.faults[after], took)
}

// remembered holds the gateway to its bound, and gives what it held at most.
func (s *siege) remembered(during string) (string, error) {
	peak, err := s.peak()
	if err != nil {
		return "", err
	}
	if peak > memoryBound {
		s.f.of("the gateway").strange("during %s it held %d MB in memory; it may hold %d", during, peak/1e6, int64(memoryBound/1e6))
	}
	return fmt.Sprintf("%d MB", peak/1e6), nil
}

// signIn gets what calls have to carry.
func (s *siege) signIn() error {
	ask := func(k call) (answer, error) {
		a, err := s.g.send(healthClient, k)
		if err == nil && k.judge(a) != done {
			err = fmt.Errorf("%s is answered %s", k.operation, a)
		}
		return a, err
	}
	a, err := ask(call{operation: "auth", crm: true, path: "/Auth.aspx?login_id=demo&password=demo1234", judge: judgePage("Auth")})
	if err != nil {
		return err
	}
	s.session = textIn(a, "Token")
	for _, member := range []string{"umiyama@example.com&password=umiyama1", "yamada@example.com&password=yamada12"} {
		if a, err = ask(askGrant("password", "username="+member)); err != nil {
			return err
		}
		token := textIn(a, "access_token")
		a, err = ask(call{
			operation: "make", method: http.MethodPost, path: "/api/v2/mycloaks", body: []byte("nm=overload&dc=overload"),
			header: []string{"Content-Type", formEncoding, "Authorization", "Bearer " + token}, judge: judgeCloak,
		})
		if err != nil {
			return err
		}
		s.members, s.albums = append(s.members, token), append(s.albums, textIn(a, "CloakId"))
	}
	if a, err = ask(s.issue("example@example.com", "example_a", ownAddress)); err != nil {
		return err
	}
	s.software = "uuid=" + textIn(a, "uuid") + "&key=" + textIn(a, "key")
	if a, err = ask(call{operation: "check", path: "/api/v2/cloaks/check?pd=matsu&no=5", judge: judgeCloak}); err != nil {
		return err
	}
	s.locked = textIn(a, "CloakID")
	_, err = ask(call{
		operation: "register", method: http.MethodPost, path: siegeAuth + "?step=2", body: []byte(s.software + "&softname=torture"),
		header: []string{"Content-Type", formEncoding}, judge: judgeYDITS(yditsRegistered),
	})
	return err
}

// percentile is the time within which so many of a hundred were.
func percentile(sorted []time.Duration, of int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, len(sorted)*of/100)]
}

// times says how many times another one a time is.
func times(took, unit time.Duration) string {
	if unit == 0 || took == 0 {
		return "–"
	}
	return fmt.Sprintf("×%.1f (%s)", float64(took)/float64(unit), took.Round(100*time.Microsecond))
}

func sortedTimes(all []time.Duration) []time.Duration {
	all = slices.Clone(all)
	slices.Sort(all)
	return all
}
