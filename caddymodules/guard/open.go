package guard

import (
	"context"
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
)

// OpenDoor limits guessing at a door whose secrets name no account: API keys.
// It counts wrong ones by address. Right ones always pass, so that a client
// with a wrong key does not lock out the one beside it.
type OpenDoor struct {
	addresses
	right prometheus.Counter // nearly all that pass
}

// SignUps limits how many accounts an address may open.
type SignUps struct{ addresses }

// NewOpenDoor makes a door without accounts. Doors of the same name over the
// same stores count together, on all gateways. A bad limit is an error.
func NewOpenDoor(s *stores.Stores, m *observe.Metrics, name string, limit Limit) (*OpenDoor, error) {
	a, err := newAddresses(s, m, name, "guard open door", limit, limitAddress)
	m.Limits(name, attemptOutcomes[:2], nil)
	return &OpenDoor{a, m.Attempts(name, string(right))}, err
}

// NewSignUps makes a limit on sign-ups. Those of the same name over the same
// stores count together, on all gateways. A bad limit is an error.
func NewSignUps(s *stores.Stores, m *observe.Metrics, name string, limit Limit) (*SignUps, error) {
	a, err := newAddresses(s, m, name, "guard sign-ups", limit, limitSignUp)
	return &SignUps{a}, err
}

// Settle takes note of one key from address (see [Address]). A right one passes
// without a question to any store. A wrong one counts, and gives nil while the
// address may still guess; then the *fault.Fault TooMany with RetryAfter, or
// Internal where it cannot count.
func (d *OpenDoor) Settle(ctx context.Context, address string, isRight bool) error {
	if isRight {
		d.Right()
		return nil
	}
	if _, err := d.count(ctx, address); err != nil {
		return err
	}
	d.metrics.Attempted(d.name, string(wrong))
	return nil
}

// Right is Settle for a right key, which needs no address.
func (d *OpenDoor) Right() { d.right.Inc() }

// Try counts one sign-up from address (see [Address]), lets open do it, and gives
// its error. Where the limit is reached nothing is done, and the error is the
// *fault.Fault TooMany with RetryAfter; where it cannot count, Internal.
//
// The sign-up counts from its start, whatever becomes of it, but is taken back
// where open fails through us: with an Internal error, or with TooMany, as there is
// no turn for hashing a password. An app that tries again through an outage must
// not find its hour used up when that is over. Who brings such an error about, by
// asking much at once, gains nothing, as nothing was done: so open must not write the
// answer, which fails at will, where they do not wait for it.
func (u *SignUps) Try(ctx context.Context, address string, open func() error) error {
	counted, err := u.count(ctx, address)
	if err != nil {
		return err
	}
	err = open()
	if !isOurs(ctx, err) {
		return err
	}
	if lost := u.takeBack(ctx, counted); lost != nil {
		return fault.Because(errors.Join(err, lost))
	}
	return err
}

// isOurs says whether err is a failure of ours. Where the client hung up it need
// not be: that ends what is under way for them.
func isOurs(ctx context.Context, err error) bool {
	return ctx.Err() == nil && (fault.Is(err, fault.Internal) || fault.Is(err, fault.TooMany))
}

// addresses count what one address does.
type addresses struct {
	name    string
	purpose string
	limit   Limit
	series  string
	seal    *stores.Sealer
	windows windows
	metrics *observe.Metrics
}

func newAddresses(s *stores.Stores, m *observe.Metrics, name, purpose string, limit Limit, series string) (addresses, error) {
	if err := check(name, limit); err != nil {
		return addresses{}, err
	}
	m.Limits(name, nil, []string{series})
	w, err := windowsOf(s)
	return addresses{name: name, purpose: purpose, limit: limit, series: series, seal: s.Seal, windows: w, metrics: m}, err
}

func (a *addresses) count(ctx context.Context, address string) (try, error) {
	try := newTry(hash(a.seal, a.purpose, a.name, address), slot{"all", a.limit})
	v, err := a.windows.enter(context.WithoutCancel(ctx), clock.Now(), try, wrong) // who hangs up counts all the same
	if err != nil {
		return try, outage(err)
	}
	if v.answer == pass {
		return try, nil
	}
	a.metrics.Refused(a.name, a.series)
	return try, tooMany(v.retry)
}

// takeBack lets what was counted be as if it had not been.
func (a *addresses) takeBack(ctx context.Context, counted try) error {
	if err := a.windows.settle(context.WithoutCancel(ctx), counted, void); err != nil {
		return outage(err)
	}
	return nil
}
