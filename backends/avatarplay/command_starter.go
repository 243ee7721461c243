package avatarplay

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"sekisho/backends/avatarplay/catalogue/starter"
)

// writeStarterCommand makes the command that gives an operator a folder to begin
// with.
func writeStarterCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "starter <folder>",
		Short: "Writes the project's own catalogue into a new folder, as an example",
		Long: `Writes the project's own catalogue into a new folder: catalogue.yaml, which says
what there is, and its layers. It is an example of what "catalogue import" takes,
to be changed or replaced.`,
		Example: "  sekisho avatarplay catalogue starter ./wardrobe",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := os.Mkdir(args[0], 0o755); err != nil {
				return fmt.Errorf("making the folder: %w", err)
			}
			if err := os.CopyFS(args[0], starter.Files); err != nil {
				return fmt.Errorf("writing the catalogue: %w", err)
			}
			return nil
		},
	}
}
