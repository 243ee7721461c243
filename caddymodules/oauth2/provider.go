package oauth2

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"

	"sekisho/caddymodules/fault"
)

// The grants, as the parameter grant_type names them.
const (
	grantPassword = "password"
	grantRefresh  = "refresh_token"
)

// What a refused fault is about, beside the name of a parameter.
const (
	aboutClient = "client"
	aboutMember = "member"
)

// newProvider puts fosite together. Each gets a configuration of its own:
// Compose writes its handlers into it.
func newProvider(s *storage) fosite.OAuth2Provider {
	config := &fosite.Config{
		AccessTokenLifespan:  s.accessLifetime,
		RefreshTokenLifespan: s.refreshLifetime,
		RefreshTokenScopes:   []string{}, // everybody gets one
		// Nobody asks for scopes or audiences. fosite would set its defaults at the
		// first use, without a lock.
		ScopeStrategy:            fosite.ExactScopeStrategy,
		AudienceMatchingStrategy: fosite.ExactAudienceMatchingStrategy,
		// The client proves who it is before fosite sees the request, so no
		// secret is hashed here (by default with bcrypt, three a second).
		ClientAuthenticationStrategy: provedClient,
	}
	return compose.Compose(config, s, s.strategy,
		compose.OAuth2ResourceOwnerPasswordCredentialsFactory, //lint:ignore SA1019 the documented grant of clients that nobody can update
		compose.OAuth2RefreshTokenGrantFactory,
	)
}

func provedClient(ctx context.Context, _ *http.Request, _ url.Values) (fosite.Client, error) {
	return fositeClient(exchangeOf(ctx).client), nil
}

// serve lets fosite serve a grant. parameters are the grant's own, cleaned of
// the dialect. The error is a *fault.Fault.
func (x *exchange) serve(ctx context.Context, provider fosite.OAuth2Provider, parameters url.Values) (pair, error) {
	ctx = x.within(ctx)
	clean, err := http.NewRequestWithContext(ctx, http.MethodPost, "/", http.NoBody)
	if err != nil {
		return pair{}, fault.Because(err)
	}
	clean.Form, clean.PostForm = parameters, parameters
	request, err := provider.NewAccessRequest(ctx, clean, x.session)
	if err != nil {
		return pair{}, faultOf(err)
	}
	if _, err := provider.NewAccessResponse(ctx, request); err != nil {
		return pair{}, faultOf(err)
	}
	return x.answer, nil
}

// faultOf finds the fault in an error of fosite's: the one that our storage
// gave, or a grant that does not hold, or else a failure of ours.
func faultOf(err error) error {
	var f *fault.Fault
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, fosite.ErrInvalidGrant):
		return fault.New(fault.Unauthorized, grantRefresh)
	}
	return fault.Because(err)
}
