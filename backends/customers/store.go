package customers

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores"
)

//go:embed migrations/*.sql
var migrations embed.FS

func init() {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the name is written in the line above
	}
	stores.Register(stores.Schema{
		Name:       "customers",
		Migrations: files,
		Tables:     []string{"dtb_customer", "customers_sites"},
		Sealed: []stores.SealedColumns{
			{Table: "dtb_customer", ID: colID, Columns: []string{colPassword, colAnswer}},
		},
		Demo: demo,
	})
}

// store keeps the customers and the sites.
type store struct {
	*stores.Stores
}

// customerRow is a row of dtb_customer.
type customerRow struct {
	bun.BaseModel `bun:"table:dtb_customer"`

	ID                                 int64 `bun:"customer_id,pk,autoincrement"`
	Name01, Name02, Kana01, Kana02     string
	Zip01, Zip02, Pref, Addr01, Addr02 string
	Email, EmailMobile                 string
	Tel01, Tel02, Tel03                string
	Fax01, Fax02, Fax03                string
	Sex, Job, Birth                    string
	Password                           []byte
	Reminder                           string
	ReminderAnswer                     []byte
	SecretKey                          string
	FirstBuyDate, LastBuyDate          string
	BuyTimes, BuyTotal, Point          string
	Note, Status                       string
	CreateDate, UpdateDate             string
	Cel01, Cel02, Cel03                string
	DelFlg, MailmagaFlg, URL           string

	EmailKey string
}

// fields are the row's columns in the order of columns.
func (r *customerRow) fields() []any {
	return []any{
		&r.Name01, &r.Name02, &r.Kana01, &r.Kana02, &r.Zip01, &r.Zip02, &r.Pref, &r.Addr01, &r.Addr02,
		&r.Email, &r.EmailMobile, &r.Tel01, &r.Tel02, &r.Tel03, &r.Fax01, &r.Fax02, &r.Fax03,
		&r.Sex, &r.Job, &r.Birth, &r.Password, &r.Reminder, &r.ReminderAnswer, &r.SecretKey,
		&r.FirstBuyDate, &r.LastBuyDate, &r.BuyTimes, &r.BuyTotal, &r.Point, &r.Note, &r.Status,
		&r.CreateDate, &r.UpdateDate, &r.Cel01, &r.Cel02, &r.Cel03, &r.DelFlg, &r.MailmagaFlg, &r.URL,
	}
}

// row gives the row of a customer. Without an id the sealed columns stay out:
// they are bound to it.
func (s *store) row(c customer) *customerRow {
	row := &customerRow{ID: c.ID, EmailKey: kit.MailKey(c.Values[colEmail])}
	for i, field := range row.fields() {
		value := c.Values[columns[i].name]
		switch field := field.(type) {
		case *string:
			*field = value
		case *[]byte:
			if c.ID != 0 {
				*field = s.seal(columns[i].name, c.ID, value)
			}
		}
	}
	return row
}

// customer opens a row.
func (s *store) customer(row *customerRow) (customer, error) {
	c := customer{ID: row.ID, Values: make(record, len(columns))}
	for i, field := range row.fields() {
		name := columns[i].name
		switch field := field.(type) {
		case *string:
			c.Values[name] = *field
		case *[]byte:
			plain, err := s.Seal.Open(stores.Purpose("dtb_customer", name, c.ID), *field)
			if err != nil {
				return c, err
			}
			c.Values[name] = string(plain)
		}
	}
	return c, nil
}

func (s *store) seal(column string, id int64, value string) []byte {
	return s.Seal.Seal(stores.Purpose("dtb_customer", column, id), []byte(value))
}

const living = "del_flg <> '1'"

// create keeps a new customer and gives the id. Conflict is a taken address.
func (s *store) create(ctx context.Context, values record) (id int64, err error) {
	err = s.SQL.Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		// A refused create takes no number, so that both databases give the next
		// one alike. Of two at once the unique index decides.
		if taken, err := isTaken(ctx, tx, values); err != nil || taken {
			return cmp.Or(err, error(fault.New(fault.Conflict, colEmail)))
		}
		if id, err = s.number(ctx, tx, values); err != nil {
			return err
		}
		if values[colPassword] == "" && values[colAnswer] == "" {
			return nil
		}
		row := s.row(customer{ID: id, Values: values}) // sealed, now that there is an id
		_, err = tx.NewUpdate().Model(row).Column(colPassword, colAnswer).WherePK().Exec(ctx)
		return err
	})
	return id, refused("creating a customer", err)
}

// numbersTried is how many ids a create tries. Each number that an import took
// before PostgreSQL's sequence came by it costs one.
const numbersTried = 100

var errNoNumber = errors.New("the sequence gives ids that customers have already")

