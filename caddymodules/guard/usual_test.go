package guard

import (
	"testing"

	"sekisho/caddymodules/stores"
)

// Who has been right is known again where they were, and nowhere else.
func TestUsual(t *testing.T) {
	each(t, func(t *testing.T, s *stores.Stores) {
		d := newDoor(t, s, People)
		isUsual := func(account, address string) bool {
			a, err := d.Begin(t.Context(), account, address)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = a.Void(t.Context()) }()
			return Usual(a.In(t.Context()))
		}
		if isUsual(member, home) {
			t.Error("somebody who was never there is known")
		}
		login(t, d, member, home)
		if !isUsual(member, home) {
			t.Error("who was right before is not known")
		}
		if isUsual(member, away) || isUsual("another", home) {
			t.Error("another address, or another account there, is known too")
		}
	})
}
