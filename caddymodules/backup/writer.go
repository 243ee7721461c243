package backup

import (
	"archive/tar"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"

	"sekisho/caddymodules/clock"
)

// The names of the members, or what they begin with.
const (
	nameManifest = "manifest.json"
	nameSecret   = "secret.age"
	nameEnd      = "end.json"
	nameSeal     = "seal"
	inBlobs      = "blobs/"
	inTables     = "tables/"
	inSums       = "sums/"
)

// sumsOf is how many members one list of sums covers.
const sumsOf = 1000

// writer writes an archive.
type writer struct {
	tar  *tar.Writer
	zstd *zstd.Encoder
	seal hash.Hash

	sums    bytes.Buffer // of the members since the last list
	members int          // in it
	lists   int
}

// newWriter begins an archive that is sealed by a key.
func newWriter(out io.Writer, key []byte) (*writer, error) {
	// One core: the gateway runs beside, and photos do not become smaller.
	compressing, err := zstd.NewWriter(out, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return &writer{tar: tar.NewWriter(compressing), zstd: compressing, seal: hmac.New(sha256.New, key)}, nil
}

// add writes a member of so many bytes.
func (w *writer) add(name string, size int64, modified time.Time, content io.Reader) error {
	sum, err := w.write(name, size, modified, content)
	if err != nil {
		return fmt.Errorf("writing %s into the archive: %w", name, err)
	}
	fmt.Fprintf(&w.sums, "%s  %s\n", hex.EncodeToString(sum), name)
	if w.members++; w.members == sumsOf {
		return w.addSums()
	}
	return nil
}

func (w *writer) write(name string, size int64, modified time.Time, content io.Reader) (sum []byte, err error) {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: modified.Truncate(time.Second)}
	if err := w.tar.WriteHeader(header); err != nil {
		return nil, err
	}
	hashing := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(w.tar, hashing), content, size); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return hashing.Sum(nil), nil
}

func (w *writer) addBytes(name string, content []byte) error {
	return w.add(name, int64(len(content)), clock.Now(), bytes.NewReader(content))
}

func (w *writer) addJSON(name string, content any) error {
	text, err := json.MarshalIndent(content, "", "\t")
	if err != nil {
		return err
	}
	return w.addBytes(name, append(text, '\n'))
}

// addSums writes the list of sums.
func (w *writer) addSums() error {
	w.lists++
	name := fmt.Sprintf("%s%08d", inSums, w.lists)
	w.seal.Write(w.sums.Bytes())
	if _, err := w.write(name, int64(w.sums.Len()), clock.Now(), &w.sums); err != nil {
		return fmt.Errorf("writing %s into the archive: %w", name, err)
	}
	w.members = 0
	return nil
}

// close writes the end and what makes it whole.
func (w *writer) close(end End) error {
	if err := w.addJSON(nameEnd, end); err != nil {
		return err
	}
	if w.members > 0 {
		if err := w.addSums(); err != nil {
			return err
		}
	}
	seal := hex.EncodeToString(w.seal.Sum(nil)) + "\n"
	if _, err := w.write(nameSeal, int64(len(seal)), clock.Now(), bytes.NewReader([]byte(seal))); err != nil {
		return fmt.Errorf("writing the archive's seal: %w", err)
	}
	if err := w.tar.Close(); err != nil {
		return fmt.Errorf("ending the archive: %w", err)
	}
	if err := w.zstd.Close(); err != nil {
		return fmt.Errorf("ending the archive: %w", err)
	}
	return nil
}

// abandon frees what the writer holds, also behind close.
func (w *writer) abandon() { _ = w.zstd.Close() }
