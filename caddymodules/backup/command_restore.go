package backup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"sekisho/caddymodules/stores"
)

func restoreCommand(cmd *cobra.Command) {
	cmd.Example = `  sekisho restore /backup/sekisho.backup
  sekisho restore --passphrase-file - --secret-to /etc/sekisho/secret /backup/sekisho.backup`
	cmd.Args = cobra.ExactArgs(1)
	stores.AddCommandFlags(cmd)
	o := restoreOptions{}
	cmd.Flags().StringVar(&o.passphraseFile, "passphrase-file", "", "the file that holds the passphrase of the backup's secret, or - for standard input")
	cmd.Flags().StringVar(&o.secretTo, "secret-to", "", "the new file that the backup's secret is put into")
	cmd.Flags().BoolVar(&o.keepBlobs, "keep-blobs", false, "leave the blobs that are there, and put the backup's among them")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case o.secretTo != "" && o.passphraseFile == "":
			return errors.New("--secret-to needs --passphrase-file, which opens the backup's secret")
		case args[0] == "-" && o.passphraseFile == "-":
			return errors.New("standard input cannot be both the backup and the passphrase")
		}
		return runRestore(cmd, args[0], o)
	}
}

type restoreOptions struct {
	passphraseFile, secretTo string
	keepBlobs                bool
}

func runRestore(cmd *cobra.Command, from string, o restoreOptions) error {
	in, err := openFrom(from, cmd.InOrStdin())
	if err != nil {
		return err
	}
	defer in.Close()
	if o.keepBlobs && in.file == nil {
		return errors.New("--keep-blobs needs a file, which is read to its end before a blob is put over another")
	}
	archive, closes, err := openArchive(cmd.Context(), bufio.NewReader(in))
	if err != nil {
		return err
	}
	defer closes()
	if err := archive.manifest.check(cmd.Context()); err != nil {
		return err
	}
	secret, err := secretToRestore(cmd, archive, o)
	if err != nil {
		return err
	}
	return stores.ForRestore(cmd, secret.text, func(ctx context.Context, s *stores.Stores) error {
		if err := mayGive(ctx, s, archive.manifest, o.keepBlobs); err != nil {
			return err
		}
		p := newProgress("restore")
		defer p.end()
		if err := restore(ctx, s, in, archive, secret, p); err != nil {
			return err
		}
		p.end()
		fmt.Fprintf(cmd.ErrOrStderr(), "Restored are %s, as they were when the backup of %s was made.\n", p.all(), archive.manifest.MadeAt)
		for _, path := range secret.into {
			fmt.Fprintf(cmd.ErrOrStderr(), "The secret is in %s.\n", path)
		}
		return nil
	})
}

// restore reads a file that can be read twice to its end, before it writes.
func restore(ctx context.Context, s *stores.Stores, in *input, archive *reader, secret foundSecret, p *progress) error {
	key, err := stores.BackupKey(secret.text)
	if err != nil {
		return err
	}
	if in.file != nil {
		if err := archive.check(ctx, key); err != nil {
			return err
		}
		if _, err := in.file.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("reading the archive again: %w", err)
		}
		again, closes, err := openArchive(ctx, bufio.NewReader(in.file))
		if err != nil {
			return err
		}
		defer closes()
		archive = again
	}
	for _, path := range secret.into {
		if err := keepSecret(path, secret.text); err != nil {
			return err
		}
	}
	return give(ctx, s, archive, key, p)
}

// input is where an archive comes from.
type input struct {
	io.Reader
	file *os.File // nil where it can be read but once
}

func openFrom(path string, stdin io.Reader) (*input, error) {
	if path == "-" {
		return &input{Reader: stdin}, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the archive: %w", err)
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return &input{Reader: file}, err // a pipe
	}
	return &input{Reader: file, file: file}, nil
}

func (i *input) Close() error {
	if i.file == nil {
		return nil
	}
	return i.file.Close()
}

// foundSecret is the backup's secret, and the files that it goes into.
type foundSecret struct {
	text string
	into []string
}

// secretToRestore finds the secret under which the backup's values are sealed: it
// is here, or in the archive. Another one is refused.
func secretToRestore(cmd *cobra.Command, archive *reader, o restoreOptions) (foundSecret, error) {
	here, err := stores.SecretsOf(cmd)
	if err != nil {
		return foundSecret{}, err
	}
	if o.passphraseFile == "" {
		return secretHere(here, archive)
	}
	found := foundSecret{}
	if found.text, err = secretInside(cmd, archive, o.passphraseFile); err != nil {
		return foundSecret{}, err
	}
	switch {
	case here.Present != "" && here.Present != found.text:
		return foundSecret{}, errors.New("SEKISHO_SECRET, or the file secret in the data folder, is another one than the backup's; take it away first")
	case here.Present == "" && here.File != "":
		found.into = append(found.into, here.File)
	case here.Present == "" && o.secretTo == "":
		return foundSecret{}, errors.New("--secret-to must name a new file for the backup's secret, which becomes SEKISHO_SECRET")
	}
	if o.secretTo != "" {
		found.into = append(found.into, o.secretTo)
	}
	return found, nil
}

func secretHere(here stores.CommandSecrets, archive *reader) (foundSecret, error) {
	if here.Present == "" {
		hint := "give the one of the gateway that was backed up"
		if archive.secret != nil {
			hint += ", or open the backup's with --passphrase-file"
		}
		return foundSecret{}, fmt.Errorf("SEKISHO_SECRET is not set; %s", hint)
	}
	for _, secret := range []string{here.Present, here.Previous} {
		if secret == "" {
			continue
		}
		fingerprint, err := stores.Fingerprint(secret)
		if err != nil {
			return foundSecret{}, err
		}
		if fingerprint == archive.manifest.Fingerprint {
			return foundSecret{text: secret}, nil
		}
	}
	return foundSecret{}, errors.New("what is in the backup was sealed under another secret than SEKISHO_SECRET (or the file secret in the data folder); nothing of it would open")
}

// secretInside opens the secret in the archive.
func secretInside(cmd *cobra.Command, archive *reader, passphraseFile string) (string, error) {
	if archive.secret == nil {
		return "", errors.New("the backup holds no secret; give SEKISHO_SECRET, and no --passphrase-file")
	}
	passphrase, err := readPassphrase(passphraseFile, cmd.InOrStdin(), false)
	if err != nil {
		return "", err
	}
	secret, err := decryptSecret(archive.secret, passphrase)
	if err != nil {
		return "", err
	}
	if fingerprint, err := stores.Fingerprint(secret); err != nil || fingerprint != archive.manifest.Fingerprint {
		return "", damaged(errors.New("its secret is not the one under which it was sealed"))
	}
	return secret, nil
}
