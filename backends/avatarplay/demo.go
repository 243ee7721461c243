package avatarplay

import (
	"context"
	"fmt"
	"sync"

	"sekisho/backends/avatarplay/catalogue"
	"sekisho/backends/avatarplay/catalogue/starter"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores"
)

// The demo's app.
const (
	demoApp  = 5695024129900544
	demoName = "Demo"
	demoKey  = "demo-api-key"
)

var demoRedirects = []string{"https://example.com/oauth_callback", "http://localhost:9000/callback"}

// loadDemo loads the starter catalogue and the demo's app, which may use all of
// it, once.
func loadDemo(ctx context.Context, opened *stores.Stores) error {
	kept := store{sql: opened.SQL, seal: opened.Seal}
	there, err := kept.app(ctx, demoApp)
	if err != nil || there.ID != 0 {
		return err
	}
	generation, err := kept.generation(ctx)
	if err != nil {
		return err
	}
	if generation == 0 {
		if err := bringStarter(ctx, kept, opened.Blobs, func() {}); err != nil {
			return err
		}
	}
	demo := newApp{
		row: appRow{ID: demoApp, Name: demoName, AvatarLoad: true, ItemGrant: true, CreatedAt: clock.Now().UnixMilli()},
		key: demoKey, redirects: demoRedirects,
	}
	if demo.items, demo.coords, err = kept.everythingFor(ctx, demoApp); err != nil {
		return err
	}
	err = kept.addApp(ctx, demo)
	if fault.Is(err, fault.Conflict) {
		return nil // a gateway that started at the same time was faster
	}
	return err
}

// starterCatalogue reads the project's own catalogue, once.
var starterCatalogue = sync.OnceValues(func() (*catalogue.Catalogue, error) {
	return catalogue.Load(starter.Files, nil)
})

// bringStarter brings the project's own catalogue.
func bringStarter(ctx context.Context, kept store, blobs stores.Blobs, one func()) error {
	brought, err := starterCatalogue()
	if err != nil {
		return fmt.Errorf("reading the starter catalogue: %w", err)
	}
	return bringCatalogue(stores.Unhurried(ctx), kept, blobs, brought, one)
}
