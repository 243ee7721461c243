package crm

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/stores"
)

// madePassword is how many random bytes a made password has: 20 characters, as
// many as Auth takes.
const madePassword = 10

var errUnknownSystemLogin = errors.New("the tenant has no such system login")

func addLoginCommand() *cobra.Command {
	var loginID, passFile string
	cmd := &cobra.Command{
		Use:   "add [--tenant <name>] --login <id> [--pass-file <file>|-]",
		Short: "Adds a system login",
		Long: `Adds a system login. The first one of a tenant makes the tenant known.

With --pass-file the password is all that a file holds, or standard input (-),
but for one line break at its end: for programs whose password cannot be
changed. Without it a random one is made, and shown this once.`,
		Example: `  sekisho crm login add --tenant adi-mo --login registers
  printf %s "$pass" | sekisho crm login add --tenant adi-mo --login demo --pass-file -`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := kit.CheckText("--login", loginID, longestSystemLogin); err != nil {
				return err
			}
			password, made, err := newPassword(cmd, passFile)
			if err != nil {
				return err
			}
			return stores.ForCommand(cmd, func(ctx context.Context, s *stores.Stores) error {
				kept, err := storeOf(ctx, cmd, s, true)
				if err != nil {
					return err
				}
				if err := addLogin(ctx, cmd, kept, loginID, password); err != nil {
					return err
				}
				showPassword(cmd, kept, loginID, password, made)
				return nil
			})
		},
	}
	loginFlags(cmd, &loginID, &passFile)
	return tenantFlag(kit.Leaf(cmd))
}

// addLogin adds a login, and says where it makes a tenant known: the name may be
// spelt wrong.
func addLogin(ctx context.Context, cmd *cobra.Command, kept store, loginID, password string) error {
	hash, err := kit.HashPassword(ctx, password)
	if err != nil {
		return err
	}
	others, err := kept.systemLogins(ctx)
	if err != nil {
		return err
	}
	err = kept.addSystemLogin(ctx, loginID, hash)
	if stores.IsTaken(err) {
		return errors.New("the tenant has this system login already")
	}
	if err == nil && len(others) == 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s is a new tenant; it is served where the Caddyfile's aspx_rewrite names it.\n", kept.tenant)
	}
	return err
}

func rotateLoginCommand() *cobra.Command {
	var loginID, passFile string
	cmd := &cobra.Command{
		Use:   "rotate [--tenant <name>] --login <id> [--pass-file <file>|-]",
		Short: "Gives a system login another password, and ends its sessions",
		Example: `  sekisho crm login rotate --tenant adi-mo --login registers
  sekisho crm login rotate --tenant adi-mo --login registers --pass-file ./next`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			password, made, err := newPassword(cmd, passFile)
			if err != nil {
				return err
			}
			return forTenant(cmd, func(ctx context.Context, kept store) error {
				hash, err := kit.HashPassword(ctx, password)
				if err != nil {
					return err
				}
				there, err := kept.rotateSystemLogin(ctx, loginID, hash)
				if err != nil {
					return err
				}
				if !there {
					return errUnknownSystemLogin
				}
				showPassword(cmd, kept, loginID, password, made)
				return nil
			})
		},
	}
	loginFlags(cmd, &loginID, &passFile)
	return tenantFlag(kit.Leaf(cmd))
}

func loginFlags(cmd *cobra.Command, loginID, passFile *string) {
	cmd.Flags().StringVar(loginID, "login", "", "the login id, at most 20 characters")
	cmd.Flags().StringVar(passFile, "pass-file", "", "the file that holds the password, or - for standard input")
	_ = cmd.MarkFlagRequired("login") // it is there
}

// newPassword takes a password from a file where one is named, and else makes
// one.
func newPassword(cmd *cobra.Command, file string) (password string, made bool, err error) {
	password, made, err = kit.NewSecret(cmd, file, madePassword)
	if err == nil {
		err = kit.CheckText("the password", password, longestSystemPassword)
	}
	return password, made, err
}

func showPassword(cmd *cobra.Command, kept store, loginID, password string, made bool) {
	fmt.Fprintf(cmd.OutOrStdout(), "tenant: %s\nlogin_id: %s\n", kept.tenant, kit.Printable(loginID))
	if made {
		fmt.Fprintf(cmd.OutOrStdout(), "password, shown this once: %s\n", password)
	}
}

func listLoginsCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:     "list",
		Short:   "Lists the system logins of every tenant",
		Example: "  sekisho crm login list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return stores.ForCommand(cmd, func(ctx context.Context, s *stores.Stores) error {
				logins, err := store{sql: s.SQL}.systemLogins(ctx)
				if err != nil {
					return err
				}
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "TENANT\tLOGIN\tADDED\tDISABLED")
				for _, login := range logins {
					fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", login.Tenant, kit.Printable(login.LoginID),
						kit.ShortTime(login.CreatedAt), kit.ShortTime(login.DisabledAt))
				}
				return table.Flush()
			})
		},
	})
}

func switchLoginCommand(verb, short string, disabled bool) *cobra.Command {
	var loginID string
	cmd := &cobra.Command{
		Use:     verb + " [--tenant <name>] --login <id>",
		Short:   short,
		Example: "  sekisho crm login " + verb + " --tenant adi-mo --login registers",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return forTenant(cmd, func(ctx context.Context, kept store) error {
				there, err := kept.switchSystemLogin(ctx, loginID, disabled)
				if err == nil && !there {
					err = errUnknownSystemLogin
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&loginID, "login", "", "the login id")
	_ = cmd.MarkFlagRequired("login") // it is there
	return tenantFlag(kit.Leaf(cmd))
}
