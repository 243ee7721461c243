package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// report is what is told in the end.
type report struct{ parts []*found }

// bad is how many things happened that may never happen.
func (r *report) bad() (n int) {
	for _, f := range r.parts {
		n += len(f.late)
		for _, result := range f.results {
			n += len(result.wrongs)
		}
	}
	return n
}

// text is the report as Markdown.
func (r *report) text(t *torture) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# What the gateways survived\n\nBy `make -f xcaddy.mk torture` on %s, with MINUTES=%g SEED=%d.\n", t.begun.Format(time.DateOnly), t.minutes, t.seed)
	for _, f := range r.parts {
		f.write(&b)
	}
	if n := r.bad(); n > 0 {
		fmt.Fprintf(&b, "\n\n**%d things happened that may never happen.**\n", n)
	} else {
		b.WriteString("\nNothing was lost, nothing doubled, nothing strange.\n")
	}
	return b.String()
}

func (f *found) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s: %s\n", f.part, f.lasted.Round(time.Second))
	f.writeCalls(b)
	f.writeFaults(b)
	f.writeAudit(b)
	for _, remark := range f.remarks {
		fmt.Fprintf(b, "\n%s\n", remark)
	}
	f.writeWrongs(b)
}

func (f *found) writeCalls(b *strings.Builder) {
	b.WriteString("\n| who | calls | done | refused | failures of ours | too many | cut | longest outage of a retrying client | lost | doubled | beyond | strange |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(f.results)) {
		r := f.results[name]
		all := 0
		for v := range verdictNames {
			all += r.total(verdict(v))
		}
		fmt.Fprintf(b, "| %s | %d | %d | %d | %d | %d | %d | %s | %d | %d | %d | %d |\n", name, all, r.total(done), r.total(refused), r.total(failed),
			r.total(tooMany), r.total(wasCut), longest(r.outages).Round(10*time.Millisecond),
			r.wrongsOf("lost"), r.wrongsOf("doubled"), r.wrongsOf("beyond what was asked"), r.wrongsOf("strange"))
	}
}

func (f *found) writeFaults(b *strings.Builder) {
	if len(f.faults) == 0 {
		return
	}
	b.WriteString("\n| fault | times | everything works after, median | at the longest |\n|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(f.faults)) {
		times := f.faults[name]
		fmt.Fprintf(b, "| %s | %d | %s | %s |\n", name, len(times), medianOf(times).Round(10*time.Millisecond), longest(times).Round(10*time.Millisecond))
	}
}

func (f *found) writeAudit(b *strings.Builder) {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(f.results)) {
		r := f.results[name]
		for _, what := range slices.Sorted(maps.Keys(r.counts)) {
			lines = append(lines, fmt.Sprintf("| %s | %s | %d |\n", name, what, r.counts[what]))
		}
	}
	if len(lines) > 0 {
		b.WriteString("\n| audited | what | how many |\n|---|---|---|\n" + strings.Join(lines, ""))
	}
}

// wrongsShown are as many as a reader wants to see of each API.
const wrongsShown = 10

func (f *found) writeWrongs(b *strings.Builder) {
	for _, late := range f.late {
		fmt.Fprintf(b, "\n- **late**: %s", late)
	}
	for _, name := range slices.Sorted(maps.Keys(f.results)) {
		wrongs := f.results[name].wrongs
		for _, w := range wrongs[:min(wrongsShown, len(wrongs))] {
			fmt.Fprintf(b, "\n- **%s**, %s: %s", w.kind, name, w.what)
		}
		if more := len(wrongs) - wrongsShown; more > 0 {
			fmt.Fprintf(b, "\n- … and %d more of %s", more, name)
		}
	}
}
