package avatarplay

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
)

func listItemsCommand() *cobra.Command {
	var id int64
	cmd := &cobra.Command{
		Use:   "list [--app <id>]",
		Short: "Lists the items of the catalogue, or those that an app may use",
		Example: `  sekisho avatarplay item list
  sekisho avatarplay item list --app 5695024129900544`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, kept store) error {
				all, err := kept.index(ctx)
				if err != nil {
					return err
				}
				shown, err := shownOf(ctx, cmd, kept, id, kept.appItems)
				if err != nil {
					return err
				}
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "ID\tKEY\tNAME\tPART\tSLOTS\tFREE")
				for _, i := range all.itemOrder {
					if shown(i.ID) {
						fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", i.ID, i.Key, kit.Printable(i.Name), i.Part, strings.Join(i.Slots, ","), yes(i.Free))
					}
				}
				return table.Flush()
			})
		},
	}
	cmd.Flags().Int64Var(&id, "app", 0, "only what the app with this id may use")
	return kit.Leaf(cmd)
}

// shownOf says what a list shows: everything, or where --app names an app what
// of gives for it.
func shownOf(ctx context.Context, cmd *cobra.Command, kept store, appID int64, of func(context.Context, int64) (map[int64]bool, error)) (func(id int64) bool, error) {
	if !cmd.Flags().Changed("app") {
		return func(int64) bool { return true }, nil
	}
	if err := kept.hasApp(ctx, appID); err != nil {
		return nil, err
	}
	its, err := of(ctx, appID)
	return func(id int64) bool { _, there := its[id]; return there }, err
}

func assignItemsCommand() *cobra.Command {
	return whichCommand(which{
		verb:  "assign",
		short: "Lets an app use items",
		long: `Lets an app use items, by their keys or ids, or all that the catalogue has now:
it can ask for their thumbnails and grant them, and its users can wear them in
its fitting room.`,
		kind: kindItem,
		do: func(ctx context.Context, kept store, appID int64, _ *index, ids []int64) error {
			return kept.assign(ctx, appID, ids, nil)
		},
	})
}

func unassignItemsCommand() *cobra.Command {
	return whichCommand(which{
		verb:  "unassign",
		short: "Takes items from an app; what people own stays theirs",
		kind:  kindItem,
		do: func(ctx context.Context, kept store, appID int64, _ *index, ids []int64) error {
			return kept.unassign(ctx, appID, ids, nil)
		},
	})
}

// which is what a command does to an app with some items or coords.
type which struct {
	verb, short, long string
	kind              string
	do                func(ctx context.Context, kept store, appID int64, all *index, ids []int64) error
}

// whichCommand makes the command of it.
func whichCommand(w which) *cobra.Command {
	var id int64
	var all bool
	cmd := &cobra.Command{
		Use:   w.verb + " --app <id> (--all | <key or id>...)",
		Short: w.short,
		Long:  w.long,
		Example: "  sekisho avatarplay " + w.kind + " " + w.verb + " --app 5695024129900544 --all\n" +
			"  sekisho avatarplay " + w.kind + " " + w.verb + " --app 5695024129900544 " + examples[w.kind],
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return fmt.Errorf("give either --all or the keys or ids of %ss", w.kind)
			}
			return withStore(cmd, func(ctx context.Context, kept store) error {
				known, err := kept.index(ctx)
				if err != nil {
					return err
				}
				ids, err := known.idsOf(w.kind, all, args)
				if err != nil {
					return err
				}
				return w.do(ctx, kept, id, known, ids)
			})
		},
	}
	appFlag(cmd, &id)
	cmd.Flags().BoolVar(&all, "all", false, "every one of the catalogue")
	return kit.Leaf(cmd)
}

var examples = map[string]string{kindItem: "top_sailor acc_straw_hat", kindCoord: "school winter"}

// idsOf gives the ids of what a command names, or of all of a kind.
func (x *index) idsOf(kind string, all bool, words []string) (ids []int64, err error) {
	if !all {
		return x.findAll(kind, words)
	}
	for _, id := range x.byKey[kind] {
		ids = append(ids, id)
	}
	return sorted(ids), nil
}
