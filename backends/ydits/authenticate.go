package ydits

import (
	"context"
	"net/http"

	"sekisho/backends/kit"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
)

// readRight reads what shows that a user may use a software.
func readRight(params kit.Params) (uuid, key string, err error) {
	if uuid, err = params.Required("uuid", maxUUID); err != nil {
		return "", "", err
	}
	key, err = params.Required("key", maxKey)
	return uuid, key, err
}

// authenticate answers auth.php?step=3 (ソフトウェア使用時の利用権認証): whether the
// user registered the software that holds this key.
func (s *service) authenticate(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	params, err := kit.ReadParams(w, r, policy)
	if err != nil {
		return err
	}
	uuid, key, err := readRight(params)
	if err != nil {
		return err
	}
	if err := s.authenticateKey(r.Context(), uuid, key, guard.Address(r)); err != nil {
		return err
	}
	return s.write(w, http.StatusOK, success(authenticatedWords))
}

func (s *service) authenticateKey(ctx context.Context, uuid, key, address string) error {
	right, err := s.store.activeKey(ctx, uuid, keyHash(s.seal, uuid, key))
	if err != nil {
		return err
	}
	if err := s.keys.Settle(ctx, uuid, address, right); err != nil {
		return err
	}
	if !right {
		return errNotRegistered
	}
	return nil
}
