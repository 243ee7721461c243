package stores

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"sekisho/caddymodules/clock"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "migrate",
		Usage: "up|status",
		Short: "Brings the database's tables up to date, or says how they stand",
		Long: `Brings the tables of every API up to date.

An SQLite file is migrated by itself when the gateway starts. On PostgreSQL the
operator does it: a gateway refuses a database that lacks a migration. Running
gateways of the version before go on serving while it runs.`,
		CobraFunc: migrateCommand,
	})
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "demo",
		Short: "Loads the demo data of every API into an empty database",
		Long: `Loads the demo data of every API and marks the database as a demo's.

A database that is not empty and not so marked is refused. A marked one is
served with SEKISHO_DEMO=1 only.`,
		CobraFunc: demoCommand,
	})
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "reseal",
		Short: "Seals everything anew under a changed SEKISHO_SECRET",
		Long: `Changes the secret that seals what must be read back, without a pause:

 1. restart every gateway with the new SEKISHO_SECRET and the old one as
    SEKISHO_SECRET_PREVIOUS; they go on sealing under the old one;
 2. run this command with both;
 3. restart the gateways without SEKISHO_SECRET_PREVIOUS.

Keys and tokens of clients stay as they are. It may be broken off and run again.`,
		CobraFunc: resealCommand,
	})
}

// OfCommands makes cmd a command that only holds others: without one of them, or
// with one that is not there, it fails instead of printing its help as if all
// were well.
func OfCommands(cmd *cobra.Command, subs ...*cobra.Command) {
	cmd.AddCommand(subs...)
	cmd.SilenceUsage = true
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		names := make([]string, len(subs))
		for i, sub := range subs {
			names[i] = sub.Name()
		}
		given := "no command"
		if len(args) > 0 {
			given = fmt.Sprintf("unknown command %q", args[0])
		}
		return fmt.Errorf("%s for %q; there are %s", given, cmd.CommandPath(), strings.Join(names, ", "))
	}
}

// AddCommandFlags gives a command the flags that [ForCommand] reads.
func AddCommandFlags(cmd *cobra.Command) {
	cmd.SilenceUsage = true // of what failed, not of how it is called
	cmd.Flags().StringP("config", "c", "", "the Caddyfile that names the stores (default: ./Caddyfile)")
	cmd.Flags().StringP("adapter", "a", "", "the configuration's adapter, where it is no Caddyfile")
}

// ForCommand opens the stores that the Caddyfile of a command names, runs, and
// closes them. The context is [Unhurried] and ends with SIGINT and SIGTERM.
func ForCommand(cmd *cobra.Command, run func(ctx context.Context, s *Stores) error) error {
	return forCommand(cmd, asCommand, run)
}

func forCommand(cmd *cobra.Command, why purpose, run func(ctx context.Context, s *Stores) error) error {
	config, err := commandConfig(cmd)
	if err != nil {
		return err
	}
	return runCommand(func(ctx context.Context) (*Stores, error) { return openForCommand(ctx, config, why) }, run)
}

// OpenForCommand opens the stores of config for a command that is not given its
// Caddyfile by [ForCommand]. Where there is no database it is an error, and
// nothing is made, unless the command may make one.
func OpenForCommand(ctx context.Context, config Config, mayMake bool) (*Stores, error) {
	if mayMake {
		return openForCommand(ctx, config, asSetup)
	}
	return openForCommand(ctx, config, asCommand)
}

func openForCommand(ctx context.Context, config Config, why purpose) (*Stores, error) {
	if err := lookFirst(config, why); err != nil {
		return nil, err
	}
	return open(ctx, config, why)
}

// lookFirst is [mustBeThere] before anything is made, the secret too.
func lookFirst(config Config, why purpose) error {
	places, err := config.places()
	if err != nil {
		return err
	}
	return mustBeThere(places, why)
}

// places is resolve for who needs no secret: where there is none, resolve would
// make one.
func (c Config) places() (Config, error) {
	c.Secret = "any"
	return c.resolve()
}

