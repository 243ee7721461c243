package photocloak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"sekisho/backends/kit"
	"sekisho/backends/photocloak/thumbnail"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores"
)

var photoColumns = []string{"id", "cloak_id", "member_id", "my_photo_id", "name", "file", "account_picture", "views", "created_at"}

var photosFormat = kit.CSVColumns("id!", "cloak_id!", "member_id", "my_photo_id", "name", "file!", "account_picture", "views", "created_at")

// longestImageName is how long the name of an uploaded file may be, in
// characters.
const longestImageName = 255

func importPhotosCommand() *cobra.Command {
	var folder string
	cmd := &cobra.Command{
		Use:   "photos <file>|- --folder <folder>",
		Short: "Takes the photos of cloaks over",
		Long: `Takes the photos of cloaks over from a folder and a CSV file in UTF-8 with a
header line, or from standard input. Import members and cloaks first. Columns,
in any order:

  id               kept as it is, a number from 1 up
  cloak_id         of a cloak that is there
  member_id        of the member who uploaded it; the cloak's owner where it is
                   empty
  my_photo_id      MyPhotoImageID, as id where it is empty
  name             ImageName, at most 255 characters; {id}.jpg where it is empty
  file             the photo's path below the folder: a JPEG file of at most 20 MiB
                   and 100 megapixels
  account_picture  1 where it is the picture of the account of who uploaded it
  views            how often it was looked at, 0 where it is empty
  created_at       2006-01-02 15:04:05 in Japan or 2006-01-02T15:04:05+09:00; now
                   where it is empty

The whole table is checked first, then each photo is decoded and kept, with its
thumbnails. All of it comes in, or nothing: where something is wrong the files
that were kept go again. The janitor of the gateways rests meanwhile.`,
		Example: "  sekisho photocloak import photos photos.csv --folder photos",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return kit.ImportCSV(cmd, args[0], photosFormat, "photos", func(ctx context.Context, s *stores.Stores, file *kit.CSVFile) (int, error) {
				root, err := os.OpenRoot(folder)
				if err != nil {
					return 0, fmt.Errorf("opening the folder of the photos: %w", err)
				}
				defer root.Close()
				return importPhotos(ctx, s, file, root)
			})
		},
	}
	cmd.Flags().StringVar(&folder, "folder", "", "the folder that the column file is about")
	_ = cmd.MarkFlagRequired("folder") // it is there
	return kit.Leaf(cmd)
}

// comingPhoto is a photo on the way in.
type comingPhoto struct {
	image
	line           int
	file           string
	views          int64
	accountPicture bool
}

func importPhotos(ctx context.Context, s *stores.Stores, file *kit.CSVFile, root *os.Root) (int, error) {
	var coming []*comingPhoto
	ids := kit.Seen[int64]{}
	err := file.Check(ctx, func(row kit.CSVRow) error {
		f := kit.NewCSVFields(row)
		p := photoIn(f, root)
		ids.Twice(f, "id", p.ID)
		coming = append(coming, p)
		return f.Err()
	})
	if err != nil {
		return 0, err
	}
	kept := store{s.SQL}
	if err := checkNewPhotos(ctx, kept, coming); err != nil {
		return 0, err
	}
	working, err := awaitTenure(ctx, s.Sessions, janitorLock)
	if err != nil {
		return 0, err
	}
	defer working.end()
	err = keepPhotos(working.ctx, s.Blobs, root, coming)
	if err == nil {
		err = kept.importPhotos(working.ctx, coming)
	}
	if err == nil {
		return len(coming), nil
	}
	return 0, errors.Join(working.why(err), forgetPhotos(ctx, kept, s.Blobs, coming))
}

func photoIn(f *kit.CSVFields, root *os.Root) *comingPhoto {
	p := &comingPhoto{
		line: f.Line(), file: f.Get("file"),
		views:          f.Number("views", 0, kit.LargestID, 0),
		accountPicture: f.Flag("account_picture"),
		image: image{
			ID:        f.ID("id"),
			CloakID:   f.ID("cloak_id"),
			MemberID:  f.Number("member_id", 1, kit.LargestID, 0),
			MyPhotoID: f.Number("my_photo_id", 1, kit.LargestID, 0),
			Name:      f.Text("name", longestImageName),
			CreatedAt: f.Time("created_at", clock.Now().UnixMilli()),
		},
	}
	if p.MyPhotoID == 0 {
		p.MyPhotoID = p.ID
	}
	if p.file == "" {
		f.Fail("file", "is empty")
		return p
	}
	switch info, err := root.Stat(p.file); {
	case errors.Is(err, fs.ErrNotExist):
		f.Fail("file", "is not in the folder")
	case err != nil:
		f.Fail("file", "cannot be read below the folder")
	case !info.Mode().IsRegular():
		f.Fail("file", "is no file")
	case info.Size() > largestFile:
		f.Fail("file", "is larger than 20 MiB")
	}
	return p
}

