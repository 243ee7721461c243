package kittest

import (
	"strings"
	"testing"

	"sekisho/caddymodules/serve"
)

// shelf is an API that keeps what it is given, a text to a line, and gives back
// whether it has one.
type shelf struct{ kept []string }

func (s *shelf) ask(row serve.Operation, _, text string) string {
	if row.Name != "open" {
		return "404 " + text
	}
	s.kept = append(s.kept, text)
	return "200"
}

// injected tries an API that differs from the shelf by ask.
func injected(t *testing.T, ask func(s *shelf, row serve.Operation, text string) string) string {
	said, s := failures{TB: t}, &shelf{}
	Inject(&said, []byte(cloaks), table(func(*serve.API) {}), Injected{
		Ask: func(row serve.Operation, name, text string) string {
			if ask != nil && row.Name == "open" && strings.Contains(text, "'") {
				return ask(s, row, text)
			}
			return s.ask(row, name, text)
		},
		Everything: func() string { return strings.Join(s.kept, "\n") + "\n" },
		Failed:     func(outcome string) bool { return outcome == "500" },
	})
	return said.said
}

// What takes texts as texts passes, and whatever a statement could make of them
// fails.
func TestInject(t *testing.T) {
	if said := injected(t, nil); said != "" {
		t.Errorf("texts that are kept: %s", said)
	}
	for name, test := range map[string]struct {
		ask   func(s *shelf, row serve.Operation, text string) string
		fault string
	}{
		"a failure":       {func(*shelf, serve.Operation, string) string { return "500" }, "500"},
		"another outcome": {func(s *shelf, row serve.Operation, text string) string { s.ask(row, "", text); return "403" }, "403"},
		"all rows gone":   {func(s *shelf, _ serve.Operation, _ string) string { s.kept = nil; return "200" }, "rows changed"},
		"all rows changed": {func(s *shelf, row serve.Operation, text string) string {
			s.kept = append(make([]string, len(s.kept)), text)
			return "200"
		}, "rows changed"},
		"a row that is lost": {func(*shelf, serve.Operation, string) string { return "200" }, "rows changed"},
		"signs that are lost": {
			func(s *shelf, row serve.Operation, text string) string {
				return s.ask(row, "", strings.ReplaceAll(text, "'", ""))
			}, "not kept as it came",
		},
	} {
		if said := injected(t, test.ask); !strings.Contains(said, test.fault) {
			t.Errorf("%s: %q, want %q", name, said, test.fault)
		}
	}
}
