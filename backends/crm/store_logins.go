package crm

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

// customerLogin is a customer's login. The zero value is one that nobody has.
type customerLogin struct {
	bun.BaseModel `bun:"table:hc_master_kokyaku_login"`

	ID        string `bun:"id,pk"`
	Tenant    string `bun:"tenant"`
	LoginID   string `bun:"login_id"`
	Code      string `bun:"code"`
	PassHash  string `bun:"pass_hash"`
	TokenHash []byte `bun:"token_hash"`          // see tokenHash
	Token     []byte `bun:"token"`               // sealed
	UUID      []byte `bun:"uuid"`                // sealed; nil: the next device is bound
	FreeUntil int64  `bun:"free_until,nullzero"` // until when another device may be bound
	HintCode  string `bun:"hint_code"`
	HintAns   []byte `bun:"hint_ans"` // sealed
}

// secrets are what is sealed in a login.
type secrets struct{ token, uuid, hintAns string }

// sealed gives the login with its secrets in it.
func (s store) sealed(login customerLogin, plain secrets) customerLogin {
	login.TokenHash = s.tokenHash(plain.token)
	login.Token = s.sealColumn(login, "token", plain.token)
	login.UUID = s.sealColumn(login, "uuid", plain.uuid)
	login.HintAns = s.sealColumn(login, "hint_ans", plain.hintAns)
	return login
}

// open gives the secrets of a login.
func (s store) open(login customerLogin) (plain secrets, err error) {
	for _, column := range []struct {
		name   string
		sealed []byte
		into   *string
	}{{"token", login.Token, &plain.token}, {"uuid", login.UUID, &plain.uuid}, {"hint_ans", login.HintAns, &plain.hintAns}} {
		opened, err := s.seal.Open(stores.Purpose(tableLogins, column.name, login.ID), column.sealed)
		if err != nil {
			return secrets{}, fmt.Errorf("opening the %s of a login: %w", column.name, err)
		}
		*column.into = string(opened)
	}
	return plain, nil
}

func (s store) sealColumn(login customerLogin, column, plain string) []byte {
	return s.seal.Seal(stores.Purpose(tableLogins, column, login.ID), []byte(plain))
}

// tokenHash is what a TokenID is looked up by: another hash for each tenant.
func (s store) tokenHash(token string) []byte {
	return s.seal.MAC(tableLogins+".token", s.tenant, token)
}

// loginByID gives a customer's login, the zero value where there is none.
func (s store) loginByID(ctx context.Context, loginID string) (customerLogin, error) {
	return s.login(ctx, "login_id = ?", loginID)
}

// loginByToken gives the login of a TokenID, the zero value where there is none.
func (s store) loginByToken(ctx context.Context, token string) (customerLogin, error) {
	return s.login(ctx, "token_hash = ?", s.tokenHash(token))
}

// again gives a login as it is now, the zero value where it is gone or has
// another TokenID.
func (s store) again(ctx context.Context, login customerLogin) (customerLogin, error) {
	return s.login(ctx, "token_hash = ?", login.TokenHash)
}

func (s store) login(ctx context.Context, where string, arg any) (login customerLogin, err error) {
	err = s.read(ctx, "a customer's login", func(ctx context.Context, db bun.IDB) error {
		login = customerLogin{}
		_, err := s.one(ctx, db, &login, where, arg)
		return err
	})
	return login, err
}

// free lets another device be bound to a login, once, until a moment; freed is
// false where the login has another TokenID since it was read.
func (s store) free(ctx context.Context, login customerLogin, until int64) (freed bool, err error) {
	return s.updateLogin(ctx, login, func(update *bun.UpdateQuery) {
		update.Set("free_until = ?", until)
	})
}

// bind binds a device to a login that is free at this moment. Of two at once
// one is bound.
func (s store) bind(ctx context.Context, login customerLogin, uuid string) (bound bool, err error) {
	return s.updateLogin(ctx, login, func(update *bun.UpdateQuery) {
		update.Set("uuid = ?", s.sealColumn(login, "uuid", uuid)).Set("free_until = NULL").
			Where("(uuid IS NULL OR free_until > ?)", clock.Now().UnixMilli())
	})
}

