package kittest

import (
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sekisho/caddymodules/serve"
)

// injections are texts that would be SQL, or a pattern of it, where a statement
// held them as they came. None is so short that an answer has it by itself, and no
// two are alike without their signs.
var injections = []string{`' OR ''='`, `'"\?$1;--`, `%_%_`}

// Neutral signs take the place of those that mean something to SQL.
var (
	meaningless = neutral("!")
	another     = neutral("#")
)

func neutral(sign string) *strings.Replacer {
	var pairs []string
	for meant := range strings.SplitSeq(`'";-%_\?$=()`, "") {
		pairs = append(pairs, meant, sign)
	}
	return strings.NewReplacer(pairs...)
}

// times are those at which rows were changed, in milliseconds or as they are read.
var times = regexp.MustCompile(`\b1[0-9]{12}\b|\b20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8}\b`)

// Injected is an API whose parameters are tried for injections.
type Injected struct {
	// Ask sends a call of an operation in which one parameter is a text, and all
	// others are right. It gives the outcome: what the answer says but for what no
	// two calls have alike.
	Ask func(row serve.Operation, parameter, text string) (outcome string)

	// Everything is all that the API keeps in SQL, a row to a line.
	Everything func() string

	// Failed says whether an outcome comes of a failure of ours.
	Failed func(outcome string) bool

	// Besides are parameters that the OpenAPI file does not name one by one, by
	// the operation.
	Besides map[string][]string

	// Except are parameters that are left out.
	Except []string
}

// Inject tries every parameter of every operation of the table. A text that would
// be SQL must fare as one with signs of no meaning in the place of SQL's: the same
// outcome, as many rows changed, and what is kept of it is kept to the letter. A
// NUL, which no database keeps, must be no failure of ours.
func Inject(t testing.TB, spec []byte, api *serve.API, try Injected) {
	t.Helper()
	d := mustDescribe(t, spec)
	tried := 0
	for _, row := range api.Operations {
		op := d.operationOf(row)
		if op == nil {
			t.Fatalf("the file lacks %s %s (%s)", row.Method, row.Path, row.Name)
		}
		names := slices.Sorted(slices.Values(slices.Concat(op.parameters, try.Besides[row.Name])))
		for _, name := range slices.Compact(names) {
			if slices.Contains(try.Except, name) {
				continue
			}
			tried++
			for _, sql := range injections {
				try.asText(t, row, name, sql)
			}
			try.asNUL(t, row, name)
		}
	}
	if tried == 0 {
		t.Error("no operation has a parameter")
	}
}

// asText tries one text. Two others of its form come before it, so that what the
// second changes is what the third should.
func (try Injected) asText(t testing.TB, row serve.Operation, name, sql string) {
	t.Helper()
	plain := meaningless.Replace(sql)
	try.Ask(row, name, another.Replace(sql))
	before := try.kept()
	want := withoutText(try.Ask(row, name, plain), plain)
	between := try.kept()
	got := withoutText(try.Ask(row, name, sql), sql)
	after := try.kept()
	what := row.Method + " " + row.Path + " (" + row.Name + "), " + name + "=" + sql
	if got != want || try.Failed(got) {
		t.Errorf("%s: %s\nwith signs of no meaning: %s", what, got, want)
	}
	if wanted, changed := changes(before, between), changes(between, after); changed != wanted {
		t.Errorf("%s: rows changed %v, with signs of no meaning %v", what, changed, wanted)
	}
	if !holds(before, plain) && holds(between, plain) && !holds(after, sql) {
		t.Errorf("%s: it is not kept as it came", what)
	}
}

func (try Injected) kept() string { return times.ReplaceAllString(try.Everything(), "then") }

func (try Injected) asNUL(t testing.TB, row serve.Operation, name string) {
	t.Helper()
	if got := try.Ask(row, name, "a\x00b"); try.Failed(got) {
		t.Errorf("%s %s (%s), %s with a NUL: %s", row.Method, row.Path, row.Name, name, got)
	}
}

// withoutText leaves a text out of an answer that repeats it, as JSON and HTML
// write it too.
func withoutText(answer, text string) string {
	for _, written := range []string{quoted(text), html.EscapeString(text), text} {
		answer = strings.ReplaceAll(answer, written, "…")
	}
	return answer
}

// holds says whether a text stands among what is kept, as it is or in JSON.
func holds(kept, text string) bool {
	return strings.Contains(kept, text) || strings.Contains(kept, quoted(text))
}

// quoted is a text within a JSON string.
func quoted(text string) string {
	encoded, _ := json.Marshal(text) // never fails for a string
	return string(encoded[1 : len(encoded)-1])
}

// change is how many lines came and went.
type change struct{ came, went int }

func changes(before, after string) (c change) {
	count := map[string]int{}
	for line := range strings.Lines(after) {
		count[line]++
	}
	for line := range strings.Lines(before) {
		count[line]--
	}
	for _, n := range count {
		c.came += max(n, 0)
		c.went += max(-n, 0)
	}
	return c
}
