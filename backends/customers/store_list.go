package customers

import (
	"context"
	"fmt"
	"strconv"

	"sekisho/caddymodules/stores"
)

// readPage is prepared once for all pages of a list. One of a million customers
// takes 0.6 of the time that it took with bun's query: see S3 in deploy/bench.
var readPage = stores.Prepare("SELECT customer_id, name01, name02, email FROM dtb_customer WHERE " + living +
	" AND customer_id > $1 ORDER BY customer_id LIMIT " + strconv.Itoa(listPage))

// page is a piece of the list.
type page struct {
	json      []byte
	customers int
	last      int64 // the id of the last customer
}

// page appends up to listPage living customers after an id to dst.
func (s *store) page(ctx context.Context, after int64, dst []byte) (page, error) {
	var p page
	var l listed
	into := []any{&l.ID, &l.Name01, &l.Name02, &l.Email}
	err := s.SQL.ReadPrepared(ctx, stores.Asking{
		Read:  readPage,
		Args:  []any{after},
		Begin: func() { p = page{json: dst, last: after} },
		Each: func(row stores.Row) error {
			if err := row.Scan(into...); err != nil {
				return err
			}
			if after != 0 || p.customers > 0 {
				p.json = append(p.json, ',')
			}
			p.json = l.append(p.json)
			p.customers++
			p.last = l.ID
			return nil
		},
	})
	if err != nil {
		return page{}, fmt.Errorf("reading the list: %w", err)
	}
	return p, nil
}
