package crm

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sekisho/backends/kit/cp932"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// BenchmarkImportCustomers imports a file of 1,000,000 customers in CP932
// (SEKISHO_BENCH_CUSTOMERS sets another number) with the built binary, as an
// operator does, and before it the same file with a last line that is at fault,
// which must leave nothing behind. It gives the seconds and the rows a second of
// the import, and how much memory the process had at most.
func BenchmarkImportCustomers(b *testing.B) {
	crowd := newCrowd(b)
	for _, combination := range []string{storetest.Embedded, storetest.Postgres} {
		b.Run(combination, func(b *testing.B) {
			for b.Loop() {
				crowd.importInto(b, combination)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// crowd is a file of many customers.
type crowd struct {
	binary, file string
	customers    int
	size         int64 // bytes
}

func newCrowd(b *testing.B) *crowd {
	b.Helper()
	c := &crowd{binary: os.Getenv("SEKISHO_BINARY"), file: filepath.Join(b.TempDir(), "customers.csv"), customers: 1_000_000}
	if c.binary == "" {
		b.Fatal("SEKISHO_BINARY is not set: this benchmark needs the built gateway; run `make -f xcaddy.mk bench BENCH=ImportCustomers`")
	}
	if given := os.Getenv("SEKISHO_BENCH_CUSTOMERS"); given != "" {
		var err error
		if c.customers, err = strconv.Atoi(given); err != nil {
			b.Fatal(err)
		}
	}
	if err := c.write(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(c.file)
	if err != nil {
		b.Fatal(err)
	}
	c.size = info.Size()
	b.Logf("%d customers in %d MB", c.customers, c.size/1e6)
	return c
}

// filled are the columns of the file.
const filled = "code,name,kana,postal_code,address1,address2,tel1,tel2,email,rank,shop,birth,memo,gender,tanto,total_shop_count," +
	"total_sales_count,total_sales_amount,segment,division01,division02,division03,expand_memo,last_shop_date,last_year_point," +
	"resist_date,updated_date,has_left,attribute1,attribute2"

func (c *crowd) write() error {
	file, err := os.Create(c.file)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	fmt.Fprintln(out, filled)
	rnd := rand.New(rand.NewPCG(20140401, 1))
	for n := range c.customers {
		line, ok := cp932.Encode(customerLine(rnd, n))
		if !ok {
			return errors.New("a customer cannot be written in CP932")
		}
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return errors.Join(out.Flush(), file.Close())
}

func customerLine(rnd *rand.Rand, n int) string {
	one := func(of ...string) string { return of[rnd.IntN(len(of))] }
	date := func(first, years int) string {
		return fmt.Sprintf("%04d%02d%02d", first+rnd.IntN(years), 1+rnd.IntN(12), 1+rnd.IntN(28))
	}
	return strings.Join([]string{
		crowdCode(n), crowdName(n), one("ﾀｶﾊｼ", "ｻﾄｳ", "ｽｽﾞｷ") + " " + one("ﾊﾅｺ", "ﾕｷ", "ﾊｼﾞﾒ"), fmt.Sprintf("%03d-%04d", rnd.IntN(1000), rnd.IntN(10000)),
		one("東京都豊島区東池袋", "大阪府大阪市北区梅田", "愛知県名古屋市中村区名駅") + fmt.Sprintf("%d-%d-%d", 1+rnd.IntN(9), 1+rnd.IntN(30), 1+rnd.IntN(30)),
		one("サンシャイン", "グランドメゾン", "コーポ①番館") + fmt.Sprint(" ", 101+rnd.IntN(900), "号室"),
		fmt.Sprintf("03-%04d-%04d", rnd.IntN(10000), rnd.IntN(10000)), fmt.Sprintf("090-%04d-%04d", rnd.IntN(10000), rnd.IntN(10000)),
		fmt.Sprintf("customer%d@example.com", n), one("1", "2", "3", "4", "5"), fmt.Sprintf("%04d", 1+rnd.IntN(300)), date(1940, 70),
		one(".", "電話連絡は夜", "\"DM不要, 要確認\""), one("0", "1", "2"), fmt.Sprintf("%06d", rnd.IntN(1000)), fmt.Sprint(rnd.IntN(100)),
		fmt.Sprint(rnd.IntN(300)), fmt.Sprint(rnd.IntN(1_000_000)), one("0", "1", "2", "9"), one("A", "B"), one("10", "20", "30"), one("新規", "既存"),
		one(".", "ご家族でご来店。サイズは９号、色は白～ベージュ"), date(2013, 2), fmt.Sprint(rnd.IntN(3) * rnd.IntN(2000)), date(2000, 14), date(2013, 2),
		one("0", "0", "0", "0", "0", "0", "0", "1"), one("01", "01 03", "02"), fmt.Sprintf("%04d", 1+rnd.IntN(300)),
	}, ",") + "\r\n"
}

func crowdCode(n int) string { return fmt.Sprintf("%013d", 1000+n) }
func crowdName(n int) string {
	return []string{"髙橋", "佐藤", "鈴木"}[n%3] + "　" + fmt.Sprint(n)
}

// importInto imports the file into an empty database.
func (c *crowd) importInto(b *testing.B, combination string) {
	config := storetest.Config(b, combination)
	caddyfile := storetest.Caddyfile(b, config)
	for _, args := range [][]string{{"migrate", "up"}, {"crm", "login", "add", "--tenant", demoTenant, "--login", "registers"}} {
		if _, _, err := c.run(caddyfile, args...); err != nil {
			b.Fatalf("%v: %v", args, err)
		}
	}

	c.append(b, crowdCode(c.customers)+",海山,,,,,,,,,,yesterday"+strings.Repeat(",", strings.Count(filled, ",")-11)+"\r\n")
	began := time.Now()
	_, peak, err := c.run(caddyfile, "crm", "import", "customers", c.file)
	if want := fmt.Sprintf("line %d: birth: is no date of the form YYYYMMDD", c.customers+2); err == nil || !strings.Contains(err.Error(), want) {
		b.Fatalf("%v\nwant %s", err, want)
	}
	b.Logf("%s: the last line's fault after %v, %d MiB", combination, time.Since(began).Round(time.Second), peak>>20)
	c.check(b, config, 0)
	if err := os.Truncate(c.file, c.size); err != nil {
		b.Fatal(err)
	}

	began = time.Now()
	out, peak, err := c.run(caddyfile, "crm", "import", "customers", c.file)
	took := time.Since(began)
	if want := fmt.Sprintf("%d customers imported\n", c.customers); err != nil || out != want {
		b.Fatalf("printed %q, %v; want %q", out, err, want)
	}
	b.ReportMetric(took.Seconds(), "s")
	b.ReportMetric(float64(c.customers)/took.Seconds(), "rows/s")
	b.ReportMetric(float64(peak)/(1<<20), "MiB")
	c.check(b, config, c.customers)
}

func (c *crowd) append(b *testing.B, line string) {
	b.Helper()
	file, err := os.OpenFile(c.file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		b.Fatal(err)
	}
	encoded, _ := cp932.Encode(line)
	_, err = file.Write(encoded)
	if err := errors.Join(err, file.Close()); err != nil {
		b.Fatal(err)
	}
}

// check finds as many customers in the database, and some of them as they were
// in the file.
func (c *crowd) check(b *testing.B, config stores.Config, want int) {
	b.Helper()
	s := storetest.OpenConfig(b, config)
	kept := store{sql: s.SQL, seal: s.Seal}.of(demoTenant)
	if rows := kept.countRows(b, "hc_master_kokyaku"); rows != want {
		b.Fatalf("%d customers are there, want %d", rows, want)
	}
	if want == 0 {
		if left := kept.countRows(b, "hc_kokyaku_zokusei") + kept.countRows(b, "hc_point_real") + kept.countRows(b, "hc_master_meisho"); left != 0 {
			b.Fatalf("%d rows of other tables are left", left)
		}
		return
	}
	for _, n := range []int{0, want / 2, want - 1} {
		found, err := kept.byCode(b.Context(), crowdCode(n))
		if err != nil || len(found) != 1 || found[0].Name != crowdName(n) {
			b.Fatalf("customer %d is %+v, %v", n, found, err)
		}
	}
}

// run runs a command of the binary. It gives what it printed, and how many bytes
// of it were resident at most: the kernel's own count of a child that has ended
// begins with what its parent had.
func (c *crowd) run(caddyfile string, args ...string) (out string, peak int64, err error) {
	cmd := exec.Command(c.binary, append(args, "--config", caddyfile)...)
	var printed, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &said
	if err := cmd.Start(); err != nil {
		return "", 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		peak = max(peak, residentPeak(cmd.Process.Pid))
		select {
		case err := <-ended:
			if err != nil {
				err = fmt.Errorf("%w\n%s", err, &said)
			}
			return printed.String(), peak, err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// residentPeak is how many bytes of a process have been resident at most so far, 0
// where it is over.
func residentPeak(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kilobytes int64
	_, _ = fmt.Sscan(rest, &kilobytes) // none of one that has just ended
	return kilobytes << 10
}
