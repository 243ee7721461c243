package avatarplay

import (
	"strings"
	"testing"

	"sekisho/caddymodules/stores/storetest"
)

func TestItemAndCoordCommands(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.bring()
		s.Must("key", "app", "add", "--name", "One", "--id", "7", "--key-file", "-")
		wantLines(t, "all items", s.Must("", "item", "list"),
			"101 body はだ body body yes", "102 smile えがお face face -", "103 bob ボブ hair hair -", "104 shirt シャツ tops tops -",
			"105 gown ドレス dress tops,bottoms -", "106 hat ぼうし accessory hat -", "107 106 キャップ accessory hat,ears -")
		wantLines(t, "all coords", s.Must("", "coord", "list"),
			"21 first はじめて calm yes yes body smile bob shirt", "22 ball ぶとうかい lively - - body smile bob gown")
		wantLines(t, "none yet", s.Must("", "item", "list", "--app", "7"), "")

		s.Must("", "item", "assign", "--app", "7", "gown", "101", "gown", "106") // the key goes before the id
		wantLines(t, "assigned", s.Must("", "item", "list", "--app", "7"),
			"101 body はだ body body yes", "105 gown ドレス dress tops,bottoms -", "107 106 キャップ accessory hat,ears -")
		s.Must("", "item", "assign", "--app", "7", "--all")
		s.Must("", "item", "unassign", "--app", "7", "102", "bob", "hat")
		wantLines(t, "all but three", s.Must("", "item", "list", "--app", "7"),
			"101 body はだ body body yes", "104 shirt シャツ tops tops -", "105 gown ドレス dress tops,bottoms -", "107 106 キャップ accessory hat,ears -")
		s.Must("", "item", "unassign", "--app", "7", "--all")
		wantLines(t, "none again", s.Must("", "item", "list", "--app", "7"), "")

		for _, step := range []struct{ args, first, ball string }{
			{"assign --all", "yes", "-"},
			{"assign --initial ball", "yes", "yes"},
			{"assign --initial=false first", "-", "yes"},
			{"assign 21 22", "yes", "-"},
			{"unassign ball", "yes", ""},
		} {
			s.Must("", append([]string{"coord"}, append(strings.Fields(step.args), "--app", "7")...)...)
			want := []string{"21 first はじめて calm " + step.first + " yes body smile bob shirt"}
			if step.ball != "" {
				want = append(want, "22 ball ぶとうかい lively "+step.ball+" - body smile bob gown")
			}
			wantLines(t, step.args, s.Must("", "coord", "list", "--app", "7"), want...)
		}

		s.Must("", "item", "assign", "--app", "7", "--all")
		before := s.everything()
		s.Must("", "item", "assign", "--app", "7", "--all")
		if after := s.everything(); after != before {
			t.Errorf("assigned again:\n%s\nbefore:\n%s", after, before)
		}
	})
}

func TestItemAndCoordCommandsRefuse(t *testing.T) {
	t.Parallel()
	s := newShell(t, storetest.Embedded)
	s.Must("key", "app", "add", "--name", "One", "--id", "7", "--key-file", "-")
	s.refuses(
		call{"", "item list", errNoCatalogue.Error()},
		call{"", "coord assign --app 7 --all", errNoCatalogue.Error()},
	)
	s.bring()
	s.Must("", "item", "assign", "--app", "7", "hat")
	s.refuses(
		call{"", "item list --app 8", "there is no such app"},
		call{"", "coord list --app 8", "there is no such app"},
		call{"", "item assign --app 8 --all", "there is no such app"},
		call{"", "item unassign --app 8 hat", "there is no such app"},
		call{"", "coord assign --app 8 --all", "there is no such app"},
		call{"", "item assign --app 7", "give either --all or the keys or ids of items"},
		call{"", "item assign --app 7 --all hat", "give either --all or the keys or ids of items"},
		call{"", "coord unassign --app 7", "give either --all or the keys or ids of coords"},
		call{"", "item assign --app 7 gown 21 first", "there is no item \"21\"\nthere is no item \"first\""},
		call{"", "coord assign --app 7 first hat 101", "there is no coord \"hat\"\nthere is no coord \"101\""},
		call{"", "item assign gown", `required flag(s) "app" not set`},
	)
}
