package stores

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/spf13/cobra"
)

// CommandSecrets are what the Caddyfile and environment of a command say about
// the secret.
type CommandSecrets struct {
	Present  string // "" where there is none yet
	Previous string // of SEKISHO_SECRET_PREVIOUS

	// File is where the secret is kept, "" unless everything is embedded.
	File string
}

// SecretsOf finds the secret of a command, and makes none.
func SecretsOf(cmd *cobra.Command) (CommandSecrets, error) {
	config, err := commandConfig(cmd)
	if err != nil {
		return CommandSecrets{}, err
	}
	given := config.Secret
	if given == "" {
		given = "{env.SEKISHO_SECRET}"
	}
	given = caddy.NewReplacer().ReplaceAll(given, "")
	if config, err = config.places(); err != nil {
		return CommandSecrets{}, err
	}
	secrets := CommandSecrets{Present: given, Previous: config.SecretPrevious}
	if !config.embedded() {
		return secrets, nil
	}
	secrets.File = filepath.Join(config.Data, "secret")
	if given != "" {
		return secrets, nil
	}
	kept, err := os.ReadFile(secrets.File)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return CommandSecrets{}, fmt.Errorf("reading the secret: %w", err)
	}
	secrets.Present = strings.TrimSpace(string(kept))
	return secrets, nil
}

// Fingerprint tells one secret from another, and tells nothing of it.
func Fingerprint(secret string) (string, error) {
	key, err := newSealKey(secret)
	if err != nil {
		return "", err
	}
	return key.fingerprint, nil
}

// BackupKey is the key by which a backup is known to come from who has the
// secret.
func BackupKey(secret string) ([]byte, error) { return derive(secret, "sekisho backup", 32) }

// ForBackup opens the database and the blobs that the Caddyfile of a command
// names, as they are: nothing is migrated, no sessions are opened.
func ForBackup(cmd *cobra.Command, secret string, run func(ctx context.Context, s *Stores) error) error {
	return forWhole(cmd, secret, asCommand, run)
}

// ForRestore is [ForBackup] for a database that need not be there yet.
func ForRestore(cmd *cobra.Command, secret string, run func(ctx context.Context, s *Stores) error) error {
	return forWhole(cmd, secret, asSetup, run)
}

func forWhole(cmd *cobra.Command, secret string, why purpose, run func(ctx context.Context, s *Stores) error) error {
	config, err := commandConfig(cmd)
	if err != nil {
		return err
	}
	if err := lookFirst(config, why); err != nil {
		return err
	}
	config.Secret = secret
	return runCommand(func(ctx context.Context) (*Stores, error) { return OpenWhole(ctx, config) }, run)
}

// OpenWhole opens the database and the blobs of config and nothing else, for who
// reads or fills them whole. Seal, Sessions and Counters are nil.
func OpenWhole(ctx context.Context, config Config) (*Stores, error) {
	s, err := open(ctx, config, asMigration)
	if err != nil {
		return nil, err
	}
	s.Blobs, err = take(s, "blobs", s.config.Blobs, func() (Blobs, error) { return openBlobs(ctx, s.config.Blobs) })
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}
