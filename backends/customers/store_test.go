package customers

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
)

// fill keeps customers as they are.
func (s *shop) fill(customers ...customer) {
	s.t.Helper()
	err := s.store.SQL.Write(context.Background(), func(ctx context.Context, tx bun.Tx) error {
		return s.store.insert(ctx, tx, customers)
	})
	if err != nil {
		s.t.Fatalf("filling the table: %v", err)
	}
}

// fillMany keeps n living customers with the ids 1 to n, made by the database
// itself.
func (s *shop) fillMany(n int) {
	s.t.Helper()
	numbers := "(WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?) SELECT n FROM numbers)"
	if s.store.SQL.Postgres() {
		numbers = "(SELECT generate_series(1, ?) AS n)"
	}
	s.exec("INSERT INTO dtb_customer (customer_id, name01, name02, email, email_key, del_flg)"+
		" SELECT n, '関所', '太郎', 'customer' || n || '@example.com', 'customer' || n || '@example.com', '0' FROM "+numbers+" AS numbers", n)
	if s.store.SQL.Postgres() {
		s.exec("SELECT setval(pg_get_serial_sequence('dtb_customer', 'customer_id'), ?)", n)
	}
}

// exec runs one statement beside the gateway.
func (s *shop) exec(query string, args ...any) {
	s.t.Helper()
	err := s.store.SQL.Write(stores.Unhurried(context.Background()), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(query, args...).Exec(ctx)
		return err
	})
	if err != nil {
		s.t.Fatalf("%s: %v", strings.Fields(query)[0], err)
	}
}

// number asks the database for one number.
func (s *shop) number(query string, args ...any) (n int64) {
	s.t.Helper()
	s.ask(&n, query, args...)
	return n
}

// bytes asks the database for the value of one column of bytes.
func (s *shop) bytes(query string, args ...any) (b []byte) {
	s.t.Helper()
	s.ask(&b, query, args...)
	return b
}

func (s *shop) ask(answer any, query string, args ...any) {
	s.t.Helper()
	err := s.store.SQL.Read(context.Background(), func(ctx context.Context, db bun.IDB) error {
		return db.NewRaw(query, args...).Scan(ctx, answer)
	})
	if err != nil {
		s.t.Fatalf("asking the database: %v", err)
	}
}
