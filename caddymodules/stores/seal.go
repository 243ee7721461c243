package stores

import (
	"context"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"
	"golang.org/x/crypto/chacha20poly1305"
)

const (
	minSecret = 16 // characters; a made one has 64

	sealVersion = 1
	sealHeader  = 1 + keyIDSize
	keyIDSize   = 4

	// refreshEvery is how often a gateway looks whether `sekisho reseal` has
	// changed the secret under which new values are sealed.
	refreshEvery = 2 * time.Second

	metaFingerprint = "secret_fingerprint"
	metaHashKey     = "hash_key"
)

// Sealer keeps what must be read back (XChaCha20-Poly1305) and what must only
// be recognised (HMAC-SHA-256) under keys that come from SEKISHO_SECRET.
//
// What is sealed carries the id of its key, so that values of the present and
// of the previous secret open side by side while `sekisho reseal` walks over
// them. What is recognised cannot be made anew, as nobody knows the keys and
// tokens behind the hashes and their old clients cannot change them: the key of
// the hashes is therefore derived once, from the secret of the database's first
// day, and kept in the database, sealed under the present one.
type Sealer struct {
	keys    map[string]*sealKey // by fingerprint: the secret's and, during a change, the previous one's
	active  atomic.Pointer[sealKey]
	hashKey []byte
	macs    sync.Pool // of *mac
	stop    context.CancelFunc
	fresh   sync.WaitGroup // of keepFresh
}

type sealKey struct {
	fingerprint string // hexadecimal; tells nothing of the secret
	id          [keyIDSize]byte
	aead        cipher.AEAD
}

func newSealKey(secret string) (*sealKey, error) {
	if len(secret) < minSecret {
		return nil, fmt.Errorf("SEKISHO_SECRET must have at least %d characters; `openssl rand -hex 32` makes one", minSecret)
	}
	sealing, err := derive(secret, "sekisho sealing", chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	print, err := derive(secret, "sekisho fingerprint", sha256.Size)
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.NewX(sealing)
	if err != nil {
		return nil, fmt.Errorf("making the sealing key: %w", err)
	}
	return &sealKey{fingerprint: hex.EncodeToString(print), id: [keyIDSize]byte(print[:keyIDSize]), aead: aead}, nil
}

func derive(secret, purpose string, length int) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, purpose, length)
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	return key, nil
}

// newSealer makes the keys of secret and previous (which may be empty), and
// holds them against the fingerprint that the database keeps. A database that
// knows neither refuses.
func newSealer(ctx context.Context, db *SQL, secret, previous string) (*Sealer, error) {
	present, err := newSealKey(secret)
	if err != nil {
		return nil, err
	}
	s := &Sealer{keys: map[string]*sealKey{present.fingerprint: present}}
	if previous != "" {
		key, err := newSealKey(previous)
		if err != nil {
			return nil, fmt.Errorf("SEKISHO_SECRET_PREVIOUS: %w", err)
		}
		s.keys[key.fingerprint] = key
	}
	err = db.Read(ctx, s.readKeys)
	if errors.Is(err, errKeepsNoKey) {
		err = s.putKeys(ctx, db, secret, present)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the secret's fingerprint: %w", err)
	}
	background, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.fresh.Go(func() { s.keepFresh(background, db) })
	return s, nil
}

// errKeepsNoKey says that a database was never opened under a secret.
var errKeepsNoKey = errors.New("the database keeps no key yet")

// readKeys reads what a database keeps of the keys.
func (s *Sealer) readKeys(ctx context.Context, db bun.IDB) error {
	if err := s.refresh(ctx, db); err != nil {
		return err
	}
	return s.openHashKey(ctx, db)
}

// putKeys lets a new database keep what is to be known of the keys, and reads
// it: another gateway may have been quicker.
func (s *Sealer) putKeys(ctx context.Context, db *SQL, secret string, present *sealKey) error {
	hashKey, err := derive(secret, "sekisho hashing", sha256.Size)
	if err != nil {
		return err
	}
	return db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := putMetaOnce(ctx, tx, metaFingerprint, []byte(present.fingerprint)); err != nil {
			return err
		}
		if err := s.refresh(ctx, tx); err != nil {
			return err
		}
		if err := putMetaOnce(ctx, tx, metaHashKey, s.Seal(metaHashKey, hashKey)); err != nil {
			return err
		}
		return s.openHashKey(ctx, tx)
	})
}

// close ends the looking, before the database it looks into is closed.
func (s *Sealer) close() {
	s.stop()
	s.fresh.Wait()
}

// refresh makes active the key whose fingerprint stands in the database.
func (s *Sealer) refresh(ctx context.Context, db bun.IDB) error {
	fingerprint, err := getMeta(ctx, db, metaFingerprint)
	if err != nil {
		return err
	}
	if fingerprint == nil {
		return errKeepsNoKey
	}
	key, known := s.keys[string(fingerprint)]
	if !known {
		return errors.New("the database was sealed under another secret than SEKISHO_SECRET (or the file secret in the data folder); give that one, or give it as SEKISHO_SECRET_PREVIOUS beside the new one and run `sekisho reseal`")
	}
	s.active.Store(key)
	return nil
}

