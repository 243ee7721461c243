package oauth2

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
)

// The kinds of records, see the package's comment.
const (
	accessRecord  = "access"
	refreshRecord = "refresh"
	usedRecord    = "used"
	graceRecord   = "grace"
	familyRecord  = "family"
	deadRecord    = "dead"
)

// slack is how much longer a record is kept whose absence would let something
// pass: clocks differ, and the token it is about must be gone first.
const slack = time.Hour

// grant is what a token stands for, as it is kept under the token's hash.
type grant struct {
	Family     string `json:"f"`
	Client     string `json:"c"`
	Member     string `json:"m"`
	Generation int64  `json:"g"` // of the member's password
	Issued     int64  `json:"i"` // Unix milliseconds
	Expires    int64  `json:"e"` // Unix milliseconds

	// Access, of a refresh token, is the hash of the access token that was
	// issued with it.
	Access string `json:"a,omitempty"`

	hash string // under which it is kept
}

func (g grant) issued() time.Time  { return time.UnixMilli(g.Issued) }
func (g grant) expires() time.Time { return time.UnixMilli(g.Expires) }

// holdsFor says whether the grant is one that the member, as they stand now,
// may still use.
func (g grant) holdsFor(m identity.Member) bool {
	return m.Active() && m.ID == g.Member && m.Generation == g.Generation
}

// link names a pair by the hashes of its tokens.
type link struct {
	Access  string `json:"a"`
	Refresh string `json:"r"`
}

// use is the use of a refresh token, and the pair that it gave.
type use struct {
	At   int64 `json:"t"` // Unix milliseconds
	Next link  `json:"n"`

	// Sealed is the pair itself where a version kept the use that did not know
	// grace:<hash> yet. Its grace is reckoned from At.
	Sealed []byte `json:"s,omitempty"`
}

// records keeps what tokens stand for. Each error is an outage, as an Internal
// *fault.Fault: fosite wraps errors in its own, and that one is found again.
type records struct {
	sessions stores.Sessions
	prefix   string
}

func newRecords(sessions stores.Sessions, realm string) *records {
	return &records{sessions: sessions, prefix: "oauth2:" + realm + ":"}
}

func (r *records) key(kind, id string) string { return r.prefix + kind + ":" + id }

func (r *records) put(ctx context.Context, kind, id string, value any, lifetime time.Duration) error {
	encoded, err := json.Marshal(value)
	if err == nil {
		err = r.sessions.Put(ctx, r.key(kind, id), encoded, lifetime)
	}
	return outage("keeping", kind, err)
}

// putting is put, as a call to be made together with others.
func (r *records) putting(kind, id string, value any, lifetime time.Duration) (*stores.Call, error) {
	encoded, err := json.Marshal(value)
	return stores.Putting(r.key(kind, id), encoded, lifetime), outage("keeping", kind, err)
}

// getting and deleting are get and delete, as calls to be made together with others.
func (r *records) getting(kind, id string) *stores.Call { return stores.Getting(r.key(kind, id)) }

func (r *records) deleting(kind, id string) *stores.Call { return stores.Deleting(r.key(kind, id)) }

// together makes calls that do not wait for one another.
func (r *records) together(ctx context.Context, calls ...*stores.Call) error {
	if err := stores.Together(ctx, r.sessions, calls...); err != nil {
		return fault.Because(fmt.Errorf("asking for records of OAuth tokens: %w", err))
	}
	return nil
}

// add is put where there is no such record yet; of many at once one adds.
func (r *records) add(ctx context.Context, kind, id string, value any, lifetime time.Duration) (added bool, err error) {
	encoded, err := json.Marshal(value)
	if err == nil {
		added, err = r.sessions.Add(ctx, r.key(kind, id), encoded, lifetime)
	}
	return added, outage("adding", kind, err)
}

// get reads a record into value and says whether it is there.
func (r *records) get(ctx context.Context, kind, id string, value any) (found bool, err error) {
	encoded, err := r.sessions.Get(ctx, r.key(kind, id))
	return read(kind, encoded, err, value)
}

// read reads what getting a record gave into value and says whether it is there.
func read(kind string, encoded []byte, err error, value any) (found bool, _ error) {
	if errors.Is(err, stores.ErrNotFound) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(encoded, value)
	}
	return err == nil, outage("reading", kind, err)
}

func (r *records) delete(ctx context.Context, kind, id string) error {
	return outage("deleting", kind, r.sessions.Delete(ctx, r.key(kind, id)))
}

func outage(doing, kind string, err error) error {
	if err == nil {
		return nil
	}
	return fault.Because(fmt.Errorf("%s the record %q of an OAuth token: %w", doing, kind, err))
}

// isOver says whether a moment, in Unix milliseconds, has come.
func isOver(moment int64) bool { return clock.Now().UnixMilli() >= moment }
