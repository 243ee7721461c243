package stores

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
	"time"
)

const (
	// incoming is where a blob is written until it is whole. No key has a ~.
	incoming = "~incoming"

	// leftFor is when a file in incoming is surely left from a gateway that was
	// killed: one that is still written to is touched all the time.
	leftFor = 24 * time.Hour
)

// folder keeps blobs as files below one folder of this machine. Their keys are
// their paths, so a key cannot also be the folder of another: Put refuses that.
type folder struct {
	root *os.Root

	// Folders are made and removed under the lock, and renamed into under the
	// read lock, so that a file only comes into a folder that is safely there.
	folders sync.RWMutex
}

// openFolder opens the folder at path, and makes it if it is not there.
func openFolder(path string) (Blobs, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("opening blobs: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("opening blobs: %w", err)
	}
	f := &folder{root: root}
	if err := f.prepare(); err != nil {
		_ = f.close()
		return nil, fmt.Errorf("opening blobs: %w", err)
	}
	return f, nil
}

func (f *folder) close() error { return f.root.Close() }

// prepare makes sure that the folder can be written to, and clears away what a
// killed gateway left half-written.
func (f *folder) prepare() error {
	if err := f.root.Mkdir(incoming, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	probe := incoming + "/" + rand.Text()
	file, err := f.root.OpenFile(probe, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Close(), f.root.Remove(probe)); err != nil {
		return err
	}
	return f.entries(incoming, func(entry fs.DirEntry) {
		left := incoming + "/" + entry.Name()
		if info, err := f.root.Lstat(left); err == nil && time.Since(info.ModTime()) > leftFor {
			_ = f.root.Remove(left) // or the next time
		}
	})
}

func (f *folder) Put(ctx context.Context, key string, r io.Reader) error {
	if !isBlobKey(key) {
		return errors.New("putting a blob: its key is malformed")
	}
	whole := incoming + "/" + rand.Text()
	err := f.write(ctx, whole, r)
	if err == nil {
		err = f.place(whole, key)
	}
	if err != nil {
		_ = f.root.Remove(whole) // a failed one is cleared away at the next start
		return fmt.Errorf("putting a blob: %w", err)
	}
	return nil
}

// write writes what r gives into a new file and makes it safe.
func (f *folder) write(ctx context.Context, name string, r io.Reader) error {
	file, err := f.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, untilDone{ctx, r})
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// untilDone stops reading when the context ends.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}

// place moves a whole file to its key and makes the move safe.
func (f *folder) place(whole, key string) error {
	f.folders.RLock()
	err := f.root.Rename(whole, key)
	f.folders.RUnlock()
	if errors.Is(err, fs.ErrNotExist) {
		err = f.placeInNewFolder(whole, key)
	}
	if err != nil {
		return err
	}
	if err := f.sync(path.Dir(key)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil // somebody deleted the blob and its folder meanwhile
}

func (f *folder) placeInNewFolder(whole, key string) error {
	f.folders.Lock()
	defer f.folders.Unlock()
	for i := range len(key) {
		if key[i] != '/' {
			continue
		}
		err := f.root.Mkdir(key[:i], 0o700)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			err = f.sync(path.Dir(key[:i]))
		}
		if err != nil {
			return err
		}
	}
	return f.root.Rename(whole, key)
}

// sync makes the entries of a folder safe.
func (f *folder) sync(name string) error {
	dir, err := f.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func (f *folder) Get(_ context.Context, key string, offset, length int64) (io.ReadCloser, BlobInfo, error) {
	if offset < 0 {
		return nil, BlobInfo{}, errors.New("getting a blob: the offset is negative")
	}
	if !isBlobKey(key) {
		return nil, BlobInfo{}, ErrNotFound
	}
	file, err := f.root.Open(key)
	if err != nil {
		return nil, BlobInfo{}, notFound("getting a blob", err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err == nil {
		_, err = file.Seek(offset, io.SeekStart)
	}
	if err != nil {
		_ = file.Close()
		return nil, BlobInfo{}, notFound("getting a blob", err)
	}
	var r io.Reader = file
	if length >= 0 {
		r = io.LimitReader(file, length)
	}
	return struct {
		io.Reader
		io.Closer
	}{r, file}, blobInfo(key, info), nil
}

func (f *folder) Stat(_ context.Context, key string) (BlobInfo, error) {
	if !isBlobKey(key) {
		return BlobInfo{}, ErrNotFound
	}
	info, err := f.root.Stat(key)
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return BlobInfo{}, notFound("describing a blob", err)
	}
	return blobInfo(key, info), nil
}

func (f *folder) Delete(ctx context.Context, key string) error {
	if _, err := f.Stat(ctx, key); errors.Is(err, ErrNotFound) {
		return nil // nor a folder, which Remove would take as well
	}
	f.folders.Lock()
	defer f.folders.Unlock()
	if err := f.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("deleting a blob: %w", err)
	}
	// Folders that this leaves empty go too; one that is not empty stays.
	remaining := path.Dir(key)
	for remaining != "." && f.root.Remove(remaining) == nil {
		remaining = path.Dir(remaining)
	}
	if err := f.sync(remaining); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("deleting a blob: %w", err)
	}
	return nil
}
