package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"strings"

	"github.com/klauspost/compress/zstd"

	"sekisho/caddymodules/stores"
)

const (
	// largestRows bounds a member of rows, which ends behind the row that makes it a
	// megabyte, and largestText what else is read into memory. Nothing is known of
	// who wrote the archive before its end.
	largestRows = 256 << 20
	largestText = 2 << 20

	// rowsAtOnce are given on together.
	rowsAtOnce = 500

	// largestWindow bounds what the decompression holds.
	largestWindow = 64 << 20
)

// reader reads an archive, and holds it against its sums.
type reader struct {
	tar   *tar.Reader
	below io.Reader // the tar file itself

	pending *tar.Header // of a member that is still to be read

	manifest Manifest
	secret   []byte // encrypted; nil where there is none
	end      *End

	sums    bytes.Buffer // of the members since the last list
	members int          // in it
	lists   int
	seal    hash.Hash

	table, chunk int              // where it is: of the manifest, of the table
	rowsRead     map[string]int64 // of each table
	blobsRead    int64
}

// openArchive begins to read a compressed archive. close frees what it holds.
func openArchive(ctx context.Context, in io.Reader) (r *reader, closes func(), err error) {
	decompressing, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(largestWindow))
	if err != nil {
		return nil, nil, damaged(err)
	}
	r, err = newReader(ctx, decompressing)
	if err != nil {
		decompressing.Close()
		return nil, nil, err
	}
	return r, decompressing.Close, nil
}

// newReader reads the manifest, and the secret where there is one.
func newReader(ctx context.Context, in io.Reader) (*reader, error) {
	r := &reader{tar: tar.NewReader(in), below: in, rowsRead: map[string]int64{}}
	name, text, err := r.text(ctx)
	if err != nil {
		return nil, err
	}
	if name != nameManifest {
		return nil, errors.New("reading the archive: it is no backup of sekisho")
	}
	if r.manifest, err = readManifest(text); err != nil {
		return nil, err
	}
	if !r.manifest.WithSecret {
		return r, nil
	}
	name, r.secret, err = r.text(ctx)
	if err == nil && name != nameSecret {
		err = damaged(errors.New("it lacks the secret"))
	}
	return r, err
}

func damaged(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("reading the archive: it is damaged: %w", err)
}

// next gives the next member.
func (r *reader) next(ctx context.Context) (*tar.Header, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if header := r.pending; header != nil {
		r.pending = nil
		return header, nil
	}
	header, err := r.tar.Next()
	if err != nil {
		return nil, damaged(err)
	}
	if r.members > sumsOf {
		return nil, damaged(errors.New("sums are missing"))
	}
	if header.Typeflag != tar.TypeReg {
		return nil, damaged(fmt.Errorf("%q is no file", header.Name))
	}
	return header, nil
}

// text reads the next member whole.
func (r *reader) text(ctx context.Context) (name string, text []byte, err error) {
	header, err := r.next(ctx)
	if err != nil {
		return "", nil, err
	}
	text, err = r.whole(header, largestText)
	if err == nil {
		r.noteSum(header.Name, sha256.Sum256(text))
	}
	return header.Name, text, err
}

func (r *reader) whole(header *tar.Header, largest int64) ([]byte, error) {
	if header.Size > largest {
		return nil, damaged(fmt.Errorf("%q is longer than %d bytes", header.Name, largest))
	}
	text, err := io.ReadAll(r.tar) // which grows with what comes, not with what the header says
	if err != nil {
		return nil, damaged(err)
	}
	return text, nil
}

func (r *reader) noteSum(name string, sum [sha256.Size]byte) {
	fmt.Fprintf(&r.sums, "%s  %s\n", hex.EncodeToString(sum[:]), name)
	r.members++
}

// readBlobs gives every blob to each, which need not read all of it, and stops
// before the rows. key is that of the seal. What is given is only known to be
// whole once [reader.readRows] has come to the end.
func (r *reader) readBlobs(ctx context.Context, key []byte, each func(key string, size int64, content io.Reader) error) error {
	r.seal = hmac.New(sha256.New, key)
	for {
		header, err := r.next(ctx)
		if err != nil {
			return err
		}
		switch name, is := strings.CutPrefix(header.Name, inBlobs); {
		case is:
			err = r.blob(header, name, each)
		case strings.HasPrefix(header.Name, inSums):
			err = r.checkSums(header)
		default:
			r.pending = header
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *reader) blob(header *tar.Header, key string, each func(key string, size int64, content io.Reader) error) error {
	hashing := sha256.New()
	content := io.TeeReader(faithful{r.tar}, hashing)
	if err := each(key, header.Size, content); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return err
	}
	r.blobsRead++
	r.noteSum(header.Name, [sha256.Size]byte(hashing.Sum(nil)))
	return nil
}

// faithful says of a reader's errors that the archive is damaged.
type faithful struct{ r io.Reader }

func (f faithful) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && err != io.EOF {
		err = damaged(err)
	}
	return n, err
}

