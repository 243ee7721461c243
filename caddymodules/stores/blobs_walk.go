package stores

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// listPage is how many entries of one folder List remembers at once.
const listPage = 1000

func (f *folder) List(ctx context.Context, prefix, after string, limit int) ([]BlobInfo, error) {
	walk := &folderWalk{ctx: ctx, folder: f, prefix: prefix, after: after, limit: limit}
	start := "."
	if i := strings.LastIndexByte(prefix, '/'); i >= 0 {
		start = prefix[:i]
		if !isBlobKey(start) {
			return nil, nil
		}
	}
	if err := walk.enter(start); err != nil {
		return nil, fmt.Errorf("listing blobs: %w", err)
	}
	return walk.found, nil
}

// folderWalk walks over folders in the order of the keys and leaves out those
// that hold none of the keys asked for.
type folderWalk struct {
	ctx           context.Context
	folder        *folder
	prefix, after string
	limit         int
	found         []BlobInfo
}

// enter adds the keys below a folder. It goes over the folder once for every
// listPage entries, so that it never holds a large one whole.
func (w *folderWalk) enter(dir string) error {
	done := ""
	for len(w.found) < w.limit {
		page, more, err := w.page(dir, done)
		if err != nil {
			return err
		}
		for _, entry := range page {
			if len(w.found) >= w.limit {
				return nil
			}
			if err := w.add(entry); err != nil {
				return err
			}
			done = entry
		}
		if !more {
			return nil
		}
	}
	return nil
}

// add adds an entry: a key, or with a slash at its end the keys of a folder.
func (w *folderWalk) add(entry string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if dir, ok := strings.CutSuffix(entry, "/"); ok {
		return w.enter(dir)
	}
	info, err := w.folder.Stat(w.ctx, entry)
	if errors.Is(err, ErrNotFound) {
		return nil // deleted meanwhile
	}
	if err == nil {
		w.found = append(w.found, info)
	}
	return err
}

// page gives the first entries of a folder that are wanted and stand after
// done, in the order of the keys, and whether there are more. A folder has a
// slash at its end, as it has in the keys below it, which puts it where they are.
func (w *folderWalk) page(dir, done string) (page []string, more bool, err error) {
	err = w.folder.entries(dir, func(entry fs.DirEntry) {
		name := path.Join(dir, entry.Name())
		if !isBlobKey(name) || !(entry.IsDir() || entry.Type().IsRegular()) {
			return
		}
		if entry.IsDir() {
			name += "/"
		}
		if name <= done || !w.wanted(name) {
			return
		}
		page = append(page, name)
		if len(page) == 2*listPage {
			slices.Sort(page)
			page, more = page[:listPage], true
		}
	})
	slices.Sort(page)
	if len(page) > listPage {
		page, more = page[:listPage], true
	}
	return page, more, err
}

func (w *folderWalk) wanted(name string) bool {
	if strings.HasSuffix(name, "/") {
		return (strings.HasPrefix(name, w.prefix) || strings.HasPrefix(w.prefix, name)) &&
			(name > w.after || strings.HasPrefix(w.after, name))
	}
	return strings.HasPrefix(name, w.prefix) && name > w.after
}

// entries goes over a folder in no order. One that is not there, or is a blob, has
// none, and one that is deleted meanwhile has no more.
func (f *folder) entries(name string, each func(fs.DirEntry)) error {
	dir, err := f.root.Open(name)
	if err != nil {
		if err = notFound("reading a folder", err); errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	}
	defer dir.Close()
	if info, err := dir.Stat(); err != nil || !info.IsDir() {
		return err
	}
	for {
		some, err := dir.ReadDir(256)
		for _, entry := range some {
			each(entry)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
