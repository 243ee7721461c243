package avatarplay

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sekisho/caddymodules/stores/storetest"
)

// imported is what an import of a catalogue says of the tastes, items and coords:
// how many are new, changed, unchanged and not named.
func (s shell) imported(args ...string) (said string, counts []string) {
	s.T.Helper()
	out := s.Must("", append([]string{"catalogue", "import"}, args...)...)
	said, table, _ := strings.Cut(out, "\n")
	table, first, moved := strings.Cut(table, "People begin with ")
	if moved && first != "the coord ball, no more with first.\n" {
		s.T.Errorf("the default coord: %s", first)
	}
	return said, listed(s.T, table)
}

const taken = "The catalogue is there; running gateways take it up within three seconds."

// A catalogue comes in, again, changed, and in parts; what a file does not name
// stays.
func TestImportCatalogue(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		replaced := func(pairs ...string) string {
			return wardrobe(t, strings.NewReplacer(pairs...).Replace(smallWardrobe))
		}
		part := func(line string) string {
			return smallWardrobe[strings.Index(smallWardrobe, line):][:strings.IndexByte(smallWardrobe[strings.Index(smallWardrobe, line):], '\n')+1]
		}
		for _, step := range []struct{ what, folder, tastes, items, coords string }{
			{"at first", wardrobe(t, smallWardrobe), "2 0 0 0", "7 0 0 0", "2 0 0 0"},
			{"again", wardrobe(t, smallWardrobe), "0 0 2 0", "0 0 7 0", "0 0 2 0"},
			{"another name, other artwork, another order", replaced("ぼうし", "むぎわら", part("  - { key: shirt"), "", part("  - { key: gown"), part("  - { key: gown")+strings.ReplaceAll(part("  - { key: shirt"), "b.png", "a.png")), "0 0 2 0", "0 2 5 0", "0 0 2 0"},
			{"without a hat and a coord", replaced(part("  - { key: hat"), "", part("  - { key: ball"), ""), "0 0 2 0", "0 1 5 1", "0 0 1 1"},
			{"another default, and an item more", replaced(", initial: true, default: true", "", "gown] }", "gown], initial: true, default: true }\n", part("  - { key: hat"), "  - { key: veil, name: ベール, part: accessory, slots: [hat], layers: [{ file: layers/a.png, z: 90, group: head }] }\n"), "0 0 2 0", "1 0 6 1", "0 2 0 0"},
		} {
			said, counts := s.imported(step.folder, "--dry-run")
			want := []string{"tastes " + step.tastes, "items " + step.items, "coords " + step.coords}
			if got := strings.Join(counts, "\n"); said != "Nothing was changed." || got != strings.Join(want, "\n") {
				t.Errorf("%s: a dry run says %s\n%s\nwant:\n%s", step.what, said, got, strings.Join(want, "\n"))
			}
			said, counts = s.imported(step.folder)
			if got := strings.Join(counts, "\n"); said != taken || got != strings.Join(want, "\n") {
				t.Errorf("%s: an import says %s\n%s\nwant:\n%s", step.what, said, got, strings.Join(want, "\n"))
			}
		}
		all, err := s.kept().index(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		veil, found := all.find(kindItem, "veil")
		if !found || len(all.items) != 8 || all.first.Key != "ball" || all.coords[21].Initial {
			t.Errorf("in the end: %d of %d items, default %s", veil, len(all.items), all.first.Key)
		}
		for _, layer := range append(all.items[104].layers, all.items[veil].layers...) {
			if _, err := s.Stores.Blobs.Stat(t.Context(), artKey(layer.Hash)); err != nil {
				t.Errorf("a layer: %v", err)
			}
		}
	})
}

// A dry run changes nothing, in the database or beside it.
func TestImportCatalogueDryRun(t *testing.T) {
	t.Parallel()
	s := newShell(t, storetest.Embedded)
	before := s.everything()
	s.imported(wardrobe(t, smallWardrobe), "--dry-run")
	if after := s.everything(); after != before {
		t.Errorf("a dry run changed something:\n%s", after)
	}
	for _, step := range []struct {
		flag   string
		layers int
	}{{"--dry-run", 0}, {"--dry-run=false", 2}} {
		s.imported(wardrobe(t, smallWardrobe), step.flag)
		if kept, err := s.Stores.Blobs.List(t.Context(), "avatarplay/", "", 10); len(kept) != step.layers || err != nil {
			t.Errorf("%s kept %v, %v", step.flag, kept, err)
		}
	}
}

