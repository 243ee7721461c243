package avatarplay

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
)

func listCoordsCommand() *cobra.Command {
	var id int64
	cmd := &cobra.Command{
		Use:   "list [--app <id>]",
		Short: "Lists the coords of the catalogue, or those that an app may use",
		Long: `Lists the coords of the catalogue, or those that an app may use. INITIAL is
whether a guest may begin with it: where an app is named, one of that app.`,
		Example: `  sekisho avatarplay coord list
  sekisho avatarplay coord list --app 5695024129900544`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, kept store) error {
				all, err := kept.index(ctx)
				if err != nil {
					return err
				}
				var initial map[int64]bool
				shown, err := shownOf(ctx, cmd, kept, id, func(ctx context.Context, id int64) (its map[int64]bool, err error) {
					initial, err = kept.appCoords(ctx, id)
					return initial, err
				})
				if err != nil {
					return err
				}
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "ID\tKEY\tNAME\tTASTE\tINITIAL\tDEFAULT\tITEMS")
				for _, c := range all.coordOrder {
					if !shown(c.ID) {
						continue
					}
					begins := c.Initial
					if initial != nil {
						begins = initial[c.ID]
					}
					fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", c.ID, c.Key, kit.Printable(c.Name), all.tastes[c.outfit.Taste].Key,
						yes(begins), yes(c == all.first), strings.Join(keysOf(all.wornBy(c.outfit)), " "))
				}
				return table.Flush()
			})
		},
	}
	cmd.Flags().Int64Var(&id, "app", 0, "only what the app with this id may use")
	return kit.Leaf(cmd)
}

func keysOf(items []*item) []string {
	keys := make([]string, len(items))
	for i, one := range items {
		keys[i] = one.Key
	}
	return keys
}

func assignCoordsCommand() *cobra.Command {
	var initial bool
	var cmd *cobra.Command
	cmd = whichCommand(which{
		verb:  "assign",
		short: "Lets an app use coords",
		long: `Lets an app use coords, by their keys or ids, or all that the catalogue has now.

Guests of the app may begin with those that the catalogue calls initial; with
--initial with all of these, with --initial=false with none.`,
		kind: kindCoord,
		do: func(ctx context.Context, kept store, appID int64, all *index, ids []int64) error {
			rows := make([]appCoordRow, len(ids))
			for i, id := range ids {
				rows[i] = appCoordRow{AppID: appID, CoordID: id, Initial: all.coords[id].Initial}
				if cmd.Flags().Changed("initial") {
					rows[i].Initial = initial
				}
			}
			return kept.assign(ctx, appID, nil, rows)
		},
	})
	cmd.Flags().BoolVar(&initial, "initial", false, "whether the app's guests may begin with them; else as the catalogue says")
	return cmd
}

func unassignCoordsCommand() *cobra.Command {
	return whichCommand(which{
		verb:  "unassign",
		short: "Takes coords from an app; who wears what they consist of goes on wearing it",
		kind:  kindCoord,
		do: func(ctx context.Context, kept store, appID int64, _ *index, ids []int64) error {
			return kept.unassign(ctx, appID, nil, ids)
		},
	})
}
