package main

import (
	"encoding/json"
)

// partnersServer is an app's own server, which calls the API.
type partnersServer struct {
	*avatarPlay
	c, beside *caller // two of its machines, which may call at once
}

// guestAvatar is a guest. Only one client dresses it.
type guestAvatar struct {
	partner *partner
	id      string
	granted map[string]bool
	shown   string // the moving picture of the main coord
	dead    bool   // its things passed to a person
	orphan  bool   // nobody looks after it: how it looks is not known
}

// makeGuest makes a guest. Each try that was not answered may have made one that
// nobody will hear of.
func (s *partnersServer) makeGuest(of *partner) *guestAvatar {
	a, v, tries := s.c.untilSignedUp(s.asking(of, "guest", "POST", "Guest", "scope", "AvatarLoad,ItemGrant"))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orphan += tries
	if v != done {
		return nil
	}
	shown := avatarIn(a)
	s.tell(shown)
	made := &guestAvatar{partner: of, id: shown.id(), granted: map[string]bool{}, shown: shown.moving()}
	s.guests = append(s.guests, made)
	return made
}

// grant grants items to an avatar that may have some of them, and takes note.
func (s *partnersServer) grant(of *partner, avatar string, granted map[string]bool, items ...string) {
	a, tries, ok := s.c.must(s.granting(of, avatar, items...))
	if !ok {
		return
	}
	statuses := grantedIn(a)
	for _, item := range items {
		want := 200
		if granted[item] {
			want = 409
		}
		if is := statuses[item]; is != want && (is != 409 || tries == 0) { // a try before may have done it
			s.found().strange("granting %s to %s was answered %s after %d tries; want %d", item, avatar, a, tries, want)
		}
		granted[item] = true
	}
}

func (s *partnersServer) granting(of *partner, avatar string, items ...string) call {
	var parameters []string
	for _, item := range items {
		parameters = append(parameters, "itemId", item)
	}
	return s.asking(of, "grant_items", "POST", "Avatar/"+avatar+"/Items", parameters...)
}

// grantAtOnce grants an item twice at once: it is granted once.
func (s *partnersServer) grantAtOnce(of *partner, avatar string, granted map[string]bool, item string) {
	k := s.granting(of, avatar, item)
	a, b, v, w := both(s.c, s.beside, k, k)
	if v == done && w == done && !granted[item] && grantedIn(a)[item]+grantedIn(b)[item] != 200+409 {
		s.found().doubled("granting %s to %s twice at once was answered %s and %s", item, avatar, a, b)
	}
	if v != done && w != done {
		_, _, ok := s.c.must(k)
		granted[item] = granted[item] || ok
		return
	}
	granted[item] = true
}

// grantedIn are the statuses by item.
func grantedIn(a answer) map[string]int {
	var said struct {
		Results []struct {
			ItemID json.Number
			Status int
		}
	}
	_ = json.Unmarshal(a.body, &said)
	statuses := map[string]int{}
	for _, result := range said.Results {
		statuses[result.ItemID.String()] = result.Status
	}
	return statuses
}

// dress puts an item on, or takes it off, looks, and makes that the main coord:
// the avatar then looks as the fitting room did. Select is made until it is
// answered, and may so put on and take off again; what is seen afterwards stays, as
// a try that comes late finds another fitting room than it read.
func (s *partnersServer) dress(of *partner, avatar, item string) (now shownAvatar, ok bool) {
	room := "Avatar/" + avatar + "/FittingRoom"
	before, ok := s.room(of, room)
	if !ok {
		return now, false
	}
	_, tries, ok := s.c.must(s.asking(of, "select", "POST", room+"/Select", "item_id", item))
	if !ok {
		return now, false
	}
	tried, ok := s.room(of, room)
	if !ok {
		return now, false
	}
	if tries == 0 && tried == before {
		s.found().lost("%s selected by %s, and answered, is not seen: %s", item, avatar, tried)
	}
	if _, _, ok := s.c.must(s.asking(of, "commit", "POST", room+"/Commit")); !ok {
		return now, false
	}
	if now, ok = s.avatar(of, avatar); ok && now.still() != tried {
		s.found().lost("avatar %s looks like %s; what was committed is %s", avatar, now.still(), tried)
	}
	return now, ok
}

// room is the picture of what is tried on.
func (s *partnersServer) room(of *partner, room string) (picture string, ok bool) {
	a, _, ok := s.c.must(s.asking(of, "fitting_room", "GET", room))
	var said struct{ AvatarImageURL string }
	_ = json.Unmarshal(a.body, &said)
	s.pictures.add(pathIn(said.AvatarImageURL))
	return pathIn(said.AvatarImageURL), ok
}

func (s *partnersServer) avatar(of *partner, avatar string) (now shownAvatar, ok bool) {
	a, _, ok := s.c.must(s.asking(of, "avatar", "GET", "Avatar/"+avatar))
	now = avatarIn(a)
	s.tell(now)
	return now, ok
}

// fetch fetches a picture that some answer pointed to.
func (s *partnersServer) fetch() {
	path := s.pictures.any()
	if a, _, ok := s.c.must(fetching(path)); ok {
		s.fetched(path, a)
	}
}
