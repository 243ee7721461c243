package photocloak

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

const (
	madePassword = 8 // random bytes of a made password, two characters each

	usualMaxCloaks = 3
	mostMaxCloaks  = 1_000_000
)

func addMemberCommand() *cobra.Command {
	var m member
	var passFile string
	cmd := &cobra.Command{
		Use:   "add --mail <address> --name <name> [--max-cloaks <number>] [--pass-file <file>|-]",
		Short: "Signs a member up",
		Long: `Signs a member up and prints their id.

With --pass-file the password is all that a file holds, or standard input (-),
but for one line break at its end. Without it a random one is made, and shown
this once.`,
		Example: `  sekisho photocloak member add --mail umiyama@example.com --name 海山太郎
  printf %s "$pass" | sekisho photocloak member add --mail umiyama@example.com --name 海山太郎 --max-cloaks 10 --pass-file -`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkMember(m); err != nil {
				return err
			}
			password, made, err := kit.NewSecret(cmd, passFile, madePassword)
			if err != nil {
				return err
			}
			return withStore(cmd, func(ctx context.Context, kept store) error {
				if m.PassHash, err = kit.HashPassword(ctx, password); err != nil {
					return err
				}
				m.MailKey, m.Generation, m.CreatedAt = kit.MailKey(m.Mail), 1, clock.Now().UnixMilli()
				added, err := kept.addMember(ctx, m)
				if stores.IsTaken(err) {
					return errors.New("another member has this mail address")
				}
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "member id: %d\n", added.ID)
				showPassword(cmd, password, made)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&m.Mail, "mail", "", "their mail address, with which they log in")
	cmd.Flags().StringVar(&m.Name, "name", "", "their name, at most 50 characters")
	cmd.Flags().Int64Var(&m.MaxCloaks, "max-cloaks", usualMaxCloaks, "how many cloaks they may have at a time")
	passFileFlag(cmd, &passFile)
	_ = cmd.MarkFlagRequired("mail") // they are there
	_ = cmd.MarkFlagRequired("name")
	return kit.Leaf(cmd)
}

func checkMember(m member) error {
	var errs []error
	if !saneMail(m.Mail) {
		errs = append(errs, errors.New("--mail: this is no mail address"))
	}
	if m.MaxCloaks < 0 || m.MaxCloaks > mostMaxCloaks {
		errs = append(errs, fmt.Errorf("--max-cloaks must be from 0 to %d", mostMaxCloaks))
	}
	return errors.Join(append(errs, kit.CheckText("--name", m.Name, longestName))...)
}

func passFileFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "pass-file", "", "take the password from this file, or from standard input (-), instead of making one")
}

func showPassword(cmd *cobra.Command, password string, made bool) {
	if made {
		fmt.Fprintf(cmd.OutOrStdout(), "password, shown this once: %s\n", password)
	}
}

func memberPasswordCommand() *cobra.Command {
	var passFile string
	cmd := &cobra.Command{
		Use:   "password <mail address or id> [--pass-file <file>|-]",
		Short: "Gives a member another password",
		Long: `Gives a member another password. All tokens that they have end within five
seconds, and their apps ask them to log in again.`,
		Example: `  sekisho photocloak member password umiyama@example.com
  sekisho photocloak member password umiyama@example.com --pass-file -`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, made, err := kit.NewSecret(cmd, passFile, madePassword)
			if err != nil {
				return err
			}
			return withStore(cmd, func(ctx context.Context, kept store) error {
				m, err := kept.namedMember(ctx, args[0])
				if err != nil {
					return err
				}
				hash, err := kit.HashPassword(ctx, password)
				if err != nil {
					return err
				}
				if err := kept.setPassword(ctx, m.ID, hash); err != nil {
					return err
				}
				showPassword(cmd, password, made)
				return nil
			})
		},
	}
	passFileFlag(cmd, &passFile)
	return kit.Leaf(cmd)
}

// namedMember gives the member whom a command names, by mail address or id.
func (s store) namedMember(ctx context.Context, name string) (member, error) {
	m, err := s.memberByMail(ctx, name)
	if id, notID := strconv.ParseInt(name, 10, 64); err == nil && m.ID == 0 && notID == nil {
		m, err = s.member(ctx, id)
	}
	if err == nil && m.ID == 0 {
		err = errUnknownMember
	}
	return m, err
}

func listMembersCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:     "list",
		Short:   "Lists the members",
		Long:    "Lists the members. Times are Japan's.",
		Example: "  sekisho photocloak member list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, kept store) error {
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "ID\tMAIL\tNAME\tMAX CLOAKS\tSTATE\tSIGNED UP")
				err := kept.members(ctx, func(m member) error {
					_, err := fmt.Fprintf(table, "%d\t%s\t%s\t%d\t%s\t%s\n", m.ID, kit.Printable(m.Mail), kit.Printable(m.Name),
						m.MaxCloaks, state(m.DisabledAt), kit.ShortTime(m.CreatedAt))
					return err
				})
				return errors.Join(err, table.Flush())
			})
		},
	})
}

func switchMemberCommand(verb, short string, disabled bool) *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:     verb + " <mail address or id>",
		Short:   short,
		Example: "  sekisho photocloak member " + verb + " umiyama@example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, func(ctx context.Context, kept store) error {
				m, err := kept.namedMember(ctx, args[0])
				if err != nil {
					return err
				}
				return kept.disableMember(ctx, m.ID, disabled)
			})
		},
	})
}
