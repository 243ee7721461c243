package backup

import (
	"bytes"
	"context"
	"errors"
	"io"
	"reflect"
	"testing"

	"github.com/klauspost/compress/zstd"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// Whatever an archive holds, it is read to its end or refused, and only what the
// secret's owner has sealed is taken for whole.
func FuzzArchive(f *testing.F) {
	key, err := stores.BackupKey(storetest.Secret)
	if err != nil {
		f.Fatal(err)
	}
	whole := tarOf(f, key)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, tar []byte) {
		ctx := context.Background()
		r, err := newReader(ctx, bytes.NewReader(tar))
		if err != nil {
			return
		}
		_ = r.manifest.check(ctx)
		if err := r.check(ctx, key); err == nil && !bytes.Equal(contents(t, tar), contents(t, whole)) {
			t.Error("another archive is taken for whole")
		}
	})
}

// contents are the names and contents of the members, without what a tar file
// says beside.
func contents(t *testing.T, tar []byte) []byte {
	var b bytes.Buffer
	for _, m := range membersOf(t, string(tar)) {
		b.WriteString(m.name + "\x00" + m.content + "\x00")
	}
	return b.Bytes()
}

// tarOf is an archive of two rows and a blob, without compression.
func tarOf(f *testing.F, key []byte) []byte {
	f.Helper()
	var archive bytes.Buffer
	w, err := newWriter(&archive, key)
	if err != nil {
		f.Fatal(err)
	}
	err = errors.Join(
		w.addJSON(nameManifest, Manifest{Format: format, WithSecret: true, Tables: []stores.Table{
			{Name: "books", Columns: []stores.Column{{Name: "title", Kind: stores.KindText}, {Name: "shelf", Kind: stores.KindInteger}}},
		}}),
		w.addBytes(nameSecret, []byte("age-encryption.org/v1")),
		w.addBytes("blobs/a/b", []byte("blob")),
		w.addBytes("tables/books/00000001.jsonl", []byte("[\"こころ\",1]\n[null,2]\n")),
		w.close(End{Rows: map[string]int64{"books": 2}, Blobs: 1}),
	)
	if err != nil {
		f.Fatal(err)
	}
	r, err := zstd.NewReader(&archive)
	if err != nil {
		f.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		f.Fatal(err)
	}
	return text
}

// A line that is read is a row, and that row is written as a line that says the
// same.
func FuzzRow(f *testing.F) {
	columns := []stores.Column{
		{Name: "a", Kind: stores.KindText}, {Name: "b", Kind: stores.KindInteger}, {Name: "c", Kind: stores.KindBytes}, {Name: "d", Kind: stores.KindBoolean},
	}
	for _, seed := range []string{`["",0,"",true]`, `[null,null,null,null]`, `["\"\\\n\u0001\ud842\udfb7",-9223372036854775808,"AAH/",false]`, `["a,b]",1,"AA==",true]`, `[`, `[]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		row, err := parseRow(line, columns)
		if err != nil {
			return
		}
		again, err := appendRow(nil, row)
		if err != nil {
			t.Fatalf("%q is read and not written: %v", line, err)
		}
		same, err := parseRow(bytes.TrimSuffix(again, []byte("\n")), columns)
		if err != nil || !reflect.DeepEqual(row, same) {
			t.Errorf("%q became %q, %v", line, again, err)
		}
	})
}
