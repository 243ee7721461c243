package photocloak

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// shell runs the commands over stores of its own.
type shell struct{ kittest.Shell }

func newShell(t *testing.T, combination string) shell {
	t.Helper()
	return shell{kittest.NewShell(t, combination, addCommands)}
}

func eachShell(t *testing.T, test func(t *testing.T, s shell)) {
	for _, combination := range storetest.Combinations {
		t.Run(combination, func(t *testing.T) { test(t, newShell(t, combination)) })
	}
}

// exported gives all tables as the export has them. The photos' originals go
// into a folder, which it gives too.
func (s shell) exported() (tables map[string]string, folder string) {
	s.T.Helper()
	folder = filepath.Join(s.T.TempDir(), "photos")
	tables = map[string]string{"photos": s.Must("", "export", "photos", "-", "--folder", folder)}
	for _, table := range []string{"clients", "members", "cloaks", "tags", "follows"} {
		tables[table] = s.Must("", "export", table)
	}
	return tables, folder
}

// opens says whether a secret opens something as a client at this moment.
func (s shell) opens(clientID, secret string) bool {
	s.T.Helper()
	keyed, err := store{s.Stores.SQL}.clientKeys(s.T.Context(), clientID)
	if err != nil {
		s.T.Fatal(err)
	}
	for _, key := range keyed.Keys {
		if bytes.Equal(key.Hash, hashClientSecret(s.Stores.Seal, clientID, secret)) {
			return !keyed.Disabled && (key.Ends.IsZero() || clock.Now().Before(key.Ends))
		}
	}
	return false
}

// logsIn gives the member that a mail address and a password are of.
func (s shell) logsIn(mail, password string) (identity.Member, bool) {
	s.T.Helper()
	m, right, err := newMembers(s.T, s.Stores).Authenticate(s.T.Context(), mail, password)
	if err != nil {
		s.T.Fatal(err)
	}
	return m, right
}

var (
	shownClient   = regexp.MustCompile(`^client_id: (\S+)\nclient_secret, shown this once: ([0-9a-f]{64})\n$`)
	shownSecret   = regexp.MustCompile(`client_secret, shown this once: ([0-9a-f]{64})\n$`)
	shownMember   = regexp.MustCompile(`^member id: (\d+)\npassword, shown this once: ([0-9a-f]{16})\n$`)
	shownPassword = regexp.MustCompile(`^password, shown this once: ([0-9a-f]{16})\n$`)
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

func TestClientCommands(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		made := shown(t, shownClient, s.Must("", "client", "add", "--name", "アンドロイド"))
		if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(made[0]) || !s.opens(made[0], made[1]) {
			t.Errorf("the made client %q does not open", made)
		}
		if out := s.Must("old %+secret\n", "client", "add", "--name", "iPhone", "--id", "s6BhdRkqt0", "--secret-file", "-"); out != "client_id: s6BhdRkqt0\n" {
			t.Errorf("printed %q", out)
		}
		if !s.opens("s6BhdRkqt0", "old %+secret") || s.opens("s6BhdRkqt0", made[1]) || s.opens(made[0], "old %+secret") {
			t.Error("a client's secret is its own")
		}

		second := shown(t, shownSecret, s.Must("", "client", "rotate", "s6BhdRkqt0"))[0]
		if !s.opens("s6BhdRkqt0", "old %+secret") || !s.opens("s6BhdRkqt0", second) {
			t.Error("for 72 hours both secrets are right")
		}
		func() {
			defer clock.Step(72*time.Hour + time.Minute)()
			if s.opens("s6BhdRkqt0", "old %+secret") || !s.opens("s6BhdRkqt0", second) {
				t.Error("after 72 hours the old secret has ended")
			}
		}()
		file := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(file, []byte("third"), 0o600); err != nil {
			t.Fatal(err)
		}
		if out := s.Must("", "client", "rotate", "s6BhdRkqt0", "--keep", "0s", "--secret-file", file); strings.Contains(out, "third") {
			t.Errorf("a given secret is shown: %q", out)
		}
		if s.opens("s6BhdRkqt0", "old %+secret") || s.opens("s6BhdRkqt0", second) || !s.opens("s6BhdRkqt0", "third") {
			t.Error("with --keep 0s only the last secret is right")
		}

		s.Must("", "client", "disable", "s6BhdRkqt0")
		if s.opens("s6BhdRkqt0", "third") || !s.opens(made[0], made[1]) {
			t.Error("the disabled client is the one that is shut out")
		}
		list := s.Must("", "client", "list")
		for _, want := range []string{`s6BhdRkqt0 +iPhone +disabled`, made[0] + ` +アンドロイド +open`} {
			if !regexp.MustCompile(want).MatchString(list) {
				t.Errorf("the list lacks %q:\n%s", want, list)
			}
		}
		if strings.Contains(list, made[1]) || strings.Contains(list, "third") {
			t.Errorf("a secret is listed:\n%s", list)
		}
		s.Must("", "client", "enable", "s6BhdRkqt0")
		if !s.opens("s6BhdRkqt0", "third") {
			t.Error("an enabled client has the secrets it had")
		}
	})
}

