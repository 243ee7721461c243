package customers

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"sekisho/caddymodules/stores"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "customers",
		Usage: "site|import|export",
		Short: "Keeps the shop sites of the customer API, imports and exports customers",
		Long: `Keeps what the customer management API (システム利用者管理) needs: the shop sites
that may call it, and the customers themselves.

A running gateway sees a change within five seconds.`,
		CobraFunc: command,
	})
}

func command(cmd *cobra.Command) {
	stores.OfCommands(cmd, siteCommand(), importCommand(), exportCommand())
}

func siteCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "site",
		Short: "Adds, lists and disables shop sites, and changes their keys",
		Long: `A shop site calls with its number (sid) and its key. Only a hash of the key is
kept: a key that sekisho makes is shown once.`,
	}
	stores.OfCommands(cmd, addSiteCommand(), listSitesCommand(), rotateKeyCommand(), disableSiteCommand(), enableSiteCommand())
	return cmd
}

// sidFlag gives a command the flag that says which site is meant.
func sidFlag(cmd *cobra.Command, sid *int64) {
	cmd.Flags().Int64Var(sid, "sid", 0, "the site's number, as its calls carry it")
	_ = cmd.MarkFlagRequired("sid") // it is there
}
