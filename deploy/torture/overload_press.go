package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// tenfold is how many times what a gateway can do it is asked for.
const tenfold = 10

// mostAtOnce is how many calls may be without an answer: the kernel lets 4,096
// connections wait until they are taken, and what is beyond them for seconds.
const mostAtOnce = 2000

// What a gateway that is asked for too much still does: of what it can do, and of
// all that it is asked. Below it has collapsed: it works for clients that have long
// left. Who asks takes half of the processor.
const (
	stillDone  = 0.25
	mostFailed = 0.01
	mostCut    = 0.05
)

// load is an operation that a gateway is asked for too often.
type load struct {
	clients int // that call one after the other, to find out what it can do
	call    func(n int) call
	after   func(k call, v verdict) // nil where nobody cares

	// patience is how long its clients wait, that of all where it is none.
	patience time.Duration
}

// offer is a load while it is offered, and what came of it.
type offer struct {
	s      *siege
	name   string
	load   load
	client *http.Client
	ctx    context.Context // ends when nobody waits any more

	mu    sync.Mutex
	came  [len(verdictNames)]int
	took  []time.Duration // by those done
	sent  int
	whole time.Duration
}

func (s *siege) offer(name string, l load, client *http.Client) *offer {
	return &offer{s: s, name: name, load: l, client: client, ctx: context.Background()}
}

// press finds out what the gateway can do, and then asks for ten times that.
func (s *siege) press(name string, l load) error {
	lasting := s.t.lastingPart(pressing, pressingAtLeast)
	measure := s.t.lastingPart(measuring, measuringAtLeast)
	client := manyConnections()
	client.Timeout = max(l.patience, patience)
	defer client.CloseIdleConnections()
	alone, full, pressed := s.offer(name, l, client), s.offer(name, l, client), s.offer(name, l, client)
	alone.closed(1, measure)
	full.closed(l.clients, measure)
	can := full.rate()
	if len(alone.took) == 0 || can == 0 {
		return fmt.Errorf("it does nothing unloaded: %v, %v", alone.came, full.came)
	}
	s.t.say("%s: %.0f a second; asking for %d times as much for %s", name, can, tenfold, lasting)
	if err := s.forgetPeak(); err != nil {
		return err
	}
	b := s.stand()
	pressed.open(can*tenfold, lasting)
	stood := b.leave()
	memory, err := s.remembered(name)
	if err != nil {
		return err
	}
	s.weigh(pressed, can, lasting)
	unit, served := percentile(sortedTimes(alone.took), 50), sortedTimes(pressed.took)
	s.rows = append(s.rows, fmt.Sprintf("| %s | %.0f | %.0f | %.0f | %d | %d | %d | %d | %s | %s | %s | %s | %s |",
		name, can, float64(pressed.sent)/lasting.Seconds(), pressed.rate(),
		pressed.came[done], pressed.came[tooMany], pressed.came[failed], pressed.came[wasCut], times(percentile(served, 50), unit), times(percentile(served, 99), unit),
		percentile(stood, 50).Round(100*time.Microsecond), percentile(stood, 99).Round(time.Millisecond), memory))
	client.CloseIdleConnections()
	return s.calmDown(name)
}

// weigh holds a gateway that was asked for too much to going on with its work. A
// short run is too short to tell more than that it does something.
func (s *siege) weigh(pressed *offer, can float64, lasting time.Duration) {
	r, share := s.f.of(pressed.name), func(v verdict) float64 { return float64(pressed.came[v]) / float64(max(1, pressed.sent)) }
	if pressed.came[done] == 0 || lasting == pressing && pressed.rate() < can*stillDone {
		r.strange("it can do %.0f a second, and at %d times that does %.1f", can, tenfold, pressed.rate())
	}
	if lasting == pressing && (share(failed) > mostFailed || share(wasCut) > mostCut) {
		r.strange("of %d calls %d failed and %d were not answered in time", pressed.sent, pressed.came[failed], pressed.came[wasCut])
	}
	if offered := float64(pressed.sent) / lasting.Seconds(); offered < can*tenfold*0.95 {
		s.f.remark("Of %s %.0f a second could be offered in place of %.0f: this machine has no room for more calls without an answer (%d), or no time.",
			pressed.name, offered, can*tenfold, min(mostAtOnce, mostConnections()))
	}
}

// rate is how many calls were done a second.
func (o *offer) rate() float64 { return float64(o.came[done]) / o.whole.Seconds() }

// once makes a call, and judges it.
func (o *offer) once(n int) {
	k := o.load.call(n)
	begun := time.Now()
	a, err := o.s.send(o.ctx, o.client, k)
	took := time.Since(begun)
	v := wasCut
	if err == nil {
		v = k.judge(a)
	}
	if o.load.after != nil {
		o.load.after(k, v)
	}
	r := o.s.f.of(o.name)
	r.called(k.operation, v)
	switch {
	case v == strange || v == refused:
		r.strange("%s is answered %s", k.operation, a)
	case v == wasCut && o.ctx.Err() == nil && !isTimeout(err):
		r.strange("%s is cut off after %s: %v", k.operation, took.Round(time.Millisecond), err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.came[v]++
	if v == done {
		o.took = append(o.took, took)
	}
}

// closed has so many clients call, each when the call before is answered.
func (o *offer) closed(clients int, lasting time.Duration) {
	var n atomic.Int64
	var calling sync.WaitGroup
	begun := time.Now()
	for range clients {
		calling.Go(func() {
			for time.Since(begun) < lasting {
				o.once(int(n.Add(1)))
			}
		})
	}
	calling.Wait()
	o.sent, o.whole = int(n.Load()), time.Since(begun)
}

// open calls so often a second whether or not the calls before are answered, as far
// as there are connections.
func (o *offer) open(rate float64, lasting time.Duration) {
	room := make(chan struct{}, min(mostAtOnce, mostConnections()))
	ctx, cancel := context.WithTimeout(context.Background(), lasting+min(lasting, patience))
	defer cancel()
	o.ctx = ctx
	var calling sync.WaitGroup
	begun := time.Now()
	for due := 0; time.Since(begun) < lasting; time.Sleep(time.Millisecond) {
		for now := int(rate * time.Since(begun).Seconds()); due < now; due++ {
			select {
			case room <- struct{}{}:
			default:
				due = now // nobody can be sent any more
				continue
			}
			o.sent++
			n := o.sent
			calling.Go(func() {
				o.once(n)
				<-room
			})
		}
	}
	calling.Wait()
	o.whole = time.Since(begun)
}

// mostConnections are as many as this process may have at once, with some left for
// other things.
func mostConnections() int {
	var files syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files) != nil {
		return 500
	}
	return int(min(10_000, max(files.Cur, 2000)-1500))
}

func isTimeout(err error) bool {
	var timed interface{ Timeout() bool }
	return errors.As(err, &timed) && timed.Timeout()
}

// send sends a call for as long as somebody waits for its answer.
func (s *siege) send(ctx context.Context, client *http.Client, k call) (answer, error) {
	site := s.g.url
	if k.crm {
		site = s.g.crm
	}
	request, err := http.NewRequestWithContext(ctx, cmp.Or(k.method, http.MethodGet), site+k.path, bytes.NewReader(k.body))
	if err != nil {
		return answer{}, err
	}
	for i := 0; i+1 < len(k.header); i += 2 {
		request.Header.Set(k.header[i], k.header[i+1])
	}
	return whole(client, request)
}

func manyConnections() *http.Client {
	return &http.Client{
		Timeout: patience,
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 20_000,
			DialContext:         (&net.Dialer{Timeout: patience}).DialContext,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
