package photocloak

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

var memberColumns = []string{"id", "mail", "name", "pass_hash", "generation", "max_cloaks", "created_at", "disabled_at"}

var membersFormat = kit.CSVColumns("id!", "mail!", "name!", "pass", "pass_hash", "generation", "max_cloaks", "created_at", "disabled_at")

func importMembersCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:   "members <file>|-",
		Short: "Takes members over",
		Long: `Takes members over from a CSV file in UTF-8 with a header line, or from standard
input. Columns, in any order:

  id           kept as it is, a number from 1 up; cloaks and photos name it
  mail         with which they log in; each once
  name         at most 50 characters
  pass         the password in clear; it is hashed, which takes half a minute for
               1,000 members on one processor
  pass_hash    instead of pass: what "export members" wrote, or the old service's
               $2y$… (bcrypt), {md5}…, {sha1}…, {sha256}…, or with a salt
               {sha256:salt+password}salt$…; it is hashed anew at the first login
  generation   how often the password was changed, 1 where it is empty
  max_cloaks   how many cloaks they may have at a time, 3 where it is empty
  created_at   when they signed up, 2006-01-02 15:04:05 in Japan or
               2006-01-02T15:04:05+09:00; now where it is empty
  disabled_at  when they were disabled; empty for those who were not

The whole file is checked first. All of it comes in, or nothing.`,
		Example: `  sekisho photocloak import members members.csv
  sekisho photocloak export members - | ssh elsewhere sekisho photocloak import members -`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return kit.ImportCSV(cmd, args[0], membersFormat, "members", importMembers)
		},
	})
}

// comingMember is a member on the way in.
type comingMember struct {
	member
	line int
	pass string // in clear, still to be hashed; "" where the hash came along
}

func importMembers(ctx context.Context, s *stores.Stores, file *kit.CSVFile) (int, error) {
	var coming []*comingMember
	ids, mails := kit.Seen[int64]{}, kit.Seen[string]{}
	err := file.Check(ctx, func(row kit.CSVRow) error {
		f := kit.NewCSVFields(row)
		m := memberIn(f)
		ids.Twice(f, "id", m.ID)
		mails.Twice(f, "mail", m.MailKey)
		coming = append(coming, m)
		return f.Err()
	})
	if err != nil {
		return 0, err
	}
	if err := checkNewMembers(ctx, store{s.SQL}, coming); err != nil {
		return 0, err
	}
	var passwords []kit.ClearPassword
	for _, m := range coming {
		if m.pass != "" {
			passwords = append(passwords, kit.ClearPassword{Clear: m.pass, Into: &m.PassHash})
		}
	}
	if err := kit.HashPasswords(ctx, passwords); err != nil {
		return 0, err
	}
	members := make([]member, len(coming))
	for i, m := range coming {
		members[i] = m.member
	}
	return len(members), store{s.SQL}.importMembers(ctx, members)
}

func memberIn(f *kit.CSVFields) *comingMember {
	m := &comingMember{line: f.Line(), member: member{
		ID:         f.ID("id"),
		Mail:       f.Get("mail"),
		MailKey:    kit.MailKey(f.Get("mail")),
		Name:       f.Need("name", longestName),
		Generation: f.Number("generation", 0, kit.LargestID, 1),
		MaxCloaks:  f.Number("max_cloaks", 0, mostMaxCloaks, usualMaxCloaks),
		CreatedAt:  f.Time("created_at", clock.Now().UnixMilli()),
		DisabledAt: f.Time("disabled_at", 0),
	}}
	if !saneMail(m.Mail) {
		f.Fail("mail", "is no mail address")
	}
	if f.Get("pass") == "" && f.Get("pass_hash") == "" {
		f.Fail("pass", "is empty, and so is pass_hash")
	}
	if len(f.Get("pass")) > longestSecret {
		f.Fail("pass", "is longer than 1024 bytes")
	}
	m.pass, m.PassHash = f.Password("pass", "pass_hash")
	return m
}

// checkNewMembers finds none of them in the database.
func checkNewMembers(ctx context.Context, kept store, coming []*comingMember) error {
	var faults kit.CSVFaults
	for some := range slices.Chunk(coming, batch) {
		ids, mails := make([]int64, len(some)), make([]string, len(some))
		for i, m := range some {
			ids[i], mails[i] = m.ID, m.MailKey
		}
		idsThere, err := existing[int64](ctx, kept, "photocloak_members", "id", ids)
		if err != nil {
			return err
		}
		mailsThere, err := existing[string](ctx, kept, "photocloak_members", "mail_key", mails)
		if err != nil {
			return err
		}
		for _, m := range some {
			if idsThere[m.ID] {
				faults = append(faults, &kit.CSVFault{Line: m.line, Column: "id", Why: "a member has it already"})
			}
			if mailsThere[m.MailKey] {
				faults = append(faults, &kit.CSVFault{Line: m.line, Column: "mail", Why: "a member has it already"})
			}
		}
		if len(faults) >= kit.MaxFaults {
			break
		}
	}
	return faults.Err()
}

func exportMembersCommand() *cobra.Command {
	return kit.ExportCommand("photocloak", "members", `Passwords are there
as hashes.`, memberColumns,
		func(ctx context.Context, s *stores.Stores, file *kit.CSVWriter) error {
			return store{s.SQL}.members(ctx, func(m member) error {
				return file.Write(kit.CSVNumber(m.ID), m.Mail, m.Name, m.PassHash, kit.CSVNumber(m.Generation), kit.CSVNumber(m.MaxCloaks),
					kit.CSVTime(m.CreatedAt), kit.CSVTime(m.DisabledAt))
			})
		})
}
