package photocloak

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

const (
	longestClientID = 255 // bytes, as many as the token endpoint takes
	longestSecret   = 1024
	longestName     = 50 // characters, of a client or member

	clientIDBytes     = 8 // random ones, of a made id
	clientSecretBytes = 32

	maxKeep = 366 * 24 * time.Hour // that an old secret may go on
)

// checkClientID refuses what no client could send: HTTP Basic ends an id at the
// first colon.
func checkClientID(id string) error {
	if id == "" || len(id) > longestClientID || !kit.IsText(id) || strings.Contains(id, ":") || strings.ContainsFunc(id, unicode.IsControl) {
		return fmt.Errorf("a client's id must have 1 to %d bytes, without a colon or control characters", longestClientID)
	}
	return nil
}

func addClientCommand() *cobra.Command {
	var id, name, secretFile string
	cmd := &cobra.Command{
		Use:   "add --name <name> [--id <client_id>] [--secret-file <file>|-]",
		Short: "Adds a client and gives it a secret",
		Long: `Adds a client, and prints its client_id and client_secret.

Without --id an id is made. Without --secret-file a secret is made, and shown
this once; with it the secret is all that a file holds, or standard input (-),
but for one line break at its end: for an app whose secret cannot be changed.`,
		Example: `  sekisho photocloak client add --name Android
  sekisho photocloak client add --name iPhone --id s6BhdRkqt0 --secret-file old-app.secret
  printf %s "$secret" | sekisho photocloak client add --name iPhone --id s6BhdRkqt0 --secret-file -`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if id == "" {
				id = kit.RandomToken(clientIDBytes)
			}
			if err := errors.Join(checkClientID(id), kit.CheckText("--name", name, longestName)); err != nil {
				return err
			}
			secret, made, err := kit.NewSecret(cmd, secretFile, clientSecretBytes)
			if err != nil {
				return err
			}
			return stores.ForCommand(cmd, func(ctx context.Context, s *stores.Stores) error {
				now := clock.Now().UnixMilli()
				err := store{s.SQL}.addClients(ctx, []keyedClient{{
					client:  client{ClientID: id, Name: name, CreatedAt: now},
					secrets: []clientSecret{{ClientID: id, SecretHash: hashClientSecret(s.Seal, id, secret), CreatedAt: now}},
				}})
				if stores.IsTaken(err) {
					return errors.New("there is a client with this id already")
				}
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "client_id: %s\n", id)
				showSecret(cmd, secret, made)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&id, "id", "", "the client's id; one is made where it is left out")
	cmd.Flags().StringVar(&name, "name", "", "what the client is called in lists, at most 50 characters")
	secretFileFlag(cmd, &secretFile)
	_ = cmd.MarkFlagRequired("name") // it is there
	return kit.Leaf(cmd)
}

func rotateClientCommand() *cobra.Command {
	var keep time.Duration
	var secretFile string
	cmd := &cobra.Command{
		Use:   "rotate <client_id> [--keep <time>] [--secret-file <file>|-]",
		Short: "Gives a client another secret",
		Long: `Gives a client another secret. Those it has go on for the time of --keep, so
that the app can be changed over without an outage; with --keep 0s they end at
once.`,
		Example: `  sekisho photocloak client rotate s6BhdRkqt0
  sekisho photocloak client rotate s6BhdRkqt0 --keep 0s
  sekisho photocloak client rotate s6BhdRkqt0 --keep 168h --secret-file next.secret`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if keep < 0 || keep > maxKeep {
				return fmt.Errorf("--keep must be from 0s to %v", maxKeep)
			}
			secret, made, err := kit.NewSecret(cmd, secretFile, clientSecretBytes)
			if err != nil {
				return err
			}
			return stores.ForCommand(cmd, func(ctx context.Context, s *stores.Stores) error {
				now := clock.Now()
				fresh := clientSecret{
					ClientID:   args[0],
					SecretHash: hashClientSecret(s.Seal, args[0], secret),
					CreatedAt:  now.UnixMilli(),
				}
				found, err := store{s.SQL}.rotateSecret(ctx, fresh, now.Add(keep).UnixMilli())
				if stores.IsTaken(err) {
					return errors.New("the client has this secret already")
				}
				if err != nil {
					return err
				}
				if !found {
					return errUnknownClient
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "The secrets before it end at %s.\n", kit.ShortTime(now.Add(keep).UnixMilli()))
				showSecret(cmd, secret, made)
				return nil
			})
		},
	}
	cmd.Flags().DurationVar(&keep, "keep", 72*time.Hour, "how long the secrets before it go on")
	secretFileFlag(cmd, &secretFile)
	return kit.Leaf(cmd)
}

func secretFileFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "secret-file", "", "take the secret from this file, or from standard input (-), instead of making one")
}

func showSecret(cmd *cobra.Command, secret string, made bool) {
	if made {
		fmt.Fprintf(cmd.OutOrStdout(), "client_secret, shown this once: %s\n", secret)
	}
}

func listClientsCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:     "list",
		Short:   "Lists the clients, with a line for each of their secrets",
		Long:    "Lists the clients, with a line for each of their secrets. Times are Japan's.",
		Example: "  sekisho photocloak client list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, kept store) error {
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "CLIENT ID\tNAME\tSTATE\tADDED\tSECRET MADE\tSECRET ENDS")
				err := kept.clients(ctx, func(c keyedClient) error {
					for _, secret := range c.secrets {
						fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", kit.Printable(c.ClientID), kit.Printable(c.Name), state(c.DisabledAt),
							kit.ShortTime(c.CreatedAt), kit.ShortTime(secret.CreatedAt), kit.ShortTime(secret.EndsAt))
					}
					return nil
				})
				return errors.Join(err, table.Flush())
			})
		},
	})
}

func switchClientCommand(verb, short string, disabled bool) *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:     verb + " <client_id>",
		Short:   short,
		Example: "  sekisho photocloak client " + verb + " s6BhdRkqt0",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, func(ctx context.Context, kept store) error {
				found, err := kept.disableClient(ctx, args[0], disabled)
				if err == nil && !found {
					err = errUnknownClient
				}
				return err
			})
		},
	})
}