// checkNewPhotos finds all of their cloaks and members in the database, and none
// of them. A photo without a member gets the cloak's owner.
func checkNewPhotos(ctx context.Context, kept store, coming []*comingPhoto) error {
	var faults kit.CSVFaults
	fail := func(p *comingPhoto, column, why string) {
		faults = append(faults, &kit.CSVFault{Line: p.line, Column: column, Why: why})
	}
	pictures := map[int64]bool{} // by member
	for some := range slices.Chunk(coming, batch) {
		var ids, cloakIDs, memberIDs []int64
		for _, p := range some {
			ids, cloakIDs, memberIDs = append(ids, p.ID), append(cloakIDs, p.CloakID), append(memberIDs, p.MemberID)
		}
		there, err := existing[int64](ctx, kept, "photocloak_images", "id", ids)
		if err != nil {
			return err
		}
		owners, err := kept.owners(ctx, cloakIDs)
		if err != nil {
			return err
		}
		for _, p := range some {
			if p.MemberID == 0 {
				p.MemberID = owners[p.CloakID]
				memberIDs = append(memberIDs, p.MemberID)
			}
		}
		members, err := kept.accountPictures(ctx, memberIDs)
		if err != nil {
			return err
		}
		for _, p := range some {
			if there[p.ID] {
				fail(p, "id", "a photo has it already")
			}
			if owners[p.CloakID] == 0 {
				fail(p, "cloak_id", "no cloak has it")
				continue
			}
			picture, known := members[p.MemberID]
			if !known {
				fail(p, "member_id", "no member has it")
			}
			if p.accountPicture && (picture != 0 || pictures[p.MemberID]) {
				fail(p, "account_picture", "the member has a picture already")
			}
			pictures[p.MemberID] = pictures[p.MemberID] || p.accountPicture
		}
		if len(faults) >= kit.MaxFaults {
			break
		}
	}
	return faults.Err()
}

// keepPhotos decodes and keeps the files of all photos, on every processor, and
// tells of those that are none.
func keepPhotos(ctx context.Context, blobs stores.Blobs, root *os.Root, coming []*comingPhoto) error {
	budget := thumbnail.NewBudget(defaultDecodeMemory)
	one, end := kit.Counting("Keeping photos", len(coming))
	defer end()
	var mu sync.Mutex
	var faults kit.CSVFaults
	working, within := errgroup.WithContext(ctx)
	working.SetLimit(runtime.GOMAXPROCS(0))
	for _, p := range coming {
		working.Go(func() error {
			defer one()
			mu.Lock()
			enough := len(faults) >= kit.MaxFaults
			mu.Unlock()
			if err := within.Err(); err != nil || enough {
				return err
			}
			why, err := p.keep(within, blobs, budget, root)
			if why != "" {
				mu.Lock()
				faults = append(faults, &kit.CSVFault{Line: p.line, Column: "file", Why: why})
				mu.Unlock()
			}
			return err
		})
	}
	if err := working.Wait(); err != nil {
		return err
	}
	slices.SortFunc(faults, func(a, b *kit.CSVFault) int { return a.Line - b.Line })
	return faults.Err()
}

// keep decodes and keeps one photo; why says what is wrong with the file.
func (p *comingPhoto) keep(ctx context.Context, blobs stores.Blobs, budget *thumbnail.Budget, root *os.Root) (why string, err error) {
	file, err := root.Open(p.file)
	if err != nil {
		return "cannot be read", nil
	}
	defer file.Close()
	made, err := keepPhoto(ctx, blobs, budget, io.NewSectionReader(file, 0, largestFile+1))
	switch {
	case fault.Is(err, fault.TooLarge):
		return "has more than 100 megapixels", nil
	case fault.Is(err, fault.Unsupported):
		return "is no JPEG file, or of a rare kind", nil
	case fault.Is(err, fault.Malformed):
		return "is a broken or truncated JPEG file", nil
	case err != nil:
		return "", err
	}
	p.Blob, p.Digest, p.Size = made.Blob, made.Digest, made.Size
	p.Width, p.Height, p.Rotate = made.Width, made.Height, made.Rotate
	if p.Size > largestFile {
		return "is larger than 20 MiB", nil // it grew
	}
	return "", nil
}

// forgetPhotos deletes what was kept of photos that did not come in. What a row
// has after all, because only the answer to the commit was lost, stays; what
// cannot be looked up is left to the janitor.
func forgetPhotos(ctx context.Context, kept store, blobs stores.Blobs, coming []*comingPhoto) error {
	ctx = context.WithoutCancel(ctx)
	for some := range slices.Chunk(coming, batch) {
		var names []string
		for _, p := range some {
			if p.Blob != "" {
				names = append(names, p.Blob)
			}
		}
		if len(names) == 0 {
			continue
		}
		named, err := kept.namedBlobs(ctx, names)
		if err != nil {
			return fmt.Errorf("the files that were kept stay until a janitor deletes them: %w", err)
		}
		for _, blob := range names {
			if named[blob] {
				continue
			}
			if err := forgetPhoto(ctx, blobs, blob); err != nil {
				return fmt.Errorf("the files that were kept stay until a janitor deletes them: %w", err)
			}
		}
	}
	return nil
}
