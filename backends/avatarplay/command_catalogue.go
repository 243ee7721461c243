package avatarplay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sekisho/backends/avatarplay/catalogue"
	"sekisho/backends/avatarplay/catalogue/starter"
	"sekisho/backends/kit"
	"sekisho/caddymodules/stores"
)

func importCatalogueCommand() *cobra.Command {
	var useStarter, dryRun bool
	cmd := &cobra.Command{
		Use:   "import (<folder> | --starter) [--dry-run]",
		Short: "Brings the items, coords and tastes of a folder, or those of the project",
		Long: `Brings what there is to wear: the items, coords and tastes of a folder with PNG
layers of 240×320 pixels and one file catalogue.yaml, or with --starter the
project's own. "catalogue starter" writes that one into a folder, to see what such
a folder holds. A folder is whole in itself: a coord names items of the same file,
and one coord of it is the default one, with which people begin from then on.

The whole folder is checked first: where something is wrong, each fault is told
with its line, and nothing changes. What is there already and has the same key
becomes what the file says; what the file does not name stays, for people may
wear it. Items that are free go to those who sign up from then on. With --dry-run it is checked, and told what would become of it.`,
		Example: `  sekisho avatarplay catalogue import --starter
  sekisho avatarplay catalogue import ./wardrobe --dry-run
  sekisho avatarplay catalogue import ./wardrobe`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if useStarter == (len(args) > 0) {
				return errors.New("give either a folder or --starter")
			}
			if useStarter {
				return importCatalogue(cmd, starter.Files, dryRun)
			}
			root, err := os.OpenRoot(args[0])
			if err != nil {
				return fmt.Errorf("opening the catalogue's folder: %w", err)
			}
			defer root.Close()
			return importCatalogue(cmd, root.FS(), dryRun)
		},
	}
	cmd.Flags().BoolVar(&useStarter, "starter", false, "bring the project's own catalogue")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "change nothing")
	return kit.Leaf(cmd)
}

// importCatalogue checks a folder, and then brings it.
func importCatalogue(cmd *cobra.Command, files fs.FS, dryRun bool) error {
	return withStores(cmd, func(ctx context.Context, s *stores.Stores, kept store) error {
		brought, err := loadCatalogue(files)
		if err != nil {
			return fmt.Errorf("nothing was imported:\n%w", err)
		}
		p, err := planCatalogue(ctx, kept, brought)
		if err != nil {
			return fmt.Errorf("nothing was imported:\n%w", err)
		}
		if !dryRun {
			err = keepPlanned(ctx, s, kept, p, brought)
		}
		if err != nil {
			return err
		}
		said := "The catalogue is there; running gateways take it up within three seconds.\n"
		if dryRun {
			said = "Nothing was changed.\n"
		}
		fmt.Fprint(cmd.ErrOrStderr(), said)
		return printPlan(cmd.OutOrStdout(), p)
	})
}

// loadCatalogue checks a folder and shows how far it is.
func loadCatalogue(files fs.FS) (*catalogue.Catalogue, error) {
	one, end := func() {}, func() {}
	defer func() { end() }()
	return catalogue.Load(files, func(done, all int) {
		if done == 1 {
			one, end = kit.Counting("Checking artwork", all)
		}
		one()
	})
}

// keepPlanned carries a plan out and shows how far it is.
func keepPlanned(ctx context.Context, s *stores.Stores, kept store, p plan, brought *catalogue.Catalogue) error {
	one, end := kit.Counting("Keeping artwork", countLayers(brought))
	defer end()
	err := p.carryOut(ctx, kept, s.Blobs, brought, one)
	if stores.IsTaken(err) {
		err = refused("the catalogue was changed by somebody else meanwhile; nothing was imported, try again")
	}
	return err
}

func printPlan(out io.Writer, p plan) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tNEW\tCHANGED\tUNCHANGED\tNOT NAMED")
	for _, kind := range []struct {
		what string
		tally
	}{{"tastes", p.tastes}, {"items", p.items}, {"coords", p.coords}} {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\n", kind.what, kind.fresh, kind.changed, kind.same, kind.others)
	}
	if err := table.Flush(); err != nil || p.first == p.firstBefore || p.firstBefore == "" {
		return err
	}
	_, err := fmt.Fprintf(out, "People begin with the coord %s, no more with %s.\n", p.first, p.firstBefore)
	return err
}
