package crm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "crm",
		Usage: "login|import|export",
		Short: "Keeps the CRM's system logins, imports and exports everything",
		Long: `Keeps what the CRM needs: the system logins by which a chain's programs call
Auth, and moves whole chains in and out.

Every row belongs to a tenant, by the name that the Caddyfile's aspx_rewrite
gives it. --tenant may be left out where there is one only. The commands work
beside a running gateway, on the stores that the Caddyfile names; what they
change takes effect at once.`,
		CobraFunc: addCommands,
	})
}

func addCommands(cmd *cobra.Command) {
	logins := &cobra.Command{
		Use:   "login",
		Short: "Adds, lists, disables and enables system logins, and changes their passwords",
		Long: `A system login is what a chain's programs show to Auth. Only a hash of its
password is kept: one that sekisho makes is shown once. To change over without
an outage, add a second login, and disable the first once nobody uses it.`,
	}
	stores.OfCommands(logins, addLoginCommand(), listLoginsCommand(), rotateLoginCommand(),
		switchLoginCommand("disable", "Shuts a system login out, and ends its sessions", true),
		switchLoginCommand("enable", "Lets a disabled system login in again", false))
	imports := &cobra.Command{
		Use:   "import",
		Short: "Takes customers, logins, points, sales, shops, ranks or attributes over from a CSV file",
		Long: `Takes an old database over, table by table, each from a CSV file with a header
line, in UTF-8 or CP932; which of them it is shows by itself. The order is:
shops, ranks and attributes, then customers, then logins, points and sales. Each
file is checked whole first; all of it comes in, or nothing. An SQLite file lets
nobody else write meanwhile.`,
	}
	stores.OfCommands(imports, importCustomersCommand(), importLoginsCommand(), importPointsCommand(), importSalesCommand(),
		importShopsCommand(), importRanksCommand(), importAttributesCommand())
	exports := &cobra.Command{
		Use:   "export",
		Short: "Writes customers, logins, points, sales, shops, ranks or attributes to a CSV file",
		Long: `Writes each table of a tenant as a CSV file that import takes as it is. What is
written to the database meanwhile may be in one of them and not in another: do it
while nobody writes.`,
	}
	stores.OfCommands(exports, exportCustomersCommand(), exportLoginsCommand(), exportPointsCommand(), exportSalesCommand(),
		exportShopsCommand(), exportRanksCommand(), exportAttributesCommand())
	stores.OfCommands(cmd, logins, imports, exports)
}

// tenantFlag gives a command the flag --tenant.
func tenantFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String("tenant", "", "whose, by the name in the Caddyfile; may be left out where there is one only")
	return cmd
}

// storeOf gives the store of the tenant that a command means: the one that it
// names, or the only one there is. One without a system login is refused, for a
// name that is spelt wrong must not take in a whole file; the first login of a
// tenant makes it known.
func storeOf(ctx context.Context, cmd *cobra.Command, s *stores.Stores, first bool) (store, error) {
	kept := store{sql: s.SQL, seal: s.Seal}
	name, err := cmd.Flags().GetString("tenant")
	if err != nil {
		return kept, err
	}
	known, err := kept.tenants(ctx)
	if err != nil {
		return kept, err
	}
	switch {
	case name == "" && len(known) == 1:
		return kept.of(known[0]), nil
	case name != "" && !identity.IsTenant(name):
		return kept, errors.New("--tenant must be 1 to 32 of a-z, 0-9, - and _, as the Caddyfile's aspx_rewrite has it")
	case slices.Contains(known, name) || first && name != "":
		return kept.of(name), nil
	case len(known) == 0:
		return kept, errors.New("there is no tenant yet; `sekisho crm login add --tenant` makes one, by the name that the Caddyfile's aspx_rewrite gives it")
	case name == "":
		return kept, fmt.Errorf("give --tenant; there are %s", strings.Join(known, ", "))
	}
	return kept, fmt.Errorf("there is no tenant %q; there are %s", name, strings.Join(known, ", "))
}

// forTenant opens the stores for a command about a tenant that is known.
func forTenant(cmd *cobra.Command, run func(context.Context, store) error) error {
	return stores.ForCommand(cmd, func(ctx context.Context, s *stores.Stores) error {
		kept, err := storeOf(ctx, cmd, s, false)
		if err != nil {
			return err
		}
		return run(ctx, kept)
	})
}
