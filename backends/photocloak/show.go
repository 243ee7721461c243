package photocloak

import (
	"net/http"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/serve"
)

// show shows one cloak (フォトクローク取得 API).
func (s *service) show(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	id := p.id("ci")
	if err := p.err(); err != nil {
		return err
	}
	c, err := s.enter(r, id, callerID(caller))
	if err != nil {
		return err
	}
	return s.writeCloak(w, r, c)
}

// deprecated says since when clients should use フォトクロークトークン取得 and フォトクローク取得
// instead (RFC 9745): since both came with version 1.1.0, on March 27, 2018 in Japan.
const deprecated = "@1522076400"

// detail shows one cloak to who knows its password (フォトクローク詳細 API). What opens
// it for show opens it here too; without either, the answer is that of show.
func (s *service) detail(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	w.Header().Set("Deprecation", deprecated)
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	id, lock := p.id("ci"), p.text("lk", longestLock)
	if err := p.err(); err != nil {
		return err
	}
	c, err := s.visible(r.Context(), id, callerID(caller))
	if err != nil {
		return err
	}
	if err := s.enterWith(r, c, lock, callerID(caller)); err != nil {
		return err
	}
	return s.writeCloak(w, r, c)
}

// enterWith lets a member who sees a cloak look into it, by its password where
// nothing else opens it to them.
func (s *service) enterWith(r *http.Request, c cloak, lock string, memberID int64) error {
	open, err := s.mayLookInto(r, c, memberID)
	switch {
	case err != nil || open:
		return err
	case lock == "":
		return fault.New(fault.Malformed, subjectCloakToken)
	}
	return s.unlock(r.Context(), c, lock, guard.Address(r))
}

// The bytes that a drawn cloak, and each image in it, usually take.
const (
	roomOfCloak = 2 << 10
	roomOfImage = 512
)

// writeCloak answers with a cloak that the caller may look into.
func (s *service) writeCloak(w http.ResponseWriter, r *http.Request, c cloak) error {
	albums, err := s.store.albums(r.Context(), []cloak{c})
	if err != nil {
		return err
	}
	drawn := make([]byte, 0, roomOfCloak+len(albums[0].images)*roomOfImage)
	drawn = s.rules.appendAlbum(append(drawn, `{"Cloak":`...), r, albums[0], true)
	return serve.Write(w, http.StatusOK, contentType, append(drawn, '}'))
}
