package avatarplay

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
)

// userColumns are the columns of an export; an import needs those with a !, and
// may have pass.
var userColumns = slices.Concat([]string{"id!", "login!", "nickname", "pass_hash", "generation", "created_at", "disabled_at"}, wornColumns)

// longestOldPassword is how long a password may be that comes in, in bytes: the
// site reads as many.
const longestOldPassword = 1000

func importUsersCommand() *cobra.Command {
	return importCommand(table{
		what:  "users",
		first: "Import the catalogue first. They own\nwhat they wear; what else they own comes in with \"import grants\". ",
		columns: `  id           kept as it is: a number from 1 to 9007199254740991; links and grants
               name it
  login        with which they sign in, 1 to 60 characters; each once
  nickname     at most 60 characters; the login where it is empty
  pass         the password in clear; it is hashed, which takes half a minute for
               1,000 users on one processor
  pass_hash    instead of pass: what "export users" wrote, or the old service's
               $2y$… (bcrypt), {md5}…, {sha1}…, {sha256}…, or with a salt
               {sha256:salt+password}salt$…; it is hashed anew at the first login
  generation   how often the password was changed, 1 where it is empty
  created_at   when they signed up, 2006-01-02 15:04:05 in Japan or
               2006-01-02T15:04:05+09:00; now where it is empty
  disabled_at  when they were disabled; empty for those who were not
` + wornHelp,
		format: kit.CSVColumns(slices.Concat(userColumns, []string{"pass"})...),
		bring:  importUsers,
	})
}

// incomingUser is a user on the way in, with the password that is still to be
// hashed; "" where the hash came along.
type incomingUser struct {
	comingPerson
	pass string
}

// importUsers checks a file, and then keeps its users.
func importUsers(ctx context.Context, kept store, file *kit.CSVFile) (int, error) {
	all, err := kept.index(ctx)
	if err != nil {
		return 0, err
	}
	read := func(f *kit.CSVFields) incomingUser { return userIn(f, all) }
	rows, clear, err := checkUsers(ctx, kept, file, read)
	if err != nil {
		return 0, err
	}
	hashes, passwords := make([]string, len(clear)), make([]kit.ClearPassword, len(clear))
	for i, pass := range clear {
		passwords[i] = kit.ClearPassword{Clear: pass, Into: &hashes[i]}
	}
	if err := kit.HashPasswords(ctx, passwords); err != nil {
		return 0, err
	}
	coming := kit.RowsOf(ctx, file, rows, read)
	return kept.importPeople(ctx, func(keep func(comingPerson) error) error {
		hashed := 0
		return coming(func(u incomingUser) error {
			if u.pass != "" {
				if hashed == len(clear) || clear[hashed] != u.pass {
					return kit.ErrFileChanged // somebody else's hash would be theirs
				}
				u.PassHash = hashes[hashed]
				hashed++
			}
			return keep(u.comingPerson)
		})
	})
}

// checkUsers finds nothing wrong with a file, and gives how many rows it has and
// the passwords that stand in clear in it, in the order of its lines.
func checkUsers(ctx context.Context, kept store, file *kit.CSVFile, read func(*kit.CSVFields) incomingUser) (rows int, clear []string, err error) {
	ids, logins := kit.NewSeenTexts(), kit.NewSeenTexts()
	idTaken := kit.CSVLookup[int64]{There: existing[int64](kept, "avatarplay_people", "id"), Column: "id", Why: "a user has it already"}
	loginTaken := kit.CSVLookup[string]{There: existing[string](kept, "avatarplay_people", "login_key"), Column: "login", Why: "a user has it already"}
	rows, err = kit.CheckCSV(ctx, file, func(f *kit.CSVFields) {
		u := read(f)
		twice(f, ids, "id", u.ID)
		logins.Twice(f, "login", u.LoginKey)
		if u.pass != "" {
			clear = append(clear, strings.Clone(u.pass)) // not the whole row
		}
		idTaken.Add(f, u.ID)
		loginTaken.Add(f, u.LoginKey)
	}, &idTaken, &loginTaken)
	return rows, clear, err
}

// userIn reads a row's user.
func userIn(f *kit.CSVFields, all *index) incomingUser {
	u := incomingUser{comingPerson: comingPerson{worn: wornIn(f, all), personRow: personRow{
		ID:         f.ID("id"),
		Login:      loginIn(f),
		LoginKey:   kit.MailKey(f.Get("login")),
		Generation: f.Number("generation", 1, kit.LargestID, 1),
		CreatedAt:  f.Time("created_at", clock.Now().UnixMilli()),
		DisabledAt: f.Time("disabled_at", 0),
	}}}
	if u.Nickname = u.Login; f.Get("nickname") != "" {
		u.Nickname = nameIn(f, "nickname", longestLogin)
	}
	if f.Get("pass") == "" && f.Get("pass_hash") == "" {
		f.Fail("pass", "is empty, and so is pass_hash")
	}
	if u.pass, u.PassHash = f.Password("pass", "pass_hash"); len(u.pass) > longestOldPassword {
		column := "pass"
		if f.Get(column) == "" {
			column = "pass_hash" // {plain}
		}
		f.Fail(column, "is longer than 1000 bytes")
	}
	return u
}

// loginIn reads a row's login: one that somebody can enter.
func loginIn(f *kit.CSVFields) string {
	login := f.Need("login", longestLogin)
	if strings.ContainsFunc(login, unicode.IsControl) || strings.TrimSpace(login) != login {
		f.Fail("login", "begins or ends with a blank, or holds a control character")
	}
	return login
}

func exportUsersCommand() *cobra.Command {
	return exportCommand("users", `Passwords are there
as hashes. What they own goes with "export grants".`, userColumns, func(ctx context.Context, kept store, file *kit.CSVWriter) error {
		known, err := kept.keys(ctx)
		if err != nil {
			return err
		}
		return kept.eachPerson(ctx, func(p exportedPerson) error {
			worn, err := wornOut(p.worn, known)
			if err != nil {
				return err
			}
			return file.Write(append([]string{
				kit.CSVNumber(p.ID), p.Login, p.Nickname, p.PassHash, kit.CSVNumber(p.Generation),
				kit.CSVTime(p.CreatedAt), kit.CSVTime(p.DisabledAt),
			}, worn...)...)
		})
	})
}
