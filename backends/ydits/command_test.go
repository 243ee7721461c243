package ydits

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/backends/kit/kittest"
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

func TestUserCommands(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		g := gateway(t, s.Stores)
		out := s.Must("", "user", "add", "--name", "太郎", "--mail", "Taro@example.com")
		found := regexp.MustCompile(`^uuid: (\S+)\npassword, shown this once: (\S{20})\n$`).FindStringSubmatch(out)
		if found == nil {
			t.Fatalf("printed %q", out)
		}
		if a := inquire(t, g, "taro@example.com", found[2]); a.UserData.UUID != found[1] || a.UserData.Name != "太郎" {
			t.Errorf("the new user: %+v", a)
		}

		out = s.Must("given pass\n", "user", "add", "--name", "花子\x1b[2J", "--mail", "hanako@example.com", "--pass-file", "-")
		if strings.Contains(out, "pass") {
			t.Errorf("a given password is shown: %q", out)
		}
		if a := issue(t, g, "hanako@example.com", "given pass"); a.ResultCode != 200 {
			t.Errorf("with a given password: %+v", a)
		}

		s.Must("", "user", "disable", "TARO@example.com")
		expect(t, "disabled", issue(t, g, "taro@example.com", found[2]), 406, wordsMailUnknown)
		list := s.Must("", "user", "list")
		for _, want := range []string{found[1], "Taro@example.com", "花子\uFFFD[2J"} {
			if !strings.Contains(list, want) {
				t.Errorf("the list lacks %q:\n%s", want, list)
			}
		}
		s.Must("", "user", "enable", found[1])
		if a := issue(t, g, "taro@example.com", found[2]); a.ResultCode != 200 {
			t.Errorf("enabled: %+v", a)
		}
	})
}

func TestUserCommandsRefuse(t *testing.T) {
	s := newShell(t, storetest.Embedded)
	s.Must("", "user", "add", "--name", "n", "--mail", "a@example.com")
	before := everything(t, s.Stores)
	for _, test := range []struct {
		want, stdin string
		args        []string
	}{
		{"another user has this mail address", "", []string{"user", "add", "--name", "n", "--mail", "A@example.com"}},
		{"no mail address", "", []string{"user", "add", "--name", "n", "--mail", "no address"}},
		{"mail must have 1 to 50", "", []string{"user", "add", "--name", "n", "--mail", strings.Repeat("a", 40) + "@example.com"}},
		{"name must have 1 to 50", "", []string{"user", "add", "--name", "", "--mail", "b@example.com"}},
		{"password must have 1 to 20", strings.Repeat("x", 21), []string{"user", "add", "--name", "n", "--mail", "b@example.com", "--pass-file", "-"}},
		{"the secret is empty", "\n", []string{"user", "add", "--name", "n", "--mail", "b@example.com", "--pass-file", "-"}},
		{`"name" not set`, "", []string{"user", "add", "--mail", "b@example.com"}},
		{"no user has this", "", []string{"user", "disable", "b@example.com"}},
		{"accepts 1 arg", "", []string{"user", "enable"}},
	} {
		if out, err := s.Run(test.stdin, test.args...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v %s, want %q", test.args, err, out, test.want)
		} else if out != "" {
			t.Errorf("%v: beside its error it printed %q", test.args, out)
		}
	}
	if after := everything(t, s.Stores); after != before {
		t.Errorf("a refused command changed something:\n%s", after)
	}
}

