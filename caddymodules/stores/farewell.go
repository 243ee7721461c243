package stores

import (
	"context"
	"fmt"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"go.uber.org/zap"
)

// farewell is how long a configuration that a reload has replaced goes on
// beside its successor before its servers close their connections.
//
// A server that ends closes its idle connections at once, and drops a request
// that it has not read yet: its client sees a reset, and for a POST it cannot
// know whether it may repeat it. So a replaced configuration first sends its
// clients away, each with a last answer that says `Connection: close`, and ends
// when nobody calls any more.
const farewell = time.Second

// Leaving says whether a reload has replaced the configuration of these stores.
// From then on each answer should close its connection.
func (s *Stores) Leaving() bool { return s.leaving.Load() }

// announceLeaving waits for the event that Caddy emits when a configuration's
// successor serves, before it stops the configuration's apps. Until then a
// predecessor of this one gets all new connections: this one may still fail.
func (s *Stores) announceLeaving(ctx caddy.Context) error {
	events, err := ctx.App("events")
	if err != nil {
		return fmt.Errorf("loading the events app: %w", err)
	}
	if err := sendNewConnections(toPredecessor); err != nil {
		ctx.Logger().Warn("a reload may drop connections", zap.Error(err))
	}
	if err := events.(*caddyevents.App).On("stopping", leaver{s}); err != nil {
		return fmt.Errorf("subscribing to the end of the configuration: %w", err)
	}
	return nil
}

// leaver sends the clients of a replaced configuration away.
type leaver struct{ stores *Stores }

// Handle holds the end of the configuration up for the farewell. When the
// program ends nobody waits: there is nowhere else to go.
func (l leaver) Handle(context.Context, caddy.Event) error {
	l.stores.leaving.Store(true)
	if caddy.Exiting() {
		return nil
	}
	err := sendNewConnections(toSuccessor)
	time.Sleep(farewell)
	return err
}

// side is one of the two configurations of a reload.
type side int

const (
	toPredecessor side = iota // which listens already
	toSuccessor
)
