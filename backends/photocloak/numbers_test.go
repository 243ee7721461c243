package photocloak

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// addCrowd signs up n members who may have as many cloaks as they like.
func addCrowd(t testing.TB, s *stores.Stores, n int) (mails []string) {
	t.Helper()
	err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		mails = nil
		var rows []member
		for i := range n {
			mail := fmt.Sprintf("member%d@example.com", i)
			mails = append(mails, mail)
			rows = append(rows, member{
				Mail: mail, MailKey: kit.MailKey(mail), Name: "会員", PassHash: "{plain}x", Generation: 1,
				MaxCloaks: 1_000_000, CreatedAt: clock.Now().UnixMilli(),
			})
		}
		_, err := tx.NewInsert().Model(&rows).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return mails
}

// takeNumbers has umiyama's cloaks, which have just ended, hold the numbers from
// first to last of a prefix, but for those left free.
func takeNumbers(t testing.TB, s *stores.Stores, prefix string, first, last int64, free ...int64) {
	t.Helper()
	free = append(free, 0) // IN () is no SQL
	ctx := stores.Within(t.Context(), time.Minute)
	err := s.SQL.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(`WITH RECURSIVE numbers(no) AS (SELECT ? UNION ALL SELECT no + 1 FROM numbers WHERE no < ?)
			INSERT INTO photocloak_cloaks (member_id, name, description, prefix, no, status, scope, lock_hash, lock_generation,
				can_download, can_upload, auto_extend, created_at, updated_at, ends_at)
			SELECT ?, '', '', ?, no, 1, 0, '', 0, false, false, false, 1, 1, ? FROM numbers WHERE no NOT IN (?)`,
			first, last, memberIDWithin(ctx, tx), prefix, clock.Now().UnixMilli(), bun.List(free)).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func memberIDWithin(ctx context.Context, tx bun.Tx) (id int64) {
	_ = tx.NewSelect().Model((*member)(nil)).Column("id").Where("mail = ?", umiyama).Scan(ctx, &id)
	return id // 0 is refused as unknown
}

// numbersOf gives the numbers that others than umiyama hold.
func (a *api) numbersOf() (numbers []string) {
	a.t.Helper()
	err := a.stores.SQL.Read(a.t.Context(), func(ctx context.Context, db bun.IDB) error {
		var held []cloak
		err := db.NewSelect().Model(&held).Where("member_id <> ?", memberID(a.t, a.stores, umiyama)).Order("prefix", "no").Scan(ctx)
		numbers = nil
		for _, c := range held {
			numbers = append(numbers, fmt.Sprint(c.Prefix, c.No))
		}
		return err
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return numbers
}

// Numbers are given out to the last one, each to one cloak. One is free again
// when its cloak's row is gone, not before.
func TestNumbersRunOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "prefix ume 梅\nprefix momo 桃\nmax_cloak_no 3")
		one := addCrowd(t, s, 1)[0]
		for range 6 {
			a.made(one, "a")
		}
		if got := a.numbersOf(); !slices.Equal(got, []string{"momo1", "momo2", "momo3", "ume1", "ume2", "ume3"}) {
			t.Errorf("%v", got)
		}
		full := func(what string) {
			t.Helper()
			a.post(one, "/api/v2/mycloaks", form("nm", "a")).want(t, what, 400, "limit_cloakno")
		}
		full("the seventh of six")
		a.post(one, "/api/v2/mycloaks/delete", form("ci", "4")).wantEmpty(t, "deleting one")
		full("a number that rests")
		if got := a.row("4"); got.DeletedAt == 0 {
			t.Errorf("%+v", got)
		}
	})
}

// A member who may have no more hears that, though no number is left either.
func TestMostCloaksComesBeforeNumbers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "prefix ume 梅\nmax_cloak_no 3")
		for range 3 {
			a.made(yamada, "a")
		}
		a.post(yamada, "/api/v2/mycloaks", form("nm", "a")).want(t, "neither", 400, "limit_cloak")
		a.post(umiyama, "/api/v2/mycloaks", form("nm", "a")).want(t, "no number", 400, "limit_cloakno")
	})
}