func TestMemberCommands(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		made := shown(t, shownMember, s.Must("", "member", "add", "--mail", "Umiyama@example.com", "--name", "海山太郎"))
		m, right := s.logsIn("umiyama@example.com", made[1])
		if !right || m.ID != made[0] {
			t.Errorf("with the password that was shown: %+v %v", m, right)
		}
		if out := s.Must("given pass\n", "member", "add", "--mail", "yamada@example.com", "--name", "花子\x1b[2J", "--max-cloaks", "7", "--pass-file", "-"); strings.Contains(out, "pass") {
			t.Errorf("a given password is shown: %q", out)
		}
		if _, right := s.logsIn("yamada@example.com", "given pass"); !right {
			t.Error("with the password that was given")
		}

		changed := shown(t, shownPassword, s.Must("", "member", "password", "UMIYAMA@example.com"))[0]
		if _, right := s.logsIn("umiyama@example.com", made[1]); right {
			t.Error("the old password is still right")
		}
		after, right := s.logsIn("umiyama@example.com", changed)
		if !right || after.Generation != m.Generation+1 {
			t.Errorf("generation %d became %d; tokens die with it", m.Generation, after.Generation)
		}
		s.Must("fourth", "member", "password", made[0], "--pass-file", "-")
		if _, right := s.logsIn("umiyama@example.com", "fourth"); !right {
			t.Error("a password that was given by the member's id")
		}

		s.Must("", "member", "disable", made[0])
		if _, right := s.logsIn("umiyama@example.com", "fourth"); right {
			t.Error("a disabled member logs in")
		}
		list := s.Must("", "member", "list")
		for _, want := range []string{made[0] + ` +Umiyama@example.com +海山太郎 +3 +disabled`, `yamada@example.com +花子\x{FFFD}\[2J +7 +open`} {
			if !regexp.MustCompile(want).MatchString(list) {
				t.Errorf("the list lacks %q:\n%s", want, list)
			}
		}
		s.Must("", "member", "enable", "umiyama@example.com")
		if _, right := s.logsIn("umiyama@example.com", "fourth"); !right {
			t.Error("an enabled member cannot log in")
		}
	})
}

