package census

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "census",
		Short: "Lists who still calls what, how often and when last",
		Long: `Lists who still calls what: one line for each API, operation, calling program
(site, app, OAuth client or system login, by its id; - where nobody proved to be
one) and family of clients by their User-Agent, with the number of calls and the
dates of the first and the last one. Gateways write it every 15 seconds. What
nobody has called for 400 days is forgotten.`,
		CobraFunc: censusCommand,
	})
}

func censusCommand(cmd *cobra.Command) {
	cmd.Example = "  sekisho census\n  sekisho census --api ydits --days 90\n  sekisho census --csv >census.csv"
	cmd.Args = cobra.NoArgs
	stores.AddCommandFlags(cmd)
	cmd.Flags().String("api", "", "of this API only")
	cmd.Flags().Int("days", 400, "seen within so many days")
	cmd.Flags().Bool("csv", false, "as CSV, in UTF-8")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return stores.ForCommand(cmd, func(ctx context.Context, s *stores.Stores) error {
			api, _ := cmd.Flags().GetString("api")
			days, _ := cmd.Flags().GetInt("days")
			all, err := store{s.SQL}.list(ctx, api, clock.Now().AddDate(0, 0, -days))
			if err != nil {
				return err
			}
			if asCSV, _ := cmd.Flags().GetBool("csv"); asCSV {
				return writeCSV(cmd.OutOrStdout(), all)
			}
			return writeTable(cmd.OutOrStdout(), all)
		})
	}
}

var columns = []string{"api", "operation", "caller", "family", "calls", "first", "last"}

func writeCSV(to io.Writer, all []counted) error {
	w := csv.NewWriter(to)
	_ = w.Write(columns) // Flush has the error
	for _, c := range all {
		_ = w.Write(c.cells(c.Caller, time.RFC3339))
	}
	w.Flush()
	return w.Error()
}

func writeTable(to io.Writer, all []counted) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	writeLine(table, columns)
	for _, c := range all {
		caller := c.Caller
		if caller == "" {
			caller = "-"
		}
		writeLine(table, c.cells(caller, "2006-01-02 15:04"))
	}
	return table.Flush()
}

func writeLine(table io.Writer, cells []string) {
	for i, cell := range cells {
		if i > 0 {
			fmt.Fprint(table, "\t")
		}
		fmt.Fprint(table, cell)
	}
	fmt.Fprintln(table)
}

func (c counted) cells(caller, layout string) []string {
	day := func(ms int64) string { return time.UnixMilli(ms).In(clock.Japan).Format(layout) }
	return []string{c.API, c.Operation, caller, c.Family, strconv.FormatInt(c.Calls, 10), day(c.FirstSeen), day(c.LastSeen)}
}
