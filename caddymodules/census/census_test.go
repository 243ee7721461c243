package census

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

func TestFamilies(t *testing.T) {
	for userAgent, want := range map[string]string{
		"":            "none",
		"curl/7.88.1": "curl",
		"PhotoCloak/2.1 CFNetwork/711.3.18 Darwin/14.0.0":                                                           "iOS app",
		"Dalvik/1.6.0 (Linux; U; Android 4.4.2; SO-02F)":                                                            "Android app",
		"DoCoMo/2.0 P903i(c100;TB;W24H12)":                                                                          "i-mode",
		"KDDI-CA39 UP.Browser/6.2.0.13.1.5 (GUI) MMP/2.0":                                                           "EZweb",
		"Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 2.0.50727.42)":                          ".NET",
		"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)":                                           "Internet Explorer",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0": "Edge",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36":           "Chrome",
		"PHP/5.3 EC-CUBE":                    "PHP",
		"my-password-is-himitsu":             "other",
		strings.Repeat("x", 600) + " curl/8": "other", // beyond what is looked at
	} {
		if got := familyOf(userAgent); got != want {
			t.Errorf("%q is of the family %q, want %q", userAgent, got, want)
		}
	}
}

func rows(t *testing.T, s *stores.Stores, api string) (lines []string) {
	t.Helper()
	all, err := store{s.SQL}.list(t.Context(), api, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		lines = append(lines, fmt.Sprint(strings.Join(c.key(), " | "), " | ", c.Calls))
	}
	slices.Sort(lines)
	return lines
}

// Two gateways see the same callers, and a third that begins later.
func TestGatewaysCountTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		var all sync.WaitGroup
		for gateway := range 3 {
			all.Go(func() {
				c := start(s.SQL)
				for range 50 {
					c.Saw(clock.Now(), "customers", "list", "3", "curl/8")
					c.Saw(clock.Now(), "ydits", "issue", "", "secret agent")
				}
				c.Saw(clock.Now(), "crm", "auth", fmt.Sprint("till ", gateway), "")
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		want := []string{
			"crm | auth | till 0 | none | 1", "crm | auth | till 1 | none | 1", "crm | auth | till 2 | none | 1",
			"customers | list | 3 | curl | 150", "ydits | issue |  | other | 150",
		}
		if got := rows(t, s, ""); !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		if got := rows(t, s, "customers"); !slices.Equal(got, want[3:4]) {
			t.Errorf("of one API: %q", got)
		}
	})
}