// number inserts a new customer under the next free id. Of the unique indexes
// only that of the addresses refuses.
func (s *store) number(ctx context.Context, tx bun.Tx, values record) (id int64, err error) {
	for range numbersTried {
		row := s.row(customer{Values: values})
		_, err := tx.NewInsert().Model(row).On("CONFLICT (customer_id) DO NOTHING").Returning(colID).Exec(ctx)
		if err != nil && !errors.Is(err, sql.ErrNoRows) || row.ID != 0 {
			return row.ID, err
		}
	}
	return 0, errNoNumber
}

// isTaken says whether a living customer has the address of one who is to live.
func isTaken(ctx context.Context, tx bun.Tx, values record) (bool, error) {
	if values[colDeleted] == "1" {
		return false, nil
	}
	return tx.NewSelect().Model((*customerRow)(nil)).
		Where("email_key = ?", kit.MailKey(values[colEmail])).Where(living).Exists(ctx)
}

// An update of so many customers does the work of many calls, and may take
// their time.
const (
	crowdedUpdate   = 200
	crowdedPatience = 30 * time.Second
)

// update applies the changes in their order, all or none. NotFound is a
// customer who is not there or deleted, Conflict a taken address.
func (s *store) update(ctx context.Context, changes []change) error {
	if len(changes) > crowdedUpdate {
		ctx = stores.Within(ctx, crowdedPatience)
	}
	err := s.SQL.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.lock(ctx, tx, changes); err != nil {
			return err
		}
		for _, batch := range batches(changes) {
			if err := s.apply(ctx, tx, batch); err != nil {
				return err
			}
		}
		return nil
	})
	return refused("updating customers", err)
}

// lock takes the rows in the order of their ids, so that two updates of the
// same customers in another order wait for each other and do not deadlock.
// SQLite has one writer at a time anyhow.
func (s *store) lock(ctx context.Context, tx bun.Tx, changes []change) error {
	if !s.SQL.Postgres() || len(changes) == 1 {
		return nil
	}
	ids := make([]int64, 0, len(changes))
	for _, c := range changes {
		ids = append(ids, c.ID)
	}
	_, err := tx.NewRaw("SELECT 1 FROM dtb_customer WHERE customer_id IN (?) ORDER BY customer_id FOR UPDATE",
		bun.List(ids)).Exec(ctx)
	return err
}

// apply writes changes of the same columns to different living customers, in
// one statement.
func (s *store) apply(ctx context.Context, tx bun.Tx, changes []change) error {
	var names, sets []string
	rows := make([]bun.TupleValues, 0, len(changes))
	for i, change := range changes {
		values := []any{change.ID}
		for name, value := range s.assignments(change) {
			values = append(values, value)
			if i > 0 {
				continue
			}
			names = append(names, name)
			if _, sealed := value.([]byte); sealed && s.SQL.Postgres() {
				sets = append(sets, name+" = CAST(sent."+name+" AS BYTEA)") // a list of values is text to PostgreSQL
			} else {
				sets = append(sets, name+" = sent."+name)
			}
		}
		rows = append(rows, bun.Tuple(values))
	}
	result, err := tx.NewRaw("WITH sent (customer_id, "+strings.Join(names, ", ")+") AS (VALUES ?)"+
		" UPDATE dtb_customer SET "+strings.Join(sets, ", ")+
		" FROM sent WHERE dtb_customer.customer_id = sent.customer_id AND dtb_customer."+living, bun.List(rows)).Exec(ctx)
	if err != nil {
		return err
	}
	if changed, err := result.RowsAffected(); err != nil || changed < int64(len(changes)) {
		return errors.Join(err, fault.New(fault.NotFound, ""))
	}
	return nil
}

// assignments gives what a change writes, in a fixed order.
func (s *store) assignments(c change) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, column := range columns {
			value, there := c.Values[column.name]
			if !there {
				continue
			}
			written := any(value)
			if column.sealed {
				written = s.seal(column.name, c.ID, value)
			}
			if !yield(column.name, written) {
				return
			}
			if column.name == colEmail && !yield("email_key", kit.MailKey(value)) {
				return
			}
		}
	}
}

// delete marks a living customer as deleted, or says NotFound.
func (s *store) delete(ctx context.Context, id int64) error {
	err := s.SQL.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewUpdate().Table("dtb_customer").Set("del_flg = '1'").
			Where("customer_id = ?", id).Where(living).Exec(ctx)
		if err != nil {
			return err
		}
		if changed, err := result.RowsAffected(); err != nil || changed == 0 {
			return errors.Join(err, fault.New(fault.NotFound, ""))
		}
		return nil
	})
	return refused("deleting a customer", err)
}

// refused makes a Conflict of a unique index's refusal, which also decides
// between two who want the same address at once. An import may meet the index
// of the ids, everybody else only that of the addresses.
func refused(doing string, err error) error {
	switch {
	case err == nil || fault.Is(err, fault.NotFound):
		return err
	case stores.IsTaken(err):
		return fault.New(fault.Conflict, colEmail)
	}
	return fmt.Errorf(doing+": %w", err)
}
