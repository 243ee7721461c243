package avatarplay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  apiName,
		Usage: "app|key|item|coord|catalogue|user|import|export",
		Short: "Keeps Avatar Play's apps, catalogue and users, imports and exports everything",
		Long: `Keeps what Avatar Play needs: the apps (partners' services) that may call it, the
catalogue of what there is to wear, and the users of the dress-up site; and moves
whole services in and out.

The commands work beside a running gateway, on the stores that the Caddyfile
names; a running gateway sees a change within five seconds.`,
		CobraFunc: addCommands,
	})
}

func addCommands(cmd *cobra.Command) {
	apps := &cobra.Command{
		Use:   "app",
		Short: "Adds, lists, changes, disables and enables apps",
		Long: `An app is a partner's service: it calls with an API key, may use the items and
coords that it is assigned, and leads people back to one of its redirect URIs
once they linked their avatar to it.`,
	}
	stores.OfCommands(apps, addAppCommand(), listAppsCommand(), changeAppCommand(),
		switchAppCommand("disable", "Shuts an app out", true),
		switchAppCommand("enable", "Lets a disabled app in again, with the keys it had", false))
	keys := &cobra.Command{
		Use:   "key",
		Short: "Changes, lists and disables the API keys of apps",
		Long: `An app shows an API key with each call. Only a hash of it is kept: a key that
sekisho makes is shown once.`,
	}
	stores.OfCommands(keys, rotateKeyCommand(), listKeysCommand(), disableKeyCommand())
	items := &cobra.Command{Use: "item", Short: "Lists items, and says which an app may use"}
	stores.OfCommands(items, listItemsCommand(), assignItemsCommand(), unassignItemsCommand())
	coords := &cobra.Command{Use: "coord", Short: "Lists coords (コーデ), and says which an app may use"}
	stores.OfCommands(coords, listCoordsCommand(), assignCoordsCommand(), unassignCoordsCommand())
	wardrobe := &cobra.Command{Use: "catalogue", Short: "Brings what there is to wear"}
	stores.OfCommands(wardrobe, importCatalogueCommand(), writeStarterCommand())
	people := &cobra.Command{Use: "user", Short: "Lists, disables and enables users of the dress-up site, and changes their passwords"}
	stores.OfCommands(people, listUsersCommand(), userPasswordCommand(),
		switchUserCommand("disable", "Shuts a user out: ends their sessions, and for apps their avatars are gone", true),
		switchUserCommand("enable", "Lets a disabled user in again", false))
	stores.OfCommands(cmd, apps, keys, items, coords, wardrobe, people, importCommands(), exportCommands())
}

func importCommands() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Takes apps, keys, assignments, users, avatars, links or grants over from a CSV file",
		Long: `Takes an old service over, table by table, each from a CSV file with a header
line. The order is: apps and keys, the catalogue ("catalogue import"), app-items
and app-coords, then users and avatars, then links, then grants. Each file is
checked whole first; all of it comes in, or nothing. An SQLite file lets nobody
else write meanwhile, and PostgreSQL nobody whom it is about.`,
	}
	stores.OfCommands(cmd, importAppsCommand(), importKeysCommand(), importAppItemsCommand(), importAppCoordsCommand(),
		importUsersCommand(), importAvatarsCommand(), importLinksCommand(), importGrantsCommand())
	return cmd
}

func exportCommands() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Writes apps, keys, assignments, users, avatars, links or grants to a CSV file",
		Long: `Writes each table as a CSV file that import takes as it is, ids, dates and hashes
included; items, coords and tastes by their keys. What is written to the database
meanwhile may be in one of them and not in another: do it while nobody writes.`,
	}
	stores.OfCommands(cmd, exportAppsCommand(), exportKeysCommand(), exportAppItemsCommand(), exportAppCoordsCommand(),
		exportUsersCommand(), exportAvatarsCommand(), exportLinksCommand(), exportGrantsCommand())
	return cmd
}

// refused is why a command does not do what it was asked for, in the words of
// somebody at a terminal.
type refused string

func (r refused) Error() string { return string(r) }

const (
	errUnknownApp   = refused("there is no such app")
	errUnknownLogin = refused("no user has this login")
	errNothingGiven = refused("give what is to be changed")
)

// withStores opens the stores for a command, and tells of a refusal no more than
// its words.
func withStores(cmd *cobra.Command, run func(ctx context.Context, s *stores.Stores, kept store) error) error {
	err := stores.ForCommand(cmd, func(ctx context.Context, s *stores.Stores) error {
		return run(ctx, s, keptIn(s))
	})
	var told refused
	var taken *fault.Fault
	switch {
	case errors.As(err, &told):
		return told
	case errors.As(err, &taken) && taken.Kind == fault.Conflict && taken.Subject == "app":
		return refused("there is an app with this id already")
	case errors.As(err, &taken) && taken.Kind == fault.Conflict && taken.Subject == "key":
		return refused("an app has this API key already")
	}
	return err
}

// withStore is withStores for a command that needs no more than SQL.
func withStore(cmd *cobra.Command, run func(ctx context.Context, kept store) error) error {
	return withStores(cmd, func(ctx context.Context, _ *stores.Stores, kept store) error { return run(ctx, kept) })
}

func keptIn(s *stores.Stores) store { return store{sql: s.SQL, seal: s.Seal} }

// appFlag gives a command the flag that says which app is meant.
func appFlag(cmd *cobra.Command, appID *int64) {
	cmd.Flags().Int64Var(appID, "app", 0, "the app's id")
	_ = cmd.MarkFlagRequired("app") // it is there
}

// checkName refuses a name that people could not be shown.
func checkName(what, name string, most int) error {
	if err := kit.CheckText(what, name, most); err != nil {
		return err
	}
	if strings.TrimSpace(name) == "" || strings.ContainsFunc(name, unicode.IsControl) {
		return fmt.Errorf("%s must hold something to be seen, and no control characters", what)
	}
	return nil
}

func state(disabledAt int64) string {
	if disabledAt != 0 {
		return "disabled"
	}
	return "open"
}

// yes is how a list says that something is so.
func yes(is bool) string {
	if is {
		return "yes"
	}
	return "-"
}
