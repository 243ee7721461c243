package avatarplay

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sekisho/backends/avatarplay/drawing"
	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores/storetest"
)

// shell runs the commands over stores of its own.
type shell struct{ kittest.Shell }

func newShell(t *testing.T, combination string) shell {
	t.Helper()
	return shell{kittest.NewShell(t, combination, addCommands)}
}

// eachShell runs a test on both databases: the commands know of no sessions.
func eachShell(t *testing.T, test func(t *testing.T, s shell)) {
	for _, combination := range []string{storetest.Embedded, storetest.Postgres} {
		t.Run(combination, func(t *testing.T) {
			t.Parallel()
			test(t, newShell(t, combination))
		})
	}
}

func (s shell) kept() store { return keptIn(s.Stores) }

// house is a gateway over the shell's stores.
func (s shell) house() *house {
	s.T.Helper()
	return &house{t: s.T, stores: s.Stores, handler: gateway(s.T, s.Stores, generous), store: s.kept()}
}

// everything is all that the commands change, to see whether something did.
func (s shell) everything() string {
	s.T.Helper()
	h := &house{t: s.T, stores: s.Stores, store: s.kept()}
	var all strings.Builder
	for _, table := range []string{
		"avatarplay_catalogue", "avatarplay_tastes", "avatarplay_items", "avatarplay_coords", "avatarplay_app_keys", "avatarplay_app_redirects",
	} {
		all.WriteString(table + " " + h.rows(table) + "\n")
	}
	return all.String() + h.everything()
}

// The small wardrobe of these tests: enough to dress somebody in two ways. The
// cap's key looks like an id, and is that of the hat.
const smallWardrobe = `canvas: [240, 320]
bust: [60, 16, 120, 160]
tastes:
  - { key: calm, id: 11, name: のんびり, frames: [{ delay: 400 }, { delay: 200, blink: true }] }
  - { key: lively, id: 12, name: げんき, frames: [{ delay: 100 }, { delay: 100, head: [1, 2] }] }
items:
  - { key: body, id: 101, name: はだ, part: body, free: true, layers: [{ file: layers/a.png, z: 10, group: torso }] }
  - { key: smile, id: 102, name: えがお, part: face, layers: [{ file: layers/a.png, z: 60, group: head }] }
  - { key: bob, id: 103, name: ボブ, part: hair, layers: [{ file: layers/b.png, z: 70, group: head }] }
  - { key: shirt, id: 104, name: シャツ, part: tops, layers: [{ file: layers/b.png, z: 30, group: torso }] }
  - { key: gown, id: 105, name: ドレス, part: dress, layers: [{ file: layers/a.png, z: 30, group: torso }] }
  - { key: hat, id: 106, name: ぼうし, part: accessory, slots: [hat], layers: [{ file: layers/b.png, z: 90, group: head }] }
  - { key: "106", id: 107, name: キャップ, part: accessory, slots: [hat, ears], layers: [{ file: layers/b.png, z: 91, group: head }] }
coords:
  - { key: first, id: 21, name: はじめて, taste: calm, items: [body, smile, bob, shirt], initial: true, default: true }
  - { key: ball, id: 22, name: ぶとうかい, taste: lively, items: [body, smile, bob, gown] }
`

// wardrobe writes a catalogue's folder, and gives its path.
func wardrobe(t testing.TB, text string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string][]byte{
		"catalogue.yaml": []byte(text), "layers/a.png": drawnLayer(1), "layers/b.png": drawnLayer(2),
	} {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// drawnLayer is a PNG layer with one pixel of a colour.
func drawnLayer(blue uint8) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, drawing.Width, drawing.Height))
	m.SetNRGBA(120, 60, color.NRGBA{200, 100, blue, 255})
	var file bytes.Buffer
	if err := png.Encode(&file, m); err != nil {
		panic(err)
	}
	return file.Bytes()
}

// bring imports the small wardrobe.
func (s shell) bring() {
	s.T.Helper()
	s.Must("", "catalogue", "import", wardrobe(s.T, smallWardrobe))
}

// opens gives the app that a key opens for at a moment, 0 for none.
func (s shell) opens(key string, at time.Time) int64 {
	s.T.Helper()
	known, err := s.kept().keyed(s.T.Context(), s.kept().hashKey(key))
	if err != nil {
		s.T.Fatal(err)
	}
	if known.Disabled || len(known.Keys) != 1 || !known.Keys[0].ValidAt(at) {
		return 0
	}
	return known.Extra.(app).ID
}

// opensNow is opens at this moment, which is over when it is asked: a key that
// ended at it has ended.
func (s shell) opensNow(key string) int64 { return s.opens(key, clock.Now()) }

var (
	shownApp = regexp.MustCompile(`^app id: (\d+)\nAPI key, shown this once: ([0-9a-f]{40})\n$`)
	shownKey = regexp.MustCompile(`(?m)^API key, shown this once: ([0-9a-f]{40})$`)
)

// shown gives what a pattern finds in what a command printed.
func shown(t *testing.T, pattern *regexp.Regexp, out string) []string {
	t.Helper()
	found := pattern.FindStringSubmatch(out)
	if found == nil {
		t.Fatalf("printed %q", out)
	}
	return found[1:]
}

// listed gives the lines of a list without its heading, single-spaced, and TIME
// for each time.
func listed(t *testing.T, out string) []string {
	t.Helper()
	when := regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d`)
	_, lines, _ := strings.Cut(strings.TrimSpace(when.ReplaceAllString(out, "TIME")), "\n")
	all := strings.Split(lines, "\n")
	for i := range all {
		all[i] = strings.Join(strings.Fields(all[i]), " ")
	}
	return all
}

// wantLines holds the lines of a list against those it should have.
func wantLines(t *testing.T, what, out string, want ...string) {
	t.Helper()
	if got := strings.Join(listed(t, out), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant:\n%s", what, got, strings.Join(want, "\n"))
	}
}

// call is a call of a command that is refused.
type call struct {
	stdin string
	args  string // separated by spaces; ␣ stands for a space within one
	want  string // the error
}

// refuses holds that each call fails with its error, prints nothing and changes
// nothing.
func (s shell) refuses(calls ...call) {
	s.T.Helper()
	before := s.everything()
	for _, c := range calls {
		args := strings.Fields(c.args)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "␣", " ")
		}
		out, err := s.Run(c.stdin, args...)
		if err == nil || err.Error() != c.want || out != "" {
			s.T.Errorf("%q: printed %q, %v\nwant %s", args, out, err, c.want)
		}
	}
	if after := s.everything(); after != before {
		s.T.Errorf("a refused command changed something:\n%s\nbefore:\n%s", after, before)
	}
}

// secretFile is a file that holds a secret.
func secretFile(t *testing.T, secret string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Every command has an example, and each example is a call of that command.
func TestCommandExamples(t *testing.T) { kittest.Examples(t, "avatarplay", addCommands) }
