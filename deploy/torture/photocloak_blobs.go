package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"sekisho/caddymodules/stores/storetest/servers"
)

// blobs asks the bucket or the folder itself, beside the gateways, for the keys of
// all files under a prefix that ends in a slash.
func (w *world) blobs(prefix string) ([]string, error) {
	if w.kind == onServers {
		return w.blobsOfBucket(prefix)
	}
	return w.blobsOfFolder(prefix)
}

func (w *world) blobsOfBucket(prefix string) (keys []string, err error) {
	address, err := url.Parse(w.bucket.URL)
	if err != nil {
		return nil, err
	}
	bucket, err := minio.New(strings.TrimPrefix(address.Query().Get("endpoint"), "http://"), &minio.Options{
		Creds:  credentials.NewStaticV4(w.bucket.Key, w.bucket.Secret, ""),
		Region: servers.Region,
	})
	if err != nil {
		return nil, err
	}
	for object := range bucket.ListObjects(context.Background(), servers.Bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		if object.Err != nil {
			return nil, fmt.Errorf("listing the bucket: %w", object.Err)
		}
		keys = append(keys, object.Key)
	}
	return keys, nil
}

func (w *world) blobsOfFolder(prefix string) (keys []string, err error) {
	top := filepath.Join(w.gateways[0].setting("SEKISHO_DATA"), "blobs")
	err = filepath.WalkDir(filepath.Join(top, prefix), func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it went away meanwhile
		}
		if err == nil && !entry.IsDir() {
			path, err = filepath.Rel(top, path)
			keys = append(keys, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing the folder of blobs: %w", err)
	}
	return keys, nil
}