// An old service's table comes in whole: its users log in with the passwords
// they always had, and their software with the keys it always had.
func TestImport(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		sum := sha256.Sum256([]byte("salty" + "third"))
		out := s.Must("\uFEFFmail,uuid,name,pass,pass_hash,created_at,disabled_at\n"+
			"one@example.com,old-1,一,first,,2015-04-01 09:00:00,\n"+
			"two@example.com,old-2,二,,{plain}second,2015-04-02,\n"+
			"three@example.com,old-3,\"三, \"\"san\"\"\",,{sha256:salt+password}salty$"+hex.EncodeToString(sum[:])+",2015-04-03T09:00:00+09:00,\n"+
			"four@example.com,old-4,四,fourth,,,2016-01-01\n"+
			"five@example.com,,五,fifth,,,\n",
			"import", "users", "-")
		if out != "5 users imported\n" {
			t.Errorf("printed %q", out)
		}
		if strings.Contains(everything(t, s.Stores), "{plain}") {
			t.Error("a password is stored in clear")
		}
		g := gateway(t, s.Stores)
		for _, known := range [][3]string{{"one@example.com", "first", "old-1"}, {"two@example.com", "second", "old-2"}, {"three@example.com", "third", "old-3"}} {
			if a := inquire(t, g, known[0], known[1]); a.UserData.UUID != known[2] {
				t.Errorf("%s: %+v", known[0], a)
			}
		}
		expect(t, "disabled", issue(t, g, "four@example.com", "fourth"), 406, wordsMailUnknown)
		if a := inquire(t, g, "five@example.com", "fifth"); len(a.UserData.UUID) != 36 {
			t.Errorf("a uuid was to be made: %+v", a)
		}
		third, err := store{s.Stores.SQL}.userByUUID(context.Background(), "old-3")
		if err != nil || !strings.HasPrefix(third.PassHash, "$argon2id$") || third.CreatedAt != 1428019200000 {
			t.Errorf("hashed anew at the first login: %+v, %v", third, err)
		}
		if a := issue(t, g, "three@example.com", "third"); a.ResultCode != 200 {
			t.Errorf("the second login: %+v", a)
		}

		out = s.Must("uuid,softname,key,softid,created_at\r\nold-1,SoftName,softkey,id 1,2015-04-01 09:00:00\r\nold-2,SoftName,softkey,,\r\n",
			"import", "registrations", "-")
		if out != "2 registrations imported\n" {
			t.Errorf("printed %q", out)
		}
		for _, uuid := range []string{"old-1", "old-2"} {
			if a := authenticate(t, g, uuid, "softkey"); a.ResultCode != 200 {
				t.Errorf("%s: %+v", uuid, a)
			}
		}
		if strings.Contains(everything(t, s.Stores), "softkey") {
			t.Error("a key is stored in clear")
		}
	})
}

// What was exported imports into an empty database to the byte, and exports
// again as it was.
func TestExportImports(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		storetest.Widen(t, s.Stores)
		g := gateway(t, s.Stores)
		uuid := newcomerUUID(t, g, "a@example.com", "pass")
		disabled := newcomerUUID(t, g, "b@example.com", "pass")
		for i, text := range []string{"plain", "a,b", `"q"`, "line\r\nbreak", "=1+1", " space"} {
			if a := register(t, g, uuid, text, fmt.Sprint("key ", i)); a.ResultCode != 200 {
				t.Fatalf("%q: %+v", text, a)
			}
		}
		s.Must("", "user", "disable", disabled)

		folder := t.TempDir()
		users, registrations := filepath.Join(folder, "users.csv"), filepath.Join(folder, "registrations.csv")
		s.Must("", "export", "users", users)
		s.Must("", "export", "registrations", registrations)
		for _, file := range []string{users, registrations} {
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v %v, want only this user to read it", file, info.Mode(), err)
			}
		}

		for _, combination := range []string{storetest.Embedded, storetest.Postgres} {
			elsewhere := newShell(t, combination)
			elsewhere.Must("", "import", "users", users)
			elsewhere.Must("", "import", "registrations", registrations)
			if got, want := everything(t, elsewhere.Stores), everything(t, s.Stores); got != want {
				t.Errorf("imported:\n%s\nexported:\n%s", got, want)
			}
			if got := elsewhere.Must("", "export", "users"); got != s.Must("", "export", "users", "-") {
				t.Errorf("exported again:\n%s", got)
			}
			if a := authenticate(t, gateway(t, elsewhere.Stores), uuid, "key 3"); a.ResultCode != 200 {
				t.Errorf("a key after the move: %+v", a)
			}
		}
	})
}

