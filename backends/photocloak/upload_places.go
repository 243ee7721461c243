package photocloak

import (
	"context"
	"sync"
	"time"
)

// uploadsOfOne is how many of the places of uploadsAtOnce one member may take,
// so that whoever lets their uploads trickle does not keep everybody else out.
const uploadsOfOne = uploadsAtOnce / 2

// uploadPatience bounds how long an upload waits until it is received.
const uploadPatience = 10 * time.Second

// addingPatience bounds how long photos that are ready wait until others are added
// to the same cloak: twice what as many as there are places need. While the database
// is away each of them takes its patience. It is a variable for the tests.
var addingPatience = 8 * time.Second

// uploadPlace takes a place in which a member's upload is received; leave gives it
// back. Where none is free in time, the error is TooMany.
func (s *service) uploadPlace(ctx context.Context, memberID int64) (leave func(), err error) {
	begun := time.Now()
	leaveShare, err := s.uploadShares.take(ctx, memberID, uploadPatience)
	if err != nil {
		return nil, err
	}
	if err := takePlace(ctx, s.uploads, uploadPatience-time.Since(begun)); err != nil {
		leaveShare()
		return nil, err
	}
	return func() {
		<-s.uploads
		leaveShare()
	}, nil
}

// shares are the places that each of many has taken of something: a member of the
// uploads, a cloak of what is added. There is a share for those only who have a
// place or wait for one.
type shares struct {
	places int // of each

	mutex sync.Mutex
	taken map[int64]*share
}

type share struct {
	places chan struct{}
	users  int // who hold a place or wait for one
}

func newShares(places int) *shares {
	return &shares{places: places, taken: map[int64]*share{}}
}

// take takes a place of id's share; leave gives it back. Where none is free in
// time, or as many wait already as there are places for everybody, the error is
// TooMany.
func (s *shares) take(ctx context.Context, id int64, patience time.Duration) (leave func(), err error) {
	mine, ok := s.join(id)
	if !ok {
		return nil, overloaded()
	}
	if err := takePlace(ctx, mine.places, patience); err != nil {
		s.part(id, mine)
		return nil, err
	}
	return func() {
		<-mine.places
		s.part(id, mine)
	}, nil
}

func (s *shares) join(id int64) (mine *share, ok bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if mine = s.taken[id]; mine == nil {
		mine = &share{places: make(chan struct{}, s.places)}
		s.taken[id] = mine
	}
	if mine.users >= s.places+uploadsAtOnce {
		return nil, false
	}
	mine.users++
	return mine, true
}

func (s *shares) part(id int64, mine *share) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if mine.users--; mine.users == 0 {
		delete(s.taken, id)
	}
}
