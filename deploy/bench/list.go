package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"time"

	"github.com/jackc/pgx/v5"
)

// The columns of the list, and customers enough for each.
const (
	listedColumns = "customer_id, name01, name02, email"
	fillCustomers = `INSERT INTO dtb_customer (customer_id, name01, name02, email, email_key, del_flg)
		SELECT id, '海山', '太郎' || id, 'customer' || id || '@example.com', 'customer' || id || '@example.com', '0'
		FROM generate_series(10, %d) AS id`
)

// measureList is S3: the whole list of customers, streamed by the gateway, beside
// what psql does with the same columns.
func (b *bench) measureList() error {
	g, database, err := b.gatewayOnServers()
	if err != nil {
		return err
	}
	n := b.size(1_000_000, 5_000)
	if err := fillList(database, n); err != nil {
		return err
	}
	list := g.url + "/user/list?sid=3&key=00000000"
	found, err := b.inTurn(
		side{"/user/list, a customer", b.timed(n, func() error { return readList(list, n) }, g.pid)},
		side{"psql COPY, a row", b.timed(n, func() error { return copyList(database) })},
	)
	if err != nil {
		return err
	}
	b.row("S3", fmt.Sprintf("`/user/list` of %d customers : `psql` with COPY of the same columns, rows/s", n), atLeast(0.35),
		ratio(found["/user/list, a customer"], found["psql COPY, a row"], rate))
	return nil
}

func fillList(database string, n int) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, statement := range []string{fmt.Sprintf(fillCustomers, n), "VACUUM ANALYZE dtb_customer"} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("filling the list: %w", err)
		}
	}
	return nil
}

// timed gives a side that does something with n rows once, however long it takes.
func (b *bench) timed(n int, do func() error, pids ...int) func() (sample, error) {
	return func() (sample, error) {
		before, err := processorTime(pids...)
		if err != nil {
			return sample{}, err
		}
		began := time.Now()
		if err := do(); err != nil {
			return sample{}, err
		}
		took := time.Since(began)
		after, err := processorTime(pids...)
		return sample{
			Rate: float64(n) / took.Seconds(),
			CPU:  float64((after - before).Microseconds()) / float64(n),
		}, err
	}
}

// readList reads the list, and makes sure that it is whole.
func readList(url string, n int) error {
	response, err := http.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	buffer := make([]byte, 256<<10)
	customers := 0
	tail := make([]byte, 0, 2)
	for {
		read, err := response.Body.Read(buffer)
		customers += bytes.Count(buffer[:read], []byte("{\"")) // one that is cut in two is missed
		tail = append(tail, buffer[max(0, read-2):read]...)
		tail = tail[max(0, len(tail)-2):]
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if response.StatusCode != http.StatusOK || string(tail) != "]}" || customers < n*99/100 {
		return fmt.Errorf("the list is answered %s, with %d customers, and ends in %q", response.Status, customers, tail)
	}
	return nil
}

// copyList has psql write the rows to /dev/null.
func copyList(database string) error {
	said, err := exec.Command("psql", "--quiet", "--output", "/dev/null", "--command",
		"COPY (SELECT "+listedColumns+" FROM dtb_customer) TO STDOUT", database).CombinedOutput()
	if err != nil {
		return fmt.Errorf("running psql: %w\n%s", err, said)
	}
	return nil
}
