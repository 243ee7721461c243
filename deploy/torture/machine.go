package main

import (
	"net"
	"net/http"
	"net/http/cookiejar"
	"time"
)

// machines are the computers that call from addresses of their own: what an API
// lets one address do in an hour is little beside what a torture does.
var machines counter

// newMachine is the client of a computer that nobody called from before. It keeps
// cookies, as a browser does.
func newMachine() *http.Client {
	n := machines.next()
	from := &net.TCPAddr{IP: net.IPv4(127, byte(64+n>>16&63), byte(n>>8), byte(n))}
	client := newHTTPClient()
	client.Transport.(*http.Transport).DialContext = (&net.Dialer{Timeout: 5 * time.Second, LocalAddr: from}).DialContext
	client.Jar, _ = cookiejar.New(nil) // never fails
	return client
}

// ownMachine is a caller that calls from a machine of its own.
func ownMachine(c *caller) *caller {
	return &caller{w: c.w, api: c.api, number: c.number, turn: c.turn + 1, http: newMachine()}
}

// move goes on from another machine.
func (c *caller) move() {
	c.http.CloseIdleConnections()
	c.http = newMachine()
}

// untilSignedUp is until for what an address may do a number of times an hour,
// tries that failed by the gateway's own fault among them: it goes on from the
// next.
func (c *caller) untilSignedUp(k call) (a answer, v verdict, tries int) {
	limited, judge := false, k.judge
	k.judge = func(a answer) verdict {
		v := judge(a)
		if limited = v == tooMany; limited {
			return refused
		}
		return v
	}
	for {
		var more int
		a, v, more = c.until(k)
		tries += more
		if v != refused || !limited || c.w.broken.Load() {
			return a, v, tries
		}
		c.move()
	}
}

// must is until for what may not be refused: nobody has a reason to.
func (c *caller) must(k call) (a answer, tries int, ok bool) {
	a, v, tries := c.until(k)
	if v == refused {
		c.w.found.of(c.api).strange("%s %s was refused: %s", k.operation, k.about, a)
	}
	return a, tries, v == done
}

// both makes a call at once by two callers, each once.
func both(one, other *caller, k, l call) (a, b answer, v, w verdict) {
	over := make(chan struct{})
	go func() {
		defer close(over)
		b, w = other.once(l)
	}()
	a, v = one.once(k)
	<-over
	return a, b, v, w
}
