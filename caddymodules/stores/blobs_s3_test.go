package stores_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
	"sekisho/caddymodules/stores/storetest/servers"
)

func TestBucketsRefused(t *testing.T) {
	server := storetest.Server(t, "SEKISHO_TEST_S3")
	endpoint := server[strings.Index(server, "?"):]
	key, secret := storetest.Server(t, "SEKISHO_TEST_S3_KEY"), storetest.Server(t, "SEKISHO_TEST_S3_SECRET")
	useKey(t, key, secret)
	for address, says := range map[string]string{
		"s3://":                                         "s3://BUCKET",
		"s3://bucket/folder":                            "s3://BUCKET",
		"s3://key:hunter2@bucket":                       "s3://BUCKET",
		"s3://bucket?endpiont=x":                        "endpiont",
		"s3://bucket?region=a&region=b":                 "region",
		"s3://bucket?endpoint=ftp://h":                  "https://HOST",
		"s3://bucket?endpoint=127.0.0.1:9":              "https://HOST",
		"s3://bucket?prefix=../x":                       "prefix",
		"s3://no-such-bucket" + endpoint:                "no-such-bucket",
		"s3://b-b?endpoint=http://127.0.0.1:1&region=x": "refused",
	} {
		storetest.InTime(t, "opening "+address, answerWithin, func() {
			_, err := stores.OpenBucket(t.Context(), address)
			if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("opening %s: %v; want an error about %q", address, err, says)
			}
		})
	}
	useKey(t, key, "wrong")
	if _, err := stores.OpenBucket(t.Context(), server); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("opening with a wrong secret: %v, want a refusal", err)
	}
}

// An outage of the bucket is an error within two seconds, never ErrNotFound, and
// heals by itself.
func TestBucketOutage(t *testing.T) {
	server, err := servers.S3(servers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	useKey(t, server.Key, server.Secret)
	blobs, err := stores.OpenBucket(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	putBlob(t, blobs, "small", "text")
	putBlob(t, blobs, "large", strings.Repeat("x", 12<<20))
	for name, outage := range outages(server) {
		outage.begin()
		for what, call := range map[string]func() error{
			"putting": func() error { return blobs.Put(t.Context(), "new", strings.NewReader("x")) },
			"putting in parts": func() error {
				return blobs.Put(t.Context(), "new", bytes.NewReader(make([]byte, 6<<20)))
			},
			"getting":         func() error { _, _, err := blobs.Get(t.Context(), "small", 0, -1); return err },
			"getting a range": func() error { _, _, err := blobs.Get(t.Context(), "small", 1, 2); return err },
			"describing":      func() error { _, err := blobs.Stat(t.Context(), "none"); return err },
			"deleting":        func() error { return blobs.Delete(t.Context(), "none") },
			"listing":         func() error { _, err := blobs.List(t.Context(), "", "", 10); return err },
		} {
			expectFailure(t, what+", "+name, func() error {
				err := call()
				if errors.Is(err, stores.ErrNotFound) {
					t.Errorf("%s, %s: ErrNotFound", what, name)
				}
				return err
			})
		}
		if err := outage.end(); err != nil {
			t.Fatal(err)
		}
		expectHealing(t, "describing after "+name, func() error { _, err := blobs.Stat(t.Context(), "small"); return err })
		expectBlob(t, blobs, "small", []byte("text"))
	}
}

// A client that reads slowly gets its download whole: only the bucket's own
// silence is bounded.
func TestSlowDownload(t *testing.T) {
	eachBlobs(t, func(t *testing.T, blobs stores.Blobs) {
		blob := randomBytes(12 << 20)
		if err := blobs.Put(t.Context(), "large", bytes.NewReader(blob)); err != nil {
			t.Fatal(err)
		}
		r, _, err := blobs.Get(t.Context(), "large", 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		half := make([]byte, 6<<20)
		if _, err := io.ReadFull(r, half); err != nil {
			t.Fatal(err)
		}
		time.Sleep(stores.Timeout + 200*time.Millisecond)
		rest, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(append(half, rest...), blob) {
			t.Errorf("the download = %d bytes, %v; want %d", len(half)+len(rest), err, len(blob))
		}
	})
}
