package crm

import (
	"context"

	"github.com/uptrace/bun"
)

// eachRow gives every row of a table of the tenant, in the order of key, which
// is a column that no two rows share.
func eachRow[Row any](ctx context.Context, s store, what, key string, keyOf func(*Row) any, give func([]Row) error) error {
	var after any
	for {
		var rows []Row
		err := s.read(ctx, what, func(ctx context.Context, db bun.IDB) error {
			rows = nil
			query := db.NewSelect().Model(&rows).Where("tenant = ?", s.tenant).OrderExpr("?", bun.Ident(key)).Limit(batch)
			if after != nil {
				query.Where("? > ?", bun.Ident(key), after)
			}
			return query.Scan(ctx)
		})
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			after = keyOf(&rows[len(rows)-1])
			if err := give(rows); err != nil {
				return err
			}
		}
		if len(rows) < batch {
			return nil
		}
	}
}

// eachCustomer gives every customer, those who left too, by code.
func (s store) eachCustomer(ctx context.Context, give func(comingCustomer) error) error {
	return eachRow(ctx, s, "customers", "code", func(c *customer) any { return c.Code }, func(rows []customer) error {
		all, err := s.whole(ctx, rows)
		if err != nil {
			return err
		}
		return oneByOne(give)(all)
	})
}

// whole gives some customers with what other tables keep of them.
func (s store) whole(ctx context.Context, rows []customer) ([]comingCustomer, error) {
	all, codes, at := make([]comingCustomer, len(rows)), make([]string, len(rows)), map[string]*comingCustomer{}
	for i, row := range rows {
		all[i] = comingCustomer{customer: row, attributes: map[string][]string{}}
		codes[i], at[row.Code] = row.Code, &all[i]
	}
	var years []points
	var attributes []attribute
	err := s.read(ctx, "customers", func(ctx context.Context, db bun.IDB) error {
		years, attributes = nil, nil
		err := db.NewSelect().Model(&years).Where("tenant = ?", s.tenant).Where("code IN (?)", bun.List(codes)).Scan(ctx)
		if err != nil {
			return err
		}
		return db.NewSelect().Model(&attributes).Where("tenant = ?", s.tenant).
			Where("code IN (?)", bun.List(codes)).Order("code", "kubun", "position").Scan(ctx)
	})
	for _, year := range years {
		at[year.Code].lastYear = year.LastYear
	}
	for _, a := range attributes {
		of := at[a.Code].attributes
		of[a.Kubun] = append(of[a.Kubun], a.AttrID)
	}
	return all, err
}

// eachLogin gives every customer's login, by login id.
func (s store) eachLogin(ctx context.Context, give func(customerLogin) error) error {
	return eachRow(ctx, s, "customers' logins", "login_id", func(l *customerLogin) any { return l.LoginID }, oneByOne(give))
}

// eachEntry gives the history of points, in the order in which it came.
func (s store) eachEntry(ctx context.Context, give func(entry) error) error {
	return eachRow(ctx, s, "points", "id", func(e *entry) any { return e.ID }, oneByOne(give))
}

// eachSale gives every line of a receipt, in the order in which it came in.
func (s store) eachSale(ctx context.Context, give func(sale) error) error {
	return eachRow(ctx, s, "sales", "id", func(l *sale) any { return l.ID }, oneByOne(give))
}

// eachShop gives every shop, by code.
func (s store) eachShop(ctx context.Context, give func(shop) error) error {
	return eachRow(ctx, s, "shops", "code", func(o *shop) any { return o.Code }, oneByOne(give))
}

// terms gives the rows of the master of names that are of some kinds.
func (s store) terms(ctx context.Context, kubuns ...string) (rows []term, err error) {
	err = s.read(ctx, "the master of names", func(ctx context.Context, db bun.IDB) error {
		rows = nil
		return db.NewSelect().Model(&rows).Where("tenant = ?", s.tenant).Where("kubun IN (?)", bun.List(kubuns)).
			Order("kubun", "code").Scan(ctx)
	})
	return rows, err
}

func oneByOne[Row any](give func(Row) error) func([]Row) error {
	return func(rows []Row) error {
		for _, row := range rows {
			if err := give(row); err != nil {
				return err
			}
		}
		return nil
	}
}