// 64 members who want the last ten numbers get ten different ones, and no error
// but that there are no more.
func TestLastNumbersAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "prefix ume 梅")
		members := addCrowd(t, s, 64)
		takeNumbers(t, s, "ume", 1, 89)
		counts := atOnce(64, func(i int) answer {
			return a.post(members[i], "/api/v2/mycloaks", form("nm", "a"))
		})
		if counts["200"] != 10 || counts["400 limit_cloakno"] != 54 {
			t.Errorf("%v", counts)
		}
		want := []string{"ume90", "ume91", "ume92", "ume93", "ume94", "ume95", "ume96", "ume97", "ume98", "ume99"}
		if got := a.numbersOf(); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

// So it is where the last ones are scattered over many numbers and prefixes.
func TestScatteredNumbersAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		a := newAPI(t, s, "prefix ume 梅\nprefix momo 桃\nmax_cloak_no 1000")
		members := addCrowd(t, s, 8)
		takeNumbers(t, s, "ume", 1, 1000, 7, 999)
		takeNumbers(t, s, "momo", 1, 1000, 1, 500, 1000)
		counts := atOnce(8, func(i int) answer {
			return a.post(members[i], "/api/v2/mycloaks", form("nm", "a"))
		})
		if counts["200"] != 5 || counts["400 limit_cloakno"] != 3 {
			t.Errorf("%v", counts)
		}
		if got := a.numbersOf(); !slices.Equal(got, []string{"momo1", "momo500", "momo1000", "ume7", "ume999"}) {
			t.Errorf("%v", got)
		}
	})
}

// The one gap among a thousand numbers is found wherever it is. Numbers beyond
// the largest, from before the option was lowered, are no gaps.
func TestFreeNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		addMembers(t, s)
		for i, gap := range []int64{1, 100, 101, 437, 500, 501, 999, 1000} {
			prefix := string(rune('a' + i))
			takeNumbers(t, s, prefix, 1, 1000, gap)
			n, found, err := store{s.SQL}.freeNumber(t.Context(), []string{prefix}, 1000)
			if err != nil || !found || n != (cloakNumber{prefix, gap}) {
				t.Errorf("%v %v %v, want %d", n, found, err, gap)
			}
		}
		takeNumbers(t, s, "full", 1, 1000)
		for _, max := range []int64{1, 99, 100, 101, 500, 1000} {
			if n, found, err := (store{s.SQL}).freeNumber(t.Context(), []string{"full"}, max); err != nil || found {
				t.Errorf("of %d, all taken: %v %v", max, n, err)
			}
		}
		n, found, err := store{s.SQL}.freeNumber(t.Context(), []string{"full", "b", "full"}, 1000)
		if err != nil || !found || n != (cloakNumber{"b", 100}) {
			t.Errorf("of the next prefix: %v %v %v", n, found, err)
		}
	})
}

// The prefix is any of them, and so is the number.
func TestNumbersAreSpread(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	a := newAPI(t, s, "")
	one := addCrowd(t, s, 1)[0]
	prefixes, nos := map[string]bool{}, map[int64]bool{}
	for range 100 {
		c := a.row(a.made(one, "a"))
		prefixes[c.Prefix], nos[c.No] = true, true
	}
	if len(prefixes) < 9 || len(nos) < 40 {
		t.Errorf("100 cloaks have %d of 12 prefixes and %d of 99 numbers", len(prefixes), len(nos))
	}
}

// Making a cloak takes about as long among a million others as among none. How
// long it takes to find the last number of each prefix, and to find that none is
// left, is shown too.
func BenchmarkMake(b *testing.B) {
	const max = 100_000
	states := []struct {
		name  string
		taken func(no int64) bool
	}{
		{"none taken", nil},
		{"five of six taken", func(no int64) bool { return no%6 != 0 }},
		{"all but one taken", func(no int64) bool { return no != 77_777 }},
		{"all taken", func(int64) bool { return true }},
	}
	for _, combination := range []string{storetest.Embedded, storetest.PostgresRedis} {
		for _, state := range states {
			b.Run(combination+"/"+state.name, func(b *testing.B) {
				s := storetest.Open(b, combination)
				a := newAPI(b, s, fmt.Sprint("max_cloak_no ", max))
				one := addCrowd(b, s, 1)[0]
				if state.taken != nil {
					var free []int64
					for no := range int64(max) {
						if !state.taken(no + 1) {
							free = append(free, no+1)
						}
					}
					for _, p := range defaultPrefixes {
						takeNumbers(b, s, p.Code, 1, max, free...)
					}
				}
				for b.Loop() {
					if got := a.post(one, "/api/v2/mycloaks", form("nm", "a")); got.status >= 500 {
						b.Fatalf("%d %s", got.status, got.body)
					}
				}
			})
		}
	}
}
