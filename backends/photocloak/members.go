package photocloak

import (
	"context"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"go.uber.org/zap"

	"sekisho/backends/kit"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
)

func init() {
	caddy.RegisterModule(Members{})
}

// Members tells the guards `oauth2_token` and `oauth2_bearer` who PhotoCloak's
// clients and members are. It has no options; both are kept with `sekisho
// photocloak client` and `sekisho photocloak member`.
type Members struct {
	store    store
	seal     *stores.Sealer
	verified *kit.Verified
	log      *zap.Logger
}

// signedIn is what the guards carry from Members to the operations.
type signedIn struct{ id int64 }

// CaddyModule returns the Caddy module information.
func (Members) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.oauth2.members.photocloak",
		New: func() caddy.Module { return new(Members) },
	}
}

// Provision takes the stores.
func (m *Members) Provision(ctx caddy.Context) error {
	opened, err := stores.Of(ctx)
	if err != nil {
		return err
	}
	m.verified, err = stores.Keep(opened, "photocloak verified passwords", kit.NewVerified)
	if err != nil {
		return err
	}
	m.store, m.seal, m.log = store{opened.SQL}, opened.Seal, ctx.Logger()
	return nil
}

// Client gives the secrets of a client, the zero value where there is no such
// client.
func (m *Members) Client(ctx context.Context, id string) (identity.Keyed, error) {
	return m.store.clientKeys(ctx, id)
}

// HashSecret gives the hash of a secret, which is another one for each client.
func (m *Members) HashSecret(clientID, secret string) []byte {
	return hashClientSecret(m.seal, clientID, secret)
}

func hashClientSecret(seal *stores.Sealer, clientID, secret string) []byte {
	return seal.MAC("photocloak_client_secrets.secret_hash", clientID, secret)
}

// longestMail is how long a mail address may be, in characters.
const longestMail = 254

// Authenticate finds the member of a mail address and says whether this is their
// password. Someone who is not there, or disabled, costs as much as a wrong
// password.
func (m *Members) Authenticate(ctx context.Context, mail, password string) (identity.Member, bool, error) {
	var found member
	if utf8.RuneCountInString(mail) <= longestMail {
		var err error
		if found, err = m.store.memberByMail(ctx, mail); err != nil {
			return identity.Member{}, false, err
		}
	}
	if found.DisabledAt != 0 {
		found = member{} // a hash of "" costs as much as any, and is nobody's
	}
	right, stale, err := m.verified.Verify(ctx, found.PassHash, password)
	if err != nil || !right {
		return identity.Member{}, false, err
	}
	if stale {
		m.renew(ctx, found, password)
	}
	return found.identity(), true, nil
}

// renew hashes a password anew that an old server had hashed. That it does not
// succeed is no reason to refuse the member; the next login tries again.
func (m *Members) renew(ctx context.Context, found member, password string) {
	renewed, err := kit.HashPassword(ctx, password)
	if err == nil {
		err = m.store.renewHash(ctx, found.ID, found.PassHash, renewed)
	}
	if err != nil {
		m.log.Warn("hashing a member's password anew failed", zap.Int64("member_id", found.ID), zap.Error(err))
	}
}

// Member gives how a member stands now, the zero value where there is none.
func (m *Members) Member(ctx context.Context, id string) (identity.Member, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return identity.Member{}, nil
	}
	found, err := m.store.member(ctx, n)
	return found.identity(), err
}

// identity describes a member to the guards.
func (m member) identity() identity.Member {
	if m.ID == 0 {
		return identity.Member{}
	}
	return identity.Member{
		ID:         strconv.FormatInt(m.ID, 10),
		Generation: m.Generation,
		Disabled:   m.DisabledAt != 0,
		Extra:      signedIn{m.ID},
	}
}

// timeOf makes a time of Unix milliseconds; 0 is the zero time.
func timeOf(milliseconds int64) time.Time {
	if milliseconds == 0 {
		return time.Time{}
	}
	return time.UnixMilli(milliseconds)
}

// UnmarshalCaddyfile takes no arguments and no block. Syntax:
//
//	members photocloak
func (*Members) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the module's name
	if d.NextArg() {
		return d.Err("members photocloak takes no arguments")
	}
	if d.NextBlock(d.Nesting()) {
		return d.Err("members photocloak takes no block")
	}
	return nil
}

// Interface guards
var (
	_ caddy.Provisioner     = (*Members)(nil)
	_ caddyfile.Unmarshaler = (*Members)(nil)
)
