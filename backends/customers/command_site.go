package customers

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores"
)

const maxKeep = 366 * 24 * time.Hour // that an old key may go on

// keyForm is what the guard lets through.
var keyForm = regexp.MustCompile(`^[0-9A-Za-z-]{1,255}$`)

func addSiteCommand() *cobra.Command {
	var (
		row     siteRow
		without bool
		keyFile string
	)
	cmd := &cobra.Command{
		Use:   "add --sid NUMBER --name NAME [--no-passwords] [--key-file FILE|-]",
		Short: "Adds a shop site and gives it a key",
		Long: `Adds a shop site. Its key is made, and written to standard output once; or it
is taken from a file or standard input, for a site whose key cannot be changed.

With --no-passwords the site is never given a customer's password and
reminder_answer; an empty one in its updates keeps what is stored.`,
		Example: `  sekisho customers site add --sid 3 --name "Online shop"
  sekisho customers site add --sid 4 --name "Warehouse" --no-passwords
  sekisho customers site add --sid 5 --name "Old shop" --key-file ./old-shop.key`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if row.SID < 0 {
				return errors.New("--sid must not be negative")
			}
			if row.Name == "" || !text.valid(row.Name) {
				return fmt.Errorf("--name must be %s, and not empty", text.words)
			}
			key, made, err := siteKey(cmd, keyFile)
			if err != nil {
				return err
			}
			row.Passwords, row.CreatedAt = !without, clock.Now().UnixMilli()
			return forStore(cmd, row.SID, func(ctx context.Context, s *store) error {
				if err := s.addSite(ctx, row, key); err != nil {
					return err
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "Site %d is added.\n", row.SID)
				showKey(cmd, key, made)
				return nil
			})
		},
	}
	sidFlag(cmd, &row.SID)
	cmd.Flags().StringVar(&row.Name, "name", "", "what the site is called in lists")
	cmd.Flags().BoolVar(&without, "no-passwords", false, "never give the site a customer's password")
	keyFileFlag(cmd, &keyFile)
	_ = cmd.MarkFlagRequired("name") // it is there
	return kit.Leaf(cmd)
}

func rotateKeyCommand() *cobra.Command {
	var (
		sid     int64
		keep    time.Duration
		keyFile string
	)
	cmd := &cobra.Command{
		Use:   "rotate --sid NUMBER [--keep TIME] [--key-file FILE|-]",
		Short: "Gives a shop site another key",
		Long: `Gives a shop site another key. The keys it has go on for the time of --keep, so
that the site can be changed over without an outage; with --keep 0s they end at
once. ` + "`sekisho customers site list`" + ` shows whether an old key is still used.`,
		Example: `  sekisho customers site rotate --sid 3
  sekisho customers site rotate --sid 3 --keep 0s
  sekisho customers site rotate --sid 3 --keep 168h --key-file ./next.key`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if keep < 0 || keep > maxKeep {
				return fmt.Errorf("--keep must be from 0s to %v", maxKeep)
			}
			key, made, err := siteKey(cmd, keyFile)
			if err != nil {
				return err
			}
			return forStore(cmd, sid, func(ctx context.Context, s *store) error {
				now := clock.Now()
				ends := now.Add(keep)
				if err := s.rotateKey(ctx, sid, key, now, ends); err != nil {
					return err
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "Site %d has another key; those before it end at %s.\n", sid, japanTime(ends))
				showKey(cmd, key, made)
				return nil
			})
		},
	}
	sidFlag(cmd, &sid)
	cmd.Flags().DurationVar(&keep, "keep", 72*time.Hour, "how long the keys before it go on")
	keyFileFlag(cmd, &keyFile)
	return kit.Leaf(cmd)
}

