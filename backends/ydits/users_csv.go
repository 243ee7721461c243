package ydits

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

var userColumns = []string{"uuid", "name", "mail", "pass_hash", "created_at", "disabled_at"}

var usersFormat = kit.CSVColumns("uuid", "name!", "mail!", "pass", "pass_hash", "created_at", "disabled_at")

func importUsersCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:   "users <file>|-",
		Short: "Takes users over",
		Long: `Takes users over from a CSV file in UTF-8 with a header line, or from standard
input. Columns, in any order:

  uuid         kept as it is, at most 50 characters; made where it is empty
  name, mail   at most 50 characters; each mail address once
  pass         the password in clear, at most 20 characters; it is hashed, which
               takes half a minute for 1,000 users on one processor
  pass_hash    instead of pass: what "export users" wrote, or the old service's
               $2y$… (bcrypt), {md5}…, {sha1}…, {sha256}…, or with a salt
               {sha256:salt+password}salt$…; it is hashed anew at the first login
  created_at   when they signed up, 2006-01-02 15:04:05 in Japan or
               2006-01-02T15:04:05+09:00; now where it is empty
  disabled_at  when they were disabled; empty for those who were not

The whole file is checked first. All of it comes in, or nothing.`,
		Example: `  sekisho ydits import users users.csv
  sekisho ydits export users - | ssh elsewhere sekisho ydits import users -`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return kit.ImportCSV(cmd, args[0], usersFormat, "users", importUsers)
		},
	})
}

// comingUser is a user on the way in.
type comingUser struct {
	user
	line int
	pass string // in clear, still to be hashed; "" where the hash came along
}

func importUsers(ctx context.Context, s *stores.Stores, file *kit.CSVFile) (int, error) {
	coming, err := checkUsers(ctx, store{s.SQL}, file)
	if err != nil {
		return 0, err
	}
	if err := hashPasswords(ctx, coming); err != nil {
		return 0, err
	}
	users := make([]user, len(coming))
	for i, c := range coming {
		users[i] = c.user
	}
	return len(users), store{s.SQL}.addUsers(ctx, users)
}

// checkUsers reads all users of a file, and finds nothing wrong with any.
func checkUsers(ctx context.Context, kept store, file *kit.CSVFile) ([]comingUser, error) {
	var coming []comingUser
	uuids, mails := map[string]bool{}, map[string]bool{}
	err := file.Check(ctx, func(row kit.CSVRow) error {
		c, err := userIn(row)
		if uuids[c.UUID] {
			err = errors.Join(err, row.Fault("uuid", "stands in an earlier line too"))
		}
		if c.MailKey != "" && mails[c.MailKey] {
			err = errors.Join(err, row.Fault("mail", "stands in an earlier line too"))
		}
		uuids[c.UUID], mails[c.MailKey] = true, true
		coming = append(coming, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return coming, checkNewUsers(ctx, kept, coming)
}

// checkNewUsers finds none of them in the database.
func checkNewUsers(ctx context.Context, kept store, coming []comingUser) error {
	var faults kit.CSVFaults
	for some := range slices.Chunk(coming, batch) {
		var users []user
		for _, c := range some {
			users = append(users, c.user)
		}
		there, err := kept.alike(ctx, users)
		if err != nil {
			return err
		}
		uuids, mails := map[string]bool{}, map[string]bool{}
		for _, u := range there {
			uuids[u.UUID], mails[u.MailKey] = true, true
		}
		for _, c := range some {
			if uuids[c.UUID] {
				faults = append(faults, &kit.CSVFault{Line: c.line, Column: "uuid", Why: "a user has it already"})
			}
			if mails[c.MailKey] {
				faults = append(faults, &kit.CSVFault{Line: c.line, Column: "mail", Why: "a user has it already"})
			}
		}
		if len(faults) >= kit.MaxFaults {
			break
		}
	}
	return faults.Err()
}

func userIn(row kit.CSVRow) (comingUser, error) {
	c := comingUser{line: row.Line(), pass: row.Get("pass"), user: user{
		UUID:     row.Get("uuid"),
		Name:     row.Get("name"),
		Mail:     row.Get("mail"),
		MailKey:  kit.MailKey(row.Get("mail")),
		PassHash: row.Get("pass_hash"),
	}}
	if c.UUID == "" {
		c.UUID = kit.NewUUID()
	}
	if clear, plain := strings.CutPrefix(c.PassHash, "{plain}"); plain && c.pass == "" {
		c.pass, c.PassHash = clear, ""
	}
	var timeFault1, timeFault2 error
	c.CreatedAt, timeFault1 = row.Time("created_at", clock.Now().UnixMilli())
	c.DisabledAt, timeFault2 = row.Time("disabled_at", 0)
	return c, errors.Join(
		row.Within("uuid", maxUUID), row.Within("name", maxName), row.Within("mail", maxMail),
		faultUnless(c.Mail != "", row, "mail", "is empty"),
		passwordIn(row, c), timeFault1, timeFault2,
	)
}

func passwordIn(row kit.CSVRow, c comingUser) error {
	switch {
	case c.pass == "" && c.PassHash == "":
		return row.Fault("pass", "is empty, and so is pass_hash")
	case c.pass != "" && c.PassHash != "":
		return row.Fault("pass", "is given, and pass_hash too")
	case utf8.RuneCountInString(c.pass) > maxPass:
		return row.Fault("pass", fmt.Sprintf("is longer than %d characters", maxPass))
	case c.PassHash != "":
		if err := kit.CheckStored(c.PassHash); err != nil {
			return row.Fault("pass_hash", err.Error())
		}
	}
	return nil
}

func faultUnless(good bool, row kit.CSVRow, column, why string) error {
	if good {
		return nil
	}
	return row.Fault(column, why)
}

// hashPasswords hashes those that came in clear.
func hashPasswords(ctx context.Context, coming []comingUser) error {
	var passwords []kit.ClearPassword
	for i := range coming {
		if coming[i].pass != "" {
			passwords = append(passwords, kit.ClearPassword{Clear: coming[i].pass, Into: &coming[i].PassHash})
		}
	}
	return kit.HashPasswords(ctx, passwords)
}

func exportUsersCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:   "users [<file>|-]",
		Short: "Writes all users",
		Long: `Writes all users as CSV, to a file that only you can read or to standard output.
Passwords are there as hashes; "import users" takes the file as it is.`,
		Example: "  sekisho ydits export users users.csv",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return kit.ExportCSV(cmd, args, userColumns, func(ctx context.Context, s *stores.Stores, file *kit.CSVWriter) error {
				return store{s.SQL}.users(ctx, func(u user) error {
					return file.Write(u.UUID, u.Name, u.Mail, u.PassHash, kit.CSVTime(u.CreatedAt), kit.CSVTime(u.DisabledAt))
				})
			})
		},
	})
}