// No call is lost to another that is being written.
func TestNoCallIsLostBesideWriting(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	c := start(s.SQL)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 500 {
				c.Saw(clock.Now(), "customers", "list", "3", "curl/8")
			}
		})
	}
	for range 20 {
		if err := c.write(t.Context()); err != nil {
			t.Error(err)
		}
	}
	all.Wait()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := rows(t, s, ""), []string{"customers | list | 3 | curl | 4000"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What could not be written waits for the next time.
func TestAnOutageLosesNothing(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	c := start(s.SQL)
	began := clock.Now().UnixMilli()
	c.Saw(clock.Now(), "customers", "list", "3", "curl/8")
	rename := func(from, to string) {
		t.Helper()
		err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "ALTER TABLE "+from+" RENAME TO "+to)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	rename("sekisho_census", "elsewhere")
	if err := c.write(t.Context()); err == nil {
		t.Fatal("written without a table")
	}
	defer clock.Step(time.Hour)()
	c.Saw(clock.Now(), "customers", "list", "3", "curl/8")
	if err := c.write(t.Context()); err == nil {
		t.Fatal("written without a table")
	}
	rename("elsewhere", "sekisho_census")
	_ = c.Close()
	all, err := store{s.SQL}.list(t.Context(), "", time.Time{})
	if err != nil || len(all) != 1 || all[0].FirstSeen > began+60_000 || all[0].LastSeen < began+3_600_000 {
		t.Errorf("seen are %+v, %v", all, err)
	}
	if got, want := rows(t, s, ""), []string{"customers | list | 3 | curl | 2"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// However many ids come, memory is bounded, and every call is counted.
func TestCallersBeyondTheBoundAreSeenAsOne(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	c := start(s.SQL)
	c.most = 700
	for i := range c.most + 500 {
		c.Saw(clock.Now(), "avatarplay", "echo", fmt.Sprint(i), "curl/8")
	}
	if n := len(c.rows); n > c.most+1 {
		t.Errorf("%d rows in memory", n)
	}
	_ = c.Close()
	if got := rows(t, s, ""); !slices.Contains(got, "avatarplay | echo | (others) | curl | 500") {
		t.Errorf("%d rows, none of them of 500 others", len(got))
	}
}

func TestOldRowsAreForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		now := clock.Now()
		old, fresh := new(seen), new(seen)
		old.add(1, now.Add(-2*forgottenAfter).UnixMilli(), now.Add(-forgottenAfter-time.Hour).UnixMilli())
		fresh.add(1, now.Add(-2*forgottenAfter).UnixMilli(), now.Add(-forgottenAfter+time.Hour).UnixMilli())
		err := store{s.SQL}.add(t.Context(), inOrder(map[row]*seen{{"crm", "auth", "old", "none"}: old, {"crm", "auth", "fresh", "none"}: fresh}))
		if err != nil {
			t.Fatal(err)
		}
		if err := (store{s.SQL}).forget(t.Context(), now.Add(-forgottenAfter)); err != nil {
			t.Fatal(err)
		}
		if got, want := rows(t, s, ""), []string{"crm | auth | fresh | none | 1"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestCommand(t *testing.T) {
	config := storetest.Config(t, storetest.Embedded)
	s := storetest.OpenConfig(t, config)
	at := time.Date(2026, 1, 2, 0, 4, 0, 0, clock.Japan)
	of := new(seen)
	of.add(12, at.UnixMilli(), at.Add(48*time.Hour).UnixMilli())
	recent, now := new(seen), clock.Now()
	recent.add(1, now.UnixMilli(), now.UnixMilli())
	if err := (store{s.SQL}).add(t.Context(), inOrder(map[row]*seen{{"crm", "auth", "adi-mo/till", ".NET"}: of, {"ydits", "issue", "", "none"}: recent})); err != nil {
		t.Fatal(err)
	}
	today := now.In(clock.Japan).Format("2006-01-02")
	for _, c := range []struct{ args, want string }{
		{"--days 100000 --api crm", "api  operation  caller       family  calls  first             last\n" +
			"crm  auth       adi-mo/till  .NET    12     2026-01-02 00:04  2026-01-04 00:04\n"},
		{"--days 100000 --api crm --csv", "api,operation,caller,family,calls,first,last\ncrm,auth,adi-mo/till,.NET,12,2026-01-02T00:04:00+09:00,2026-01-04T00:04:00+09:00\n"},
		{"--days 1", "ydits  issue      -       none    1      " + today},
	} {
		cmd := &cobra.Command{Use: "census"}
		censusCommand(cmd)
		var out bytes.Buffer
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		cmd.SetArgs(append(strings.Fields(c.args), "--config", storetest.Caddyfile(t, config)))
		if err := cmd.Execute(); err != nil || !strings.Contains(out.String(), c.want) {
			t.Errorf("census %s: %v\n%s\nwant\n%s", c.args, err, out.String(), c.want)
		}
	}
}

// What is remembered of a User-Agent is what is found in it, however many come.
func TestFamiliesAreRemembered(t *testing.T) {
	var m familyMemory
	long := strings.Repeat("x", longestAgent)
	for range 2 {
		for i := range mostAgents + 10 {
			if got := m.of(fmt.Sprint("okhttp/", i)); got != "Android app" {
				t.Fatalf("%d: %q", i, got)
			}
		}
		if got := m.of(long + "curl/8"); got != "other" || len(m.known) > mostAgents {
			t.Errorf("%q, %d remembered", got, len(m.known))
		}
	}
}

// BenchmarkFamily tells the family of a browser's User-Agent.
func BenchmarkFamily(b *testing.B) {
	const browser = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Safari/537.36"
	b.Run("looking", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			familyOf(browser)
		}
	})
	b.Run("remembered", func(b *testing.B) {
		var m familyMemory
		b.ReportAllocs()
		for b.Loop() {
			m.of(browser)
		}
	})
}
