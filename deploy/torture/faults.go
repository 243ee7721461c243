package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"sekisho/caddymodules/stores/storetest/servers"
)

// fault is something that befalls a world. strike does it, and comes back when it
// is over: everything then has ten seconds to work again.
type fault struct {
	name   string
	strike func(w *world, random *rand.Rand) error
}

// faultsOf are the faults of this world's kind whose names have a part in them.
func (w *world) faultsOf(part string) (chosen []fault) {
	all := w.faultsOfGateways()
	if w.kind == onServers {
		all = append(all, w.faultsOfServers()...)
		all = append(all, w.faultsOfLinks()...)
		all = append(all, fault{"kill -9 of everything at once", powerCut})
	}
	if w.disk != nil {
		all = append(all, fault{"a full disk", fullDisk})
	}
	for _, f := range all {
		if strings.Contains(f.name, part) {
			chosen = append(chosen, f)
		}
	}
	return chosen
}

// hold waits for a part of so long, and at least for a tenth of it.
func hold(random *rand.Rand, atMost time.Duration) {
	time.Sleep(atMost/10 + time.Duration(random.Int64N(int64(atMost*9/10))))
}

func (w *world) faultsOfGateways() (all []fault) {
	for i := range w.gateways {
		number := i + 1
		all = append(all,
			fault{fmt.Sprintf("kill -9 of gateway %d", number), func(w *world, random *rand.Rand) error {
				g := w.gateways[i]
				g.kill()
				hold(random, time.Second)
				return g.start()
			}},
			fault{fmt.Sprintf("the clock of gateway %d ten minutes ahead", number), clockOff(i, 10*time.Minute)},
			fault{fmt.Sprintf("the clock of gateway %d ten minutes behind", number), clockOff(i, -10*time.Minute)},
		)
	}
	return append(all, fault{"a reload each second", reloads}, fault{"a deploy with a migration", deploy})
}

func clockOff(gateway int, off time.Duration) func(*world, *rand.Rand) error {
	return func(w *world, random *rand.Rand) error {
		g := w.gateways[gateway]
		if err := g.setClock(off); err != nil {
			return err
		}
		hold(random, 4*time.Second)
		return g.setClock(0)
	}
}

// reloads gives every gateway another configuration, some seconds long.
func reloads(w *world, random *rand.Rand) error {
	text, err := os.ReadFile("Caddyfile")
	if err != nil {
		return err
	}
	const unlike = `respond "Not Found" 404`
	if strings.Count(string(text), unlike) != 1 {
		return fmt.Errorf("the Caddyfile has no %s of which the copies can differ", unlike)
	}
	for n := range 2 + random.IntN(4) {
		next := strings.Replace(string(text), unlike, fmt.Sprintf("respond \"Not Found %d\" 404", n), 1)
		for _, g := range w.gateways {
			if err := g.load(next); err != nil {
				return err
			}
		}
		time.Sleep(time.Second)
	}
	return nil
}

// deploy brings in a later version: its migrations first, while the version before
// serves, and then one gateway after the other.
func deploy(w *world, _ *rand.Rand) error {
	w.later++
	if w.kind == onServers {
		env := append(w.gateways[0].env, "SEKISHO_DATABASE="+w.postgres.URL, "SEKISHO_SESSIONS="+w.redis.URL, fmt.Sprint("SEKISHO_TORTURE_LATER=", w.later))
		if err := runCommand(w.t.binary, env, "migrate", "up"); err != nil {
			return err
		}
	}
	for _, g := range w.gateways {
		g.stop()
		if err := g.start(); err != nil {
			return err
		}
		if err := g.ready(); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) faultsOfServers() (all []fault) {
	for _, s := range []struct {
		name   string
		server *servers.Server
	}{{"PostgreSQL", w.postgres}, {"Redis", w.redis}, {"the bucket's server", w.bucket}} {
		all = append(all,
			fault{"kill -9 of " + s.name, func(_ *world, random *rand.Rand) error {
				s.server.Kill()
				hold(random, time.Second)
				return s.server.Restart()
			}},
			fault{s.name + " hangs", func(_ *world, random *rand.Rand) error {
				s.server.Pause()
				hold(random, 5*time.Second)
				s.server.Resume()
				return nil
			}},
		)
	}
	return all
}

// powerCut ends everything at the same moment, as when the power goes: the servers
// come back first, and then the gateways.
func powerCut(w *world, random *rand.Rand) error {
	all := []*servers.Server{w.postgres, w.redis, w.bucket}
	for _, g := range w.gateways {
		g.kill()
	}
	for _, s := range all {
		s.Kill()
	}
	hold(random, time.Second)
	for _, s := range all {
		if err := s.Restart(); err != nil {
			return err
		}
	}
	for _, g := range w.gateways {
		if err := g.start(); err != nil {
			return err
		}
	}
	return nil
}

// faultsOfLinks are those of the network between one gateway and a server, and of
// all the links to a server.
func (w *world) faultsOfLinks() (all []fault) {
	for _, to := range []string{"PostgreSQL", "Redis", "the bucket"} {
		all = append(all,
			fault{"a cut network to " + to, onLinks(to, func(l *link) error { l.cut(); return nil }, (*link).mend)},
			fault{"a slow network to " + to, onLinks(to, func(l *link) error {
				return l.poison(`{"name":"late","type":"latency","stream":"downstream","attributes":{"latency":150,"jitter":150}}`,
					`{"name":"thin","type":"bandwidth","stream":"upstream","attributes":{"rate":400}}`)
			}, healed)},
			fault{"a half-open network to " + to, onLinks(to, func(l *link) error {
				return l.poison(`{"name":"silent","type":"timeout","stream":"downstream","attributes":{"timeout":0}}`)
			}, healed)},
			fault{"connections to " + to + " that break in the middle", onLinks(to, func(l *link) error {
				return l.poison(`{"name":"torn","type":"limit_data","stream":"downstream","attributes":{"bytes":3000}}`)
			}, healed)},
		)
	}
	return all
}

func healed(l *link) error { l.heal(); return nil }

// onLinks does something to the link of one gateway to a server, or of both.
func onLinks(to string, begin, end func(*link) error) func(*world, *rand.Rand) error {
	return func(w *world, random *rand.Rand) error {
		var links []*link
		chosen := random.IntN(len(w.gateways) + 1) // all of them where it is none's number
		for i, g := range w.gateways {
			if chosen == i || chosen == len(w.gateways) {
				links = append(links, g.links[to])
			}
		}
		for _, l := range links {
			if err := begin(l); err != nil {
				return err
			}
		}
		hold(random, 5*time.Second)
		for _, l := range links {
			if err := end(l); err != nil {
				return err
			}
		}
		return nil
	}
}

// fullDisk leaves no room for SQLite and for blobs, or very little.
func fullDisk(w *world, random *rand.Rand) error {
	if err := w.disk.fill(int64(random.IntN(3)) << 19); err != nil {
		return err
	}
	hold(random, 3*time.Second)
	return w.disk.empty()
}
