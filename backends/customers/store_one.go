package customers

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores"
)

// The reads behind detail and info, which sites ask all day: prepared, and all of
// a customer's texts taken as one string, `/user/detail` takes 0.6 of the
// processor time that it took with bun's query: see S1 in deploy/bench.
var (
	readByID    = stores.Prepare(selectCustomer + "customer_id = $1")
	readByEmail = stores.Prepare(selectCustomer + "email_key = $1")
)

var selectCustomer = "SELECT " + strings.Join(csvColumns(), ", ") + " FROM dtb_customer WHERE " + living + " AND "

// byID gives a living customer, or NotFound.
func (s *store) byID(ctx context.Context, id int64) (customer, error) {
	return s.one(ctx, readByID, id)
}

// byEmail gives the living customer with an address, or NotFound.
func (s *store) byEmail(ctx context.Context, email string) (customer, error) {
	return s.one(ctx, readByEmail, kit.MailKey(email))
}

func (s *store) one(ctx context.Context, read *stores.Prepared, arg any) (customer, error) {
	var found scanned
	err := s.SQL.ReadPrepared(ctx, stores.Asking{Read: read, Args: []any{arg}, Each: found.scan})
	if err != nil {
		return customer{}, fmt.Errorf("reading a customer: %w", err)
	}
	if found.values == nil {
		return customer{}, fault.New(fault.NotFound, "")
	}
	return s.opened(found)
}

// scanned is a row of selectCustomer.
type scanned struct {
	id     int64
	values [][]byte // of columns, in their order; of a text only the length outlives the row
	texts  string   // of those that are not sealed, one behind the other
}

// scan reads the only row.
func (f *scanned) scan(row stores.Row) error {
	f.values = make([][]byte, len(columns))
	into := make([]any, 1, 1+len(columns))
	into[0] = &f.id
	for i := range columns {
		if columns[i].sealed {
			into = append(into, &f.values[i])
		} else {
			into = append(into, (*sql.RawBytes)(&f.values[i]))
		}
	}
	if err := row.Scan(into...); err != nil {
		return err
	}
	var texts strings.Builder
	texts.Grow(usualTexts)
	for i, value := range f.values {
		if !columns[i].sealed {
			texts.Write(value)
		}
	}
	f.texts = texts.String()
	return nil
}

// usualTexts is room for the texts of most customers, in bytes.
const usualTexts = 512

// opened gives the customer of a row.
func (s *store) opened(found scanned) (customer, error) {
	c := customer{ID: found.id, Values: make(record, len(columns))}
	texts := found.texts
	for i, column := range columns {
		if !column.sealed {
			length := len(found.values[i])
			c.Values[column.name], texts = texts[:length], texts[length:]
			continue
		}
		plain, err := s.Seal.Open(stores.Purpose("dtb_customer", column.name, c.ID), found.values[i])
		if err != nil {
			return c, err
		}
		c.Values[column.name] = string(plain)
	}
	return c, nil
}
