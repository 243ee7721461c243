package ydits

import (
	"context"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

// The demo's user, by the document's own example.
const (
	demoUUID = "5a3c9c52-7f0e-4f1b-9d3e-0c6f2b8e41aa"
	demoName = "exampleUser"
	demoMail = "example@example.com"
	demoPass = "example_a"
)

// loadDemo signs the demo's user up, once.
func loadDemo(ctx context.Context, s *stores.Stores) error {
	kept := store{s.SQL}
	there, err := kept.userByMail(ctx, demoMail)
	if err != nil || there.UUID != "" {
		return err
	}
	hash, err := kit.HashPassword(ctx, demoPass)
	if err != nil {
		return err
	}
	err = kept.addUsers(ctx, []user{{
		UUID:      demoUUID,
		Name:      demoName,
		Mail:      demoMail,
		MailKey:   kit.MailKey(demoMail),
		PassHash:  hash,
		CreatedAt: clock.Now().UnixMilli(),
	}})
	if stores.IsTaken(err) {
		return nil // a gateway that started at the same time was faster
	}
	return err
}
