package photocloak

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

var cloakColumns = []string{
	"id", "member_id", "name", "description", "prefix", "no", "status", "scope", "lock_hash", "lock_generation",
	"can_download", "can_upload", "auto_extend", "views", "created_at", "updated_at", "published_at", "ends_at", "deleted_at",
}

var cloaksFormat = kit.CSVColumns("id!", "member_id!", "name!", "description", "prefix!", "no!", "status!", "scope", "lock", "lock_hash",
	"lock_generation", "can_download", "can_upload", "auto_extend", "views", "created_at", "updated_at", "published_at", "ends_at!", "deleted_at")

func importCloaksCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:   "cloaks <file>|-",
		Short: "Takes cloaks over",
		Long: `Takes cloaks over from a CSV file in UTF-8 with a header line, or from standard
input. Import the members first. Columns, in any order:

  id               kept as it is, a number from 1 up
  member_id        of its owner, who is there
  name             1 to 50 characters
  description      at most 1,000 characters
  prefix, no       its number: the code (ume, never 梅) and 1 to 100,000,000; each
                   number once. A code that the Caddyfile does not list stands for
                   itself in answers
  status           0 in the making, 1 public, 8 paused
  scope            0 without a password, also where it is empty; 1 with one
  lock             the password in clear, 4 to 20 characters; it is hashed
  lock_hash        instead of lock: in the forms that "import members" takes
  lock_generation  how often the password was changed, 0 where it is empty
  can_download, can_upload, auto_extend
                   0 or 1, 0 where it is empty
  views            how often it was looked at, 0 where it is empty
  created_at       2006-01-02 15:04:05 in Japan or 2006-01-02T15:04:05+09:00; now
                   where it is empty
  updated_at       as created_at where it is empty
  published_at     when it was first public; for a public one as created_at where
                   it is empty
  ends_at          when it ends. One that has ended keeps its number for the time
                   of the option rest
  deleted_at       when its owner deleted it, no earlier than ends_at; empty for
                   those that were not deleted

The whole file is checked first. All of it comes in, or nothing.`,
		Example: "  sekisho photocloak import cloaks cloaks.csv",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return kit.ImportCSV(cmd, args[0], cloaksFormat, "cloaks", importCloaks)
		},
	})
}

// comingCloak is a cloak on the way in.
type comingCloak struct {
	cloak
	line  int
	views int64
	lock  string // in clear, still to be hashed; "" where there is none, or its hash came along
}

func importCloaks(ctx context.Context, s *stores.Stores, file *kit.CSVFile) (int, error) {
	var coming []*comingCloak
	ids, numbers := kit.Seen[int64]{}, kit.Seen[cloakNumber]{}
	err := file.Check(ctx, func(row kit.CSVRow) error {
		f := kit.NewCSVFields(row)
		c := cloakIn(f)
		ids.Twice(f, "id", c.ID)
		numbers.Twice(f, "no", cloakNumber{c.Prefix, c.No})
		coming = append(coming, c)
		return f.Err()
	})
	if err != nil {
		return 0, err
	}
	if err := checkNewCloaks(ctx, store{s.SQL}, coming); err != nil {
		return 0, err
	}
	var locks []kit.ClearPassword
	for _, c := range coming {
		if c.lock != "" {
			locks = append(locks, kit.ClearPassword{Clear: c.lock, Into: &c.LockHash})
		}
	}
	if err := kit.HashPasswords(ctx, locks); err != nil {
		return 0, err
	}
	return len(coming), store{s.SQL}.importCloaks(ctx, coming)
}

func cloakIn(f *kit.CSVFields) *comingCloak {
	created := f.Time("created_at", clock.Now().UnixMilli())
	c := &comingCloak{line: f.Line(), views: f.Number("views", 0, kit.LargestID, 0), cloak: cloak{
		ID:             f.ID("id"),
		MemberID:       f.ID("member_id"),
		Name:           f.Need("name", longestCloakName),
		Description:    f.Text("description", longestDescription),
		Prefix:         f.Get("prefix"),
		No:             f.Number("no", 1, largestMaxCloakNo, 0),
		Status:         statusIn(f, "status"),
		Scope:          f.Number("scope", scopeOpen, scopeLocked, scopeOpen),
		LockGeneration: f.Number("lock_generation", 0, kit.LargestID, 0),
		CanDownload:    f.Flag("can_download"),
		CanUpload:      f.Flag("can_upload"),
		AutoExtend:     f.Flag("auto_extend"),
		CreatedAt:      created,
		UpdatedAt:      f.Time("updated_at", created),
		PublishedAt:    f.Time("published_at", 0),
		EndsAt:         f.Time("ends_at", 0),
		DeletedAt:      f.Time("deleted_at", 0),
	}}
	c.lock, c.LockHash = f.Password("lock", "lock_hash")
	if c.Status == statusPublic && c.PublishedAt == 0 {
		c.PublishedAt = created
	}
	c.check(f)
	return c
}

