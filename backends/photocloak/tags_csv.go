package photocloak

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/stores"
)

var tagColumns = []string{"cloak_id", "tag"}

var tagsFormat = kit.CSVColumns("cloak_id!", "tag!")

func importTagsCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:   "tags <file>|-",
		Short: "Takes the tags of cloaks over",
		Long: `Takes the tags of cloaks over from a CSV file in UTF-8 with a header line, or
from standard input. Import the cloaks first. Columns, in any order:

  cloak_id  of a cloak that is there and has no tags yet
  tag       1 to 50 characters without white space and commas; at most 20 for a
            cloak, in the order of the lines

The whole file is checked first. All of it comes in, or nothing.`,
		Example: "  sekisho photocloak import tags tags.csv",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return kit.ImportCSV(cmd, args[0], tagsFormat, "tags", importTags)
		},
	})
}

// taggedCloak are the tags of a cloak on the way in.
type taggedCloak struct {
	cloakID int64
	line    int // the first of its lines
	tags    []string
}

func importTags(ctx context.Context, s *stores.Stores, file *kit.CSVFile) (int, error) {
	var coming []*taggedCloak
	byID := map[int64]*taggedCloak{}
	count := 0
	err := file.Check(ctx, func(row kit.CSVRow) error {
		f := kit.NewCSVFields(row)
		id, tag := f.ID("cloak_id"), f.Need("tag", longestTag)
		c := byID[id]
		if c == nil {
			c = &taggedCloak{cloakID: id, line: f.Line()}
			byID[id] = c
			coming = append(coming, c)
		}
		c.add(f, tag)
		count++
		return f.Err()
	})
	if err != nil {
		return 0, err
	}
	if err := checkTaggedCloaks(ctx, store{s.SQL}, coming); err != nil {
		return 0, err
	}
	return count, store{s.SQL}.importTags(ctx, coming)
}

func (c *taggedCloak) add(f *kit.CSVFields, tag string) {
	if strings.ContainsFunc(tag, separatesTags) {
		f.Fail("tag", "holds white space or a comma, between which each word is a tag of its own")
	}
	if slices.ContainsFunc(c.tags, func(had string) bool { return fold(had) == fold(tag) }) {
		f.Fail("tag", "stands in an earlier line of this cloak too")
	}
	if len(c.tags) == mostTags {
		f.Fail("tag", fmt.Sprintf("is one too many: a cloak has at most %d", mostTags))
	}
	if len(c.tags) <= mostTags { // bounded, however many there are
		c.tags = append(c.tags, tag)
	}
}

// checkTaggedCloaks finds all of them in the database, and no tags of theirs.
func checkTaggedCloaks(ctx context.Context, kept store, coming []*taggedCloak) error {
	var faults kit.CSVFaults
	for some := range slices.Chunk(coming, batch) {
		ids := make([]int64, len(some))
		for i, c := range some {
			ids[i] = c.cloakID
		}
		cloaksThere, err := existing[int64](ctx, kept, "photocloak_cloaks", "id", ids)
		if err != nil {
			return err
		}
		tagsThere, err := existing[int64](ctx, kept, "photocloak_tags", "cloak_id", ids)
		if err != nil {
			return err
		}
		for _, c := range some {
			switch {
			case !cloaksThere[c.cloakID]:
				faults = append(faults, &kit.CSVFault{Line: c.line, Column: "cloak_id", Why: "no cloak has it"})
			case tagsThere[c.cloakID]:
				faults = append(faults, &kit.CSVFault{Line: c.line, Column: "cloak_id", Why: "the cloak has tags already"})
			}
		}
		if len(faults) >= kit.MaxFaults {
			break
		}
	}
	return faults.Err()
}

func exportTagsCommand() *cobra.Command {
	return kit.ExportCommand("photocloak", "tags", "", tagColumns, func(ctx context.Context, s *stores.Stores, file *kit.CSVWriter) error {
		return store{s.SQL}.tags(ctx, func(t tag) error {
			return file.Write(kit.CSVNumber(t.CloakID), t.Tag)
		})
	})
}