func TestCommandsRefuse(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.Must("secret", "client", "add", "--name", "n", "--id", "there", "--secret-file", "-")
		s.Must("", "member", "add", "--name", "n", "--mail", "a@example.com")
		before, _ := s.exported()
		for _, test := range []struct {
			want, stdin string
			args        []string
		}{
			{"there is a client with this id already", "", []string{"client", "add", "--name", "n", "--id", "there"}},
			{"--name must have 1 to 50 characters", "", []string{"client", "add", "--name", strings.Repeat("名", 51)}},
			{"without a colon", "", []string{"client", "add", "--name", "n", "--id", "a:b"}},
			{"1 to 255 bytes", "", []string{"client", "add", "--name", "n", "--id", strings.Repeat("a", 256)}},
			{"the secret is empty", "\n", []string{"client", "add", "--name", "n", "--secret-file", "-"}},
			{`"name" not set`, "", []string{"client", "add"}},
			{"there is no such client", "", []string{"client", "rotate", "nobody"}},
			{"there is no such client", "", []string{"client", "disable", "nobody"}},
			{"the client has this secret already", "secret", []string{"client", "rotate", "there", "--secret-file", "-"}},
			{"--keep must be from 0s to 8784h0m0s", "", []string{"client", "rotate", "there", "--keep", "-1s"}},
			{"accepts 1 arg", "", []string{"client", "enable"}},
			{"another member has this mail address", "", []string{"member", "add", "--name", "n", "--mail", "A@example.com"}},
			{"this is no mail address", "", []string{"member", "add", "--name", "n", "--mail", "no address"}},
			{"this is no mail address", "", []string{"member", "add", "--name", "n", "--mail", strings.Repeat("a", 250) + "@example.com"}},
			{"--name must have 1 to 50 characters", "", []string{"member", "add", "--name", strings.Repeat("名", 51), "--mail", "b@example.com"}},
			{"--max-cloaks must be from 0", "", []string{"member", "add", "--name", "n", "--mail", "b@example.com", "--max-cloaks", "-1"}},
			{"no member has this mail address or id", "", []string{"member", "password", "b@example.com"}},
			{"no member has this mail address or id", "", []string{"member", "disable", "99"}},
			{"--rest must be from 1m0s", "", []string{"purge", "--rest", "1s"}},
			{"unknown", "", []string{"member", "delete", "a@example.com"}},
		} {
			if out, err := s.Run(test.stdin, test.args...); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v: %v %s, want %q", test.args, err, out, test.want)
			} else if out != "" {
				t.Errorf("%v: beside its error it printed %q", test.args, out)
			}
		}
		if after, _ := s.exported(); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("a refused command changed something:\n%s\n%s", before, after)
		}
	})
}

func TestPurge(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		h := newHouse(t, s.Stores)
		ended, living := h.addCloak(nil), h.addCloak(func(c *cloak) { c.EndsAt += (365 * 24 * time.Hour).Milliseconds() })
		h.mustUpload(umiyama, ended.ID, drawJPEG(t, 20, 10, 1))
		h.mustUpload(umiyama, ended.ID, drawJPEG(t, 20, 10, 2))
		h.mustUpload(umiyama, living.ID, drawJPEG(t, 20, 10, 3))
		orphan := newBlob()
		if err := s.Stores.Blobs.Put(t.Context(), blobKey(orphan, originalPhoto), strings.NewReader("left")); err != nil {
			t.Fatal(err)
		}

		if out := s.Must("", "purge"); out != "taken away cloaks: 0, their photos: 0, files that no photo has: 0\n" {
			t.Errorf("at once: %q", out)
		}
		defer clock.Step(24*time.Hour + 2*time.Hour)()
		const over = "cloaks: 1, their photos: 2, files that no photo has: 1\n"
		if out := s.Must("", "purge", "--dry-run", "--rest", "1h"); out != "would take away "+over {
			t.Errorf("dry: %q", out)
		}
		if n := len(h.blobs()); n != 10 {
			t.Errorf("%d files are there after a dry run", n)
		}
		if out := s.Must("", "purge", "--rest", "1h"); out != "taken away "+over {
			t.Errorf("taken: %q", out)
		}
		if n := len(h.blobs()); n != 3 || h.cloak(ended.ID).ID != 0 || h.cloak(living.ID).ID == 0 {
			t.Errorf("%d files stayed, of cloaks %v %v", n, h.cloak(ended.ID), h.cloak(living.ID))
		}
	})
}

// A purge waits for the gateway that is at it, and an interrupt ends the waiting.
func TestPurgeWaits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		working, err := takeTenure(t.Context(), s.Sessions, janitorLock)
		if err != nil || working == nil {
			t.Fatal(working, err)
		}
		j := janitor{store: store{s.SQL}, sessions: s.Sessions, blobs: s.Blobs, rest: defaultRest}
		interrupted, interrupt := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer interrupt()
		if _, err := j.purge(interrupted); err == nil {
			t.Error("two were at it at once")
		}
		done := make(chan error, 1)
		go func() {
			_, err := j.purge(t.Context())
			done <- err
		}()
		working.end()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// Every command has an example, and each example is a call of that command.
func TestCommandExamples(t *testing.T) { kittest.Examples(t, "photocloak", addCommands) }

// csvNumbers gives numbers as they stand in a row of a CSV file.
func csvNumbers(numbers ...int64) string {
	var words []string
	for _, n := range numbers {
		words = append(words, strconv.FormatInt(n, 10))
	}
	return strings.Join(words, ",")
}
