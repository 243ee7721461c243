package stores

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

const (
	maxBlobKey     = 512 // bytes
	maxBlobSegment = 200 // bytes, so that every file system takes it
)

// isBlobKey says whether key is one or more segments of [a-z0-9._-], of which
// none is . or .., between slashes.
func isBlobKey(key string) bool {
	if len(key) > maxBlobKey {
		return false
	}
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "" || segment == "." || segment == ".." || len(segment) > maxBlobSegment {
			return false
		}
		for _, c := range segment {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
				return false
			}
		}
	}
	return true
}

func blobInfo(key string, info fs.FileInfo) BlobInfo {
	return BlobInfo{Key: key, Size: info.Size(), Modified: info.ModTime()}
}

// notFound makes ErrNotFound of a file system's ways to say so; a path that
// goes on below a file is one of them.
func notFound(doing string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return ErrNotFound
	}
	return fmt.Errorf("%s: %w", doing, err)
}
