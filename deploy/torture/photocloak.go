package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Who calls PhotoCloak, and how many of each. They are known by their numbers, in
// this order.
const (
	cloakOwners  = 3 // change their tokens, and what is their own
	cloakKeepers = 4 // make cloaks, and fill them with photos
	cloakLookers = 3 // look at what the keepers have made public
	cloakOpeners = 2 // look into what the keepers have locked
)

func init() {
	apis["photocloak"] = api{clients: cloakOwners + cloakKeepers + cloakLookers + cloakOpeners, begin: beginCloakroom}
}

// mostCloaksMade is what a run makes at the most, for there are 1,188 numbers, and
// each rests for a week.
const mostCloaksMade = 900

// cloakroom is the PhotoCloak API: what its clients were told of members, cloaks
// and photos.
type cloakroom struct {
	w       *world
	numbers counter
	probed  string // the query of a photo of the demo's

	mu     sync.Mutex
	made   time.Time // when the last cloak was begun
	logins []*login
	owners []*owner
	cloaks []*toldCloak
	photos []*toldPhoto

	// What there is for others to see.
	shown  []*toldPhoto
	locked []*toldCloak
}

// toldCloak is what was answered of a cloak. What changes is its keeper's alone to
// read, but for what is atomic.
type toldCloak struct {
	keeper   *login
	name, id string
	open     int // calls to make it that were not answered
	download bool
	locked   bool
	tags     []string
	photos   []*toldPhoto // that are not gone
	late     int          // uploads that were not answered: they may be there once more

	ending atomic.Bool // its deletion was asked for
	gone   bool        // and answered

	looks looks
	lock  lock
}

// toldPhoto is what was answered of a photo.
type toldPhoto struct {
	cloak  *toldCloak
	id     string
	name   string // "" where it was sent without
	digest digest
	size   int
	open   int // uploads of it that were not answered

	ending atomic.Bool // its deletion was asked for
	gone   bool        // and answered

	looks looks
	files served
}

// beginCloakroom makes the members, and asks for a photo that is there for sure.
func beginCloakroom(w *world) (subject, error) {
	room := &cloakroom{w: w}
	if err := room.addMembers(cloakOwners + cloakKeepers); err != nil {
		return nil, err
	}
	a, err := w.gateways[0].send(healthClient, call{path: "/api/v2/cloaks/search?tg=" + url.QueryEscape("入道雲")})
	if err != nil {
		return nil, err
	}
	found := cloaksIn(a.body)
	if len(found) != 1 || len(found[0].Images) == 0 {
		return nil, fmt.Errorf("the demo's cloak is not there: %s", a)
	}
	room.probed = "ci=" + found[0].CloakID + "&cd=" + found[0].Images[0].CloakImageID
	return room, nil
}

// firstMember is the id of the first member that is made here, far from the demo's.
const firstMember = 1001

// addMembers makes members who may have as many cloaks as there are numbers.
func (room *cloakroom) addMembers(count int) error {
	var csv strings.Builder
	csv.WriteString("id,mail,name,pass,max_cloaks\n")
	for n := range count {
		m := memberOf(n)
		fmt.Fprintf(&csv, "%d,%s,%s,%s,1000000\n", m.id, m.mail, m.name, m.password)
	}
	file := filepath.Join(room.w.folder, "members.csv")
	if err := os.WriteFile(file, []byte(csv.String()), 0o600); err != nil {
		return err
	}
	_, err := room.w.run("photocloak", "import", "members", file)
	return err
}

// member is one who may log in.
type member struct {
	id                   int64
	mail, name, password string
}

func memberOf(number int) member {
	return member{
		id: firstMember + int64(number), mail: fmt.Sprintf("torture%d@example.com", number),
		name: fmt.Sprintf("関所%d", number), password: fmt.Sprintf("torture-%d", number),
	}
}