// The starter catalogue comes in whole, and a running gateway serves it.
func TestImportStarter(t *testing.T) {
	t.Parallel()
	s := newShell(t, storetest.Embedded)
	made := shown(t, shownApp, s.Must("", "app", "add", "--name", "One"))
	h := s.house()
	h.as(made[1], "POST", "Guest").want(t, "before there is a catalogue", 500, "backendError")
	said, counts := s.imported("--starter")
	if said != taken || len(counts) != 3 {
		t.Fatalf("an import says %s %q", said, counts)
	}
	for _, count := range counts {
		if numbers := strings.Fields(count)[1:]; numbers[0] == "0" || strings.Join(numbers[1:], " ") != "0 0 0" {
			t.Errorf("at first: %s", count)
		}
	}
	_, counts = s.imported("--starter")
	for _, count := range counts {
		if numbers := strings.Fields(count)[1:]; numbers[2] == "0" || numbers[0]+numbers[1]+numbers[3] != "000" {
			t.Errorf("again: %s", count)
		}
	}
	s.Must("", "item", "assign", "--app", made[0], "--all")
	s.Must("", "coord", "assign", "--app", made[0], "--all")
	var guest avatarAnswer
	h.as(made[1], "POST", "Guest").into(t, "Guest", &guest)
	if guest.AvatarImageURL == "" {
		t.Errorf("%+v", guest)
	}
}

// All that is wrong with a folder is told, with its lines, and nothing changes.
func TestImportCatalogueRefuses(t *testing.T) {
	t.Parallel()
	s := newShell(t, storetest.Embedded)
	s.bring()
	at := func(args ...string) string { return strings.Join(append([]string{"catalogue import"}, args...), " ") }
	replaced := func(old, new string) string { return wardrobe(t, strings.Replace(smallWardrobe, old, new, 1)) }
	noLayer := wardrobe(t, smallWardrobe)
	if err := os.Remove(filepath.Join(noLayer, "layers", "b.png")); err != nil {
		t.Fatal(err)
	}
	outside := wardrobe(t, smallWardrobe)
	if err := os.Symlink(filepath.Join(noLayer, "layers", "a.png"), filepath.Join(outside, "layers", "c.png")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outside, "catalogue.yaml"), []byte(strings.Replace(smallWardrobe, "a.png", "c.png", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	const nothing = "nothing was imported:\n"
	s.refuses(
		call{"", at(), "give either a folder or --starter"},
		call{"", at("here", "--starter"), "give either a folder or --starter"},
		call{"", at("here", "there"), "accepts at most 1 arg(s), received 2"},
		call{"", at("/no/folder"), "opening the catalogue's folder: open /no/folder: no such file or directory"},
		call{"", at(filepath.Join(noLayer, "layers")), nothing + "reading catalogue.yaml: file does not exist"},
		call{"", at(noLayer), nothing + "catalogue.yaml: line 9: layers/b.png: file does not exist"},
		call{
			"", at(replaced("part: face", "part: nose")), nothing +
				`catalogue.yaml: line 8: item smile: part: "nose" is none`,
		},
		call{
			"", at(replaced("[body, smile, bob, gown]", "[body, smile, shirt, gown]"), "--dry-run"), nothing +
				"catalogue.yaml: line 16: coord ball: items: shirt and gown cannot be worn together: both take tops\n" +
				"catalogue.yaml: line 16: coord ball: items: hair is missing",
		},
		call{
			"", at(wardrobe(t, strings.NewReplacer("id: 104", "id: 204", "key: hat", "key: veil").Replace(smallWardrobe))), nothing +
				"item shirt has the id 104 already, not 204\nthe id 106 of item veil is that of item hat already",
		},
	)
	if out, err := s.Run("", "catalogue", "import", outside); err == nil || !strings.Contains(err.Error(), "catalogue.yaml: line 7: layers/c.png: ") {
		t.Errorf("a link that leads out of the folder: %v %s", err, out)
	}
}

// The starter catalogue as a folder is one that an import takes.
func TestWriteStarter(t *testing.T) {
	s := newShell(t, storetest.Embedded)
	folder := filepath.Join(t.TempDir(), "wardrobe")
	write := func() error {
		cmd := writeStarterCommand()
		cmd.SetArgs([]string{folder})
		cmd.SilenceUsage, cmd.SilenceErrors = true, true
		return cmd.Execute()
	}
	if err := write(); err != nil {
		t.Fatal(err)
	}
	if said, _ := s.imported(folder, "--dry-run"); said != "Nothing was changed." {
		t.Errorf("it is imported as %q", said)
	}
	if err := write(); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("a folder that is there: %v", err)
	}
}
