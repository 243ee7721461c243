package photocloak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/stores"
)

func exportPhotosCommand() *cobra.Command {
	var folder string
	cmd := kit.ExportCommand("photocloak", "photos", `The
originals go into the folder, each under its id, and replace what is there.`, photoColumns,
		func(ctx context.Context, s *stores.Stores, file *kit.CSVWriter) error {
			return exportPhotos(ctx, s, file, folder)
		})
	cmd.Use = "photos [<file>|-] --folder <folder>"
	cmd.Example = "  sekisho photocloak export photos photos.csv --folder photos"
	cmd.Flags().StringVar(&folder, "folder", "", "the folder into which the originals go")
	_ = cmd.MarkFlagRequired("folder") // it is there
	return cmd
}

func exportPhotos(ctx context.Context, s *stores.Stores, file *kit.CSVWriter, folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("making the folder of the photos: %w", err)
	}
	kept := store{s.SQL}
	return kept.countedImages(ctx, func(p exportedImage) error {
		name := kit.CSVNumber(p.ID) + ".jpg"
		err := copyOriginal(ctx, s.Blobs, p.Blob, filepath.Join(folder, name))
		if errors.Is(err, stores.ErrNotFound) {
			if now, failed := kept.held(ctx, p.ID); failed == nil && now.Image.ID == 0 {
				return nil // a running gateway deleted it meanwhile
			}
		}
		if err != nil {
			return fmt.Errorf("exporting photo %d: %w", p.ID, err)
		}
		return file.Write(kit.CSVNumber(p.ID), kit.CSVNumber(p.CloakID), kit.CSVNumber(p.MemberID), kit.CSVNumber(p.MyPhotoID), p.Name,
			name, kit.CSVFlag(p.AccountPicture), kit.CSVNumber(p.Views), kit.CSVTime(p.CreatedAt))
	})
}

func copyOriginal(ctx context.Context, blobs stores.Blobs, blob, path string) error {
	original, _, err := blobs.Get(ctx, blobKey(blob, originalPhoto), 0, -1)
	if err != nil {
		return err
	}
	defer original.Close()
	part := path + ".part"
	file, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, original)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		_ = os.Remove(part)
	}
	return err
}
