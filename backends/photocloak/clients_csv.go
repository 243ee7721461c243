package photocloak

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

var clientColumns = []string{"client_id", "name", "created_at", "disabled_at", "secret_hash", "secret_created_at", "secret_ends_at"}

var clientsFormat = kit.CSVColumns("client_id!", "name!", "created_at", "disabled_at",
	"secret", "secret_hash", "secret_created_at", "secret_ends_at")

func importClientsCommand() *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:   "clients <file>|-",
		Short: "Takes clients over",
		Long: `Takes clients over from a CSV file in UTF-8 with a header line, or from standard
input. A client with several secrets has a line for each. Columns, in any order:

  client_id          kept as it is, at most 255 bytes without a colon
  name               what it is called in lists, at most 50 characters
  created_at         2006-01-02 15:04:05 in Japan or 2006-01-02T15:04:05+09:00; now
                     where it is empty
  disabled_at        when it was disabled; empty for those that were not
  secret             in clear, at most 1,024 bytes; only its hash is stored
  secret_hash        instead of secret: what "export clients" wrote. Hashes open
                     nothing beside another database than the one they came from,
                     or a new one with the same SEKISHO_SECRET; others are refused
  secret_created_at  as created_at where it is empty
  secret_ends_at     when the secret ends; empty for one that goes on

The whole file is checked first. All of it comes in, or nothing.`,
		Example: "  sekisho photocloak import clients clients.csv",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return kit.ImportCSV(cmd, args[0], clientsFormat, "clients", importClients)
		},
	})
}

// comingClient is a client on the way in.
type comingClient struct {
	keyedClient
	line int // the first of its lines
}

func importClients(ctx context.Context, s *stores.Stores, file *kit.CSVFile) (int, error) {
	var coming []*comingClient
	byID := map[string]*comingClient{}
	err := file.Check(ctx, func(row kit.CSVRow) error {
		f := kit.NewCSVFields(row)
		line := clientIn(f, s.Seal)
		first := byID[line.ClientID]
		if first == nil {
			byID[line.ClientID] = line
			coming = append(coming, line)
			return f.Err()
		}
		first.join(f, line)
		return f.Err()
	})
	if err != nil {
		return 0, err
	}
	if err := checkNewClients(ctx, store{s.SQL}, coming); err != nil {
		return 0, err
	}
	clients := make([]keyedClient, len(coming))
	for i, c := range coming {
		clients[i] = c.keyedClient
	}
	return len(clients), store{s.SQL}.addClients(ctx, clients)
}

// join adds the secret of another line of the client.
func (c *comingClient) join(f *kit.CSVFields, other *comingClient) {
	same := c.Name == other.Name && c.DisabledAt == other.DisabledAt && (f.Get("created_at") == "" || c.CreatedAt == other.CreatedAt)
	if !same {
		f.Fail("client_id", "stands in an earlier line with another name, created_at or disabled_at")
	}
	secret := other.secrets[0]
	if slices.ContainsFunc(c.secrets, func(had clientSecret) bool { return hmac.Equal(had.SecretHash, secret.SecretHash) }) {
		f.Fail(secretColumn(f), "stands in an earlier line of this client too")
	}
	c.secrets = append(c.secrets, secret)
}

func clientIn(f *kit.CSVFields, seal *stores.Sealer) *comingClient {
	c := &comingClient{line: f.Line(), keyedClient: keyedClient{client: client{
		ClientID:   f.Get("client_id"),
		Name:       f.Need("name", longestName),
		CreatedAt:  f.Time("created_at", clock.Now().UnixMilli()),
		DisabledAt: f.Time("disabled_at", 0),
	}}}
	if err := checkClientID(c.ClientID); err != nil {
		f.Fail("client_id", "must have 1 to 255 bytes, without a colon or control characters")
	}
	c.secrets = []clientSecret{{
		ClientID:   c.ClientID,
		SecretHash: secretIn(f, seal, c.ClientID),
		CreatedAt:  f.Time("secret_created_at", c.CreatedAt),
		EndsAt:     f.Time("secret_ends_at", 0),
	}}
	return c
}

// secretColumn names the column that a secret came in.
func secretColumn(f *kit.CSVFields) string {
	if f.Get("secret") == "" {
		return "secret_hash"
	}
	return "secret"
}

// secretIn gives the hash of a secret, whether it came in clear or hashed.
func secretIn(f *kit.CSVFields, seal *stores.Sealer, clientID string) []byte {
	secret, exported := f.Get("secret"), f.Get("secret_hash")
	switch {
	case secret == "" && exported == "":
		f.Fail("secret", "is empty, and so is secret_hash")
	case secret != "" && exported != "":
		f.Fail("secret", "is given, and secret_hash too")
	case len(secret) > longestSecret:
		f.Fail("secret", "is longer than 1024 bytes")
	case secret != "":
		return hashClientSecret(seal, clientID, secret)
	default:
		digits, _, _ := strings.Cut(exported, ".")
		hash, err := hex.DecodeString(digits)
		if err == nil && hmac.Equal([]byte(exported), []byte(exportedSecret(seal, clientID, hash))) {
			return hash
		}
		f.Fail("secret_hash", "was not exported for this client from this database, nor under this SEKISHO_SECRET")
	}
	return nil
}

// exportedSecret is a secret's hash with a seal by which an import knows it
// again: under another SEKISHO_SECRET the hash would be nobody's secret.
func exportedSecret(seal *stores.Sealer, clientID string, hash []byte) string {
	const sealBytes = 8
	check := seal.MAC("photocloak_client_secrets.secret_hash exported", clientID, string(hash))[:sealBytes]
	return hex.EncodeToString(hash) + "." + hex.EncodeToString(check)
}

// checkNewClients finds none of them in the database.
func checkNewClients(ctx context.Context, kept store, coming []*comingClient) error {
	var faults kit.CSVFaults
	for some := range slices.Chunk(coming, batch) {
		ids := make([]string, len(some))
		for i, c := range some {
			ids[i] = c.ClientID
		}
		there, err := existing[string](ctx, kept, "photocloak_clients", "client_id", ids)
		if err != nil {
			return err
		}
		for _, c := range some {
			if there[c.ClientID] {
				faults = append(faults, &kit.CSVFault{Line: c.line, Column: "client_id", Why: "there is such a client already"})
			}
		}
	}
	return faults.Err()
}

func exportClientsCommand() *cobra.Command {
	return kit.ExportCommand("photocloak", "clients", `Of a secret there is only
the hash, which opens something beside the same database or SEKISHO_SECRET.`, clientColumns,
		func(ctx context.Context, s *stores.Stores, file *kit.CSVWriter) error {
			return store{s.SQL}.clients(ctx, func(c keyedClient) error {
				for _, secret := range c.secrets {
					err := file.Write(c.ClientID, c.Name, kit.CSVTime(c.CreatedAt), kit.CSVTime(c.DisabledAt),
						exportedSecret(s.Seal, c.ClientID, secret.SecretHash), kit.CSVTime(secret.CreatedAt), kit.CSVTime(secret.EndsAt))
					if err != nil {
						return err
					}
				}
				return nil
			})
		})
}