// probe looks at a photo and fetches it: that takes the database, Redis and the
// bucket.
func (room *cloakroom) probe(g *gateway) error {
	for _, k := range []call{
		{method: "POST", path: "/api/v2/photos/look", body: []byte(room.probed), header: []string{"Content-Type", formEncoding}},
		{path: "/api/v2/photos?" + room.probed},
	} {
		a, err := g.send(healthClient, k)
		if err == nil && judgeCloak(a) != done {
			err = fmt.Errorf("%s is answered %s", k.path, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (room *cloakroom) client(c *caller) client {
	switch n := c.number; {
	case n < cloakOwners:
		return room.owner(c, memberOf(n))
	case n < cloakOwners+cloakKeepers:
		return &keeper{login: room.login(c, memberOf(n))}
	case n < cloakOwners+cloakKeepers+cloakLookers:
		return &looker{room: room, c: c}
	}
	return &opener{room: room, c: c}
}

// result is where what is wrong is noted.
func (room *cloakroom) result() *result { return room.w.found.of("photocloak") }

// posting is a call with a form.
func posting(operation, about, path string, form url.Values) call {
	return call{
		operation: operation, about: about, method: "POST", path: "/api/v2/" + path, body: []byte(form.Encode()),
		header: []string{"Content-Type", formEncoding}, judge: judgeCloak,
	}
}

// getting is a call with a query.
func getting(operation, about, path string, query url.Values) call {
	return call{operation: operation, about: about, path: "/api/v2/" + path + "?" + query.Encode(), judge: judgeCloak}
}

// judgeCloak reads an answer as the contract has them. That a token is not known is
// never right here: nobody shows one that has ended but those who say so.
func judgeCloak(a answer) verdict {
	body := string(a.body)
	switch a.status {
	case 200:
		return done
	case 429:
		return tooMany
	case 500:
		if strings.HasPrefix(body, `{"errors":[{"errorCode":"internal_error"`) || strings.HasPrefix(body, `{"error":"server_error"`) {
			return failed
		}
	case 400, 404, 406:
		if json.Valid(a.body) && (strings.HasPrefix(body, `{"errors":[{"errorCode":"`) || strings.HasPrefix(body, `{"error":"`)) {
			return refused
		}
	}
	return strange
}

// refusedAs says whether an answer is a refusal with this code.
func refusedAs(a answer, code string) bool {
	return strings.HasPrefix(string(a.body), `{"errors":[{"errorCode":"`+code+`"`)
}

// shownCloak is a cloak as the API shows it.
type shownCloak struct {
	CloakID string `json:"CloakId"`
	Name    string
	Status  string
	Images  []shownImage
	Tags    []struct{ Tag string }
}

type shownImage struct{ CloakImageID, ImageName string }

// cloakIn is the cloak of an answer that has one, nil where it has none.
func cloakIn(body []byte) *shownCloak {
	var shown struct{ Cloak *shownCloak }
	if json.Unmarshal(body, &shown) != nil {
		return nil
	}
	return shown.Cloak
}

// cloaksIn are those of a list.
func cloaksIn(body []byte) []shownCloak {
	var shown struct{ Cloak []shownCloak }
	if json.Unmarshal(body, &shown) != nil {
		return nil
	}
	return shown.Cloak
}

func (s *shownCloak) has(imageID string) bool {
	for _, i := range s.Images {
		if i.CloakImageID == imageID {
			return true
		}
	}
	return false
}

// tellCloak keeps what was answered of a new cloak.
func (room *cloakroom) tellCloak(c *toldCloak) {
	room.mu.Lock()
	defer room.mu.Unlock()
	room.cloaks = append(room.cloaks, c)
}

// publish lets the others see a cloak that has a password.
func (room *cloakroom) publish(c *toldCloak) {
	room.mu.Lock()
	defer room.mu.Unlock()
	room.locked = append(room.locked, c)
}

// tellPhotos keeps what was answered of new photos, and lets the others see them
// where their cloak is open.
func (room *cloakroom) tellPhotos(photos []*toldPhoto) {
	room.mu.Lock()
	defer room.mu.Unlock()
	room.photos = append(room.photos, photos...)
	for _, p := range photos {
		if !p.cloak.locked {
			room.shown = append(room.shown, p)
		}
	}
}

// mayMake says whether it is time for another cloak, so that their numbers last
// for the whole run.
func (room *cloakroom) mayMake() bool {
	room.mu.Lock()
	defer room.mu.Unlock()
	if time.Since(room.made) < room.w.t.lasting(1.0/mostCloaksMade) {
		return false
	}
	room.made = time.Now()
	return true
}

// aPhoto gives one for others to see, nil where there is none.
func (room *cloakroom) aPhoto(random randomness) *toldPhoto {
	room.mu.Lock()
	defer room.mu.Unlock()
	for len(room.shown) > 0 {
		i := random.IntN(len(room.shown))
		if p := room.shown[i]; !p.ending.Load() && !p.cloak.ending.Load() {
			return p
		}
		room.shown = without(room.shown, i)
	}
	return nil
}

// aLocked gives a cloak that has a password, nil where there is none.
func (room *cloakroom) aLocked(random randomness) *toldCloak {
	room.mu.Lock()
	defer room.mu.Unlock()
	for len(room.locked) > 0 {
		i := random.IntN(len(room.locked))
		if c := room.locked[i]; !c.ending.Load() {
			return c
		}
		room.locked = without(room.locked, i)
	}
	return nil
}

// without takes one out of a list in which order means nothing.
func without[T any](list []T, i int) []T {
	list[i] = list[len(list)-1]
	return list[:len(list)-1]
}

func itoa(n int) string { return strconv.Itoa(n) }
