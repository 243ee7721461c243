package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// flood is something that no client of an API sends. It goes on for as long as it
// is told, and says what came of it.
type flood struct {
	name    string
	atLeast time.Duration // that it takes to see something
	run     func(s *siege, lasting time.Duration) (came string, err error)
}

var floods = []flood{
	{"slow clients", 12 * time.Second, (*siege).slowClients},
	{"bodies without an end", floodingAtLeast, (*siege).endlessBodies},
	{"logins from one address", floodingAtLeast, func(s *siege, lasting time.Duration) (string, error) { return s.guess(lasting, true) }},
	{"logins from everywhere", floodingAtLeast, func(s *siege, lasting time.Duration) (string, error) { return s.guess(lasting, false) }},
}

// endure floods the gateway while a bystander has to be served, and sees to it that
// everything is as before when it is over.
func (s *siege) endure(f flood) error {
	lasting := s.t.lastingPart(flooding, f.atLeast)
	s.t.say("%s for %s", f.name, lasting)
	if err := s.forgetPeak(); err != nil {
		return err
	}
	b := s.stand()
	came, err := f.run(s, lasting)
	stood := b.leave()
	if err != nil {
		return err
	}
	memory, err := s.remembered(f.name)
	if err != nil {
		return err
	}
	s.floods = append(s.floods, fmt.Sprintf("| %s | %s | %s | %s | %s |", f.name, came,
		percentile(stood, 50).Round(100*time.Microsecond), percentile(stood, 99).Round(time.Millisecond), memory))
	return s.calmDown(f.name)
}

// connections are many connections to the gateway at once, and what became of
// them.
type connections struct {
	all            sync.WaitGroup
	taken, refused atomic.Int64
}

// dial makes connections, as quickly as they are taken, and lets each do something
// until it is over.
func (c *connections) dial(s *siege, n int, each func(net.Conn)) {
	address := strings.TrimPrefix(s.g.url, "http://")
	var dialling sync.WaitGroup
	turns := make(chan struct{}, 64)
	for range n {
		turns <- struct{}{}
		dialling.Add(1)
		c.all.Go(func() {
			connection, err := net.DialTimeout("tcp", address, patience)
			<-turns
			dialling.Done()
			if err != nil {
				c.refused.Add(1)
				return
			}
			defer connection.Close()
			c.taken.Add(1)
			each(connection)
		})
	}
	dialling.Wait()
}

// drip sends a byte a second until the other side ends it, and says whether that was
// in time. Nobody waits for it any more after stop is closed.
func drip(connection net.Conn, inTime time.Duration, stop <-chan struct{}) (ended, tooLate bool) {
	for begun := time.Now(); ; {
		_ = connection.SetDeadline(time.Now().Add(time.Second))
		if _, err := connection.Write([]byte{'a'}); err != nil {
			return true, false
		}
		if _, err := connection.Read(make([]byte, 512)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return true, false
		}
		select {
		case <-stop:
			return false, time.Since(begun) > inTime
		default:
		}
	}
}

// How long the gateway may let slow clients be slow: what the Caddyfile and the
// photos' bounds say (10 and some 30 seconds), and what a busy machine adds.
const (
	slowHeaders = 30 * time.Second
	slowPhotos  = 50 * time.Second
)

// slowClients are clients that are slow with the headers, slow with a photo, and
// those that say nothing more, all at once. Who is slow is not waited for.
func (s *siege) slowClients(lasting time.Duration) (string, error) {
	var headers, photos, idle connections
	var headersEnded, photosEnded, late, answered atomic.Int64
	stop := make(chan struct{})
	drips := func(ended *atomic.Int64, head string, inTime time.Duration) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = io.WriteString(c, head)
			inTheEnd, tooLate := drip(c, inTime, stop)
			if inTheEnd {
				ended.Add(1)
			}
			if tooLate {
				late.Add(1)
			}
		}
	}
	room := mostConnections() + 1000
	headers.dial(s, min(2000, room/5), drips(&headersEnded, "GET /user/detail?id=1&"+shopQuery+" HTTP/1.1\r\nHost: slow.example\r\nX-Slow: ", slowHeaders))
	photos.dial(s, min(500, room/20), drips(&photosEnded, "POST /api/v2/photos?ci="+s.albums[0]+" HTTP/1.1\r\nHost: slow.example\r\nAuthorization: Bearer "+s.members[0]+
		"\r\nContent-Type: image/jpeg\r\nContent-Length: 1000000\r\n\r\n\xff\xd8\xff\xe0", slowPhotos))
	idle.dial(s, min(10_000, room*3/4), func(c net.Conn) {
		_, _ = io.WriteString(c, "GET /avatar/v1/Echo?message=hello&key="+siegeKey+" HTTP/1.1\r\nHost: idle.example\r\n\r\n")
		_ = c.SetReadDeadline(time.Now().Add(3 * patience))
		if n, _ := c.Read(make([]byte, 4096)); n > 0 {
			answered.Add(1)
		}
		<-stop
	})
	time.Sleep(lasting)
	close(stop)
	headers.all.Wait()
	photos.all.Wait()
	idle.all.Wait()
	if lost := idle.taken.Load() - answered.Load(); lost > 0 {
		s.f.of("idle connections").strange("%d of %d were not answered before they fell silent", lost, idle.taken.Load())
	}
	if n := late.Load(); n > 0 {
		s.f.of("slow clients").strange("%d are still waited for, with headers after %s or with photos after %s", n, slowHeaders, slowPhotos)
	}
	return fmt.Sprintf("%d slow with headers (%d ended), %d slow with photos (%d ended), %d idle; %d not taken", headers.taken.Load(), headersEnded.Load(),
		photos.taken.Load(), photosEnded.Load(), idle.taken.Load(), headers.refused.Load()+photos.refused.Load()+idle.refused.Load()), nil
}
