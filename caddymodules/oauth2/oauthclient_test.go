package oauth2

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// A client library of today works against the endpoint, in each way that it
// shows its secret, and refreshes an outlived token by itself.
func TestOAuthClient(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		fake := newFake()
		fake.setClient("a+b c", "s%+/: 秘")
		name := publish(t, fake)
		server := httptest.NewServer(storetest.Gateway(t, s,
			"oauth2_bearer {\nmembers fake "+name+"\n}\noauth2_token {\npaths /api/v2/auth/token\nmembers fake "+name+"\n}\nask"))
		defer server.Close()
		for what, style := range map[string]oauth2.AuthStyle{"header": oauth2.AuthStyleInHeader, "body": oauth2.AuthStyleInParams} {
			t.Run(what, func(t *testing.T) {
				ctx := context.Background()
				config := oauth2.Config{
					ClientID:     "a+b c",
					ClientSecret: "s%+/: 秘",
					Endpoint:     oauth2.Endpoint{TokenURL: server.URL + "/api/v2/auth/token", AuthStyle: style},
				}
				token, err := config.PasswordCredentialsToken(ctx, "m1@example.com", "pass m1")
				if err != nil {
					t.Fatal(err)
				}
				if token.Type() != "Bearer" || !token.Valid() || !littleLess(token.ExpiresIn, 3599) {
					t.Errorf("got %+v", token)
				}
				first := token.RefreshToken
				token.Expiry = time.Now().Add(-time.Minute) // by the machine's clock, as the library
				source := config.TokenSource(ctx, token)
				response, err := oauth2.NewClient(ctx, source).Get(server.URL + "/known")
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				if response.StatusCode != http.StatusOK {
					t.Errorf("answered %s", response.Status)
				}
				if fresh, err := source.Token(); err != nil || fresh.RefreshToken == first {
					t.Errorf("refreshed: %v", err)
				}
				_, err = config.PasswordCredentialsToken(ctx, "m1@example.com", "wrong")
				var refused *oauth2.RetrieveError
				if !errors.As(err, &refused) || refused.ErrorCode != "invalid_grant" {
					t.Errorf("a wrong password: %v", err)
				}
			})
		}
	})
}