// Everything that is wrong with a file is told with its line, without a value
// of it, and nothing comes in.
func TestImportRefuses(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		s.Must("uuid,name,mail,pass\nu1,n,there@example.com,p\n", "import", "users", "-")
		s.Must("uuid,softname,key\nu1,there,there key\n", "import", "registrations", "-")
		before := everything(t, s.Stores)
		foreign := hex.EncodeToString(make([]byte, 32))
		for _, test := range []struct{ what, file, want string }{
			{"users", "", "line 1: the file is empty"},
			{"users", "name,mail,colour\n", `line 1: unknown column "colour"`},
			{"users", "name\nn\n", "line 1: mail: the column is missing"},
			{"users", "name,mail\nn,m@example.com\n", "line 2: pass: is empty, and so is pass_hash"},
			{"users", "name,mail,pass,pass_hash\nn,m@example.com,p,{plain}secret\n", "line 2: pass: is given, and pass_hash too"},
			{"users", "name,mail,pass_hash\nn,m@example.com,secret\n", "line 2: pass_hash: a password hash of no known form"},
			{"users", "name,mail,pass\nn,,p\n", "line 2: mail: is empty"},
			{"users", "name,mail,pass\nn,m@example.com," + strings.Repeat("x", 21) + "\n", "line 2: pass: is longer than 20 characters"},
			{"users", "name,mail,pass\nn,m1@example.com,p\nn,M1@example.com,p\n", "line 3: mail: stands in an earlier line too"},
			{"users", "uuid,name,mail,pass\nx,n,m1@example.com,p\nx,n,m2@example.com,p\n", "line 3: uuid: stands in an earlier line too"},
			{"users", "uuid,name,mail,pass\nu1,n,m1@example.com,p\n", "line 2: uuid: a user has it already"},
			{"users", "name,mail,pass\nok,ok@example.com,p\n\"line\nbreak\",THERE@example.com,p\n", "line 3: mail: a user has it already"},
			{"users", "name,mail,pass,created_at\nn,m@example.com,p,yesterday\n", "line 2: created_at: is no time"},
			{"registrations", "uuid,softname,key\nnobody,s,k\n", "line 2: uuid: no user has it"},
			{"registrations", "uuid,softname,key\nu1,s,\n", "line 2: key: is empty, and so is key_hash"},
			{"registrations", "uuid,softname,key\nu1,there,k\n", "line 2: softname: the user has registered it already"},
			{"registrations", "uuid,softname,key\nu1,s,there key\n", "line 2: key: the user has registered it already"},
			{"registrations", "uuid,softname,key\nu1,s,k\nu1,s,k2\n", "line 3: softname: stands in an earlier line of this user too"},
			{"registrations", "uuid,softname,key\nu1,s,k\nu1,s2,k\n", "line 3: key: stands in an earlier line of this user too"},
			{"registrations", "uuid,softname,key_hash\nu1,s," + foreign + "\n", "line 2: key_hash: was not exported"},
			{"registrations", "uuid,softname,key_hash\nu1,s," + foreign + ".0011223344556677\n", "line 2: key_hash: was not exported"},
			{"registrations", "uuid,softname,key\nu1," + strings.Repeat("ソ", 21) + ",k\n", "line 2: softname: is longer than 20 characters"},
		} {
			_, err := s.Run(test.file, "import", test.what, "-")
			if err == nil || !strings.HasPrefix(err.Error(), "nothing was imported:\n") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q: %v, want %q", test.file, err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("a value is quoted: %v", err)
			}
		}
		if after := everything(t, s.Stores); after != before {
			t.Errorf("before:\n%s\nafter:\n%s", before, after)
		}
	})
}

