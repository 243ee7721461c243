package avatarplay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
)

// longestAppName is how long an app's name may be, in characters.
const longestAppName = 50

func addAppCommand() *cobra.Command {
	var (
		row         appRow
		permissions string
		redirects   []string
		keyFile     string
		all         bool
	)
	cmd := &cobra.Command{
		Use:   "add --name <name> [--id <number>] [--permissions <list>] [--redirect <URI>]... [--key-file <file>|-] [--all]",
		Short: "Adds an app and gives it an API key",
		Long: `Adds an app, and prints its id and its API key.

Without --id an id is made. Without --key-file a key is made, and shown this once;
with it the key is all that a file holds, or standard input (-), but for one line
break at its end: for an app whose key cannot be changed.

A redirect URI is where people are led once they linked their avatar to the app:
https, http on their own machine, or an app's own scheme. Give --redirect once for
each. With --all the app may use every item and coord of the catalogue;
"item assign" and "coord assign" let it use some.`,
		Example: `  sekisho avatarplay app add --name チャット --redirect https://example.com/oauth_callback --all
  sekisho avatarplay app add --name Game --permissions AvatarLoad,ItemGrant --redirect mygame://linked
  sekisho avatarplay app add --name Forum --id 5695024129900544 --key-file ./old-forum.key`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if row.ID, err = appID(cmd, row.ID); err != nil {
				return err
			}
			may, err := permitted(permissions)
			if err := errors.Join(err, checkName("--name", row.Name, longestAppName), checkRedirects("--redirect", redirects)); err != nil {
				return err
			}
			key, made, err := newKey(cmd, keyFile)
			if err != nil {
				return err
			}
			row.AvatarLoad, row.ItemGrant, row.CreatedAt = may.avatarLoad, may.itemGrant, clock.Now().UnixMilli()
			return withStore(cmd, func(ctx context.Context, kept store) error {
				n := newApp{row: row, key: key, redirects: redirects}
				if all {
					if n.items, n.coords, err = kept.everythingFor(ctx, row.ID); err != nil {
						return err
					}
					if len(n.coords) == 0 {
						return errNoCatalogue
					}
				}
				if err := kept.addApp(ctx, n); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "app id: %d\n", row.ID)
				showKey(cmd, key, made)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&row.Name, "name", "", "what the app is called, at most 50 characters; people read it before they consent")
	cmd.Flags().Int64Var(&row.ID, "id", 0, "the app's id; one is made where it is left out")
	permissionsFlag(cmd, &permissions, permissionLoad)
	cmd.Flags().StringArrayVar(&redirects, "redirect", nil, "a redirect URI; may be given several times")
	cmd.Flags().BoolVar(&all, "all", false, "let the app use every item and coord of the catalogue")
	keyFileFlag(cmd, &keyFile)
	_ = cmd.MarkFlagRequired("name") // it is there
	return kit.Leaf(cmd)
}

// appID gives the id that --id gives an app, or a random one.
func appID(cmd *cobra.Command, given int64) (int64, error) {
	if !cmd.Flags().Changed("id") {
		return newID(), nil
	}
	if given < 1 || given > maxID {
		return 0, fmt.Errorf("--id must be from 1 to %d", int64(maxID))
	}
	return given, nil
}

func permissionsFlag(cmd *cobra.Command, permissions *string, usual string) {
	cmd.Flags().StringVar(permissions, "permissions", usual, "what the app may ask for: AvatarLoad, ItemGrant, or both with a comma between")
}

// permitted reads --permissions.
func permitted(permissions string) (scope, error) {
	may, ok := parseScope(permissions)
	if !ok {
		return may, errors.New("--permissions must be AvatarLoad, ItemGrant, or both with a comma between")
	}
	return may, nil
}

func listAppsCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:   "list",
		Short: "Lists the apps",
		Long: `Lists the apps: what each may ask for, how many items and coords it may use, how
many of its keys open now and when one of them was used last (noted at most once
a minute), and its redirect URIs. Times are Japan's.`,
		Example: "  sekisho avatarplay app list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, kept store) error {
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "ID\tNAME\tSTATE\tPERMISSIONS\tITEMS\tCOORDS\tKEYS\tLAST USED\tREDIRECT URIS")
				err := kept.listedApps(ctx, func(a listedApp) error {
					_, err := fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%d\t%d\t%d\t%s\t%s\n", a.ID, kit.Printable(a.Name), state(a.DisabledAt),
						scopeOut(a.may()), a.Items, a.Coords, a.Keys, kit.ShortTime(a.LastUsedAt), kit.Printable(strings.Join(a.redirects, " ")))
					return err
				})
				return errors.Join(err, table.Flush())
			})
		},
	})
}

func changeAppCommand() *cobra.Command {
	var (
		id          int64
		change      appChange
		permissions string
	)
	cmd := &cobra.Command{
		Use:   "change --app <id> [--name <name>] [--permissions <list>] [--add-redirect <URI>]... [--remove-redirect <URI>]...",
		Short: "Changes an app's name, permissions and redirect URIs",
		Long: `Changes what is given, and leaves the rest as it is. A permission that is taken
from an app it has on no avatar any more.`,
		Example: `  sekisho avatarplay app change --app 5695024129900544 --permissions AvatarLoad,ItemGrant
  sekisho avatarplay app change --app 5695024129900544 --add-redirect https://example.com/new --remove-redirect https://example.com/old`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var errs [3]error
			if cmd.Flags().Changed("name") {
				errs[0] = checkName("--name", change.name, longestAppName)
			}
			if cmd.Flags().Changed("permissions") {
				change.may, errs[1] = permitted(permissions)
			}
			errs[2] = checkRedirects("--add-redirect", change.add)
			if err := errors.Join(errs[:]...); err != nil {
				return err
			}
			if change.name == "" && change.may == (scope{}) && len(change.add) == 0 && len(change.remove) == 0 {
				return errNothingGiven
			}
			return withStore(cmd, func(ctx context.Context, kept store) error { return kept.changeApp(ctx, id, change) })
		},
	}
	appFlag(cmd, &id)
	cmd.Flags().StringVar(&change.name, "name", "", "what the app is called, at most 50 characters")
	permissionsFlag(cmd, &permissions, "")
	cmd.Flags().StringArrayVar(&change.add, "add-redirect", nil, "a redirect URI to add; may be given several times")
	cmd.Flags().StringArrayVar(&change.remove, "remove-redirect", nil, "a redirect URI to remove; may be given several times")
	return kit.Leaf(cmd)
}

func switchAppCommand(verb, short string, disabled bool) *cobra.Command {
	var id int64
	cmd := &cobra.Command{
		Use:     verb + " --app <id>",
		Short:   short,
		Example: "  sekisho avatarplay app " + verb + " --app 5695024129900544",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, kept store) error { return kept.switchApp(ctx, id, disabled) })
		},
	}
	appFlag(cmd, &id)
	return kit.Leaf(cmd)
}
