package avatarplay

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

// keyColumns are the columns of an export; an import needs those with a !, and
// may have key.
var keyColumns = []string{"app_id!", "key_hash", "created_at", "ends_at"}

func importKeysCommand() *cobra.Command {
	return importCommand(table{
		what:  "keys",
		first: "Import the apps first. An app with\nseveral keys has a line for each. ",
		columns: `  app_id      of an app that is there
  key         the API key in clear, 1 to 255 printable ASCII characters; only its
              hash is stored; no two apps have the same
  key_hash    instead of key: what "export keys" wrote. Hashes open nothing beside
              another database than the one they came from, or a new one with the
              same SEKISHO_SECRET; others are refused
  created_at  2006-01-02 15:04:05 in Japan or 2006-01-02T15:04:05+09:00; now where
              it is empty
  ends_at     when the key ends; empty for one that goes on`,
		format: kit.CSVColumns(slices.Concat(keyColumns, []string{"key"})...),
		bring:  importKeys,
	})
}

func importKeys(ctx context.Context, kept store, file *kit.CSVFile) (int, error) {
	hashes := kit.NewSeenTexts()
	apps := theApps(kept, "app_id")
	taken := kit.CSVLookup[string]{There: kept.existingKeys, Why: "an app has it already"}
	read := func(f *kit.CSVFields) appKeyRow { return keyIn(f, kept) }
	rows, err := kit.CheckCSV(ctx, file, func(f *kit.CSVFields) {
		row := read(f)
		taken.Column = keyColumn(f)
		hashes.Twice(f, taken.Column, string(row.KeyHash))
		apps.Add(f, row.AppID)
		taken.Add(f, string(row.KeyHash))
	}, apps, &taken)
	if err != nil {
		return 0, err
	}
	return kept.importKeys(ctx, kit.RowsOf(ctx, file, rows, read))
}

// keyIn reads a row's API key.
func keyIn(f *kit.CSVFields, kept store) appKeyRow {
	appID := f.ID("app_id")
	return appKeyRow{
		AppID:     appID,
		KeyHash:   keyHashIn(f, kept, appID),
		CreatedAt: f.Time("created_at", clock.Now().UnixMilli()),
		EndsAt:    f.Time("ends_at", 0),
	}
}

// keyColumn names the column that a key came in.
func keyColumn(f *kit.CSVFields) string {
	if f.Get("key") == "" {
		return "key_hash"
	}
	return "key"
}

// keyHashIn gives the hash of a key, whether it came in clear or hashed.
func keyHashIn(f *kit.CSVFields, kept store, appID int64) []byte {
	key, exported := f.Get("key"), f.Get("key_hash")
	switch {
	case key == "" && exported == "":
		f.Fail("key", "is empty, and so is key_hash")
	case key != "" && exported != "":
		f.Fail("key", "is given, and key_hash too")
	case key != "" && !isKey(key):
		f.Fail("key", "must be of 1 to 255 printable ASCII characters: apps can send no other")
	case key != "":
		hash := kept.hashKey(key)
		return hash[:]
	default:
		digits, _, _ := strings.Cut(exported, ".")
		hash, err := hex.DecodeString(digits)
		if err == nil && hmac.Equal([]byte(exported), []byte(exportedKey(kept.seal, appID, hash))) {
			return hash
		}
		f.Fail("key_hash", "was not exported for this app from this database, nor under this SEKISHO_SECRET")
	}
	return nil
}

// exportedKey is a key's hash with a seal by which an import knows it again:
// under another SEKISHO_SECRET the hash would be nobody's key.
func exportedKey(seal *stores.Sealer, appID int64, hash []byte) string {
	const sealBytes = 8
	check := seal.MAC("avatarplay_app_keys.key_hash exported", strconv.FormatInt(appID, 10), string(hash))[:sealBytes]
	return hex.EncodeToString(hash) + "." + hex.EncodeToString(check)
}

func exportKeysCommand() *cobra.Command {
	return exportCommand("keys", `Of a key there is only
the hash, which opens something beside the same database or SEKISHO_SECRET.`, keyColumns, func(ctx context.Context, kept store, file *kit.CSVWriter) error {
		return kept.eachKey(ctx, 0, func(row appKeyRow) error {
			return file.Write(kit.CSVNumber(row.AppID), exportedKey(kept.seal, row.AppID, row.KeyHash),
				kit.CSVTime(row.CreatedAt), kit.CSVTime(row.EndsAt))
		})
	})
}