// readRows gives all rows to each, some of a table at a time, and then says
// whether the archive was whole, and sealed by the key.
func (r *reader) readRows(ctx context.Context, each func(table stores.Table, rows [][]any) error) error {
	for {
		header, err := r.next(ctx)
		if err != nil {
			return err
		}
		switch {
		case header.Name == nameSeal:
			return r.checkSeal(header)
		case strings.HasPrefix(header.Name, inSums):
			err = r.checkSums(header)
		case r.end != nil:
			err = damaged(fmt.Errorf("%q stands behind the end", header.Name))
		case header.Name == nameEnd:
			err = r.readEnd(header)
		default:
			err = r.rows(header, each)
		}
		if err != nil {
			return err
		}
	}
}

// rows reads a member of rows, which must be the next of its table, or the first
// of a later one.
func (r *reader) rows(header *tar.Header, each func(table stores.Table, rows [][]any) error) error {
	table, err := r.tableOf(header.Name)
	if err != nil {
		return err
	}
	text, err := r.whole(header, largestRows)
	if err != nil {
		return err
	}
	r.noteSum(header.Name, sha256.Sum256(text))
	var rows [][]any
	read := 0
	for line := range bytes.Lines(text) {
		read++
		row, err := parseRow(bytes.TrimSuffix(line, []byte("\n")), table.Columns)
		if err != nil {
			return damaged(fmt.Errorf("%s, line %d: %w", header.Name, read, err))
		}
		if rows = append(rows, row); len(rows) == rowsAtOnce {
			if err := each(table, rows); err != nil {
				return err
			}
			rows = nil
		}
	}
	r.rowsRead[table.Name] += int64(read)
	return each(table, rows)
}

func (r *reader) tableOf(name string) (stores.Table, error) {
	for r.table < len(r.manifest.Tables) {
		table := r.manifest.Tables[r.table]
		if name == chunkName(table.Name, r.chunk+1) {
			r.chunk++
			return table, nil
		}
		r.table++
		r.chunk = 0
	}
	return stores.Table{}, damaged(fmt.Errorf("%q does not belong where it stands", name))
}

func chunkName(table string, chunk int) string {
	return fmt.Sprintf("%s%s/%08d.jsonl", inTables, table, chunk)
}

func (r *reader) readEnd(header *tar.Header) error {
	text, err := r.whole(header, largestText)
	if err != nil {
		return err
	}
	r.noteSum(header.Name, sha256.Sum256(text))
	end := End{}
	if err := decode(text, &end); err != nil {
		return damaged(fmt.Errorf("reading the end: %w", err))
	}
	if end.Blobs != r.blobsRead || !maps.Equal(end.Rows, r.rowsRead) {
		return damaged(errors.New("rows or blobs are missing"))
	}
	r.end = &end
	return nil
}

// checkSums holds the members since the last list against this one.
func (r *reader) checkSums(header *tar.Header) error {
	r.lists++
	if header.Name != fmt.Sprintf("%s%08d", inSums, r.lists) {
		return damaged(fmt.Errorf("%q does not belong where it stands", header.Name))
	}
	text, err := r.whole(header, largestText)
	if err != nil {
		return err
	}
	if !bytes.Equal(text, r.sums.Bytes()) {
		return damaged(fmt.Errorf("members do not have their sums in %s", header.Name))
	}
	r.seal.Write(text)
	r.sums.Reset()
	r.members = 0
	return nil
}

func (r *reader) checkSeal(header *tar.Header) error {
	text, err := r.whole(header, largestText)
	if err != nil {
		return err
	}
	if r.end == nil || r.sums.Len() > 0 {
		return damaged(errors.New("its end is missing"))
	}
	if !hmac.Equal(text, []byte(hex.EncodeToString(r.seal.Sum(nil))+"\n")) {
		return errors.New("reading the archive: somebody has changed it who does not have the secret: its seal is wrong")
	}
	if _, err := r.tar.Next(); err != io.EOF {
		return damaged(errors.New("something stands behind its end"))
	}
	if n, err := io.Copy(io.Discard, r.below); n > 0 || err != nil {
		return damaged(errors.Join(errors.New("something stands behind its end"), err))
	}
	return nil
}

// check reads the rest of the archive, to see whether it is whole.
func (r *reader) check(ctx context.Context, key []byte) error {
	err := r.readBlobs(ctx, key, func(string, int64, io.Reader) error { return nil })
	if err != nil {
		return err
	}
	return r.readRows(ctx, func(stores.Table, [][]any) error { return nil })
}
