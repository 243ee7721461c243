package ydits

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"go.uber.org/zap"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
)

// software is what step 2 registers.
type software struct{ uuid, softname, key, softid string }

func readSoftware(params kit.Params) (sw software, err error) {
	if sw.uuid, err = params.Required("uuid", maxUUID); err != nil {
		return sw, err
	}
	if sw.softname, err = params.Required("softname", maxSoftname); err != nil {
		return sw, err
	}
	if sw.key, err = params.Required("key", maxKey); err != nil {
		return sw, err
	}
	sw.softid, err = params.Text("softid", maxSoftid)
	return sw, err
}

// register answers auth.php?step=2 (使用ソフトウェアの登録): the user's right to
// use a software, under a key of step 1 or one of their own.
func (s *service) register(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	params, err := kit.ReadParams(w, r, policy)
	if err != nil {
		return err
	}
	sw, err := readSoftware(params)
	if err != nil {
		return err
	}
	if err := s.registerSoftware(r.Context(), sw, guard.Address(r)); err != nil {
		return err
	}
	return s.write(w, http.StatusOK, softKey{success(registeredWords), sw.uuid, sw.key})
}

// registerSoftware registers a software. Of two calls at once the unique
// indexes let one through.
func (s *service) registerSoftware(ctx context.Context, sw software, address string) error {
	refusal, err := s.mayRegister(ctx, sw)
	if err != nil {
		return err
	}
	if err := s.uuids.Settle(ctx, sw.uuid, address, refusal == nil); err != nil {
		return err
	}
	if refusal != nil {
		return refusal
	}
	err = s.store.addRegistrations(ctx, []registration{{
		UUID:      sw.uuid,
		Softname:  sw.softname,
		KeyHash:   keyHash(s.seal, sw.uuid, sw.key),
		Softid:    sw.softid,
		CreatedAt: clock.Now().UnixMilli(),
	}})
	if stores.IsTaken(err) {
		return errAlreadyRegistered
	}
	if err != nil {
		return err
	}
	s.useUp(ctx, sw)
	return nil
}

// mayRegister gives the refusal that counts as a wrong guess, or nil.
func (s *service) mayRegister(ctx context.Context, sw software) (refusal, err error) {
	u, err := s.store.userByUUID(ctx, sw.uuid)
	if err != nil {
		return nil, err
	}
	if !u.active() {
		return errUserUnknown, nil
	}
	if s.ownKeys {
		return nil, nil
	}
	_, err = s.sessions.Get(ctx, s.issuedUnder(sw.uuid, sw.key))
	if err == nil {
		return nil, nil
	}
	if !errors.Is(err, stores.ErrNotFound) {
		return nil, fmt.Errorf("looking for an issued key: %w", err)
	}
	// One that was used up is told as what it is: registered already.
	usedUp, err := s.store.hasKey(ctx, sw.uuid, keyHash(s.seal, sw.uuid, sw.key))
	if err != nil || usedUp {
		return nil, err
	}
	return errNotRegistered, nil
}

// useUp forgets that a key was issued. Where that fails the software is
// registered all the same, and the unique index takes the key no second time.
func (s *service) useUp(ctx context.Context, sw software) {
	if err := s.sessions.Delete(context.WithoutCancel(ctx), s.issuedUnder(sw.uuid, sw.key)); err != nil {
		s.log.Warn("forgetting an issued key failed; it is forgotten within a day", zap.Error(err))
	}
}

// keyHash is what is stored of a key: another hash for each user.
func keyHash(seal *stores.Sealer, uuid, key string) []byte {
	return seal.MAC("ydits_registrations.key_hash", uuid, key)
}
