package ydits

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/stores"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "ydits",
		Short: "Keeps the users and registrations of the YDITS account API",
		Long: `Keeps the users of the YDITS account API and the software they registered.

The commands work beside a running gateway, on the stores that the Caddyfile
names; what they change takes effect at once.`,
		CobraFunc: addCommands,
	})
}

func addCommands(cmd *cobra.Command) {
	people := &cobra.Command{Use: "user", Short: "Adds, lists, disables and enables users"}
	stores.OfCommands(people, userAddCommand(), userListCommand(),
		userSwitchCommand("disable", "Shuts a user out: to the API they are one who never signed up", true),
		userSwitchCommand("enable", "Lets a disabled user in again", false))
	imports := &cobra.Command{Use: "import", Short: "Takes users or registrations over from a CSV file"}
	stores.OfCommands(imports, importUsersCommand(), importRegistrationsCommand())
	exports := &cobra.Command{Use: "export", Short: "Writes users or registrations to a CSV file"}
	stores.OfCommands(exports, exportUsersCommand(), exportRegistrationsCommand())
	stores.OfCommands(cmd, people, imports, exports)
}

// generatedPassword is how many random bytes a made password has: 20
// characters, as many as the document allows.
const generatedPassword = 10

func userAddCommand() *cobra.Command {
	var name, mail, passFile string
	cmd := &cobra.Command{
		Use:   "add --name <name> --mail <address> [--pass-file <file>|-]",
		Short: "Signs a user up",
		Long: `Signs a user up and prints their uuid.

With --pass-file the password is all that a file holds, or standard input (-),
but for one line break at its end. Without it a random one is made, and shown
this once.`,
		Example: `  sekisho ydits user add --name exampleUser --mail example@example.com
  printf %s "$pass" | sekisho ydits user add --name exampleUser --mail example@example.com --pass-file -`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pass, made, err := kit.NewSecret(cmd, passFile, generatedPassword)
			if err != nil {
				return err
			}
			n := newcomer{name: name, credentials: credentials{mail: mail, pass: pass}}
			if err := checkNewcomer(n); err != nil {
				return err
			}
			return stores.ForCommand(cmd, func(ctx context.Context, s *stores.Stores) error {
				u, err := addUser(ctx, store{s.SQL}, n)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "uuid: %s\n", u.UUID)
				if made {
					fmt.Fprintf(cmd.OutOrStdout(), "password, shown this once: %s\n", n.pass)
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "the user's name, at most 50 characters")
	cmd.Flags().StringVar(&mail, "mail", "", "their mail address, at most 50 characters")
	cmd.Flags().StringVar(&passFile, "pass-file", "", "the file that holds their password, or - for standard input")
	_ = cmd.MarkFlagRequired("name")
	_ = cmd.MarkFlagRequired("mail")
	return kit.Leaf(cmd)
}

// checkNewcomer holds a new user against the limits of regist.php.
func checkNewcomer(n newcomer) error {
	return errors.Join(
		kit.CheckText("name", n.name, maxName),
		kit.CheckText("mail", n.mail, maxMail),
		kit.CheckText("the password", n.pass, maxPass),
		check(usableMail(n.mail), "mail: this is no mail address"),
	)
}

func check(good bool, otherwise string) error {
	if good {
		return nil
	}
	return errors.New(otherwise)
}

func addUser(ctx context.Context, kept store, n newcomer) (user, error) {
	u, err := newUser(ctx, n)
	if err != nil {
		return user{}, err
	}
	err = kept.addUsers(ctx, []user{u})
	if stores.IsTaken(err) {
		return user{}, errors.New("another user has this mail address")
	}
	return u, err
}

func userListCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:     "list",
		Short:   "Lists the users",
		Long:    "Lists the users. A uuid is all that registering a software under an own key needs: keep the list to yourself.",
		Example: "  sekisho ydits user list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return stores.ForCommand(cmd, func(ctx context.Context, s *stores.Stores) error {
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "UUID\tMAIL\tNAME\tSIGNED UP\tDISABLED")
				err := store{s.SQL}.users(ctx, func(u user) error {
					_, err := fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", kit.Printable(u.UUID), kit.Printable(u.Mail), kit.Printable(u.Name),
						kit.ShortTime(u.CreatedAt), kit.ShortTime(u.DisabledAt))
					return err
				})
				return errors.Join(err, table.Flush())
			})
		},
	})
}

func userSwitchCommand(verb, short string, disabled bool) *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:     verb + " <mail address or uuid>",
		Short:   short,
		Example: "  sekisho ydits user " + verb + " example@example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return stores.ForCommand(cmd, func(ctx context.Context, s *stores.Stores) error {
				kept := store{s.SQL}
				u, err := kept.userByMail(ctx, args[0])
				if err == nil && u.UUID == "" {
					u, err = kept.userByUUID(ctx, args[0])
				}
				if err != nil {
					return err
				}
				if u.UUID == "" {
					return errors.New("no user has this mail address or uuid")
				}
				return kept.setDisabled(ctx, u.UUID, disabled)
			})
		},
	})
}
