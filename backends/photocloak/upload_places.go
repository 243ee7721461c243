package photocloak

import (
	"context"
	"sync"
	"time"
)

// uploadsOfOne is how many of the places of uploadsAtOnce one member may take,
// so that whoever lets their uploads trickle does not keep everybody else out.
const uploadsOfOne = uploadsAtOnce / 2

// uploadShares are the places that each member has taken. There is a share for
// those only who are uploading.
type uploadShares struct {
	mutex   sync.Mutex
	members map[int64]*uploadShare
}

type uploadShare struct {
	places chan struct{}
	users  int // who hold a place or wait for one
}

func newUploadShares() *uploadShares {
	return &uploadShares{members: map[int64]*uploadShare{}}
}

// take takes a place of a member's share; leave gives it back. Where none is free
// in time, the error is TooMany.
func (s *uploadShares) take(ctx context.Context, memberID int64, patience time.Duration) (leave func(), err error) {
	share := s.join(memberID)
	if err := takePlace(ctx, share.places, patience); err != nil {
		s.part(memberID, share)
		return nil, err
	}
	return func() {
		<-share.places
		s.part(memberID, share)
	}, nil
}

func (s *uploadShares) join(memberID int64) *uploadShare {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	share := s.members[memberID]
	if share == nil {
		share = &uploadShare{places: make(chan struct{}, uploadsOfOne)}
		s.members[memberID] = share
	}
	share.users++
	return share
}

func (s *uploadShares) part(memberID int64, share *uploadShare) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if share.users--; share.users == 0 {
		delete(s.members, memberID)
	}
}
