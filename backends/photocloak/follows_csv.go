package photocloak

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

var followColumns = []string{"member_id", "cloak_id", "created_at"}

var followsFormat = kit.CSVColumns("member_id!", "cloak_id!", "created_at")

func importFollowsCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:   "follows <file>|-",
		Short: "Takes over which cloaks the members follow",
		Long: `Takes over which cloaks the members follow, from a CSV file in UTF-8 with a
header line, or from standard input. Import members and cloaks first. Columns,
in any order:

  member_id   of a member who is there
  cloak_id    of another's cloak that is there
  created_at  since when, 2006-01-02 15:04:05 in Japan or
              2006-01-02T15:04:05+09:00; now where it is empty

The whole file is checked first. All of it comes in, or nothing.`,
		Example: "  sekisho photocloak import follows follows.csv",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return kit.ImportCSV(cmd, args[0], followsFormat, "follows", importFollows)
		},
	})
}

// comingFollow is a following on the way in.
type comingFollow struct {
	follow
	line int
}

// followKey tells followings apart.
type followKey struct{ memberID, cloakID int64 }

func (f follow) key() followKey { return followKey{f.MemberID, f.CloakID} }

func importFollows(ctx context.Context, s *stores.Stores, file *kit.CSVFile) (int, error) {
	var coming []comingFollow
	before := kit.Seen[followKey]{}
	err := file.Check(ctx, func(row kit.CSVRow) error {
		f := kit.NewCSVFields(row)
		c := comingFollow{line: f.Line(), follow: follow{
			MemberID:  f.ID("member_id"),
			CloakID:   f.ID("cloak_id"),
			CreatedAt: f.Time("created_at", clock.Now().UnixMilli()),
		}}
		before.Twice(f, "cloak_id", c.key())
		coming = append(coming, c)
		return f.Err()
	})
	if err != nil {
		return 0, err
	}
	if err := checkNewFollows(ctx, store{s.SQL}, coming); err != nil {
		return 0, err
	}
	follows := make([]follow, len(coming))
	for i, c := range coming {
		follows[i] = c.follow
	}
	return len(follows), store{s.SQL}.importFollows(ctx, follows)
}

// checkNewFollows finds all members and cloaks in the database, and none of the
// followings.
func checkNewFollows(ctx context.Context, kept store, coming []comingFollow) error {
	var faults kit.CSVFaults
	for some := range slices.Chunk(coming, batch) {
		var memberIDs, cloakIDs []int64
		for _, c := range some {
			memberIDs, cloakIDs = append(memberIDs, c.MemberID), append(cloakIDs, c.CloakID)
		}
		members, err := existing[int64](ctx, kept, "photocloak_members", "id", memberIDs)
		if err != nil {
			return err
		}
		owners, err := kept.owners(ctx, cloakIDs)
		if err != nil {
			return err
		}
		there, err := kept.existingFollows(ctx, memberIDs, cloakIDs)
		if err != nil {
			return err
		}
		for _, c := range some {
			if !members[c.MemberID] {
				faults = append(faults, &kit.CSVFault{Line: c.line, Column: "member_id", Why: "no member has it"})
			}
			switch owner := owners[c.CloakID]; {
			case owner == 0:
				faults = append(faults, &kit.CSVFault{Line: c.line, Column: "cloak_id", Why: "no cloak has it"})
			case owner == c.MemberID:
				faults = append(faults, &kit.CSVFault{Line: c.line, Column: "cloak_id", Why: "it is the member's own cloak"})
			case there[c.key()]:
				faults = append(faults, &kit.CSVFault{Line: c.line, Column: "cloak_id", Why: "the member follows it already"})
			}
		}
		if len(faults) >= kit.MaxFaults {
			break
		}
	}
	return faults.Err()
}

func exportFollowsCommand() *cobra.Command {
	return kit.ExportCommand("photocloak", "follows", "", followColumns, func(ctx context.Context, s *stores.Stores, file *kit.CSVWriter) error {
		return store{s.SQL}.follows(ctx, func(f follow) error {
			return file.Write(kit.CSVNumber(f.MemberID), kit.CSVNumber(f.CloakID), kit.CSVTime(f.CreatedAt))
		})
	})
}
