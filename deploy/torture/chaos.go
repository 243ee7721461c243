package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	calm     = 2 * time.Second  // between two faults, on average
	recovers = 10 * time.Second // after a fault, everything
	gaveUp   = 2 * time.Minute  // nothing works any more
	settling = 4 * time.Second  // counters are moved into SQL within two, after a kill a little later
)

// chaos lets clients call a world for a while, in which one fault after the other
// befalls it, and then audits.
func (t *torture) chaos(f *found, kind kind, lasting time.Duration) error {
	return t.underLoad(f, kind, func(w *world, subjects map[string]subject) error { return w.befall(subjects, lasting) })
}

// underLoad makes a world, lets clients of all APIs call it while something befalls
// it, and then audits.
func (t *torture) underLoad(f *found, kind kind, something func(*world, map[string]subject) error) error {
	w, err := t.world(kind, f)
	if err != nil {
		return err
	}
	defer w.close()
	subjects, err := w.subjects()
	if err != nil {
		return err
	}
	stop := w.call(subjects)
	err = something(w, subjects)
	if err != nil {
		w.broken.Store(true) // or its clients would wait for gateways that come no more
	}
	t.say("all calls come to their end")
	if stopped := stop(); err == nil {
		err = stopped
	}
	if err != nil {
		return err
	}
	return w.audit(subjects)
}

// audit compares what is there with what was answered, once counters had their
// time.
func (w *world) audit(subjects map[string]subject) error {
	time.Sleep(settling)
	w.t.say("auditing")
	for name, s := range subjects {
		if err := s.audit(w.found.of(name)); err != nil {
			return fmt.Errorf("auditing %s: %w", name, err)
		}
	}
	return nil
}

// call has the clients of all subjects call until they are told to stop, which
// waits until each has an answer to what it does.
func (w *world) call(subjects map[string]subject) (stop func() error) {
	var ending atomic.Bool
	var calling sync.WaitGroup
	for name, s := range subjects {
		for number := range apis[name].clients {
			random := rand.New(rand.NewPCG(w.t.seed, uint64(number)))
			c := s.client(w.caller(name, number))
			calling.Go(func() {
				for !ending.Load() && !w.broken.Load() {
					c.act(random)
					time.Sleep(time.Duration(random.IntN(int(thinking))))
				}
			})
		}
	}
	return func() error {
		ending.Store(true)
		calling.Wait()
		if w.broken.Load() {
			return fmt.Errorf("a call was not answered within %s", gaveUp)
		}
		return nil
	}
}

// befall has one fault after the other befall a world, each of a kind before any
// comes again, and holds it to work again within ten seconds. What is killed comes
// first: also a run of two minutes kills everything once.
func (w *world) befall(subjects map[string]subject, lasting time.Duration) error {
	random := rand.New(rand.NewPCG(w.t.seed, 1<<32))
	if err := w.recovered(subjects, "the start"); err != nil {
		return err
	}
	var turn []fault
	for until := time.Now().Add(lasting); time.Now().Before(until); {
		if len(turn) == 0 {
			turn = w.faultsOf(w.t.faults)
			if len(turn) == 0 {
				return fmt.Errorf("no fault has %q in its name", w.t.faults)
			}
			random.Shuffle(len(turn), func(i, j int) { turn[i], turn[j] = turn[j], turn[i] })
			slices.SortStableFunc(turn, func(a, b fault) int { return cmp.Compare(kills(b), kills(a)) })
		}
		time.Sleep(time.Duration(random.IntN(int(2 * calm))))
		next := turn[0]
		turn = turn[1:]
		w.t.say("%s", next.name)
		if err := next.strike(w, random); err != nil {
			return fmt.Errorf("%s: %w", next.name, err)
		}
		if err := w.recovered(subjects, next.name); err != nil {
			return err
		}
	}
	return nil
}

// kills is 1 where a fault kills something.
func kills(f fault) int { return strings.Count(f.name, "kill -9") }

// recovered waits until every API answers at every gateway, and notes how long
// that took.
func (w *world) recovered(subjects map[string]subject, after string) error {
	begun := time.Now()
	for {
		err := w.probe(subjects)
		took := time.Since(begun)
		if err == nil {
			w.found.recovered(after, took)
			return nil
		}
		if took > gaveUp {
			return fmt.Errorf("after %s it does not work for %s: %w", after, gaveUp, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// probe asks for something of each API at each gateway.
func (w *world) probe(subjects map[string]subject) error {
	for _, g := range w.gateways {
		if err := g.fine(); err != nil {
			return err
		}
		for name, s := range subjects {
			if err := s.probe(g); err != nil {
				return fmt.Errorf("%s at gateway %d: %w", name, g.number, err)
			}
		}
	}
	return nil
}
