package avatarplay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
)

const (
	apiKeyBytes   = 20  // random ones, of a made API key
	longestAPIKey = 255 // characters, as many as the guard takes

	// fewCharacters are what a made key has many more of. Old apps have the keys
	// that they have, so that shorter ones are taken; but the guard, which refuses
	// wrong keys beyond a limit and never a right one, does not keep a short key
	// from being found by who asks from very many addresses.
	fewCharacters = 16

	maxKeep = 366 * 24 * time.Hour // that an old key may go on
)

// isKey says whether apps could send a key: the guard takes printable ASCII.
func isKey(key string) bool {
	foreign := func(r rune) bool { return r < ' ' || r > '~' }
	return key != "" && len(key) <= longestAPIKey && !strings.ContainsFunc(key, foreign)
}

// newKey takes an API key from a file, or makes one.
func newKey(cmd *cobra.Command, file string) (key string, made bool, err error) {
	key, made, err = kit.NewSecret(cmd, file, apiKeyBytes)
	if err == nil && !isKey(key) {
		err = fmt.Errorf("the API key must be of 1 to %d printable ASCII characters: apps can send no other", longestAPIKey)
	}
	return key, made, err
}

func keyFileFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "key-file", "", "take the API key from this file, or from standard input (-), instead of making one")
}

// showKey shows a made key, and says of a given one where it is short.
func showKey(cmd *cobra.Command, key string, made bool) {
	switch {
	case made:
		fmt.Fprintf(cmd.OutOrStdout(), "API key, shown this once: %s\n", key)
	case len(key) < fewCharacters:
		fmt.Fprintf(cmd.ErrOrStderr(), "The API key has fewer than %d characters, and may be guessed: give the app a longer one where it can be changed.\n", fewCharacters)
	}
}

func rotateKeyCommand() *cobra.Command {
	var (
		id      int64
		keep    time.Duration
		keyFile string
	)
	cmd := &cobra.Command{
		Use:   "rotate --app <id> [--keep <time>] [--key-file <file>|-]",
		Short: "Gives an app another API key",
		Long: `Gives an app another API key. Those it has go on for the time of --keep, so that
the app can be changed over without an outage; with --keep 0s they end within five
seconds.
"key list" shows whether an old one is still used.

With --key-file the key is all that a file holds, or standard input (-), but for
one line break at its end.`,
		Example: `  sekisho avatarplay key rotate --app 5695024129900544
  sekisho avatarplay key rotate --app 5695024129900544 --keep 0s
  sekisho avatarplay key rotate --app 5695024129900544 --keep 168h --key-file ./next.key`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if keep < 0 || keep > maxKeep {
				return fmt.Errorf("--keep must be from 0s to %v", maxKeep)
			}
			key, made, err := newKey(cmd, keyFile)
			if err != nil {
				return err
			}
			return withStore(cmd, func(ctx context.Context, kept store) error {
				now := clock.Now()
				if err := kept.rotateKey(ctx, id, key, now, now.Add(keep)); err != nil {
					return err
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "The keys before it end at %s, Japan's time.\n", kit.ShortTime(now.Add(keep).UnixMilli()))
				showKey(cmd, key, made)
				return nil
			})
		},
	}
	appFlag(cmd, &id)
	cmd.Flags().DurationVar(&keep, "keep", 24*time.Hour, "how long the keys before it go on")
	keyFileFlag(cmd, &keyFile)
	return kit.Leaf(cmd)
}

func listKeysCommand() *cobra.Command {
	var id int64
	cmd := &cobra.Command{
		Use:   "list [--app <id>]",
		Short: "Lists API keys by their ids, and when each was used last",
		Long: `Lists the API keys of an app, or of all, by the ids that "key disable" takes.
Times are Japan's; the last use of a key is noted at most once a minute.`,
		Example: `  sekisho avatarplay key list
  sekisho avatarplay key list --app 5695024129900544`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, kept store) error {
				if cmd.Flags().Changed("app") {
					if err := kept.hasApp(ctx, id); err != nil {
						return err
					}
				}
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "APP\tKEY ID\tMADE\tENDS\tLAST USED")
				err := kept.eachKey(ctx, id, func(row appKeyRow) error {
					_, err := fmt.Fprintf(table, "%d\t%d\t%s\t%s\t%s\n", row.AppID, row.ID,
						kit.ShortTime(row.CreatedAt), kit.ShortTime(row.EndsAt), kit.ShortTime(row.LastUsedAt))
					return err
				})
				return errors.Join(err, table.Flush())
			})
		},
	}
	cmd.Flags().Int64Var(&id, "app", 0, "the app's id; all apps where it is left out")
	return kit.Leaf(cmd)
}

func disableKeyCommand() *cobra.Command {
	var id, keyID int64
	cmd := &cobra.Command{
		Use:   "disable --app <id> --key-id <number>",
		Short: "Ends an API key at once",
		Long: `Ends an API key, by the id that "key list" shows: one that somebody else got
hold of. It cannot be used again; "key rotate" gives the app another.`,
		Example: "  sekisho avatarplay key disable --app 5695024129900544 --key-id 3",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, kept store) error {
				done, err := kept.endKey(ctx, id, keyID)
				if err == nil && !done {
					err = refused("the app has no such key that has not ended")
				}
				return err
			})
		},
	}
	appFlag(cmd, &id)
	cmd.Flags().Int64Var(&keyID, "key-id", 0, `the key's id, as "key list" shows it`)
	_ = cmd.MarkFlagRequired("key-id") // it is there
	return kit.Leaf(cmd)
}
