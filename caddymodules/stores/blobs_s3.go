package stores

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// bucket keeps blobs in an S3-compatible bucket.
type bucket struct {
	s3        *minio.Core
	transport *http.Transport
	name      string
	prefix    string // of every object, empty or with a slash at its end
}

// openBucket opens
//
//	s3://BUCKET?endpoint=https://HOST[:PORT]&region=REGION&prefix=FOLDER
//
// of which endpoint (Amazon), region (asked for) and prefix (none) may be left
// out. The credentials are those of the environment (AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), or else of the machine's role. A
// bucket that is not there is an error.
func openBucket(ctx context.Context, rawURL string) (Blobs, error) {
	b, err := newBucket(rawURL)
	if err != nil {
		return nil, fmt.Errorf("opening blobs: %w", err)
	}
	ctx, cancel := hurry(ctx)
	defer cancel()
	there, err := b.s3.BucketExists(ctx, b.name)
	if err == nil && !there {
		err = fmt.Errorf("there is no bucket %q", b.name)
	}
	if err != nil {
		b.close()
		return nil, fmt.Errorf("opening blobs: %w", err)
	}
	return b, nil
}

func newBucket(rawURL string) (*bucket, error) {
	address, err := url.Parse(rawURL)
	if err != nil || address.Scheme != "s3" || address.Host == "" || strings.Trim(address.Path, "/") != "" || address.User != nil {
		return nil, errors.New("the address must be s3://BUCKET?endpoint=…&region=…&prefix=…")
	}
	query := address.Query()
	for name, values := range query {
		if (name != "endpoint" && name != "region" && name != "prefix") || len(values) != 1 {
			return nil, fmt.Errorf("unknown or repeated parameter %q; there are endpoint, region and prefix", name)
		}
	}
	endpoint, err := url.Parse(query.Get("endpoint"))
	if query.Get("endpoint") == "" {
		endpoint, err = &url.URL{Scheme: "https", Host: "s3.amazonaws.com"}, nil
	}
	if err != nil || (endpoint.Scheme != "https" && endpoint.Scheme != "http") || endpoint.Host == "" {
		return nil, errors.New("the endpoint must be https://HOST[:PORT], or http:// on a network of your own")
	}
	prefix := strings.Trim(query.Get("prefix"), "/")
	if prefix != "" {
		if !isBlobKey(prefix) {
			return nil, errors.New("the prefix must be segments of [a-z0-9._-] between slashes")
		}
		prefix += "/"
	}

	transport := bucketTransport()
	s3, err := minio.NewCore(endpoint.Host, &minio.Options{
		Creds: credentials.NewChainCredentials([]credentials.Provider{
			&credentials.EnvAWS{},
			&credentials.IAM{Client: &http.Client{Transport: transport, Timeout: Timeout}},
		}),
		Secure:     endpoint.Scheme == "https",
		Region:     query.Get("region"),
		Transport:  transport,
		MaxRetries: 2, // the second for a connection that was closed while it idled
	})
	if err != nil {
		return nil, err
	}
	return &bucket{s3: s3, transport: transport, name: address.Host, prefix: prefix}, nil
}

func bucketTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: patience.call, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout: patience.call,
		MaxIdleConns:        64,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true, // a blob comes back as it was put
	}
}

func (b *bucket) close() { b.transport.CloseIdleConnections() }

func (b *bucket) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, BlobInfo, error) {
	if offset < 0 {
		return nil, BlobInfo{}, errors.New("getting a blob: the offset is negative")
	}
	if !isBlobKey(key) {
		return nil, BlobInfo{}, ErrNotFound
	}
	if length == 0 {
		return b.nothingOf(ctx, key)
	}
	options, ranged := rangeOptions(offset, length)
	d := beginDownload(ctx)
	body, object, header, err := b.s3.GetObject(d.ctx, b.name, b.prefix+key, options)
	if err = d.answered(body, err); err != nil {
		d.end()
		if minio.ToErrorResponse(err).Code == minio.InvalidRange {
			return b.nothingOf(ctx, key) // from its end on, or of an empty blob
		}
		return nil, BlobInfo{}, missing("getting a blob", err)
	}
	info := BlobInfo{Key: key, Size: object.Size, Modified: object.LastModified}
	if ranged {
		if info.Size, err = wholeSize(header.Get("Content-Range")); err != nil {
			_ = d.Close()
			return nil, BlobInfo{}, fmt.Errorf("getting a blob: %w", err)
		}
	}
	return d, info, nil
}

