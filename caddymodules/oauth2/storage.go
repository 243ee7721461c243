package oauth2

import (
	"context"
	"time"

	"github.com/ory/fosite"
	fositeoauth2 "github.com/ory/fosite/handler/oauth2"
	fositestorage "github.com/ory/fosite/storage"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/stores"
)

// storage is what fosite keeps its tokens in. How refresh tokens are rotated
// and families revoked stands in rotate.go.
type storage struct {
	fosite.ClientManager              // nil: clients prove who they are before fosite
	fositeoauth2.AuthorizeCodeStorage // nil: no grant here has codes

	records  *records
	strategy *strategy
	seen     *seen
	looks    *looks
	door     *guard.Door // of the members

	accessLifetime  time.Duration
	refreshLifetime time.Duration
	grace           time.Duration
}

// Authenticate gives the id of the member that a name and a password prove.
func (s *storage) Authenticate(ctx context.Context, userName, password string) (subject string, err error) {
	x := exchangeOf(ctx)
	attempt, err := s.door.Begin(ctx, lowered(userName), x.address)
	if err != nil {
		return "", about(aboutMember, err)
	}
	defer attempt.End(ctx)
	member, right, err := s.looks.guest.Authenticate(attempt.In(ctx), userName, password)
	if err != nil {
		return "", about(aboutMember, err)
	}
	if !right || !member.Active() {
		if err := attempt.Wrong(ctx); err != nil {
			return "", err
		}
		return "", fault.New(fault.Unauthorized, aboutMember)
	}
	if err := attempt.Right(ctx); err != nil {
		return "", err
	}
	x.session.grant.Member = member.ID
	x.session.grant.Generation = member.Generation
	return member.ID, nil
}

// about says of a fault what it is about; any other error is an Internal one.
func about(subject string, err error) error {
	f := *fault.Of(err)
	f.Subject = subject
	return &f
}

// CreateAccessTokenSession has kept what a new access token stands for, with the
// rest of its pair.
func (s *storage) CreateAccessTokenSession(ctx context.Context, hash string, request fosite.Requester) error {
	x := exchangeOf(ctx)
	if x.repeats() {
		return nil
	}
	g := s.newGrant(request, s.accessLifetime)
	x.made.Expires = g.Expires
	x.next.Access = hash
	return x.keep(s.records.putting(accessRecord, hash, g, s.accessLifetime))
}

// CreateRefreshTokenSession keeps what a new refresh token stands for. With it
// the pair of a password grant is whole.
func (s *storage) CreateRefreshTokenSession(ctx context.Context, hash, accessHash string, request fosite.Requester) error {
	x := exchangeOf(ctx)
	if x.repeats() {
		return nil
	}
	g := s.newGrant(request, s.refreshLifetime)
	g.Access = accessHash
	x.next.Refresh = hash
	if err := x.keep(s.records.putting(refreshRecord, hash, g, s.refreshLifetime)); err != nil {
		return err
	}
	if x.rotates {
		return nil // Commit decides
	}
	x.answer = x.made
	if err := x.keep(s.records.putting(familyRecord, g.Family, x.next, s.refreshLifetime)); err != nil {
		return err
	}
	return s.records.together(ctx, x.kept...)
}

func (s *storage) newGrant(request fosite.Requester, lifetime time.Duration) grant {
	g := grantOf(request)
	now := clock.Now()
	g.Family = request.GetID()
	g.Client = request.GetClient().GetID()
	g.Issued = now.UnixMilli()
	g.Expires = now.Add(lifetime).UnixMilli()
	return g
}

// GetAccessTokenSession gives what an access token stands for.
func (s *storage) GetAccessTokenSession(ctx context.Context, hash string, _ fosite.Session) (fosite.Requester, error) {
	g, found, err := s.accessGrant(ctx, hash)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fosite.ErrNotFound
	}
	return g.request(), nil
}

// GetRefreshTokenSession gives what a refresh token stands for. One that was
// used is inactive, and has fosite revoke the family, unless its earlier use may
// be answered again.
func (s *storage) GetRefreshTokenSession(ctx context.Context, hash string, _ fosite.Session) (fosite.Requester, error) {
	x := exchangeOf(ctx)
	token, use := s.records.getting(refreshRecord, hash), s.records.getting(usedRecord, hash)
	if err := s.records.together(ctx, token, use); err != nil {
		return nil, err
	}
	g, found, err := readGrant(refreshRecord, hash, token.Value, token.Err)
	if err != nil {
		return nil, err
	}
	if !found || isOver(g.Expires) || g.Client != x.client {
		return nil, fosite.ErrNotFound
	}
	_, until, err := s.looks.standing(ctx, g)
	if err != nil {
		return nil, fault.Of(err)
	}
	if until.IsZero() {
		return nil, fosite.ErrNotFound
	}
	x.old = g
	return s.usable(ctx, x, use)
}

// usable says whether the refresh token that is shown may be used. use is the
// look at its earlier use. Of a token that was not used yet the family is looked
// at later, with the keeping of the new pair.
func (s *storage) usable(ctx context.Context, x *exchange, found *stores.Call) (fosite.Requester, error) {
	var earlier use
	used, err := read(usedRecord, found.Value, found.Err, &earlier)
	if err != nil || !used {
		return x.old.request(), err
	}
	if dead, err := s.isDead(ctx, x.old.Family); err != nil || dead {
		if err == nil {
			err = s.RevokeAccessToken(ctx, x.old.Family) // where revoking broke off
		}
		return nil, orNotFound(err)
	}
	repeated, err := s.repeat(ctx, x, earlier)
	if err == nil && !repeated {
		err = fosite.ErrInactiveToken
	}
	return x.old.request(), err
}

// readGrant reads what getting a token's record gave.
func readGrant(kind, hash string, encoded []byte, err error) (g grant, found bool, _ error) {
	found, err = read(kind, encoded, err, &g)
	g.hash = hash
	return g, found, err
}

// accessGrant gives what an access token stands for, by its hash.
func (s *storage) accessGrant(ctx context.Context, hash string) (g grant, found bool, err error) {
	encoded, err := s.records.sessions.Get(ctx, s.records.key(accessRecord, hash))
	return readGrant(accessRecord, hash, encoded, err)
}

func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return fosite.ErrNotFound
}

// DeleteAccessTokenSession forgets an access token.
func (s *storage) DeleteAccessTokenSession(ctx context.Context, hash string) error {
	defer s.seen.forget(hash)
	return s.records.delete(ctx, accessRecord, hash)
}

// DeleteRefreshTokenSession does nothing. fosite calls it for a refresh token
// that was used, before the family is revoked; its record says which family
// that is, should the rest break off.
func (*storage) DeleteRefreshTokenSession(context.Context, string) error { return nil }

// Interface guards
var (
	_ fosite.Storage                                            = (*storage)(nil)
	_ fositeoauth2.CoreStorage                                  = (*storage)(nil)
	_ fositeoauth2.TokenRevocationStorage                       = (*storage)(nil)
	_ fositeoauth2.ResourceOwnerPasswordCredentialsGrantStorage = (*storage)(nil)
	_ fositestorage.Transactional                               = (*storage)(nil)
)
