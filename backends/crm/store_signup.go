package crm

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/caddymodules/stores"
)

// newcomer is who signs up with Set_LoginInfo.
type newcomer struct {
	loginID, passHash, token, uuid, hintCode, hintAns string
}

// signUpAttempts is how often a sign-up begins anew that an import got ahead of.
const signUpAttempts = 3

// signUp numbers a new customer and makes their login, both or neither; nothing
// that fails takes a number. day is today. errLoginTaken is a login id that
// somebody has.
func (s store) signUp(ctx context.Context, n newcomer, day string, digits int) (code string, err error) {
	for attempt := range signUpAttempts {
		// All sign-ups of the tenant wait for each other, so the first attempt
		// does not look whether the code is free: it nearly always is.
		code, err = s.trySignUp(ctx, n, day, digits, attempt > 0)
		if !stores.IsTaken(err) {
			return code, err
		}
		taken, lookErr := s.loginByID(ctx, n.loginID)
		if lookErr != nil {
			return "", lookErr
		}
		if taken.ID != "" {
			return "", errLoginTaken
		}
	}
	return "", err
}

func (s store) trySignUp(ctx context.Context, n newcomer, day string, digits int, search bool) (code string, err error) {
	err = s.write(ctx, "a new customer", func(ctx context.Context, tx bun.Tx) error {
		taken, err := s.one(ctx, tx, new(customerLogin), "login_id = ?", n.loginID)
		if err != nil {
			return err
		}
		if taken {
			return errLoginTaken
		}
		if code, err = s.nextCode(ctx, tx, digits, search); err != nil {
			return err
		}
		row := customer{Tenant: s.tenant, Code: code, ResistDate: day, UpdatedDate: day}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		login := s.sealed(customerLogin{
			ID: kit.NewUUID(), Tenant: s.tenant, LoginID: n.loginID, Code: code, PassHash: n.passHash, HintCode: n.hintCode,
		}, secrets{n.token, n.uuid, n.hintAns})
		_, err = tx.NewInsert().Model(&login).Exec(ctx)
		return err
	})
	return code, err
}

// nextCode takes the next number of 名称区分 KY1 / 名称CD 01 as a customer's code,
// and with search the next one that is free.
func (s store) nextCode(ctx context.Context, tx bun.Tx, digits int, search bool) (string, error) {
	var number int64
	err := tx.NewRaw(`INSERT INTO hc_master_meisho (tenant, kubun, code, renban) VALUES (?, ?, ?, 1)
		ON CONFLICT (tenant, kubun, code) DO UPDATE SET renban = hc_master_meisho.renban + 1 RETURNING renban`,
		s.tenant, kubunNumber, codeNumber).Scan(ctx, &number)
	if err != nil {
		return "", fmt.Errorf("taking a customer's number: %w", err)
	}
	if !search {
		return codeOf(number, digits), nil
	}
	if number, err = s.freeNumber(ctx, tx, number, digits); err != nil {
		return "", err
	}
	_, err = tx.NewUpdate().Model((*term)(nil)).Set("renban = ?", number).
		Where("tenant = ? AND kubun = ? AND code = ?", s.tenant, kubunNumber, codeNumber).Exec(ctx)
	return codeOf(number, digits), err
}

func codeOf(number int64, digits int) string { return fmt.Sprintf("%0*d", digits, number) }

// mostSkipped is how many customers who came in by an import a sign-up passes in
// search of a number that is free.
const mostSkipped = 1000

// freeNumber gives the first number from the given one on that is nobody's code.
func (s store) freeNumber(ctx context.Context, tx bun.Tx, number int64, digits int) (int64, error) {
	there, err := s.one(ctx, tx, new(customer), "code = ?", codeOf(number, digits))
	if err != nil || !there {
		return number, err
	}
	var following []string
	err = tx.NewSelect().Model((*customer)(nil)).Column("code").
		Where("tenant = ? AND code > ?", s.tenant, codeOf(number, digits)).Order("code").Limit(mostSkipped).Scan(ctx, &following)
	if err != nil {
		return 0, err
	}
	taken := setOf(following)
	for number++; taken[codeOf(number, digits)]; number++ {
	}
	if len(taken) == mostSkipped && codeOf(number-1, digits) == following[mostSkipped-1] {
		return 0, fmt.Errorf("the next %d customer codes of tenant %s are all taken; `sekisho crm import customers --last-number` sets the number", mostSkipped, s.tenant)
	}
	return number, nil
}
