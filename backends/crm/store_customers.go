package crm

import (
	"context"
	"slices"

	"sekisho/caddymodules/stores"

	"github.com/uptrace/bun"
)

// customer is a row of the customer master. The zero value is a customer whom
// nobody knows.
type customer struct {
	bun.BaseModel `bun:"table:hc_master_kokyaku"`

	Tenant           string `bun:"tenant,pk"`
	Code             string `bun:"code,pk"`
	Name             string `bun:"name"`
	Kana             string `bun:"kana"`
	PostalCode       string `bun:"postal_code"`
	Address1         string `bun:"address1"`
	Address2         string `bun:"address2"`
	Address3         string `bun:"address3"`
	Tel1             string `bun:"tel1"`
	Tel2             string `bun:"tel2"`
	Tel1Digits       string `bun:"tel1_digits"` // see telDigits
	Tel2Digits       string `bun:"tel2_digits"`
	Email            string `bun:"email"`
	Rank             string `bun:"rank"`
	Shop             string `bun:"shop"`
	Birth            string `bun:"birth"`
	Memo             string `bun:"memo"`
	Gender           int64  `bun:"gender"`
	Tanto            string `bun:"tanto"`
	TotalShopCount   int64  `bun:"total_shop_count"`
	TotalSalesCount  int64  `bun:"total_sales_count"`
	TotalSalesAmount int64  `bun:"total_sales_amount"`
	Segment          int64  `bun:"segment"`
	Division01       string `bun:"division01"`
	Division02       string `bun:"division02"`
	Division03       string `bun:"division03"`
	Division04       string `bun:"division04"`
	Division05       string `bun:"division05"`
	Division06       string `bun:"division06"`
	Division07       string `bun:"division07"`
	Division08       string `bun:"division08"`
	Division09       string `bun:"division09"`
	Division10       string `bun:"division10"`
	ExpandMemo       string `bun:"expand_memo"`
	Tanto2           string `bun:"tanto2"`
	LastShopDate     string `bun:"last_shop_date"`
	ResistDate       string `bun:"resist_date"`
	UpdatedDate      string `bun:"updated_date"`
	HasLeft          bool   `bun:"has_left"`
	LeftDate         string `bun:"left_date"`
}

// attribute is one of a customer's attributes.
type attribute struct {
	bun.BaseModel `bun:"table:hc_kokyaku_zokusei,alias:attribute"`

	Tenant   string `bun:"tenant,pk"`
	Code     string `bun:"code,pk"`
	Kubun    string `bun:"kubun,pk"` // kubunAttribute1, kubunAttribute2
	Position int64  `bun:"position,pk"`
	AttrID   string `bun:"attr_id"`

	Name string `bun:"name,scanonly"` // from the master
}

// profile is all that Get_UserInfo2 shows of a customer.
type profile struct {
	customer
	login      customerLogin
	points     points
	attributes []attribute // in their order
}

// profile gives a login's customer with all that belongs to them.
func (s store) profile(ctx context.Context, login customerLogin) (p profile, err error) {
	err = s.read(ctx, "a customer", func(ctx context.Context, db bun.IDB) error {
		p, err = s.profileIn(ctx, db, login)
		return err
	})
	return p, err
}

var attributeColumns = stores.ColumnsOf[attribute]("attribute", "")

func (s store) profileIn(ctx context.Context, db bun.IDB, login customerLogin) (profile, error) {
	p := profile{login: login}
	if _, err := s.one(ctx, db, &p.customer, "code = ?", login.Code); err != nil {
		return p, err
	}
	if _, err := s.one(ctx, db, &p.points, "code = ?", login.Code); err != nil {
		return p, err
	}
	return p, db.NewSelect().Model(&p.attributes).Apply(attributeColumns).ColumnExpr("COALESCE(m.name, '') AS name").
		Join("LEFT JOIN hc_master_meisho m ON m.tenant = attribute.tenant AND m.kubun = attribute.kubun AND m.code = attribute.attr_id").
		Where("attribute.tenant = ? AND attribute.code = ?", s.tenant, login.Code).
		Order("attribute.kubun", "attribute.position").Scan(ctx)
}

// change is what Set_UserInfo2 changes of a customer: columns of the customer
// master, lists of attributes that replace those that are there, and columns of
// the login.
type change struct {
	columns    []columnValue
	attributes map[string][]string // by kubun, ids in their order
	hintCode   *string
	hintAns    *string
}