// rekey gives a login another password and another TokenID, and ends what was
// free; done is false where another call was faster, for it gave another TokenID
// too.
func (s store) rekey(ctx context.Context, login customerLogin, passHash, token string) (done bool, err error) {
	return s.updateLogin(ctx, login, func(update *bun.UpdateQuery) {
		update.Set("pass_hash = ?", passHash).
			Set("token_hash = ?", s.tokenHash(token)).
			Set("token = ?", s.sealColumn(login, "token", token)).
			Set("free_until = NULL")
	})
}

// renewHash puts a hash of ours in the place of an old one, unless the password
// was changed meanwhile.
func (s store) renewHash(ctx context.Context, login customerLogin, renewed string) error {
	_, err := s.updateLogin(ctx, login, func(update *bun.UpdateQuery) {
		update.Set("pass_hash = ?", renewed).Where("pass_hash = ?", login.PassHash)
	})
	return err
}

// updateLogin changes a login as long as it has the TokenID that it was read
// with.
func (s store) updateLogin(ctx context.Context, login customerLogin, set func(*bun.UpdateQuery)) (done bool, err error) {
	err = s.write(ctx, "a customer's login", func(ctx context.Context, tx bun.Tx) error {
		update := tx.NewUpdate().Model((*customerLogin)(nil)).
			Where("tenant = ? AND id = ? AND token_hash = ?", s.tenant, login.ID, login.TokenHash)
		set(update)
		result, err := update.Exec(ctx)
		if err != nil {
			return err
		}
		rows, err := result.RowsAffected()
		done = rows > 0
		return err
	})
	return done, err
}

// changeHints changes what the change says of the login, and gives the login as
// it is then. Unknown is one whose TokenID is another since it was read.
func (s store) changeHints(ctx context.Context, tx bun.Tx, login customerLogin, c change) (customerLogin, error) {
	var now customerLogin
	there, err := s.locked(ctx, tx, &now, "id = ? AND token_hash = ?", login.ID, login.TokenHash)
	if err != nil {
		return now, err
	}
	if !there {
		return now, errLoginUnknown
	}
	if c.hintCode == nil && c.hintAns == nil {
		return now, nil
	}
	update := tx.NewUpdate().Model((*customerLogin)(nil)).Where("tenant = ? AND id = ?", s.tenant, now.ID)
	if c.hintCode != nil {
		now.HintCode = *c.hintCode
		update.Set("hint_code = ?", now.HintCode)
	}
	if c.hintAns != nil {
		now.HintAns = s.sealColumn(now, "hint_ans", *c.hintAns)
		update.Set("hint_ans = ?", now.HintAns)
	}
	_, err = update.Exec(ctx)
	return now, err
}

// leave deletes the logins of a login's customer and marks the customer as left
// on a day. errChangedElse is a login that has another TokenID, or none, since it
// was read.
func (s store) leave(ctx context.Context, login customerLogin, day string) error {
	return s.write(ctx, "a customer who leaves", func(ctx context.Context, tx bun.Tx) error {
		var row customer
		found, err := s.locked(ctx, tx, &row, "code = ?", login.Code)
		if err != nil {
			return err
		}
		if !found {
			return errCustomerUnknown
		}
		there, err := s.locked(ctx, tx, new(customerLogin), "id = ? AND token_hash = ?", login.ID, login.TokenHash)
		if err != nil {
			return err
		}
		if !there {
			return errChangedElse
		}
		_, err = tx.NewDelete().Model((*customerLogin)(nil)).Where("tenant = ? AND code = ?", s.tenant, login.Code).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewUpdate().Model((*customer)(nil)).Where("tenant = ? AND code = ?", s.tenant, login.Code).
			Set("has_left = ?", true).Set("left_date = ?", day).Set("updated_date = ?", day).Exec(ctx)
		return err
	})
}
