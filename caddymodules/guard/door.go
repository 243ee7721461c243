package guard

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
)

// How an attempt waits while others are undecided.
const (
	patience     = 2 * time.Second
	firstPause   = 15 * time.Millisecond
	longestPause = 100 * time.Millisecond
	mostWaiting  = 1000 // at one door; who comes after them is refused at once
)

// Door limits guessing at one door of an API that asks for an account and a
// secret. It is safe for use by many at once.
type Door struct {
	name    string
	limits  Limits
	seal    *stores.Sealer
	windows windows
	known   *known
	lately  *lately
	metrics *observe.Metrics

	sources *memory // failures by address over all accounts, of this gateway
	crowd   *Crowd  // at all doors of this gateway together: they share the processors

	patience time.Duration
	waiting  chan struct{}
}

// NewDoor makes a door. Doors of the same name over the same stores count
// together, on all gateways. The limits are complete (see [Limits.Or]); bad ones
// are an error.
func NewDoor(s *stores.Stores, m *observe.Metrics, name string, limits Limits) (*Door, error) {
	if err := check(name, limits); err != nil {
		return nil, err
	}
	w, err := windowsOf(s)
	if err != nil {
		return nil, err
	}
	sources, err := stores.Keep(s, "guard sources", newMemory)
	if err != nil {
		return nil, err
	}
	recent, err := stores.Keep(s, "guard lately "+name, newLately)
	if err != nil {
		return nil, err
	}
	crowd, err := stores.Keep(s, "guard crowd", NewCrowd)
	if err != nil {
		return nil, err
	}
	m.Limits(name, attemptOutcomes, []string{limitAddress, limitAccount, limitSource, limitCrowd})
	return &Door{
		sources:  sources,
		crowd:    crowd,
		name:     name,
		limits:   limits,
		seal:     s.Seal,
		windows:  w,
		lately:   recent,
		known:    newKnown(s.Sessions, time.Duration(limits.Remember)),
		metrics:  m,
		patience: patience,
		waiting:  make(chan struct{}, mostWaiting),
	}, nil
}

// attemptOutcomes are what may become of an attempt.
var attemptOutcomes = []string{string(right), string(wrong), string(void)}

// Attempt is one attempt that a door let in. Until it proves right it counts as
// a failure.
type Attempt struct {
	door    *Door
	try     try
	source  try // over all accounts
	known   string
	usual   bool   // the address has been right on the account before
	leave   func() // the seat, where it has one
	decided atomic.Bool
}

// settle decides the attempt, once.
func (a *Attempt) settle(ctx context.Context, as outcome) (first bool, err error) {
	if !a.decided.CompareAndSwap(false, true) {
		return false, nil
	}
	a.leave()
	a.door.metrics.Attempted(a.door.name, string(as))
	ctx = context.WithoutCancel(ctx) // who hangs up counts all the same
	ofSource := as
	if as == right {
		ofSource = void // a success clears nothing there
	}
	_ = a.door.sources.settle(ctx, a.source, ofSource) // memory does not fail
	if err := a.door.windows.settle(ctx, a.try, as); err != nil {
		return true, outage(err)
	}
	return true, nil
}

// Begin lets an attempt on account from address (see [Address]) go on to the
// check of its secret, or gives a *fault.Fault: TooMany with RetryAfter, or
// Internal where it cannot count. The account may be any text, and need not
// exist. Begin waits, two seconds at most, while attempts that are undecided
// would decide over this one.
//
// An attempt has a seat (see [Crowd]) until it is decided, so who begins one has
// [Attempt.End] called whatever happens.
func (d *Door) Begin(ctx context.Context, account, address string) (*Attempt, error) {
	return d.enter(ctx, account, address, undecided)
}

// Right says that the secret was right: the attempt counts no more, the
// failures of this address on this account are forgotten, and the address is
// exempt from the limit over all addresses from now on. The error is an
// Internal *fault.Fault, and the answer to the attempt. Only the first of Right,
// Wrong and Void has an effect.
func (a *Attempt) Right(ctx context.Context) error {
	first, err := a.settle(ctx, right)
	if err != nil || !first {
		return err
	}
	return a.remember(context.WithoutCancel(ctx))
}

// Wrong says that the secret was wrong: the attempt stays counted. The error is
// an Internal *fault.Fault. An attempt that is never decided stays counted too,
// but lets others wait for it.
func (a *Attempt) Wrong(ctx context.Context) error {
	_, err := a.settle(ctx, wrong)
	return err
}

// Void takes the attempt back, as if it had not been made: for a failure of
// ours that told the caller nothing of the secret. An outage must not lock the
// rightful user out. The error is an Internal *fault.Fault.
func (a *Attempt) Void(ctx context.Context) error {
	_, err := a.settle(ctx, void)
	return err
}

