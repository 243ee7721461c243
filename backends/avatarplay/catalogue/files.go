package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"sekisho/backends/avatarplay/drawing"
)

// Read reads the PNG file of a layer again. It is an error if it is not the one
// that was checked.
func (c *Catalogue) Read(layer Layer) ([]byte, error) {
	content, err := read(c.files, layer.File, drawing.MaxFile)
	if err != nil {
		return nil, fmt.Errorf("reading the layer %s: %w", layer.File, err)
	}
	if hash(content) != layer.Hash {
		return nil, fmt.Errorf("reading the layer %s: it has changed since it was checked", layer.File)
	}
	return content, nil
}

func hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

var (
	errOutside = errors.New("outside of the catalogue's folder")
	errNoFile  = errors.New("not a file")
)

// read reads a file of at most so many bytes, which must be a plain one within
// the folder.
func read(files fs.FS, name string, limit int64) ([]byte, error) {
	if !fs.ValidPath(name) || leadsOut(files, name) {
		return nil, errOutside
	}
	info, err := fs.Stat(files, name)
	if err != nil {
		return nil, plain(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errNoFile
	}
	file, err := files.Open(name)
	if err != nil {
		return nil, plain(err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, plain(err)
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("larger than %d bytes", limit)
	}
	return content, nil
}

// plain is an error without the name of the file, which is told anyway.
func plain(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fs.ErrNotExist // each system says it in its own words
	}
	var named *fs.PathError
	if errors.As(err, &named) {
		return named.Err
	}
	return err
}

// maxLinks is how many symbolic links are followed in a name.
const maxLinks = 10

// leadsOut says whether a name leads out of the folder by symbolic links, as far
// as files knows of them.
func leadsOut(files fs.FS, name string) bool {
	links, ok := files.(fs.ReadLinkFS)
	if !ok {
		return false
	}
	place, rest := ".", strings.Split(name, "/") // no part of place is a link
	for followed := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			if place == "." {
				return true
			}
			place = path.Dir(place)
			continue
		}
		next := path.Join(place, part)
		info, err := links.Lstat(next)
		if err != nil {
			return false // whoever opens it is told the same
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			place = next
			continue
		}
		target, err := links.ReadLink(next)
		if followed++; err != nil || followed > maxLinks || path.IsAbs(target) {
			return true
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return false
}
