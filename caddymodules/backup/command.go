package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/dustin/go-humanize/english"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"sekisho/caddymodules/stores"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "backup",
		Usage: "--to FILE|-",
		Short: "Writes the database and all blobs into one file, while gateways serve",
		Long: `Writes the database, as it stands at one moment, and all blobs into one file that
only you can read, or to standard output. Gateways go on serving; an SQLite
file's log grows while it runs. "sekisho restore" brings it back, also from
SQLite to PostgreSQL, from a folder to a bucket, or the other way round.

What is sealed opens again only with SEKISHO_SECRET. It goes in with
--with-secret, encrypted with a passphrase of 12 bytes or more (age); else keep it
elsewhere. The rest of the file is not encrypted: it holds names, addresses and
photos, and hashes of passwords.

What was answered before it begins is in it, but for what is kept in Redis:
sessions and tokens (people and programs sign in again), the limits on guessing,
and views of the last seconds that wait to be counted. Where sessions are in the
database, they are in it. A photo that is deleted while it runs may be in it.`,
		CobraFunc: backupCommand,
	})
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "restore",
		Usage: "FILE|-",
		Short: "Brings a backup back into an empty database and blob store",
		Long: `Brings what "sekisho backup" wrote into an empty database, which is migrated on
the way, on PostgreSQL too, and into an empty folder or bucket. What a gateway
leaves that was only started counts as empty. Stop the gateways first.

A file is read twice: nothing is written unless it is whole, and sealed by who has
the secret. From standard input it is read once: blobs are put as they come, and
no row stays unless all was whole. All rows come in or none. A restore that was
broken off is run again with --keep-blobs: blobs that are there stay, and the
backup's are put among them. So is it done too where only the database is lost.

The secret is SEKISHO_SECRET; another than the backup's is refused. With
--passphrase-file it is taken from a backup made --with-secret: where everything
is embedded it is put into the data folder, elsewhere into a new file that you
name with --secret-to. It is never shown.

A backup of an older version is brought up to date on the way; one of a newer
version is refused.`,
		CobraFunc: restoreCommand,
	})
}

func backupCommand(cmd *cobra.Command) {
	cmd.Example = `  sekisho backup --to /backup/sekisho.backup
  sekisho backup --to - --with-secret --passphrase-file /etc/sekisho/backup-passphrase | ssh elsewhere 'cat > sekisho.backup'`
	cmd.Args = cobra.NoArgs
	stores.AddCommandFlags(cmd)
	to := cmd.Flags().String("to", "", "the file to write, or - for standard output")
	withSecret := cmd.Flags().Bool("with-secret", false, "put SEKISHO_SECRET in, encrypted with a passphrase")
	passphraseFile := cmd.Flags().String("passphrase-file", "", "the file that holds the passphrase, or - for standard input")
	_ = cmd.MarkFlagRequired("to")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *withSecret != (*passphraseFile != "") {
			return errors.New("--with-secret and --passphrase-file go together; --passphrase-file - asks for the passphrase")
		}
		return runBackup(cmd, *to, *passphraseFile)
	}
}

func runBackup(cmd *cobra.Command, to, passphraseFile string) error {
	secret, err := secretToBackup(cmd, passphraseFile != "")
	if err != nil {
		return err
	}
	var encrypted []byte
	if passphraseFile != "" {
		passphrase, err := readPassphrase(passphraseFile, cmd.InOrStdin(), true)
		if err == nil {
			encrypted, err = encryptSecret(secret.present, passphrase)
		}
		if err != nil {
			return err
		}
	}
	return stores.ForBackup(cmd, secret.present, func(ctx context.Context, s *stores.Stores) error {
		key, err := secret.keyOf(ctx, s)
		if err != nil {
			return err
		}
		p := newProgress("backup")
		defer p.end()
		var end End
		err = writeTo(to, cmd.OutOrStdout(), func(out io.Writer) error {
			end, err = take(ctx, s, out, key, encrypted, p)
			return err
		})
		if err != nil {
			return err
		}
		p.end()
		fmt.Fprintf(cmd.ErrOrStderr(), "The backup holds %s.\n", p.all())
		if end.Gone > 0 {
			fmt.Fprintf(cmd.ErrOrStderr(), "%s deleted meanwhile, and not in it.\n", english.Plural(int(end.Gone), "blob was", "blobs were"))
		}
		if encrypted == nil {
			fmt.Fprintln(cmd.ErrOrStderr(), "The secret is not in it: keep SEKISHO_SECRET (or the file secret in the data\nfolder) elsewhere.")
		}
		return nil
	})
}

// ownSecret is the secret of a backup.
type ownSecret struct{ present, previous string }

func secretToBackup(cmd *cobra.Command, goesIn bool) (ownSecret, error) {
	secrets, err := stores.SecretsOf(cmd)
	switch {
	case err != nil:
		return ownSecret{}, err
	case secrets.Present == "":
		return ownSecret{}, fmt.Errorf("there is no secret: SEKISHO_SECRET is not set, and there is no file %s", secrets.File)
	case goesIn && secrets.Previous != "":
		return ownSecret{}, errors.New("while SEKISHO_SECRET_PREVIOUS is set there are two secrets; run `sekisho reseal` first, or back up without --with-secret and keep both")
	}
	return ownSecret{secrets.Present, secrets.Previous}, nil
}

// keyOf gives the key of the seal, of that secret which is the database's.
func (o ownSecret) keyOf(ctx context.Context, s *stores.Stores) ([]byte, error) {
	manifest, err := describe(ctx, s)
	if err != nil {
		return nil, err
	}
	for _, secret := range []string{o.present, o.previous} {
		if secret == "" {
			continue
		}
		if fingerprint, err := stores.Fingerprint(secret); err != nil || fingerprint == manifest.Fingerprint {
			return keyIf(secret, err)
		}
	}
	return nil, errors.New("the database was sealed under another secret than SEKISHO_SECRET (or the file secret in the data folder)")
}

func keyIf(secret string, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return stores.BackupKey(secret)
}

// writeTo writes a file aside, makes it safe and renames it, or writes to stdout.
func writeTo(path string, stdout io.Writer, write func(io.Writer) error) error {
	if path == "-" {
		if file, ok := stdout.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
			return errors.New("a backup is not for a terminal to show")
		}
		return write(stdout)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no file; --to - writes to standard output", path)
	}
	if meant, err := filepath.EvalSymlinks(path); err == nil {
		path = meant
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return fmt.Errorf("making the backup's file: %w", err)
	}
	defer os.Remove(file.Name()) // which is gone when all went well
	err = write(file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err = os.Rename(file.Name(), path); err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("keeping the backup's file: %w", err)
	}
	return nil
}
