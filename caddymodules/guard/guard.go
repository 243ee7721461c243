// Package guard limits guessing, at every door that takes a secret.
//
// A [Door] stands before an account: a member, sid, uuid, cloak, login id or
// client id, whether it exists or not. It counts failures by account and client
// address together, by account over all addresses, and by address over all
// accounts. An [OpenDoor] takes keys
// that name no account, and counts by address; [SignUps] counts by address
// those who open an account.
//
// Counting is by a sliding window: a failure counts from its start until the
// window's length has passed. Where sessions are kept in Redis, every gateway
// counts there; else the one gateway there is counts in memory, and goes on
// counting over a reload. Who was right a moment ago is not counted again, see
// [Door.Settle]. Accounts and addresses are hashed before they become a key of
// anything, and the package logs nothing.
//
// The limits are the house's own; the source documents have none. They are
// settled in the wire contract, "Rules for every API".
package guard

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/caddyserver/caddy/v2"

	"sekisho/caddymodules/fault"
)

// What a limit may be.
const (
	shortestWindow  = time.Second
	longestWindow   = 30 * 24 * time.Hour
	mostFailures    = 10_000
	longestRemember = 400 * 24 * time.Hour
)

// The names of the limits in the metric sekisho_guess_refusals_total.
const (
	limitAddress = "address"
	limitAccount = "account"
	limitSignUp  = "sign_up"
	limitSource  = "source"
	limitCrowd   = "crowd"
)

// Limit is how many failures a window of time may hold.
type Limit struct {
	// Failures is how many there may be, 1 to 10,000; the next one is refused.
	Failures int `json:"failures,omitempty"`

	// Window is the length of the sliding window, 1 second to 30 days.
	Window caddy.Duration `json:"window,omitempty"`
}

// Limits are those of a door with accounts. In a module's options a field that
// is absent has its default, see [Limits.Or].
type Limits struct {
	// PerAddress limits one account from one client address (an IPv6 address
	// counts by its /64). A success clears it. Default 10 in 5 minutes.
	PerAddress Limit `json:"per_address,omitzero"`

	// PerAccount limits one account over all addresses but those that it
	// remembers. Default 100 an hour for people, 1,000 for machines.
	PerAccount Limit `json:"per_account,omitzero"`

	// PerSource limits one address over all accounts: a stranger who tries ever
	// new ones must not fill the memory in which the others' failures stand. A
	// success clears nothing, and right keys pass all the same. Each gateway
	// counts by itself. Default 1,000 in 5 minutes.
	PerSource Limit `json:"per_source,omitzero"`

	// Remember is how long an address that succeeded on an account stays
	// exempt from PerAccount there, so that an attack from elsewhere does not
	// lock the rightful user out; up to 400 days. Default 30 days.
	Remember caddy.Duration `json:"remember,omitempty"`
}

// The defaults of the wire contract.
var (
	// People are the limits where members, customers and operators log in.
	People = Limits{
		PerAddress: Limit{Failures: 10, Window: caddy.Duration(5 * time.Minute)},
		PerAccount: Limit{Failures: 100, Window: caddy.Duration(time.Hour)},
		PerSource:  Limit{Failures: 1000, Window: caddy.Duration(5 * time.Minute)},
		Remember:   caddy.Duration(30 * 24 * time.Hour),
	}

	// Machines are the limits where sites and clients show who they are.
	Machines = Limits{
		PerAddress: Limit{Failures: 10, Window: caddy.Duration(5 * time.Minute)},
		PerAccount: Limit{Failures: 1000, Window: caddy.Duration(time.Hour)},
		PerSource:  Limit{Failures: 1000, Window: caddy.Duration(5 * time.Minute)},
		Remember:   caddy.Duration(30 * 24 * time.Hour),
	}

	// Keys is the limit of a door without accounts.
	Keys = Limit{Failures: 100, Window: caddy.Duration(5 * time.Minute)}

	// Registrations is the limit on sign-ups.
	Registrations = Limit{Failures: 30, Window: caddy.Duration(time.Hour)}
)

// Or fills what is absent in from defaults.
func (l Limits) Or(defaults Limits) Limits {
	return Limits{
		PerAddress: cmp.Or(l.PerAddress, defaults.PerAddress),
		PerAccount: cmp.Or(l.PerAccount, defaults.PerAccount),
		PerSource:  cmp.Or(l.PerSource, defaults.PerSource),
		Remember:   cmp.Or(l.Remember, defaults.Remember),
	}
}

// Or gives the limit, or where it is absent the default one.
func (l Limit) Or(otherwise Limit) Limit { return cmp.Or(l, otherwise) }

// Validate refuses a limit that would let nobody in, or everybody.
func (l Limit) Validate() error {
	if l.Failures < 1 || l.Failures > mostFailures {
		return fmt.Errorf("the number must be from 1 to %d, not %d", mostFailures, l.Failures)
	}
	if window := time.Duration(l.Window); window < shortestWindow || window > longestWindow {
		return fmt.Errorf("the window must be from %v to %v, not %v", shortestWindow, longestWindow, window)
	}
	return nil
}

// Validate refuses limits that would let nobody in, or everybody.
func (l Limits) Validate() error {
	if err := l.PerAddress.Validate(); err != nil {
		return fmt.Errorf("per_address: %w", err)
	}
	if err := l.PerAccount.Validate(); err != nil {
		return fmt.Errorf("per_account: %w", err)
	}
	if err := l.PerSource.Validate(); err != nil {
		return fmt.Errorf("per_source: %w", err)
	}
	return validateRemember(l.Remember)
}

func validateRemember(d caddy.Duration) error {
	if remember := time.Duration(d); remember < shortestWindow || remember > longestRemember {
		return fmt.Errorf("remember: the time must be from %v to %v, not %v", shortestWindow, longestRemember, remember)
	}
	return nil
}

// check refuses what no door can be made of.
func check(name string, limit interface{ Validate() error }) error {
	if name == "" {
		return errors.New("making a limit on guessing: the door has no name")
	}
	if err := limit.Validate(); err != nil {
		return fmt.Errorf("limiting guesses at %s: %w", name, err)
	}
	return nil
}

// tooMany is the refusal of an attempt; it never asks for less than a second.
func tooMany(retry time.Duration) *fault.Fault {
	return &fault.Fault{Kind: fault.TooMany, RetryAfter: max(retry, time.Second)}
}

// outage is our own failure to count: the attempt must not go on.
func outage(err error) *fault.Fault {
	return fault.Because(fmt.Errorf("counting guesses: %w", err))
}