func (s *Sealer) openHashKey(ctx context.Context, db bun.IDB) error {
	sealed, err := getMeta(ctx, db, metaHashKey)
	if err != nil {
		return err
	}
	if sealed == nil {
		return errKeepsNoKey
	}
	s.hashKey, err = s.Open(metaHashKey, sealed)
	return err
}

func (s *Sealer) keepFresh(ctx context.Context, db *SQL) {
	ticker := time.NewTicker(refreshEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			// An outage, or a change to a secret that this gateway does not
			// have yet: it goes on with the key it has.
			_ = db.Read(ctx, s.refresh)
		}
	}
}

// Seal closes plain so that only [Sealer.Open] with the same purpose opens it.
// Nothing in gives nothing out.
func (s *Sealer) Seal(purpose string, plain []byte) []byte {
	if len(plain) == 0 {
		return nil
	}
	key := s.active.Load()
	sealed := make([]byte, sealHeader+chacha20poly1305.NonceSizeX, sealHeader+chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	sealed[0] = sealVersion
	copy(sealed[1:], key.id[:])
	nonce := sealed[sealHeader:]
	_, _ = rand.Read(nonce) // never fails: it ends the program instead
	return key.aead.Seal(sealed, nonce, plain, []byte(purpose))
}

// Open opens what Seal closed for the same purpose. Nothing in gives nothing
// out; what was changed, moved to another row or sealed under a secret that is
// not here is an error.
func (s *Sealer) Open(purpose string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	key := s.keyOf(sealed)
	if key == nil || len(sealed) < sealHeader+chacha20poly1305.NonceSizeX {
		return nil, errors.New("opening a sealed value: it was sealed under a secret that is not here")
	}
	nonce, text := sealed[sealHeader:sealHeader+chacha20poly1305.NonceSizeX], sealed[sealHeader+chacha20poly1305.NonceSizeX:]
	plain, err := key.aead.Open(nil, nonce, text, []byte(purpose))
	if err != nil {
		return nil, errors.New("opening a sealed value: it was changed, or belongs elsewhere")
	}
	return plain, nil
}

// keyOf gives the key that a value was sealed under, or nil.
func (s *Sealer) keyOf(sealed []byte) *sealKey {
	if len(sealed) < sealHeader || sealed[0] != sealVersion {
		return nil
	}
	for _, key := range s.keys {
		if key.id == [keyIDSize]byte(sealed[1:sealHeader]) {
			return key
		}
	}
	return nil
}

// MAC hashes a key or token that is only looked up or compared, 32 bytes. The
// parts keep their borders: ("ab", "c") and ("a", "bc") differ.
func (s *Sealer) MAC(purpose string, parts ...string) []byte {
	m, ok := s.macs.Get().(*mac)
	if !ok {
		m = &mac{hash: hmac.New(sha256.New, s.hashKey)}
		m.hash.Reset() // from the second time on Reset overwrites what was hashed
	}
	defer s.macs.Put(m)
	size := 8 + len(purpose)
	for _, part := range parts {
		size += 8 + len(part)
	}
	m.text = slices.Grow(m.text, size) // growing later would leave pieces behind
	m.add(purpose)
	for _, part := range parts {
		m.add(part)
	}
	return m.sum()
}

// mac makes one hash after the other with what the key has been made into once:
// that is half of the work for a short text, see BenchmarkMAC.
type mac struct {
	hash hash.Hash
	text []byte
}

func (m *mac) add(part string) {
	m.text = binary.BigEndian.AppendUint64(m.text, uint64(len(part)))
	m.text = append(m.text, part...)
}

// sum gives the hash, and forgets what it is of.
func (m *mac) sum() []byte {
	defer m.hash.Reset()
	m.hash.Write(m.text)
	clear(m.text)
	m.text = m.text[:0]
	return m.hash.Sum(make([]byte, 0, sha256.Size))
}

type meta struct {
	bun.BaseModel `bun:"table:sekisho_meta"`

	Name  string `bun:"name,pk"`
	Value []byte `bun:"value"`
}

// getMeta reads one of the house's own values, nil where there is none.
func getMeta(ctx context.Context, db bun.IDB, name string) ([]byte, error) {
	row := meta{}
	err := db.NewSelect().Model(&row).Where("name = ?", name).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return row.Value, err
}

// putMetaOnce keeps one of the house's own values unless there is one already,
// also when two gateways start at once.
func putMetaOnce(ctx context.Context, db bun.IDB, name string, value []byte) error {
	_, err := db.NewInsert().Model(&meta{Name: name, Value: value}).On("CONFLICT (name) DO NOTHING").Exec(ctx)
	return err
}

func putMeta(ctx context.Context, db bun.IDB, name string, value []byte) error {
	_, err := db.NewInsert().Model(&meta{Name: name, Value: value}).On("CONFLICT (name) DO UPDATE").Set("value = EXCLUDED.value").Exec(ctx)
	return err
}
