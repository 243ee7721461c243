package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

func init() { apis["avatarplay"] = api{clients: 8, begin: beginAvatarPlay} }

const (
	avatarPartners = 2 // apps to which each person may link
	guestDressers  = 5 // of the clients; the others are people on the dress-up site
	avatarRoot     = "/avatar/v1/"
)

// avatarPlay is Avatar Play: the apps, the guests and people that they were told
// of, and the pictures.
type avatarPlay struct {
	w        *world
	numbers  counter
	partners []*partner
	pictures pictures

	locked []string // items that nobody has until they are granted
	free   []string // items that can be taken off, and that everybody has who signed up
	first  []string // what a guest owns from the start
	signed []string // what a person owns from the start

	probed guestAvatar

	mu     sync.Mutex
	guests []*guestAvatar
	people []*fitPerson
	orphan int // calls of Guest that were not answered, each of which may have made one
}

// partner is an app whose users link their avatars to it.
type partner struct{ id, key string }

// partnersBack is where people are led back to an app. Nobody listens there: the
// redirect itself tells what came of it.
const partnersBack = "http://localhost:9/linked?from=fit"

func beginAvatarPlay(w *world) (subject, error) {
	p := &avatarPlay{w: w, pictures: pictures{told: map[string][32]byte{}}}
	for number := range avatarPartners {
		out, err := w.run("avatarplay", "app", "add", "--name", fmt.Sprint("Torture ", number+1),
			"--permissions", "AvatarLoad,ItemGrant", "--redirect", partnersBack, "--all")
		if err != nil {
			return nil, err
		}
		made := regexp.MustCompile(`app id: ([0-9]+)\nAPI key, shown this once: (\S+)`).FindStringSubmatch(out)
		if made == nil {
			return nil, fmt.Errorf("adding an app printed\n%s", out)
		}
		p.partners = append(p.partners, &partner{made[1], made[2]})
	}
	if err := p.readCatalogue(); err != nil {
		return nil, err
	}
	return p, p.makeProbed()
}

// readCatalogue reads what there is to wear.
func (p *avatarPlay) readCatalogue() error {
	coords, err := p.w.rows(`SELECT items FROM avatarplay_coords WHERE is_default`)
	if err != nil {
		return err
	}
	if len(coords) != 1 {
		return fmt.Errorf("there are %d default coords", len(coords))
	}
	p.first = strings.Split(coords[0][0], ",")
	p.signed = slices.Clone(p.first)
	items, err := p.w.rows(`SELECT id, part, CASE WHEN free THEN 'free' ELSE '' END FROM avatarplay_items ORDER BY id`)
	for _, item := range items {
		id, stays, isFree := item[0], slices.Contains([]string{"body", "face", "hair"}, item[1]), item[2] == "free"
		if isFree && !slices.Contains(p.signed, id) {
			p.signed = append(p.signed, id)
		}
		switch {
		case stays || slices.Contains(p.first, id):
		case isFree:
			p.free = append(p.free, id)
		default:
			p.locked = append(p.locked, id)
		}
	}
	if err == nil && (len(p.free) < 10 || len(p.locked) < 20) {
		err = fmt.Errorf("there are %d free items and %d others", len(p.free), len(p.locked))
	}
	return err
}

// makeProbed makes the guest that the probe looks at, once the app's key opens.
func (p *avatarPlay) makeProbed() error {
	k := p.asking(p.partners[0], "guest", "POST", "Guest", "scope", "AvatarLoad")
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		a, err := p.w.gateways[0].send(healthClient, k)
		if err == nil && k.judge(a) == done {
			shown := avatarIn(a)
			p.probed = guestAvatar{partner: p.partners[0], id: shown.id(), orphan: true}
			p.tell(shown)
			return nil
		}
		if time.Since(begun) > time.Minute {
			return fmt.Errorf("making a guest: %s, %w", a, err)
		}
	}
}

// probe looks into a fitting room, and fetches a picture.
func (p *avatarPlay) probe(g *gateway) error {
	for _, k := range []call{
		p.asking(p.probed.partner, "fitting_room", "GET", "Avatar/"+p.probed.id+"/FittingRoom"),
		fetching(p.pictures.any()),
	} {
		a, err := g.send(healthClient, k)
		if err == nil && k.judge(a) != done {
			err = fmt.Errorf("%s is answered %s", k.operation, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *avatarPlay) client(c *caller) client {
	c.move() // to a machine of its own
	server := partnersServer{avatarPlay: p, c: c, beside: ownMachine(c)}
	if c.number < guestDressers {
		return &guestDresser{partnersServer: server, partner: p.partners[c.number%avatarPartners]}
	}
	return &fitVisitor{partnersServer: server}
}

func (p *avatarPlay) found() *result { return p.w.found.of("avatarplay") }

// asking is a call of the API by an app. The parameters are pairs of names and
// values.
func (p *avatarPlay) asking(of *partner, operation, method, path string, pairs ...string) call {
	query := url.Values{"key": {of.key}}
	for i := 0; i < len(pairs); i += 2 {
		query.Add(pairs[i], pairs[i+1])
	}
	return call{operation: operation, about: path, method: method, path: avatarRoot + path + "?" + query.Encode(), judge: judgeAvatarPlay}
}

// judgeAvatarPlay reads an answer to an app.
func judgeAvatarPlay(a answer) verdict {
	var refusal struct{ Error struct{ Code int } }
	isError := json.Unmarshal(a.body, &refusal) == nil && refusal.Error.Code == a.status
	switch {
	case a.status == 200 && (len(a.body) == 0 || json.Valid(a.body)):
		return done
	case a.status == 429:
		return tooMany
	case a.status == 500 && isError:
		return failed
	case a.status < 500 && isError:
		return refused
	}
	return strange
}

// shownAvatar is an avatar as an app is told of it.
type shownAvatar struct {
	AvatarID                                                 json.Number
	AvatarImageURL, AvatarNonAnimationImageURL, FaceImageURL string
	Guest                                                    bool
	Status                                                   int
}

func avatarIn(a answer) (shown shownAvatar) {
	_ = json.Unmarshal(a.body, &shown)
	return shown
}

func (s shownAvatar) id() string     { return s.AvatarID.String() }
func (s shownAvatar) moving() string { return pathIn(s.AvatarImageURL) }
func (s shownAvatar) still() string  { return pathIn(s.AvatarNonAnimationImageURL) }

// pathIn is the path of a URL, which is the same at both gateways.
func pathIn(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return "" // no picture has it
	}
	return parsed.Path
}