// What is checked comes in, and nothing that is written to the file meanwhile:
// it is read once.
func TestImportOfAGrowingFile(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		path := filepath.Join(t.TempDir(), "users.csv")
		grow := func(lines string) {
			out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
			if err == nil {
				_, err = out.WriteString(lines)
			}
			if err := errors.Join(err, out.Close()); err != nil {
				t.Fatal(err)
			}
		}
		grow("name,mail,pass\none,one@example.com,first\n")
		file, err := kit.OpenCSV(path, nil, usersFormat)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		grown := false
		ctx := waitedFor{context.Background(), sync.OnceFunc(func() {
			grow("two,two@example.com,second\n")
			grown = true
		})}
		if count, err := importUsers(ctx, s.Stores, file); count != 1 || err != nil || !grown {
			t.Errorf("%d users came in, %v; the file grew: %v", count, err, grown)
		}
		g := gateway(t, s.Stores)
		if a := issue(t, g, "one@example.com", "first"); a.ResultCode != 200 {
			t.Errorf("who was there: %+v", a)
		}
		expect(t, "who came later", issue(t, g, "two@example.com", "second"), 406, wordsMailUnknown)
	})
}

// waitedFor is a context that says when it is first waited for: by the database
// and the hashing, after the file was read, which only asks for its error.
type waitedFor struct {
	context.Context
	first func()
}

func (w waitedFor) Done() <-chan struct{} {
	w.first()
	return w.Context.Done()
}

// An interrupt ends the hashing at once.
func TestImportIsInterrupted(t *testing.T) {
	coming := make([]comingUser, 500)
	for i := range coming {
		coming[i].pass = "p"
	}
	interrupted, interrupt := context.WithCancel(context.Background())
	interrupt()
	if got := hashesOf(func() {
		if err := hashPasswords(interrupted, coming); !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
	}); got != 0 {
		t.Errorf("%d passwords were hashed after the interrupt", got)
	}
}

// More users and registrations than one statement takes.
func TestImportInBatches(t *testing.T) {
	eachShell(t, func(t *testing.T, s shell) {
		const hash = "{md5}5f4dcc3b5aa765d61d8327deb882cf99" // password
		users, registrations := "uuid,name,mail,pass_hash\n", "uuid,softname,key\n"
		for i := range 2*batch + 1 {
			users += fmt.Sprintf("u%d,n,m%d@example.com,%s\n", i, i, hash)
			registrations += fmt.Sprintf("u%d,s,k\n", i)
		}
		s.Must(users, "import", "users", "-")
		s.Must(registrations, "import", "registrations", "-")
		g := gateway(t, s.Stores)
		for _, i := range []int{0, batch - 1, batch, 2 * batch} {
			if a := issue(t, g, fmt.Sprintf("m%d@example.com", i), "password"); a.ResultCode != 200 {
				t.Errorf("user %d: %+v", i, a)
			}
			if a := authenticate(t, g, fmt.Sprint("u", i), "k"); a.ResultCode != 200 {
				t.Errorf("registration %d: %+v", i, a)
			}
		}
		if rows := strings.Count(s.Must("", "export", "registrations"), "\r\n"); rows != 2*batch+2 {
			t.Errorf("%d lines exported, want %d", rows, 2*batch+2)
		}
		_, err := s.Run(users, "import", "users", "-")
		if err == nil || strings.Count(err.Error(), "\n") != kit.MaxFaults+1 || !strings.Contains(err.Error(), "there may be more") {
			t.Errorf("twenty faults are enough: %v", err)
		}
	})
}

// Every command has an example, and each example is a call of that command.
func TestExamples(t *testing.T) {
	root := &cobra.Command{Use: "ydits"}
	addCommands(root)
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
		if cmd.HasSubCommands() {
			return
		}
		calls := regexp.MustCompile(`sekisho ydits ([^|\n]+)`).FindAllStringSubmatch(cmd.Example, -1)
		if len(calls) == 0 {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		for _, call := range calls {
			found, rest, err := root.Find(strings.Fields(call[1]))
			if err != nil {
				t.Errorf("%s: %v", call[0], err)
				continue
			}
			if err := found.ParseFlags(rest); err != nil {
				t.Errorf("%s: %v", call[0], err)
			}
			if err := found.ValidateArgs(found.Flags().Args()); err != nil {
				t.Errorf("%s: %v", call[0], err)
			}
		}
	}
	visit(root)
}