// End takes the attempt back where nothing was decided, after a failure or a panic.
// One that cannot be taken back counts as wrong: that is no answer, so End is for
// defer.
func (a *Attempt) End(ctx context.Context) { _ = a.Void(ctx) }

// Settle is Begin with Right or Wrong in one step, for secrets whose check
// takes no time: keys that are compared by their MAC. Its error is that of
// Begin, whether the secret was right or not. An address that was right on the
// account within the last three seconds, and tried nothing wrong here since,
// passes without a question.
func (d *Door) Settle(ctx context.Context, account, address string, isRight bool) error {
	as := outcomeOf(isRight)
	if isRight && d.lately.has(account, address) {
		d.metrics.Attempted(d.name, string(as))
		return nil
	}
	asOf := d.lately.now()
	a, err := d.enter(ctx, account, address, as)
	if err != nil {
		return err
	}
	d.metrics.Attempted(d.name, string(as))
	if !isRight {
		return nil
	}
	if err := a.remember(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	d.lately.remember(account, address, asOf)
	return nil
}

func (a *Attempt) remember(ctx context.Context) error {
	if err := a.door.known.remember(ctx, a.known); err != nil {
		return outage(err)
	}
	return nil
}

// enter lets an attempt in. All it asks of the stores is the same for a right
// and for a wrong secret.
func (d *Door) enter(ctx context.Context, account, address string, as outcome) (*Attempt, error) {
	if as != right {
		d.lately.forget(account, address)
	}
	hashedAccount := hash(d.seal, "guard account", d.name, account)
	hashedAddress := hash(d.seal, "guard address", d.name, account, address)
	a := &Attempt{
		door:   d,
		try:    newTry(hashedAccount, slot{hashedAddress, d.limits.PerAddress}, slot{"all", d.limits.PerAccount}),
		source: newTry(hash(d.seal, "guard source", d.name, address), slot{"all", d.limits.PerSource}),
		known:  "guard:known:" + hashedAddress,
		leave:  func() {},
	}
	if as != right {
		if v, _ := d.sources.enter(ctx, clock.Now(), a.source, as); v.answer != pass {
			return nil, d.refuse(limitSource, v.retry)
		}
	}
	if err := d.admit(ctx, a, address, as); err != nil {
		_ = d.sources.settle(ctx, a.source, void) // counted where it was refused
		return nil, err
	}
	return a, nil
}

// admit asks the windows of the account, and seats an attempt whose secret
// takes time to check.
func (d *Door) admit(ctx context.Context, a *Attempt, address string, as outcome) error {
	exempt, err := d.known.has(context.WithoutCancel(ctx), a.known)
	if err != nil {
		return outage(err)
	}
	if exempt {
		a.usual, a.try.slots = true, a.try.slots[:1]
	}
	v, err := d.knock(ctx, a.try, as)
	if err != nil {
		return outage(err)
	}
	if v.answer != pass {
		return d.refuse([...]string{limitAddress, limitAccount}[v.slot], v.retry)
	}
	if as != undecided {
		return nil
	}
	leave, ok := d.crowd.Sit(ctx, address)
	if !ok {
		if err := a.Void(ctx); err != nil {
			return err
		}
		return d.refuse(limitCrowd, time.Second)
	}
	a.leave = leave
	return nil
}

func (d *Door) refuse(limit string, retry time.Duration) error {
	d.metrics.Refused(d.name, limit)
	return tooMany(retry)
}

// knock asks the windows until they do not say to wait, or patience or places
// to wait have run out.
func (d *Door) knock(ctx context.Context, try try, as outcome) (verdict, error) {
	counting := context.WithoutCancel(ctx) // who hangs up counts all the same
	v, err := d.windows.enter(counting, clock.Now(), try, as)
	if err != nil || v.answer != wait {
		return v, err
	}
	select {
	case d.waiting <- struct{}{}:
		defer func() { <-d.waiting }()
	default:
		return v, nil
	}
	ctx, cancel := context.WithTimeout(ctx, d.patience)
	defer cancel()
	for pause := firstPause; ; pause = min(pause*4/3, longestPause) {
		select {
		case <-ctx.Done():
			return v, nil
		case <-time.After(jitter(pause)):
		}
		if v, err = d.windows.enter(counting, clock.Now(), try, as); err != nil || v.answer != wait {
			return v, err
		}
	}
}

// jitter keeps those who wait from asking all at once.
func jitter(d time.Duration) time.Duration {
	return d*3/4 + rand.N(d/2)
}
