package main

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// row is a line of the table.
type row struct {
	id, what string
	goal     goal
	ratios   []float64 // one for each round
	unit     string    // "" for a ratio
}

// goal is what a row should reach; the zero value is none.
type goal struct {
	limit  float64
	atMost bool
}

func atMost(limit float64) goal  { return goal{limit, true} }
func atLeast(limit float64) goal { return goal{limit, false} }

func (g goal) String() string {
	switch {
	case g.limit == 0:
		return ""
	case g.atMost:
		return fmt.Sprintf("≤ %g", g.limit)
	}
	return fmt.Sprintf("≥ %g", g.limit)
}

// reached says whether a value is as good as the goal.
func (g goal) reached(value float64) string {
	switch {
	case g.limit == 0:
		return ""
	case g.atMost && value <= g.limit, !g.atMost && value >= g.limit:
		return "yes"
	}
	return "no"
}

// row adds a line to the table: what was compared, and what it should be.
func (b *bench) row(id, what string, g goal, ratios []float64) {
	b.rowIn("", id, what, g, ratios)
}

// rowIn is row for figures that are no ratios: dB, MiB.
func (b *bench) rowIn(unit, id, what string, g goal, values []float64) {
	r := row{id, what, g, values, unit}
	b.rows = append(b.rows, r)
	b.say("%s", r.line())
}

func (r row) line() string {
	middle := median(r.ratios)
	return fmt.Sprintf("| %s | %s | %s | **%s**%s | %s … %s | %s |", r.id, r.what, r.goal,
		figure(middle), r.unit, figure(slices.Min(r.ratios)), figure(slices.Max(r.ratios)), r.goal.reached(middle))
}

// figures are what one side did, for those who want more than ratios.
type figures struct {
	side    string
	samples []sample
}

func (f figures) line() string {
	of := func(what func(sample) float64) string {
		var values []float64
		for _, s := range f.samples {
			values = append(values, what(s))
		}
		if middle := median(values); middle > 0 {
			return figure(middle)
		}
		return ""
	}
	return fmt.Sprintf("| %s | %s | %s | %s |", f.side, of(rate), of(cpu), of(size))
}

// figure writes a number with three digits that count.
func figure(v float64) string {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return fmt.Sprint(v)
	}
	digits := max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))
	return fmt.Sprintf("%.*f", min(digits, 4), v)
}

// markdown is all that was found.
func (b *bench) markdown() string {
	var t strings.Builder
	fmt.Fprintf(&t, "# What Sekisho costs beside what would be deployed in its place\n\n")
	fmt.Fprintf(&t, "By `make -f xcaddy.mk bench` on %s: the median of %d rounds of %d seconds, in which all sides were measured in turn, and the spread of the rounds.\n\n",
		time.Now().UTC().Format(time.DateOnly), b.rounds, b.seconds)
	fmt.Fprintf(&t, "| id | what : beside what | goal | median | spread | reached |\n|---|---|---|---|---|---|\n")
	for _, r := range b.rows {
		fmt.Fprintln(&t, r.line())
	}
	fmt.Fprintf(&t, "\nThe same in figures of this one machine, which say little of another: per second, microseconds of the servers' processor time for each, bytes for each.\n\n")
	fmt.Fprintf(&t, "| side | per second | µs | bytes |\n|---|---|---|---|\n")
	for _, f := range b.figures {
		fmt.Fprintln(&t, f.line())
	}
	fmt.Fprintf(&t, "\n%s\n", strings.Join(versions(), "; "))
	return t.String()
}

// versions are those of what was measured, and on what.
func versions() []string {
	said := []string{fmt.Sprintf("%d × %s, %s", runtime.NumCPU(), processor(), runtime.Version())}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			switch module.Path {
			case "github.com/caddyserver/caddy/v2", "github.com/jackc/pgx/v5", "github.com/redis/go-redis/v9", "github.com/uptrace/bun", "github.com/ory/fosite", "modernc.org/sqlite":
				said = append(said, module.Path+" "+module.Version)
			}
		}
	}
	for _, ask := range [][]string{{"postgres", "--version"}, {"psql", "--version"}, {"redis-server", "--version"}, {"wrk", "-v"}, {"nginx", "-v"}} {
		out, _ := exec.Command(ask[0], ask[1:]...).CombinedOutput() // wrk -v ends with 1
		if first, _, _ := strings.Cut(string(out), "\n"); first != "" {
			said = append(said, strings.TrimSpace(first))
		}
	}
	return said
}

func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
