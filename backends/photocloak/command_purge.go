package photocloak

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

func purgeCommand() *cobra.Command {
	var rest time.Duration
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "purge [--rest <time>] [--dry-run]",
		Short: "Takes away what is over: cloaks that have rested, and files that no photo has",
		Long: `Does now what a running gateway does every ten minutes: takes away the cloaks
whose number has rested since their end, with their photos, so that the numbers
are free again, and deletes files older than an hour that no photo has. It goes
over all files at once, and waits while a gateway or an import is at it.

Give --rest as the Caddyfile's option rest has it. With --dry-run it only counts.`,
		Example: `  sekisho photocloak purge --dry-run
  sekisho photocloak purge --rest 168h`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if rest < shortestTime || rest > longestTime {
				return fmt.Errorf("--rest must be from %v to %v", shortestTime, longestTime)
			}
			return stores.ForCommand(cmd, func(ctx context.Context, s *stores.Stores) error {
				j := janitor{store: store{s.SQL}, sessions: s.Sessions, blobs: s.Blobs, rest: rest}
				if dryRun {
					done, err := j.count(ctx)
					if err == nil {
						fmt.Fprintf(cmd.OutOrStdout(), "would take away %s\n", done)
					}
					return err
				}
				done, err := j.purge(ctx)
				fmt.Fprintf(cmd.OutOrStdout(), "taken away %s\n", done)
				return err
			})
		},
	}
	cmd.Flags().DurationVar(&rest, "rest", defaultRest, "how long a number rests after its cloak has ended")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "count what is over, and leave it")
	return kit.Leaf(cmd)
}

func (c cleaned) String() string {
	return fmt.Sprintf("cloaks: %d, their photos: %d, files that no photo has: %d", c.cloaks, c.photos, c.files)
}

// purge takes everything away that is over, when it is its turn.
func (j janitor) purge(ctx context.Context) (done cleaned, err error) {
	working, err := awaitTenure(ctx, j.sessions, janitorLock)
	if err != nil {
		return done, err
	}
	defer working.end()
	if done, err = j.clearCloaks(working.ctx); err != nil {
		return done, working.why(err)
	}
	_, _, done.files, err = j.walk(working.ctx, "", 0, true)
	return done, working.why(err)
}

// count counts what purge would take away.
func (j janitor) count(ctx context.Context) (done cleaned, err error) {
	cloaks, photos, err := j.store.endedBefore(ctx, clock.Now().Add(-j.rest).UnixMilli())
	if err != nil {
		return done, err
	}
	done.cloaks, done.photos = int(cloaks), int(photos)
	_, _, done.files, err = j.walk(ctx, "", 0, false)
	return done, err
}
