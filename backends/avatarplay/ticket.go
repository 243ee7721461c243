package avatarplay

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores"
)

const (
	ticketFor   = 30 * time.Minute
	ticketBytes = 32
)

// ticket is what an app asked for with ConnectUrl, until the person has
// consented or refused. It is kept under the hash of what the URL holds.
type ticket struct {
	AppID       int64  `json:"app"`
	GuestID     int64  `json:"guest,omitempty"` // whose things are to pass to the person
	RedirectURI string `json:"redirect"`
	Scope       string `json:"scope"` // as the app wrote it
	Challenge   string `json:"challenge"`
	Ends        int64  `json:"ends"` // Unix milliseconds
}

// errNoTicket says that a ticket is unknown, used up or too old.
var errNoTicket = fault.New(fault.NotFound, "ticket")

func (s *service) ticketKey(secret string) string {
	return "avatarplay:ticket:" + hex.EncodeToString(s.seal.MAC("avatarplay ticket", secret))
}

// newTicket keeps a ticket, and gives the secret that its URL holds.
func (s *service) newTicket(ctx context.Context, t ticket) (secret string, err error) {
	secret = kit.RandomToken(ticketBytes)
	t.Ends = clock.Now().Add(ticketFor).UnixMilli()
	if err := s.sessions.Put(ctx, s.ticketKey(secret), []byte(toJSON(t)), ticketFor); err != nil {
		return "", fmt.Errorf("keeping a ticket: %w", err)
	}
	return secret, nil
}

// ticket reads a ticket. errNoTicket is one that is not there.
func (s *service) ticket(ctx context.Context, secret string) (ticket, error) {
	return readTicket(s.sessions.Get(ctx, s.ticketKey(secret)))
}

// takeTicket reads a ticket and uses it up; of two at once one has it.
func (s *service) takeTicket(ctx context.Context, secret string) (ticket, error) {
	return readTicket(s.sessions.Take(ctx, s.ticketKey(secret)))
}

// giveBack lets a ticket be used after all, where what it was taken for failed.
func (s *service) giveBack(ctx context.Context, secret string, t ticket) error {
	left := time.UnixMilli(t.Ends).Sub(clock.Now())
	if left <= 0 {
		return nil
	}
	if err := s.sessions.Put(ctx, s.ticketKey(secret), []byte(toJSON(t)), left); err != nil {
		return fmt.Errorf("giving a ticket back: %w", err)
	}
	return nil
}

func readTicket(kept []byte, err error) (t ticket, _ error) {
	if errors.Is(err, stores.ErrNotFound) {
		return t, errNoTicket
	}
	if err != nil {
		return t, fmt.Errorf("reading a ticket: %w", err)
	}
	if err := json.Unmarshal(kept, &t); err != nil {
		return t, fmt.Errorf("reading a ticket: %w", err)
	}
	return t, nil
}
