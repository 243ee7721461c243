package stores

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/caddyserver/caddy/v2"
)

// Config says where everything is kept. Each value may hold Caddy's
// placeholders ({env.NAME}, {file.PATH}), which are filled in when the
// configuration is loaded, so that no secret stands in the configuration
// itself. An empty value means the environment variable named with it, and
// where that is empty too, the default.
type Config struct {
	// Data is the folder of everything that is embedded. SEKISHO_DATA, ./data.
	Data string `json:"data,omitempty"`

	// Database is sqlite://PATH or postgres://USER:PASSWORD@HOST/DB?sslmode=…,
	// the latter also with pool_max_conns=N (24). SEKISHO_DATABASE, the file
	// sekisho.db in Data.
	Database string `json:"database,omitempty"`

	// Sessions is "database", or redis://HOST:6379/0, rediss://…, unix://…,
	// redis+cluster://… or redis+sentinel://…; the counters and the limits on
	// guessing follow it. SEKISHO_SESSIONS, database.
	Sessions string `json:"sessions,omitempty"`

	// Blobs is file://PATH or s3://BUCKET?endpoint=…&region=…&prefix=….
	// SEKISHO_BLOBS, the folder blobs in Data.
	Blobs string `json:"blobs,omitempty"`

	// Secret seals what must be read back: 16 characters or more.
	// SEKISHO_SECRET; where everything is embedded, one is made and kept in
	// the file secret in Data.
	Secret string `json:"secret,omitempty"`

	// SecretPrevious is the secret that `sekisho reseal` leaves behind.
	// SEKISHO_SECRET_PREVIOUS.
	SecretPrevious string `json:"secret_previous,omitempty"`

	// Demo, "1", loads the demo data and refuses to serve it beyond this
	// machine; "public" serves it anywhere. SEKISHO_DEMO, off.
	Demo string `json:"demo,omitempty"`
}

const (
	sessionsInDatabase = "database"
	demoOnLoopback     = "1"
	demoInPublic       = "public"
)

// resolve fills in placeholders, environment and defaults, and refuses what
// does not fit together.
func (c Config) resolve() (Config, error) {
	replacer := caddy.NewReplacer()
	fill := func(value, variable, otherwise string) string {
		if value == "" {
			value = "{env." + variable + "}"
		}
		if value = replacer.ReplaceAll(value, ""); value == "" {
			return otherwise
		}
		return value
	}
	c.Data = fill(c.Data, "SEKISHO_DATA", "./data")
	c.Database = fill(c.Database, "SEKISHO_DATABASE", "sqlite://"+filepath.Join(c.Data, "sekisho.db"))
	c.Sessions = fill(c.Sessions, "SEKISHO_SESSIONS", sessionsInDatabase)
	c.Blobs = fill(c.Blobs, "SEKISHO_BLOBS", "file://"+filepath.Join(c.Data, "blobs"))
	c.Secret = fill(c.Secret, "SEKISHO_SECRET", "")
	c.SecretPrevious = fill(c.SecretPrevious, "SEKISHO_SECRET_PREVIOUS", "")
	c.Demo = fill(c.Demo, "SEKISHO_DEMO", "")
	if err := c.check(); err != nil {
		return c, err
	}
	if c.Secret != "" {
		return c, nil
	}
	if !c.embedded() {
		return c, errors.New("SEKISHO_SECRET is required beside a database, sessions or blobs on a server; `openssl rand -hex 32` makes one")
	}
	var err error
	c.Secret, err = keptSecret(c.Data)
	return c, err
}

func (c Config) check() error {
	switch c.Demo {
	case "", "0", demoOnLoopback, demoInPublic:
	default:
		return errors.New("SEKISHO_DEMO is 1, public, or 0 or unset for none")
	}
	// {env.…} is filled in once: what it gives is taken word for word, and a public
	// text would be the secret.
	if strings.HasPrefix(c.Secret, "{") || strings.HasPrefix(c.SecretPrevious, "{") {
		return errors.New("SEKISHO_SECRET holds a placeholder, which is not filled in there; SEKISHO_SECRET_FILE names a file that holds the secret")
	}
	if scheme, _, found := strings.Cut(c.Sessions, "://"); !found && c.Sessions != sessionsInDatabase {
		return errors.New("sessions are kept in `database`, or at an address that starts with redis://, rediss://, unix://, redis+cluster:// or redis+sentinel://")
	} else if found && strings.HasPrefix(c.Database, "sqlite:") {
		return fmt.Errorf("sessions at %s:// need a PostgreSQL database: an SQLite file serves one gateway, and keeps its sessions itself", scheme)
	}
	if !strings.HasPrefix(c.Blobs, "file://") && !strings.HasPrefix(c.Blobs, "s3://") {
		return errBlobsAddress
	}
	return nil
}

func (c Config) demo() bool { return c.Demo == demoOnLoopback || c.Demo == demoInPublic }

func (c Config) embedded() bool {
	return strings.HasPrefix(c.Database, "sqlite:") && c.Sessions == sessionsInDatabase && strings.HasPrefix(c.Blobs, "file:")
}

// keptSecret reads the secret that lies with the embedded data, and makes one
// the first time. Of two programs that start at once, both get the same.
func keptSecret(data string) (string, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return "", fmt.Errorf("making the data folder: %w", err)
	}
	path := filepath.Join(data, "secret")
	kept, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if err := makeSecret(data, path); err != nil {
			return "", fmt.Errorf("making the secret: %w", err)
		}
		kept, err = os.ReadFile(path)
	}
	if err != nil {
		return "", fmt.Errorf("reading the secret: %w", err)
	}
	return strings.TrimSpace(string(kept)), nil
}

// makeSecret writes a secret aside and links it to its name, so that the name
// never shows half a secret and the first of two stays.
func makeSecret(data, path string) error {
	aside, err := os.CreateTemp(data, ".secret-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(aside.Name())
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails: it ends the program instead
	_, err = aside.WriteString(hex.EncodeToString(secret) + "\n")
	if err = errors.Join(err, aside.Sync(), aside.Close()); err != nil {
		return err
	}
	if err := os.Link(aside.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncFolder(data) // or a power cut could take the name, and with it every seal
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
