package oauth2

import (
	"context"
	"time"

	"github.com/ory/fosite"

	"sekisho/caddymodules/stores"
)

// exchange is one request at the token endpoint whose client has proved who it
// is. It walks in the context through fosite to our storage and strategy.
type exchange struct {
	client  string // its id
	address string // the caller's, as guesses count

	// session is what a password grant fills in.
	session *session

	// shown is the refresh token of a refresh grant; old is what it stands for.
	shown string
	old   grant

	// made is the pair that the strategy makes; next are its hashes.
	made pair
	next link

	// kept are the records of made that are yet to be put, together.
	kept []*stores.Call

	// answer is the pair that the client gets: made, or the one that an earlier
	// use of the refresh token gave.
	answer pair

	// rotates says that an open transaction is that of a rotation.
	rotates bool
}

// repeats says whether an earlier use of the refresh token is answered again,
// so that nothing new is kept.
func (x *exchange) repeats() bool { return x.answer != pair{} }

// keep has a record of the new pair put with the others.
func (x *exchange) keep(record *stores.Call, err error) error {
	x.kept = append(x.kept, record)
	return err
}

type exchangeKey struct{}

func (x *exchange) within(ctx context.Context) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

func exchangeOf(ctx context.Context) *exchange {
	return ctx.Value(exchangeKey{}).(*exchange)
}

// session carries a grant through fosite.
type session struct{ grant grant }

// SetExpiresAt does nothing: fosite reckons with the machine's clock, and the
// storage says by the house's when a token ends.
func (*session) SetExpiresAt(fosite.TokenType, time.Time) {}

// GetExpiresAt gives no time, which fosite takes for its default lifetime.
func (*session) GetExpiresAt(fosite.TokenType) time.Time { return time.Time{} }

// GetUsername is not known: tokens are given to member ids.
func (*session) GetUsername() string { return "" }

// GetSubject is the member's id.
func (s *session) GetSubject() string { return s.grant.Member }

// Clone copies the session.
func (s *session) Clone() fosite.Session {
	clone := *s
	return &clone
}

// grantOf gives the grant that a request of fosite's carries.
func grantOf(requester fosite.Requester) grant {
	return requester.GetSession().(*session).grant
}

// request gives a grant that was read from the sessions as fosite wants it.
func (g grant) request() *fosite.Request {
	request := fosite.NewRequest()
	request.ID = g.Family
	request.Client = fositeClient(g.Client)
	request.Session = &session{g}
	return request
}

// fositeClient is a client as fosite wants it. Each may use both grants.
func fositeClient(id string) fosite.Client {
	return &fosite.DefaultClient{ID: id, GrantTypes: []string{grantPassword, grantRefresh}}
}

// Interface guards
var _ fosite.Session = (*session)(nil)
