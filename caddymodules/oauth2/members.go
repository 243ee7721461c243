package oauth2

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/maypok86/otter/v2"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/identity"
)

const membersNamespace = "http.handlers.oauth2.members"

// Members knows the members and the clients of one API. A guest module in the
// namespace http.handlers.oauth2.members implements it. An error is a failure
// of ours, or a *fault.Fault TooMany where too many passwords are being checked.
type Members interface {
	// Client gives the secrets of a client; the zero value where there is no
	// such client.
	Client(ctx context.Context, id string) (identity.Keyed, error)

	// HashSecret gives what [identity.Key.Hash] of a client's secret would be,
	// 32 bytes, for a client that does not exist too.
	HashSecret(clientID, secret string) []byte

	// Authenticate gives the member of that name, and whether the password is
	// right. It costs as much for a name that nobody has.
	Authenticate(ctx context.Context, userName, password string) (m identity.Member, right bool, err error)

	// Member says how a member stands now; the zero value where there is no
	// such member.
	Member(ctx context.Context, id string) (identity.Member, error)
}

const (
	rememberFor = 3 * time.Second // who is disabled must be out within five
	maxClients  = 4096            // remembered at once, known ones and guessed ones
	maxMembers  = 50_000          // remembered at once
	maxName     = 255             // of a client or a member, in bytes

	// clockSkew is how far the clocks of two gateways may be apart.
	clockSkew = 5 * time.Second
)

// look is what the guest answered.
type look[T any] struct {
	is    T
	asked time.Time // before the answer, so that it is never older than it says
}

// looks remembers for a moment what the guest knows of a client or a member. Of
// calls that ask for the same one at once, one looks. A failure is not
// remembered.
type looks struct {
	guest   Members
	clients *otter.Cache[string, look[identity.Keyed]]
	members *otter.Cache[string, look[identity.Member]]
}

func newLooks(guest Members) *looks {
	return &looks{
		guest:   guest,
		clients: remember[identity.Keyed](maxClients),
		members: remember[identity.Member](maxMembers),
	}
}

func remember[T any](max int) *otter.Cache[string, look[T]] {
	return otter.Must(&otter.Options[string, look[T]]{
		MaximumSize: max,
		Clock:       houseClock{},
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[string, look[T]]) time.Duration {
			return left(e.Value.asked.Add(rememberFor))
		}),
	})
}

// client gives the secrets of a client.
func (l *looks) client(ctx context.Context, id string) (look[identity.Keyed], error) {
	if !isName(id) {
		return look[identity.Keyed]{}, nil
	}
	return ask(ctx, l.clients, id, l.guest.Client)
}

// standing gives the member behind a grant, and until when it may be believed that
// the grant holds: the client and the member may be let in, and the password is the
// one it was given for. Where it does not, that is the zero time.
func (l *looks) standing(ctx context.Context, g grant) (m identity.Member, until time.Time, err error) {
	client, err := l.client(ctx, g.Client)
	if err != nil || client.is.Disabled || !isKnown(client.is) {
		return identity.Member{}, time.Time{}, err
	}
	found, err := ask(ctx, l.members, g.Member, l.guest.Member)
	if err == nil && !g.holdsFor(found.is) && !found.asked.After(g.issued().Add(clockSkew)) {
		// What is remembered may be older than the grant: a new password would be
		// refused until it is forgotten.
		l.members.ComputeIfPresent(g.Member, func(old look[identity.Member]) (look[identity.Member], otter.ComputeOp) {
			if old.asked.Equal(found.asked) {
				return old, otter.InvalidateOp
			}
			return old, otter.CancelOp
		})
		found, err = ask(ctx, l.members, g.Member, l.guest.Member)
	}
	if err != nil || !g.holdsFor(found.is) {
		return identity.Member{}, time.Time{}, err
	}
	asked := found.asked
	if client.asked.Before(asked) {
		asked = client.asked
	}
	return found.is, asked.Add(rememberFor), nil
}

// ask gives what is remembered, or asks the guest. Others wait for the answer,
// so it does not end with the request that happened to come first; the guest's
// stores have bounds of their own.
func ask[T any](ctx context.Context, cache *otter.Cache[string, look[T]], id string, guest func(context.Context, string) (T, error)) (look[T], error) {
	if found, there := cache.GetIfPresent(id); there {
		return found, nil
	}
	return cache.Get(context.WithoutCancel(ctx), id, otter.LoaderFunc[string, look[T]](func(ctx context.Context, id string) (look[T], error) {
		asked := clock.Now()
		is, err := guest(ctx, id)
		return look[T]{is, asked}, err
	}))
}

// isKnown says whether the guest has a client at all.
func isKnown(client identity.Keyed) bool { return len(client.Keys) > 0 }

// isName says whether a client or a member could be called that.
func isName(name string) bool {
	return name != "" && len(name) <= maxName && isText(name)
}

// isText says whether s is text that every store takes.
func isText(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for i := range len(s) {
		if s[i] == 0 {
			return false
		}
	}
	return true
}

// houseClock has a cache ask the house's clock. It has no ticks: what is
// outlived goes as others come, and the caches are bounded.
type houseClock struct{}

func (houseClock) NowNano() int64                      { return clock.Now().UnixNano() }
func (houseClock) Tick(time.Duration) <-chan time.Time { return nil }

// left is how long it is until a moment, and more than nothing.
func left(until time.Time) time.Duration {
	return max(until.Sub(clock.Now()), 1)
}

var errNoMembers = errors.New("a line `members <module>` is missing, which names who knows the members")

// loadMembers loads the guest module of a handler's field MembersRaw, and gives
// its name too.
func loadMembers(ctx caddy.Context, handler any, raw json.RawMessage) (guest Members, name string, err error) {
	if len(raw) == 0 {
		return nil, "", errNoMembers
	}
	var source struct {
		Name string `json:"source"`
	}
	if err := json.Unmarshal(raw, &source); err != nil {
		return nil, "", fmt.Errorf("reading which module knows the members: %w", err)
	}
	module, err := ctx.LoadModule(handler, "MembersRaw")
	if err != nil {
		return nil, "", fmt.Errorf("loading the module that knows the members: %w", err)
	}
	guest, ok := module.(Members)
	if !ok {
		return nil, "", fmt.Errorf("a module of type %T does not know members", module)
	}
	return guest, source.Name, nil
}

// unmarshalMembers reads the option members, the dispenser standing on it.
func unmarshalMembers(d *caddyfile.Dispenser, into *json.RawMessage) error {
	if *into != nil {
		return d.Err("members is given twice")
	}
	if !d.NextArg() {
		return d.Err("members takes the name of the module that knows the members, as in `members photocloak`")
	}
	name := d.Val()
	guest, err := caddyfile.UnmarshalModule(d, membersNamespace+"."+name)
	if err != nil {
		return err
	}
	if _, ok := guest.(Members); !ok {
		return d.Errf("the module %s does not know members", name)
	}
	*into = caddyconfig.JSONModuleObject(guest, "source", name, nil)
	return nil
}
