package photocloak

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

const (
	// orphanAge is how old a file must be before it is taken for one that no
	// photo has. A file is older than its row: an upload keeps its files first,
	// and its row comes within the minutes to which bodies and decoding are
	// bounded. What takes longer, an import, keeps the janitor out (see
	// [tenure]). So no file is deleted whose row is still to come.
	orphanAge = time.Hour

	// walkPage is how many files one look at the blob store lists, and walkPages
	// how many looks a run of a gateway's janitor takes: a run goes on where the
	// one before ended, and a million photos are walked over in a day.
	walkPage  = 1000
	walkPages = 20

	// positionKept is how long it is remembered how far the walk came.
	positionKept = 7 * 24 * time.Hour
)

// The janitor's sessions.
const (
	janitorLock     = "photocloak:janitor"
	janitorPosition = "photocloak:janitor:position"
)

// janitor takes away what is over: cloaks whose number has rested, with all that
// is theirs, and files that no photo has.
type janitor struct {
	store    store
	sessions stores.Sessions
	blobs    stores.Blobs
	rest     time.Duration
}

// cleaned is what a janitor took away.
type cleaned struct {
	cloaks, photos int
	files          int // that no photo had
}

// clean takes away cloaks whose rest is over, and blobs that no image has. Where
// another gateway does so already, it leaves it to that one.
func (s *service) clean(ctx context.Context) error {
	working, err := takeTenure(ctx, s.sessions, janitorLock)
	if err != nil || working == nil {
		return err
	}
	defer working.end()
	j := janitor{store: s.store, sessions: s.sessions, blobs: s.blobs, rest: s.rules.rest}
	if _, err := j.clearCloaks(working.ctx); err != nil {
		return working.why(err)
	}
	return working.why(j.walkOn(working.ctx))
}

// clearCloaks takes away all cloaks whose rest is over. The rows go first: files
// that stay behind when this breaks off are found as orphans later.
func (j janitor) clearCloaks(ctx context.Context) (done cleaned, err error) {
	before := clock.Now().Add(-j.rest).UnixMilli()
	for {
		gone, err := j.store.takeAway(ctx, before)
		if err != nil {
			return done, err
		}
		if gone.cloaks == 0 && len(gone.blobs) == 0 {
			return done, nil
		}
		done.cloaks += gone.cloaks
		done.photos += len(gone.blobs)
		for _, blob := range gone.blobs {
			if err := forgetPhoto(ctx, j.blobs, blob); err != nil {
				return done, err
			}
			if err := ctx.Err(); err != nil {
				return done, err
			}
		}
	}
}

// walkOn looks for orphans on the next pages of the blob store.
func (j janitor) walkOn(ctx context.Context) error {
	position, err := j.sessions.Get(ctx, janitorPosition)
	if err != nil && !errors.Is(err, stores.ErrNotFound) {
		return fmt.Errorf("reading how far the janitor came: %w", err)
	}
	after, whole, _, err := j.walk(ctx, string(position), walkPages, true)
	switch {
	case err != nil:
		return err
	case whole:
		err = j.sessions.Delete(ctx, janitorPosition)
	default:
		err = j.sessions.Put(ctx, janitorPosition, []byte(after), positionKept)
	}
	if err != nil {
		return fmt.Errorf("noting how far the janitor came: %w", err)
	}
	return nil
}

// walk looks for files that no photo has, after a key and over at most so many
// pages (0: all), and deletes them or only counts them. It gives the last key
// it saw, and whether it came to the end.
func (j janitor) walk(ctx context.Context, after string, pages int, deletes bool) (last string, whole bool, found int, err error) {
	for page := 0; pages == 0 || page < pages; page++ {
		files, err := j.blobs.List(ctx, blobRoot, after, walkPage)
		if err != nil {
			return after, false, found, fmt.Errorf("listing photos: %w", err)
		}
		orphans, err := j.orphans(ctx, files)
		if err != nil {
			return after, false, found, err
		}
		for _, key := range orphans {
			if deletes {
				if err := j.blobs.Delete(ctx, key); err != nil {
					return after, false, found, fmt.Errorf("deleting what no photo has: %w", err)
				}
			}
			found++
		}
		if len(files) < walkPage {
			return after, true, found, nil
		}
		after = files[len(files)-1].Key
	}
	return after, false, found, nil
}

// orphans gives the keys of those files that are old enough and that no photo
// has. What was not put there as a photo's file is left alone.
func (j janitor) orphans(ctx context.Context, files []stores.BlobInfo) (keys []string, err error) {
	born := clock.Now().Add(-orphanAge)
	folders := map[string][]string{}
	var blobs []string
	for _, file := range files {
		blob := path.Dir(file.Key)
		if !file.Modified.Before(born) || !isPhotoFile(blob, file.Key) {
			continue
		}
		if folders[blob] == nil {
			blobs = append(blobs, blob)
		}
		folders[blob] = append(folders[blob], file.Key)
	}
	if len(blobs) == 0 {
		return nil, nil
	}
	named, err := j.store.namedBlobs(ctx, blobs)
	if err != nil {
		return nil, err
	}
	for _, blob := range blobs {
		if !named[blob] {
			keys = append(keys, folders[blob]...)
		}
	}
	return keys, nil
}

func isPhotoFile(blob, key string) bool {
	for _, size := range photoSizes {
		if key == blobKey(blob, size) {
			return true
		}
	}
	return false
}