// nothingOf opens no byte of a blob, which S3 has no request for.
func (b *bucket) nothingOf(ctx context.Context, key string) (io.ReadCloser, BlobInfo, error) {
	info, err := b.Stat(ctx, key)
	if err != nil {
		return nil, BlobInfo{}, err
	}
	return http.NoBody, info, nil
}

func rangeOptions(offset, length int64) (options minio.GetObjectOptions, ranged bool) {
	switch {
	case length > 0:
		end := int64(math.MaxInt64)
		if length <= math.MaxInt64-offset {
			end = offset + length - 1
		}
		_ = options.SetRange(offset, end) // only refuses what is negative or ends before it begins
	case offset > 0:
		_ = options.SetRange(offset, 0) // to the end
	default:
		return options, false
	}
	return options, true
}

// wholeSize reads "bytes 5-9/100".
func wholeSize(contentRange string) (int64, error) {
	_, whole, ok := strings.Cut(contentRange, "/")
	size, err := strconv.ParseInt(whole, 10, 64)
	if !ok || err != nil {
		return 0, errors.New("the bucket did not keep to the range asked for")
	}
	return size, nil
}

func (b *bucket) Stat(ctx context.Context, key string) (BlobInfo, error) {
	if !isBlobKey(key) {
		return BlobInfo{}, ErrNotFound
	}
	ctx, cancel := hurry(ctx)
	defer cancel()
	object, err := b.s3.StatObject(ctx, b.name, b.prefix+key, minio.StatObjectOptions{})
	if err != nil {
		return BlobInfo{}, missing("describing a blob", err)
	}
	return BlobInfo{Key: key, Size: object.Size, Modified: object.LastModified}, nil
}

func (b *bucket) Delete(ctx context.Context, key string) error {
	if !isBlobKey(key) {
		return nil
	}
	ctx, cancel := hurry(ctx)
	defer cancel()
	err := b.s3.RemoveObject(ctx, b.name, b.prefix+key, minio.RemoveObjectOptions{})
	if err = missing("deleting a blob", err); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return nil
}

func (b *bucket) List(ctx context.Context, prefix, after string, limit int) ([]BlobInfo, error) {
	var found []BlobInfo
	options := minio.ListObjectsOptions{Prefix: b.prefix + prefix, Recursive: true, MaxKeys: min(limit, 1000)}
	if after != "" {
		options.StartAfter = b.prefix + after
	}
	if limit <= 0 {
		return nil, nil
	}
	ctx, cancel := hurry(ctx)
	defer cancel()
	for object := range b.s3.ListObjectsIter(ctx, b.name, options) {
		if object.Err != nil {
			return nil, fmt.Errorf("listing blobs: %w", object.Err)
		}
		key := strings.TrimPrefix(object.Key, b.prefix)
		if !isBlobKey(key) {
			continue // somebody else's
		}
		found = append(found, BlobInfo{Key: key, Size: object.Size, Modified: object.LastModified})
		if len(found) == limit {
			return found, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("listing blobs: %w", err) // the loop ends without a word then
	}
	return found, nil
}

// missing makes ErrNotFound of S3's way to say so. A bucket that is gone is not
// that: it is an outage.
func missing(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case minio.ToErrorResponse(err).Code == minio.NoSuchKey:
		return ErrNotFound
	}
	return fmt.Errorf("%s: %w", doing, err)
}