type columnValue struct {
	column string
	value  any
}

// with gives the columns of the change, and those others of which it says
// nothing: no column may be set twice.
func (c change) with(others []columnValue) []columnValue {
	all := slices.Clone(c.columns)
	for _, other := range others {
		if !slices.ContainsFunc(all, func(set columnValue) bool { return set.column == other.column }) {
			all = append(all, other)
		}
	}
	return all
}

// change changes a login's customer, all at once, and gives what they are then.
// otherwise gives what is to stand, as the customer is, in columns of which the
// change says nothing.
func (s store) change(ctx context.Context, login customerLogin, c change, otherwise func(customer) []columnValue) (p profile, err error) {
	err = s.write(ctx, "a customer", func(ctx context.Context, tx bun.Tx) error {
		var row customer
		found, err := s.locked(ctx, tx, &row, "code = ?", login.Code)
		if err != nil {
			return err
		}
		if !found {
			return errCustomerUnknown
		}
		update := tx.NewUpdate().Model((*customer)(nil)).Where("tenant = ? AND code = ?", s.tenant, login.Code)
		for _, set := range c.with(otherwise(row)) {
			update.Set("? = ?", bun.Ident(set.column), set.value)
		}
		if _, err := update.Exec(ctx); err != nil {
			return err
		}
		if err := s.replaceAttributes(ctx, tx, login.Code, c.attributes); err != nil {
			return err
		}
		login, err := s.changeHints(ctx, tx, login, c)
		if err != nil {
			return err
		}
		p, err = s.profileIn(ctx, tx, login)
		return err
	})
	return p, err
}

// replaceAttributes puts lists of attributes in the place of those of the same
// kubun.
func (s store) replaceAttributes(ctx context.Context, tx bun.Tx, code string, lists map[string][]string) error {
	for kubun, ids := range lists {
		_, err := tx.NewDelete().Model((*attribute)(nil)).Where("tenant = ? AND code = ? AND kubun = ?", s.tenant, code, kubun).Exec(ctx)
		if err != nil {
			return err
		}
		rows := make([]attribute, len(ids))
		for i, id := range ids {
			rows[i] = attribute{Tenant: s.tenant, Code: code, Kubun: kubun, Position: int64(i), AttrID: id}
		}
		if len(rows) == 0 {
			continue
		}
		if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// found is a customer as a cash register asks for them.
type found struct {
	customer `bun:",extend"`

	RankName string `bun:"rank_name,scanonly"`
	Rate     int64  `bun:"rate,scanonly"` // of the rank, in hundredths
	Balance  int64  `bun:"balance,scanonly"`
}

// mostFound bounds the customers of one telephone number.
const mostFound = 100

// byCode gives the customer of a code, left or not; there is at most one.
func (s store) byCode(ctx context.Context, code string) ([]found, error) {
	return s.search(ctx, "c.code = ?", code)
}

// byTel gives the customers who have a telephone number, left or not, by code.
// Each half of the union has an index of its own.
func (s store) byTel(ctx context.Context, digits string) ([]found, error) {
	return s.search(ctx, `c.code IN (
		SELECT code FROM hc_master_kokyaku WHERE tenant = ? AND tel1_digits = ? AND tel1_digits <> ''
		UNION SELECT code FROM hc_master_kokyaku WHERE tenant = ? AND tel2_digits = ? AND tel2_digits <> '')`,
		s.tenant, digits, s.tenant, digits)
}

var foundColumns = stores.ColumnsOf[customer]("c", "")

func (s store) search(ctx context.Context, where string, args ...any) (all []found, err error) {
	err = s.read(ctx, "customers", func(ctx context.Context, db bun.IDB) error {
		all = nil
		return db.NewSelect().Model(&all).ModelTableExpr("hc_master_kokyaku AS c").Apply(foundColumns).
			ColumnExpr("COALESCE(m.name, '') AS rank_name").ColumnExpr("COALESCE(m.rate, 0) AS rate").
			ColumnExpr("COALESCE(p.balance, 0) AS balance").
			Join("LEFT JOIN hc_master_meisho m ON m.tenant = c.tenant AND m.kubun = ? AND m.code = c.rank", kubunRank).
			Join("LEFT JOIN hc_point_real p ON p.tenant = c.tenant AND p.code = c.code").
			Where("c.tenant = ?", s.tenant).Where(where, args...).
			Order("c.has_left", "c.code").Limit(mostFound).Scan(ctx)
	})
	return all, err
}