func statusIn(f *kit.CSVFields, column string) int64 {
	value := f.Get(column)
	if !slices.Contains(statusValues, value) {
		f.Fail(column, "must be 0, 1 or 8")
		return 0
	}
	return f.Number(column, statusMaking, statusPaused, 0)
}

// check finds what is wrong between the values of a cloak.
func (c *comingCloak) check(f *kit.CSVFields) {
	if !prefixCode.MatchString(c.Prefix) {
		f.Fail("prefix", "must be 1 to 20 letters a to z")
	}
	if f.Get("no") == "" {
		f.Fail("no", "is empty")
	}
	if c.Scope == scopeLocked && f.Get("lock") == "" && f.Get("lock_hash") == "" {
		f.Fail("lock", "is empty, and so is lock_hash, but scope is 1")
	}
	if n := utf8.RuneCountInString(f.Get("lock")); n != 0 && (n < shortestLock || n > longestLock) {
		f.Fail("lock", "must have 4 to 20 characters")
	}
	if f.Get("ends_at") == "" {
		f.Fail("ends_at", "is empty")
	}
	if c.DeletedAt != 0 && c.EndsAt > c.DeletedAt {
		f.Fail("ends_at", "is later than deleted_at")
	}
}

// checkNewCloaks finds all of their owners in the database, and none of them.
func checkNewCloaks(ctx context.Context, kept store, coming []*comingCloak) error {
	var faults kit.CSVFaults
	for some := range slices.Chunk(coming, batch) {
		var ids, memberIDs []int64
		var numbers []cloakNumber
		for _, c := range some {
			ids, memberIDs = append(ids, c.ID), append(memberIDs, c.MemberID)
			numbers = append(numbers, cloakNumber{c.Prefix, c.No})
		}
		idsThere, err := existing[int64](ctx, kept, "photocloak_cloaks", "id", ids)
		if err != nil {
			return err
		}
		membersThere, err := existing[int64](ctx, kept, "photocloak_members", "id", memberIDs)
		if err != nil {
			return err
		}
		numbersThere, err := kept.takenNumbers(ctx, numbers)
		if err != nil {
			return err
		}
		for _, c := range some {
			if idsThere[c.ID] {
				faults = append(faults, &kit.CSVFault{Line: c.line, Column: "id", Why: "a cloak has it already"})
			}
			if !membersThere[c.MemberID] {
				faults = append(faults, &kit.CSVFault{Line: c.line, Column: "member_id", Why: "no member has it"})
			}
			if numbersThere[cloakNumber{c.Prefix, c.No}] {
				faults = append(faults, &kit.CSVFault{Line: c.line, Column: "no", Why: "a cloak has this number already"})
			}
		}
		if len(faults) >= kit.MaxFaults {
			break
		}
	}
	return faults.Err()
}

func exportCloaksCommand() *cobra.Command {
	return kit.ExportCommand("photocloak", "cloaks", `Those that have
ended are there until the janitor takes them away; passwords are hashes.`, cloakColumns,
		func(ctx context.Context, s *stores.Stores, file *kit.CSVWriter) error {
			return store{s.SQL}.countedCloaks(ctx, func(c countedCloak) error {
				return file.Write(kit.CSVNumber(c.ID), kit.CSVNumber(c.MemberID), c.Name, c.Description, c.Prefix, kit.CSVNumber(c.No),
					kit.CSVNumber(c.Status), kit.CSVNumber(c.Scope), c.LockHash, kit.CSVNumber(c.LockGeneration),
					kit.CSVFlag(c.CanDownload), kit.CSVFlag(c.CanUpload), kit.CSVFlag(c.AutoExtend), kit.CSVNumber(c.Views),
					kit.CSVTime(c.CreatedAt), kit.CSVTime(c.UpdatedAt), kit.CSVTime(c.PublishedAt), kit.CSVTime(c.EndsAt), kit.CSVTime(c.DeletedAt))
			})
		})
}
