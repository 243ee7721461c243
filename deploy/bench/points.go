package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// registers are the cash registers that book at the same time, each with a session
// and customers of its own.
const registers = 64

// pointsSite is where the cash registers find the CRM.
const pointsSite = "/cv.net_adi-mo/isql/api/"

// measurePoints measures the booking of sales by cash registers (P), beside pgbench
// that runs the same three statements in one transaction on the same tables: no
// program between the registers and the database could be quicker.
func (b *bench) measurePoints() error {
	g, database, err := b.gatewayOnServers()
	if err != nil {
		return err
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	each := b.size(1_000, 10)
	if err := addCustomers(ctx, conn, registers*each); err != nil {
		return err
	}
	tokens, err := g.openRegisters()
	if err != nil {
		return err
	}
	pgbench, err := b.pgbench(database, each)
	if err != nil {
		return err
	}
	prepared := func() (sample, error) { return pgbench("-M", "prepared") }
	usual := func() (sample, error) { return pgbench() }
	book := b.wrk(g.crm, salesOf(tokens, each), registers, g.pid)
	const booking, other, best = "Set_UserPoint, 64 registers", "pgbench, 64 clients", "pgbench, 64 clients, statements prepared"
	found, err := b.inTurn(
		side{booking, booked(ctx, conn, b.seconds, book)},
		side{other, usual},
		side{best, prepared},
	)
	if err != nil {
		return err
	}
	b.row("P1", "`Set_UserPoint`, 64 registers : pgbench of the same three statements in one transaction", atLeast(0.50), ratio(found[booking], found[other], rate))
	b.row("", "… with pgbench's statements prepared", goal{}, ratio(found[booking], found[best], rate))
	return nil
}

// addCustomers adds customers of the demo's tenant with balances, numbered from 1.
func addCustomers(ctx context.Context, conn *pgx.Conn, n int) error {
	for _, statement := range []string{
		fmt.Sprintf(`INSERT INTO hc_master_kokyaku (tenant, code, name, kana, rank, shop, segment, resist_date, has_left)
			SELECT 'adi-mo', lpad(n::text, 13, '0'), '岡本 ' || n, 'オカモト', '5', '0001', 1, '20140401', false FROM generate_series(1, %d) AS n`, n),
		fmt.Sprintf("INSERT INTO hc_point_real (tenant, code, balance) SELECT 'adi-mo', lpad(n::text, 13, '0'), 0 FROM generate_series(1, %d) AS n", n),
		"VACUUM ANALYZE",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("adding customers: %w", err)
		}
	}
	return nil
}

// openRegisters opens a session for each cash register.
func (g *gateway) openRegisters() (tokens []string, err error) {
	for range registers {
		response, err := http.PostForm(g.crm+pointsSite+"Auth.aspx", url.Values{"login_id": {"demo"}, "password": {"demo1234"}})
		if err != nil {
			return nil, err
		}
		var opened struct{ Token string }
		err = json.NewDecoder(response.Body).Decode(&opened)
		response.Body.Close()
		if err != nil || opened.Token == "" {
			return nil, fmt.Errorf("opening a register's session: %s, %w", response.Status, err)
		}
		tokens = append(tokens, opened.Token)
	}
	return tokens, nil
}

// salesOf is wrk's script. It does not know which of its connections asks next, so
// each of its two threads goes around the registers of one half, and around the
// customers of a register: no two sales under way are of one customer.
func salesOf(tokens []string, each int) string {
	return fmt.Sprintf(`
local tokens = {"%s"}
local threads = 0
function setup(thread)
	thread:set("first", threads * %d)
	threads = threads + 1
	thread:set("run", os.time())
end
local sales = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
function request()
	local register = first + sales %% %d
	local customer = register * %d + math.floor(sales / %d) %% %d + 1
	sales = sales + 1
	return wrk.format(nil, "%sSet_UserPoint.aspx", nil, string.format(
		"Token=%%s&user_code=%%013d&sales_date=20140501&sales_division=10&sales_shop=0001&register_no=%%02d&receipt_no=%%d-%%d&get_point=58&use_point=8&user_remarks=",
		tokens[register + 1], customer, register, run, sales))
end
`, strings.Join(tokens, `","`), registers/2, registers/2, each, registers/2, each, pointsSite)
}

// booked sees that each sale that was answered stands in the history: a refusal is
// answered 200 as well.
func booked(ctx context.Context, conn *pgx.Conn, seconds int, run func() (sample, error)) func() (sample, error) {
	count := func() (n int64, err error) {
		err = conn.QueryRow(ctx, "SELECT count(*) FROM hc_tran_point_rireki").Scan(&n)
		return n, err
	}
	return func() (sample, error) {
		before, err := count()
		if err != nil {
			return sample{}, err
		}
		got, err := run()
		if err != nil {
			return sample{}, err
		}
		after, err := count()
		if err != nil {
			return sample{}, err
		}
		if answered := int64(got.Rate * float64(seconds)); after-before < answered {
			return sample{}, fmt.Errorf("of %d sales that were answered %d were booked", answered, after-before)
		}
		return got, nil
	}
}

// sameStatements are those of Set_UserPoint, as a script of pgbench.
const sameStatements = `\set customer :client_id * %d + random(1, %[1]d)
\set receipt random(1, 9000000000000000000)
BEGIN;
SELECT c.*, EXISTS (SELECT 1 FROM hc_master_tokui t WHERE t.tenant = c.tenant AND t.code = '0001') AS shop_known FROM hc_master_kokyaku c WHERE c.tenant = 'adi-mo' AND c.code = lpad(:customer::text, 13, '0') FOR NO KEY UPDATE OF c;
INSERT INTO hc_tran_point_rireki (tenant, code, sales_date, sales_division, shop, register_no, receipt_no, get_point, use_point, remarks, rank, kind, created_at) VALUES ('adi-mo', lpad(:customer::text, 13, '0'), '20140501', '10', '0001', :client_id::text, :receipt::text, 58, 8, '', '5', 0, 1522076400000) ON CONFLICT DO NOTHING;
INSERT INTO hc_point_real AS points (tenant, code, balance) VALUES ('adi-mo', lpad(:customer::text, 13, '0'), 50) ON CONFLICT (tenant, code) DO UPDATE SET balance = points.balance + EXCLUDED.balance;
COMMIT;
`

// pgbench gives what runs pgbench with further arguments.
func (b *bench) pgbench(database string, each int) (func(args ...string) (sample, error), error) {
	folder, err := b.path("pgbench")
	if err != nil {
		return nil, err
	}
	script := filepath.Join(folder, "sale.sql")
	if err := os.WriteFile(script, []byte(fmt.Sprintf(sameStatements, each)), 0o600); err != nil {
		return nil, err
	}
	return func(args ...string) (sample, error) {
		command := exec.Command("pgbench", append(args, "-n", "-c", strconv.Itoa(registers), "-j", "2",
			"-T", strconv.Itoa(b.seconds), "-f", script, database)...)
		said, err := command.CombinedOutput()
		if err != nil {
			return sample{}, fmt.Errorf("running pgbench: %w\n%s", err, said)
		}
		_, after, _ := strings.Cut(string(said), "\ntps = ")
		word, _, _ := strings.Cut(after, " ")
		rate, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return sample{}, fmt.Errorf("reading what pgbench counted: %w\n%s", err, said)
		}
		return sample{Rate: rate}, nil
	}, nil
}
