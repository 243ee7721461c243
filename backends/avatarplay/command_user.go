package avatarplay

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
)

// madePassword is how many random bytes a made password has, two characters
// each.
const madePassword = 8

func loginFlag(cmd *cobra.Command, login *string) {
	cmd.Flags().StringVar(login, "login", "", "the login with which the user signs in")
	_ = cmd.MarkFlagRequired("login") // it is there
}

func listUsersCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:     "list",
		Short:   "Lists the users of the dress-up site",
		Long:    "Lists the users of the dress-up site. Times are Japan's.",
		Example: "  sekisho avatarplay user list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, kept store) error {
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "ID\tLOGIN\tNICKNAME\tSTATE\tSIGNED UP\tDRESSED")
				err := kept.eachPerson(ctx, func(p exportedPerson) error {
					_, err := fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", p.ID, kit.Printable(p.Login), kit.Printable(p.Nickname),
						state(p.DisabledAt), kit.ShortTime(p.CreatedAt), kit.ShortTime(p.worn.SavedAt))
					return err
				})
				return errors.Join(err, table.Flush())
			})
		},
	})
}

func switchUserCommand(verb, short string, disabled bool) *cobra.Command {
	var login string
	cmd := &cobra.Command{
		Use:     verb + " --login <login>",
		Short:   short,
		Example: "  sekisho avatarplay user " + verb + " --login hanako",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, kept store) error { return kept.switchPerson(ctx, login, disabled) })
		},
	}
	loginFlag(cmd, &login)
	return kit.Leaf(cmd)
}

func userPasswordCommand() *cobra.Command {
	var login, passFile string
	cmd := &cobra.Command{
		Use:   "password --login <login> [--pass-file <file>|-]",
		Short: "Gives a user another password, and ends their sessions",
		Long: `Gives a user another password, and ends their sessions.

With --pass-file the password is all that a file holds, or standard input (-),
but for one line break at its end. Without it a random one is made, and shown
this once.`,
		Example: `  sekisho avatarplay user password --login hanako
  printf %s "$pass" | sekisho avatarplay user password --login hanako --pass-file -`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			password, made, err := kit.NewSecret(cmd, passFile, madePassword)
			if err != nil {
				return err
			}
			if length := utf8.RuneCountInString(password); !kit.IsText(password) || length < shortestPassword || length > longestPassword {
				return fmt.Errorf("the password must have %d to %d characters", shortestPassword, longestPassword)
			}
			return withStore(cmd, func(ctx context.Context, kept store) error {
				hash, err := kit.HashPassword(ctx, password)
				if err != nil {
					return err
				}
				if err := kept.setPassword(ctx, login, hash); err != nil {
					return err
				}
				if made {
					fmt.Fprintf(cmd.OutOrStdout(), "password, shown this once: %s\n", password)
				}
				return nil
			})
		},
	}
	loginFlag(cmd, &login)
	cmd.Flags().StringVar(&passFile, "pass-file", "", "take the password from this file, or from standard input (-), instead of making one")
	return kit.Leaf(cmd)
}
