package customers

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"sekisho/caddymodules/stores/storetest"
)

// terminal runs `sekisho customers` over the database of a test.
type terminal struct {
	t         *testing.T
	caddyfile string
	dir       string
}

// ran is what a command left on its screen.
type ran struct {
	Out, Err string
	Failed   error
}

// eachTerminal runs test on every combination of stores.
func eachTerminal(t *testing.T, test func(t *testing.T, terminal *terminal, shop *shop)) {
	for _, combination := range storetest.Combinations {
		t.Run(combination, func(t *testing.T) {
			config := storetest.Config(t, combination)
			dir := t.TempDir()
			s := storetest.OpenConfig(t, config)
			shop := &shop{t: t, store: &store{s}, query: "sid=3&key=00000000", gateway: described(t, s, usual)}
			test(t, &terminal{t, storetest.Caddyfile(t, config), dir}, shop)
		})
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (c *terminal) run(stdin string, args ...string) ran {
	c.t.Helper()
	cmd := &cobra.Command{Use: "customers", SilenceErrors: true}
	command(cmd)
	var out, err bytes.Buffer
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	cmd.SetErr(&err)
	cmd.SetArgs(append(args, "--config", c.caddyfile, "--adapter", "caddyfile"))
	failed := cmd.Execute()
	return ran{out.String(), err.String(), failed}
}

func (r ran) want(t *testing.T, out string) {
	t.Helper()
	if r.Failed != nil || r.Out != out {
		t.Errorf("out %q, failed %v; want %q", r.Out, r.Failed, out)
	}
}

func (r ran) wantFailed(t *testing.T, want string) {
	t.Helper()
	if r.Failed == nil || r.Failed.Error() != want {
		t.Errorf("failed with %v, want %q", r.Failed, want)
	}
	if strings.Contains(r.Out+r.Err, "Usage:") {
		t.Errorf("what failed was not how it was called, but the usage is printed:\n%s%s", r.Out, r.Err)
	}
}

// TestSiteCommands keeps sites, and calls with their keys.
func TestSiteCommands(t *testing.T) {
	eachTerminal(t, func(t *testing.T, sekisho *terminal, shop *shop) {
		status := func(sid int, key string) int {
			return shop.do("HEAD", fmt.Sprintf("/user/info?sid=%d&key=%s&email=nobody@example.com", sid, strings.TrimSpace(key)), "").Status
		}
		const letIn, shutOut = 404, 401

		added := sekisho.run("", "site", "add", "--sid", "3", "--name", "ショップ")
		if added.Failed != nil || !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n$`).MatchString(added.Out) {
			t.Fatalf("out %q, failed %v", added.Out, added.Failed)
		}
		if got := status(3, added.Out); got != letIn {
			t.Errorf("with the key that was shown: %d", got)
		}
		sekisho.run("old-shop-key\n", "site", "add", "--sid", "4", "--name", "Old shop", "--no-passwords", "--key-file", "-").want(t, "")
		if got := status(4, "old-shop-key"); got != letIn {
			t.Errorf("with the key that was taken: %d", got)
		}

		sekisho.run("", "site", "add", "--sid", "3", "--name", "x").wantFailed(t, "there is a site 3 already")
		sekisho.run("", "site", "add", "--sid", "5", "--name", "").wantFailed(t, "--name must be up to 255 characters without line breaks and other control characters, and not empty")
		sekisho.run("", "site", "add", "--sid", "-1", "--name", "x").wantFailed(t, "--sid must not be negative")
		sekisho.run("under_score\n", "site", "add", "--sid", "5", "--name", "x", "--key-file", "-").
			wantFailed(t, "the key must be of up to 255 letters, digits and hyphens: sites cannot send any other")
		sekisho.run("", "site", "rotate", "--sid", "9").wantFailed(t, "there is no site 9")
		sekisho.run("", "site", "disable", "--sid", "9").wantFailed(t, "there is no site 9")
		sekisho.run("old-shop-key", "site", "rotate", "--sid", "4", "--key-file", "-").wantFailed(t, "site 4 has this key already")
		sekisho.run("", "site", "rotate", "--sid", "4", "--keep", "-1s").wantFailed(t, "--keep must be from 0s to 8784h0m0s")
		if failed := sekisho.run("", "site", "add", "--name", "x").Failed; failed == nil {
			t.Error("a site without sid was added")
		}

		// The guard remembers for three seconds; keys are looked at anew by
		// another gateway.
		again := func() { shop.gateway = described(t, shop.store.Stores, usual) }
		keyFile := filepath.Join(sekisho.dir, "next.key")
		write(t, keyFile, "next-key\n")
		sekisho.run("", "site", "rotate", "--sid", "4", "--key-file", keyFile).want(t, "")
		again()
		if a, b := status(4, "old-shop-key"), status(4, "next-key"); a != letIn || b != letIn {
			t.Errorf("old key %d, new key %d", a, b)
		}
		last := sekisho.run("", "site", "rotate", "--sid", "4", "--keep", "0s")
		again()
		if a, b, c := status(4, "old-shop-key"), status(4, "next-key"), status(4, last.Out); a != shutOut || b != shutOut || c != letIn {
			t.Errorf("oldest key %d, old key %d, new key %d", a, b, c)
		}
		sekisho.run("", "site", "disable", "--sid", "3").want(t, "")
		again()
		if got := status(3, added.Out); got != shutOut {
			t.Errorf("a disabled site: %d", got)
		}

		list := sekisho.run("", "site", "list").Out
		when := regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)
		lines := strings.Split(strings.TrimSpace(when.ReplaceAllString(list, "TIME")), "\n")
		for i := range lines {
			lines[i] = strings.Join(strings.Fields(lines[i]), " ")
		}
		want := []string{
			"SID NAME PASSWORDS STATE KEY MADE KEY ENDS KEY LAST USED",
			"3 ショップ yes disabled TIME never TIME",
			"4 Old shop no open TIME TIME TIME",
			"4 Old shop no open TIME TIME TIME",
			"4 Old shop no open TIME never TIME",
		}
		if strings.Join(lines, "\n") != strings.Join(want, "\n") {
			t.Errorf("listed:\n%s", list)
		}
		if strings.Contains(list, "key-") || strings.Contains(list, strings.TrimSpace(added.Out)) {
			t.Errorf("a key is listed:\n%s", list)
		}

		sekisho.run("", "site", "enable", "--sid", "3").want(t, "")
		again()
		if got := status(3, added.Out); got != letIn {
			t.Errorf("a site that is let in again: %d", got)
		}
	})
}

// TestExportImport moves customers from one database to another and back: the
// files are the same to the byte, and ids go on behind the highest.
func TestExportImport(t *testing.T) {
	eachTerminal(t, func(t *testing.T, sekisho *terminal, shop *shop) {
		if err := demo(t.Context(), shop.store.Stores); err != nil {
			t.Fatal(err)
		}
		storetest.Widen(t, shop.store.Stores)
		shop.post("update", `{"data":[{"customer_id":2,"note":"\"一\",\r\n二\n \t","password":" p,\"w","email":"A..b.@docomo.example"}]}`).want(t, 200, doneBody)
		shop.get("delete", "&id=3").want(t, 200, doneBody)
		shop.fill(customer{ID: 700, Values: record{"name01": "七", "name02": "百", colEmail: "userc@example.com"}})
		path := filepath.Join(sekisho.dir, "out.csv")
		sekisho.run("", "export", path).want(t, "")
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the export is %v, %v", info.Mode(), err)
		}
		exported := sekisho.run("", "export").Out
		if content, err := os.ReadFile(path); err != nil || string(content) != exported {
			t.Errorf("the file and standard output differ: %v", err)
		}

		before := shop.everything()
		sekisho.run("", "import", path).wantFailed(t, strings.Join([]string{
			"line 2: customer_id: there is such a customer already",
			"line 2: email: a living customer in the database has it",
			"line 3: customer_id: there is such a customer already",
			"line 3: email: a living customer in the database has it",
			"line 6: customer_id: there is such a customer already",
			"line 7: customer_id: there is such a customer already",
			"line 7: email: a living customer in the database has it",
		}, "\n"))
		shop.exec("DELETE FROM dtb_customer")
		sekisho.run("", "import", path).want(t, "4 customers are imported.\n")
		if after := shop.everything(); after != before {
			t.Errorf("imported:\n%s\nwant:\n%s", after, before)
		}
		shop.post("create", minimal("next@example.com")).want(t, 200, `{"status":true,"message":"success","data":701}`)
		shop.exec("DELETE FROM dtb_customer")
		sekisho.run(exported, "import", "-").want(t, "4 customers are imported.\n")
		if again := sekisho.run("", "export").Out; again != exported {
			t.Errorf("exported again:\n%s\nwant:\n%s", again, exported)
		}
	})
}

// TestImportFaults names the line of each fault and imports nothing.
func TestImportFaults(t *testing.T) {
	eachTerminal(t, func(t *testing.T, sekisho *terminal, shop *shop) {
		head := "customer_id,name01,name02,email,pref,del_flg,salt\n"
		for _, test := range []struct{ name, csv, want string }{
			{"no rows at all", "", "line 1: the file is empty; a header line with the names of the columns is needed"},
			{"a column too few", "customer_id,name01,name02\n1,海,山\n", "line 1: email: the column is missing"},
			{"an unknown column", "customer_id,name01,name02,email,sexx\n", `line 1: unknown column "sexx"`},
			{"values", head + "0,,山,a,48,2,\n-1,海,\"a\nb\",a@b.jp,,,\n", strings.Join([]string{
				"line 2: customer_id: must be a number from 1 to 9007199254740991",
				"line 2: name01: must not be empty",
				"line 2: pref: must be a number from 1 to 47",
				"line 2: email: must be an e-mail address",
				"line 2: del_flg: must be a number from 0 to 1",
				"line 3: customer_id: must be a number from 1 to 9007199254740991",
				"line 3: name02: must be up to 255 characters without line breaks and other control characters",
			}, "\n")},
			{"twice", head + "1,海,山,a@b.jp,,0,\n01,海,山,b@b.jp,,0,\n2,海,山,A@b.jp,,,\n3,海,山,a@b.jp,,1,\n", strings.Join([]string{
				"line 3: customer_id: stands in line 2 already",
				"line 4: email: stands in line 2 already, and both customers live",
			}, "\n")},
		} {
			path := filepath.Join(sekisho.dir, "in.csv")
			write(t, path, test.csv)
			t.Run(test.name, func(t *testing.T) {
				sekisho.run("", "import", path).wantFailed(t, test.want)
			})
		}
		if n := shop.number("SELECT COUNT(*) FROM dtb_customer"); n != 0 {
			t.Errorf("%d customers were imported", n)
		}

		// More than are moved at once, in no order of their ids.
		var rows strings.Builder
		rows.WriteString("\ufeff" + head)
		for id := 2*bulk + 1; id > 0; id-- {
			fmt.Fprintf(&rows, "%d,海,山,c%d@example.com,,,pepper\n", id, id)
		}
		imported := sekisho.run(rows.String(), "import", "-")
		imported.want(t, fmt.Sprintf("%d customers are imported.\n", 2*bulk+1))
		if imported.Err != "Not kept: salt.\n" {
			t.Errorf("said %q", imported.Err)
		}
		if err := demo(t.Context(), shop.store.Stores); err == nil {
			t.Error("demo data came among real customers")
		}
	})
}

// TestCommandHelp keeps the examples of the help texts in step with the
// commands: each is a command line that parses.
func TestCommandHelp(t *testing.T) {
	root := &cobra.Command{Use: "customers"}
	command(root)
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Short == "" && cmd != root {
			t.Errorf("%s has no help", cmd.CommandPath())
		}
		if !cmd.HasSubCommands() && cmd.Example == "" {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		for _, line := range strings.Split(cmd.Example, "\n") {
			_, line, isCall := strings.Cut(line, "sekisho customers ")
			if !isCall {
				continue
			}
			line, _, _ = strings.Cut(line, " | ")
			called, rest, err := root.Find(splitArgs(line))
			if err != nil || called != cmd || called.ParseFlags(rest) != nil {
				t.Errorf("the example %q is none of %s: %v", line, cmd.CommandPath(), err)
			}
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

// splitArgs splits a command line at its spaces, but within quotation marks.
func splitArgs(line string) []string {
	return regexp.MustCompile(`"[^"]*"|[^ ]+`).FindAllString(line, -1)
}