// runCommand opens stores, runs, and closes them.
func runCommand(opening func(ctx context.Context) (*Stores, error), run func(ctx context.Context, s *Stores) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	ctx = Unhurried(ctx)
	if os.Getenv("GOGC") == "" {
		// A gateway lets its small heap grow further; that of an import would grow
		// to five times of what it holds.
		debug.SetGCPercent(100)
	}
	s, err := opening(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	return run(ctx, s)
}

// commandConfig finds the global option sekisho in the Caddyfile. Nothing else
// of the Caddyfile is set up, so a command runs beside a running gateway. Where
// no Caddyfile is named and none is here, the environment alone counts.
func commandConfig(cmd *cobra.Command) (Config, error) {
	file, _ := cmd.Flags().GetString("config")
	adapter, _ := cmd.Flags().GetString("adapter")
	named := file != ""
	if !named {
		file = "Caddyfile"
	}
	text, err := os.ReadFile(file)
	if !named && errors.Is(err, os.ErrNotExist) {
		return Config{}, nil
	}
	if err != nil {
		return Config{}, fmt.Errorf("reading the configuration: %w", err)
	}
	if adapter == "" && filepath.Ext(file) != ".json" {
		adapter = "caddyfile"
	}
	if adapter != "" {
		if text, err = adapt(text, file, adapter); err != nil {
			return Config{}, err
		}
	}
	var whole struct {
		Apps struct {
			Sekisho Config `json:"sekisho"`
		} `json:"apps"`
	}
	if err := json.Unmarshal(text, &whole); err != nil {
		return Config{}, fmt.Errorf("reading the configuration: %w", err)
	}
	return whole.Apps.Sekisho, nil
}

func adapt(text []byte, file, adapter string) ([]byte, error) {
	known := caddyconfig.GetAdapter(adapter)
	if known == nil {
		return nil, fmt.Errorf("there is no configuration adapter %q", adapter)
	}
	adapted, _, err := known.Adapt(text, map[string]any{"filename": file})
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	return adapted, nil
}

func migrateCommand(cmd *cobra.Command) {
	cmd.Example = "  sekisho migrate status\n  sekisho migrate up --config /etc/sekisho/Caddyfile"
	up := &cobra.Command{
		Use: "up", Short: "Runs the migrations that the database lacks", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return forCommand(cmd, asMigration, func(ctx context.Context, s *Stores) error {
				return s.SQL.Migrate(ctx, func(step Step) {
					fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", step.Schema, step.Name)
				})
			})
		},
	}
	status := &cobra.Command{
		Use: "status", Short: "Lists the migrations, and which of them the database has seen", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return forCommand(cmd, asMigration, func(ctx context.Context, s *Stores) error {
				return printSteps(ctx, cmd, s)
			})
		},
	}
	AddCommandFlags(up)
	AddCommandFlags(status)
	OfCommands(cmd, up, status)
}

func printSteps(ctx context.Context, cmd *cobra.Command, s *Stores) error {
	steps, err := s.SQL.Steps(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, step := range steps {
		at := "pending"
		if step.AppliedAt != 0 {
			at = time.UnixMilli(step.AppliedAt).In(clock.Japan).Format(time.RFC3339)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", step.Schema, step.Name, at)
	}
	return table.Flush()
}

func demoCommand(cmd *cobra.Command) {
	cmd.Example = "  SEKISHO_DATA=./trial sekisho demo"
	cmd.Args = cobra.NoArgs
	AddCommandFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return forCommand(cmd, asSetup, func(ctx context.Context, s *Stores) error {
			if err := s.LoadDemo(ctx); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "The demo data is there. Serve it with SEKISHO_DEMO=1.")
			return nil
		})
	}
}

func resealCommand(cmd *cobra.Command) {
	cmd.Example = "  SEKISHO_SECRET=$new SEKISHO_SECRET_PREVIOUS=$old sekisho reseal"
	cmd.Args = cobra.NoArgs
	AddCommandFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return ForCommand(cmd, func(ctx context.Context, s *Stores) error {
			err := s.Reseal(ctx, func(table string, changed int) {
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %d values sealed anew\n", table, changed)
			})
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), "Everything is sealed under SEKISHO_SECRET. Restart the gateways without\nSEKISHO_SECRET_PREVIOUS; a file secret in the data folder is the old one.")
			}
			return err
		})
	}
}
