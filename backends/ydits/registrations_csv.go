package ydits

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

var registrationColumns = []string{"uuid", "softname", "key_hash", "softid", "created_at"}

var registrationsFormat = kit.CSVColumns("uuid!", "softname!", "key", "key_hash", "softid", "created_at")

func importRegistrationsCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:   "registrations <file>|-",
		Short: "Takes registered software over",
		Long: `Takes registered software over from a CSV file in UTF-8 with a header line, or
from standard input. Import the users first. Columns, in any order:

  uuid        of a user who is there
  softname    at most 20 characters; each once for a user
  key         in clear, as the old service kept it, at most 50 characters; only
              its hash is stored; each once for a user
  key_hash    instead of key: what "export registrations" wrote. Hashes open
              nothing beside another database than the one they came from, or a
              new one with the same SEKISHO_SECRET; others are refused
  softid      at most 50 characters, or empty
  created_at  when it was registered, 2006-01-02 15:04:05 in Japan or
              2006-01-02T15:04:05+09:00; now where it is empty

The whole file is checked first. All of it comes in, or nothing.`,
		Example: "  sekisho ydits import registrations registrations.csv",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return kit.ImportCSV(cmd, args[0], registrationsFormat, "registrations", importRegistrations)
		},
	})
}

// comingRegistration is a registration on the way in.
type comingRegistration struct {
	registration
	line      int
	keyColumn string // the one that its key came in
}

func importRegistrations(ctx context.Context, s *stores.Stores, file *kit.CSVFile) (int, error) {
	var coming []comingRegistration
	seen := newClashes()
	err := file.Check(ctx, func(row kit.CSVRow) error {
		c, err := registrationIn(row, s.Seal)
		for _, column := range seen.with(c) {
			err = errors.Join(err, row.Fault(column, "stands in an earlier line of this user too"))
		}
		seen.add(c.registration)
		coming = append(coming, c)
		return err
	})
	if err != nil {
		return 0, err
	}
	if err := checkNewRegistrations(ctx, store{s.SQL}, coming); err != nil {
		return 0, err
	}
	registrations := make([]registration, len(coming))
	for i, c := range coming {
		registrations[i] = c.registration
	}
	return len(registrations), store{s.SQL}.addRegistrations(ctx, registrations)
}

// checkNewRegistrations finds all of their users in the database, and none of
// them.
func checkNewRegistrations(ctx context.Context, kept store, coming []comingRegistration) error {
	var faults kit.CSVFaults
	for some := range slices.Chunk(coming, batch) {
		users, there, err := around(ctx, kept, some)
		if err != nil {
			return err
		}
		for _, c := range some {
			if !users[c.UUID] {
				faults = append(faults, &kit.CSVFault{Line: c.line, Column: "uuid", Why: "no user has it"})
			}
			for _, column := range there.with(c) {
				faults = append(faults, &kit.CSVFault{Line: c.line, Column: column, Why: "the user has registered it already"})
			}
		}
		if len(faults) >= kit.MaxFaults {
			break
		}
	}
	return faults.Err()
}

// around gives which of the registrations' users there are, and what they
// registered before.
func around(ctx context.Context, kept store, some []comingRegistration) (users map[string]bool, there clashes, err error) {
	var uuids []string
	var sought []user
	for _, c := range some {
		uuids = append(uuids, c.UUID)
		sought = append(sought, user{UUID: c.UUID})
	}
	found, err := kept.alike(ctx, sought)
	if err != nil {
		return nil, clashes{}, err
	}
	users, there = map[string]bool{}, newClashes()
	for _, u := range found {
		users[u.UUID] = true
	}
	registered, err := kept.registrationsOf(ctx, uuids)
	for _, r := range registered {
		there.add(r)
	}
	return users, there, err
}

// clashes knows the softnames and keys that each user has.
type clashes struct{ softnames, keys map[[2]string]bool }

func newClashes() clashes { return clashes{map[[2]string]bool{}, map[[2]string]bool{}} }

func (c clashes) add(r registration) {
	c.softnames[[2]string{r.UUID, r.Softname}] = true
	c.keys[[2]string{r.UUID, string(r.KeyHash)}] = true
}

// with gives the columns that a coming registration's user has already.
func (c clashes) with(r comingRegistration) (columns []string) {
	if c.softnames[[2]string{r.UUID, r.Softname}] {
		columns = append(columns, "softname")
	}
	if r.KeyHash != nil && c.keys[[2]string{r.UUID, string(r.KeyHash)}] {
		columns = append(columns, r.keyColumn)
	}
	return columns
}

func registrationIn(row kit.CSVRow, seal *stores.Sealer) (comingRegistration, error) {
	c := comingRegistration{line: row.Line(), keyColumn: "key", registration: registration{
		UUID:     row.Get("uuid"),
		Softname: row.Get("softname"),
		Softid:   row.Get("softid"),
	}}
	if row.Get("key") == "" {
		c.keyColumn = "key_hash"
	}
	var keyFault, timeFault error
	c.KeyHash, keyFault = keyIn(row, seal)
	c.CreatedAt, timeFault = row.Time("created_at", clock.Now().UnixMilli())
	return c, errors.Join(
		row.Within("uuid", maxUUID), row.Within("softname", maxSoftname),
		row.Within("key", maxKey), row.Within("softid", maxSoftid),
		faultUnless(c.UUID != "", row, "uuid", "is empty"),
		faultUnless(c.Softname != "", row, "softname", "is empty"),
		keyFault, timeFault,
	)
}

// keyIn gives the hash of a key, whether it came in clear or hashed.
func keyIn(row kit.CSVRow, seal *stores.Sealer) ([]byte, error) {
	key, exported := row.Get("key"), row.Get("key_hash")
	switch {
	case key == "" && exported == "":
		return nil, row.Fault("key", "is empty, and so is key_hash")
	case key != "" && exported != "":
		return nil, row.Fault("key", "is given, and key_hash too")
	case key != "":
		return keyHash(seal, row.Get("uuid"), key), nil
	}
	digits, _, _ := strings.Cut(exported, ".")
	hash, err := hex.DecodeString(digits)
	if err != nil || !hmac.Equal([]byte(exported), []byte(exportedKey(seal, row.Get("uuid"), hash))) {
		return nil, row.Fault("key_hash", "was not exported for this user from this database, nor under this SEKISHO_SECRET")
	}
	return hash, nil
}

// exportedKey is a key's hash with a seal by which an import knows it again:
// under another secret the hash would be nobody's key.
func exportedKey(seal *stores.Sealer, uuid string, hash []byte) string {
	const sealBytes = 8
	check := seal.MAC("ydits_registrations.key_hash exported", uuid, string(hash))[:sealBytes]
	return hex.EncodeToString(hash) + "." + hex.EncodeToString(check)
}

func exportRegistrationsCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:   "registrations [<file>|-]",
		Short: "Writes all registered software",
		Long: `Writes all registered software as CSV, to a file that only you can read or to
standard output. Of a key there is only the hash, which "import registrations"
takes beside the same database or SEKISHO_SECRET.`,
		Example: "  sekisho ydits export registrations registrations.csv",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return kit.ExportCSV(cmd, args, registrationColumns, func(ctx context.Context, s *stores.Stores, file *kit.CSVWriter) error {
				return store{s.SQL}.registrations(ctx, func(r registration) error {
					return file.Write(r.UUID, r.Softname, exportedKey(s.Seal, r.UUID, r.KeyHash), r.Softid, kit.CSVTime(r.CreatedAt))
				})
			})
		},
	})
}
