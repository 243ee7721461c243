package customers

import (
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/serve"
)

// maxBodyEcho is how many characters a refused body is told by.
const maxBodyEcho = 20

// timeLayout is how the server writes create_date and update_date.
const timeLayout = "2006-01-02 15:04:05"

// update answers POST /user/update (利用者情報の更新): one or more customers, all
// of them or none.
func (s *service) update(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	changes, err := readBody(w, r, decodeChanges)
	if err != nil {
		return err
	}
	complete(changes, s.reveals(caller), clock.Now())
	if err := s.store.update(r.Context(), changes); err != nil {
		return err
	}
	return serve.Write(w, http.StatusOK, contentType, []byte(done))
}

// create answers POST /user/create (新規利用者情報の作成): one customer.
func (s *service) create(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	sent, err := readBody(w, r, decodeNew)
	if err != nil {
		return err
	}
	id, err := s.store.create(r.Context(), newcomer(sent, kit.NewUUID(), clock.Now()))
	if err != nil {
		return err
	}
	return serve.Write(w, http.StatusOK, contentType, createdAnswer(id))
}

// delete answers GET /user/delete (利用者情報の削除): sets del_flg to 1.
func (s *service) delete(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	id, err := readID(w, r)
	if err != nil {
		return err
	}
	if err := s.store.delete(r.Context(), id); err != nil {
		return err
	}
	return serve.Write(w, http.StatusOK, contentType, []byte(done))
}

// newcomer fills what a create left out.
func newcomer(sent record, secretKey string, now time.Time) record {
	whole := record{colSecretKey: secretKey}
	for _, c := range columns {
		if value, there := sent[c.name]; there {
			whole[c.name] = value
		} else if _, there := whole[c.name]; !there {
			whole[c.name] = c.initial
		}
	}
	for _, name := range []string{colCreateDate, colUpdateDate} {
		if _, there := sent[name]; !there {
			whole[name] = japanTime(now)
		}
	}
	return whole
}

// complete adds what an update sets by itself. A caller who is not shown
// passwords posts back the empty ones they read: those change nothing.
func complete(changes []change, revealed bool, now time.Time) {
	for _, change := range changes {
		for _, c := range columns {
			if c.sealed && !revealed && change.Values[c.name] == "" {
				delete(change.Values, c.name)
			}
		}
		if _, there := change.Values[colUpdateDate]; !there {
			change.Values[colUpdateDate] = japanTime(now)
		}
	}
}

func japanTime(t time.Time) string { return t.In(clock.Japan).Format(timeLayout) }

// readBody reads and decodes a body. One that cannot be read at all is told by
// its first characters.
func readBody[T any](w http.ResponseWriter, r *http.Request, decode func([]byte) (T, error)) (T, error) {
	head := &headBody{ReadCloser: r.Body}
	r.Body = head
	body, err := serve.ReadBody(w, r, serve.MaxBody)
	var decoded T
	if err == nil {
		decoded, err = decode(body)
	}
	if f := fault.Of(err); f != nil {
		if f.Kind != fault.Internal && f.Subject == "" {
			// What says beforehand that it is too long was not read at all.
			_, _ = io.CopyN(io.Discard, head, int64(head.room()))
			f.Value = clip(string(head.first), maxBodyEcho)
		}
		return decoded, f
	}
	return decoded, nil
}

// headBody remembers the first bytes that were read of a body, enough for
// maxBodyEcho characters.
type headBody struct {
	io.ReadCloser
	first []byte
}

func (b *headBody) Read(p []byte) (n int, err error) {
	n, err = b.ReadCloser.Read(p)
	b.first = append(b.first, p[:min(n, b.room())]...)
	return n, err
}

func (b *headBody) room() int { return utf8.UTFMax*maxBodyEcho - len(b.first) }
