package guard

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"sekisho/caddymodules/clock"
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
	if err := d.count(ctx, address); err != nil {
		return err
	}
	d.metrics.Attempted(d.name, string(wrong))
	return nil
}

// Right is Settle for a right key, which needs no address.
func (d *OpenDoor) Right() { d.right.Inc() }

// Allow counts one sign-up from address (see [Address]). It gives nil, or the
// *fault.Fault TooMany with RetryAfter, or Internal where it cannot count.
func (u *SignUps) Allow(ctx context.Context, address string) error {
	return u.count(ctx, address)
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

func (a *addresses) count(ctx context.Context, address string) error {
	try := newTry(hash(a.seal, a.purpose, a.name, address), slot{"all", a.limit})
	v, err := a.windows.enter(context.WithoutCancel(ctx), clock.Now(), try, wrong) // who hangs up counts all the same
	if err != nil {
		return outage(err)
	}
	if v.answer == pass {
		return nil
	}
	a.metrics.Refused(a.name, a.series)
	return tooMany(v.retry)
}