func disableSiteCommand() *cobra.Command {
	var sid int64
	cmd := &cobra.Command{
		Use:     "disable --sid NUMBER",
		Short:   "Shuts a shop site out",
		Example: "  sekisho customers site disable --sid 3",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return forStore(cmd, sid, func(ctx context.Context, s *store) error {
				if err := s.disableSite(ctx, sid, clock.Now()); err != nil {
					return err
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "Site %d is shut out within five seconds.\n", sid)
				return nil
			})
		},
	}
	sidFlag(cmd, &sid)
	return kit.Leaf(cmd)
}

func enableSiteCommand() *cobra.Command {
	var sid int64
	cmd := &cobra.Command{
		Use:     "enable --sid NUMBER",
		Short:   "Lets a disabled shop site in again, with the keys it had",
		Example: "  sekisho customers site enable --sid 3",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return forStore(cmd, sid, func(ctx context.Context, s *store) error {
				if err := s.disableSite(ctx, sid, time.Time{}); err != nil {
					return err
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "Site %d is let in again.\n", sid)
				return nil
			})
		},
	}
	sidFlag(cmd, &sid)
	return kit.Leaf(cmd)
}

func listSitesCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:   "list",
		Short: "Lists the shop sites, their keys and when each was used last",
		Long: `Lists the shop sites with a line for each of their keys. Times are Japan's; the
last use of a key is noted at most once a minute.`,
		Example: "  sekisho customers site list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return forStore(cmd, 0, func(ctx context.Context, s *store) error {
				sites, keys, err := s.sites(ctx)
				if err != nil {
					return err
				}
				return printSites(cmd, sites, keys)
			})
		},
	})
}

func printSites(cmd *cobra.Command, sites []siteRow, keys []siteKeyRow) error {
	table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SID\tNAME\tPASSWORDS\tSTATE\tKEY MADE\tKEY ENDS\tKEY LAST USED")
	for _, site := range sites {
		passwords, state := "yes", "open"
		if !site.Passwords {
			passwords = "no"
		}
		if site.DisabledAt != 0 {
			state = "disabled"
		}
		for _, key := range keys {
			if key.SID != site.SID {
				continue
			}
			fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", site.SID, site.Name, passwords, state,
				listedTime(key.CreatedAt), listedTime(key.EndsAt), listedTime(key.LastUsedAt))
		}
	}
	return table.Flush()
}

func listedTime(milliseconds int64) string {
	if milliseconds == 0 {
		return "never"
	}
	return japanTime(moment(milliseconds))
}

// siteKey takes the key from a file, or makes one.
func siteKey(cmd *cobra.Command, file string) (key string, made bool, err error) {
	if file != "" {
		key, err = kit.ReadSecret(file, cmd.InOrStdin())
		if err == nil && !keyForm.MatchString(key) {
			err = errors.New("the key must be of up to 255 letters, digits and hyphens: sites cannot send any other")
		}
		return key, false, err
	}
	return kit.NewUUID(), true, nil
}

func showKey(cmd *cobra.Command, key string, made bool) {
	if made {
		fmt.Fprintln(cmd.ErrOrStderr(), "Its key, which is not shown again:")
		fmt.Fprintln(cmd.OutOrStdout(), key)
	}
}

func keyFileFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "key-file", "", "take the key from this file, or from standard input (-), instead of making one")
}

// forStore opens the stores for a command about a site, and says what was
// refused in the words of somebody at a terminal.
func forStore(cmd *cobra.Command, sid int64, run func(context.Context, *store) error) error {
	err := stores.ForCommand(cmd, func(ctx context.Context, opened *stores.Stores) error {
		return run(ctx, &store{opened})
	})
	var f *fault.Fault
	if !errors.As(err, &f) {
		return err
	}
	switch {
	case f.Kind == fault.NotFound:
		return fmt.Errorf("there is no site %d", sid)
	case f.Kind == fault.Conflict && f.Subject == "sid":
		return fmt.Errorf("there is a site %d already", sid)
	case f.Kind == fault.Conflict:
		return fmt.Errorf("site %d has this key already", sid)
	}
	return err
}
