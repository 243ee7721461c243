package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// thinking is the longest pause of a client between two deeds.
const thinking = 20 * time.Millisecond

// api is one of the five, as this program calls it.
type api struct {
	clients int // how many call at once
	begin   func(w *world) (subject, error)
}

// apis are the five by name.
var apis = map[string]api{}

// subject is an API under torture: what its clients share, and what they were
// told.
type subject interface {
	// client gives one more client, which calls through c.
	client(c *caller) client

	// probe makes harmless calls that need everything the API stands on (SQL, Redis,
	// blobs), at one gateway, and says what is not as it should be.
	probe(g *gateway) error

	// audit compares what is there with what the clients were told, when all of them
	// have stopped.
	audit(r *result) error
}

// client does one deed after the other: a call or some in a row, each made again
// until it is answered unless the deed is to be left open, and writes down what it
// was told.
type client interface {
	act(random randomness)
}

// randomness is what a client asks for the next thing to do.
type randomness interface {
	IntN(n int) int
	Perm(n int) []int
	Uint64() uint64
}

// call is one call of an operation.
type call struct {
	operation string // as the metrics name it
	about     string // what it is about, for the list of calls: an id, a receipt
	crm       bool   // at the CRM's own port
	method    string // GET where empty
	path      string // with its query
	body      []byte
	header    []string // pairs of names and values
	judge     func(answer) verdict
}

// answer is a whole answer.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) String() string { return fmt.Sprintf("%d %.300s", a.status, a.body) }

// verdict is what an answer means to a client.
type verdict int

const (
	done    verdict = iota // it is done, for good
	refused                // in the document's words; nothing was changed
	failed                 // the family's words for a failure of the gateway's own: it may be done or not
	tooMany                // wait a little: a limit, or a gateway that has no room
	strange                // no old client would understand it
)

var verdictNames = [...]string{"done", "refused", "failed", "too many", "strange", "cut"}

// wasCut is the verdict where no whole answer came.
const wasCut = verdict(len(verdictNames) - 1)

// caller makes the calls of one client: at the gateways by turns, and again at the
// next where it is not answered. It is one connection to each gateway, as an old
// client has.
type caller struct {
	w      *world
	api    string
	number int
	http   *http.Client
	turn   int
}

func (w *world) caller(api string, number int) *caller {
	return &caller{w: w, api: api, number: number, turn: number, http: newHTTPClient()}
}

func newHTTPClient() *http.Client {
	return &http.Client{
		Timeout: patience,
		Transport: &http.Transport{
			MaxConnsPerHost: 1,
			DialContext:     (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// patience is how long a client waits for an answer before it asks again.
const patience = 10 * time.Second

// once makes a call once. unanswered is an answer that says nothing of whether it
// was done: none, or a failure of the gateway's own.
func (c *caller) once(k call) (a answer, v verdict) {
	g := c.w.gateways[c.turn%len(c.w.gateways)]
	c.turn++
	begun := time.Now()
	a, err := g.send(c.http, k)
	if v = wasCut; err == nil {
		v = k.judge(a)
	}
	c.w.memory.note(c, k, g, v, time.Since(begun))
	c.w.found.of(c.api).called(k.operation, v)
	if v == strange {
		c.w.found.of(c.api).strange("%s %s at gateway %d was answered %s", k.operation, k.about, g.number, a)
	}
	return a, v
}

// until makes a call again and again until it is done or refused, as a client does
// that is told to come again. tries is how often it was made without an answer
// before: more than none means that the one that was answered may not be the one
// that did it. It gives up only where nothing works any more.
func (c *caller) until(k call) (a answer, v verdict, tries int) {
	begun := time.Now()
	for ; ; tries++ {
		a, v = c.once(k)
		switch v {
		case done, refused:
			if tries > 0 {
				c.w.found.of(c.api).outage(time.Since(begun))
			}
			return a, v, tries
		case tooMany:
			tries-- // it was not done
			time.Sleep(200 * time.Millisecond)
		case strange:
			return a, v, tries
		default:
			if tries > 0 {
				time.Sleep(min(time.Duration(tries)*20*time.Millisecond, 200*time.Millisecond))
			}
		}
		if !c.goesOn(begun, fmt.Sprintf("%s %s, lastly %s %s", k.operation, k.about, verdictNames[v], a)) {
			return a, v, tries
		}
	}
}

// goesOn says whether a client that has asked since begun asks once more. After gaveUp
// without an answer it does not: nothing works any more, and all others stop too.
func (c *caller) goesOn(begun time.Time, what string) bool {
	if c.w.broken.Load() {
		return false
	}
	if time.Since(begun) <= gaveUp {
		return true
	}
	c.w.found.of(c.api).strange("there was no answer for %s: %s", gaveUp, what)
	c.w.broken.Store(true)
	return false
}

// ask sends a call that must succeed. It asks again where the gateway failed or had no
// room, as on a busy machine; a refusal stands. It gives the last answer.
func (g *gateway) ask(client *http.Client, k call) (a answer, err error) {
	for range 10 {
		if a, err = g.send(client, k); err != nil {
			return a, err
		}
		if v := k.judge(a); v != failed && v != tooMany {
			return a, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return a, err
}

// send sends a call to one gateway and gives the whole answer.
func (g *gateway) send(client *http.Client, k call) (answer, error) {
	site := g.url
	if k.crm {
		site = g.crm
	}
	method := k.method
	if method == "" {
		method = http.MethodGet
	}
	request, err := http.NewRequestWithContext(context.Background(), method, site+k.path, bytes.NewReader(k.body))
	if err != nil {
		return answer{}, err
	}
	for i := 0; i+1 < len(k.header); i += 2 {
		request.Header.Set(k.header[i], k.header[i+1])
	}
	return whole(client, request)
}

// whole sends a request and gives the whole answer.
func whole(client *http.Client, request *http.Request) (answer, error) {
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	return answer{status: response.StatusCode, header: response.Header, body: body}, nil
}

// formEncoding is the Content-Type of a form.
const formEncoding = "application/x-www-form-urlencoded"

// counter gives numbers that no two clients get.
type counter struct{ last atomic.Int64 }

func (c *counter) next() int64 { return c.last.Add(1) }
