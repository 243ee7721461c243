// Command bench measures Sekisho beside what would be deployed in its place, on
// this machine, and prints one table of ratios:
//
//	make -f xcaddy.mk bench
//
// All sides of a comparison are measured in turn in each round, because these
// machines are noisy: a ratio of one round holds where its two figures alone
// would not. Nothing here is a test: no figure fails a run, and only what does
// not answer as it should ends it.
//
// A file is one subject: echo (H), start (X), tokens (A), reads and list (S),
// views (V), search (F), points (P), pictures (I), animation (G). What is
// compared with are bare services of net/http, see plain.go, and where users
// would take one, Caddy, nginx, psql and pgbench.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// measures are the subjects, in the order of the table.
var measures = []struct {
	name string
	run  func(*bench) error
}{
	{"echo", (*bench).measureEcho},
	{"start", (*bench).measureStart},
	{"knobs", (*bench).measureKnobs},
	{"tokens", (*bench).measureTokens},
	{"reads", (*bench).measureReads},
	{"list", (*bench).measureList},
	{"views", (*bench).measureViews},
	{"search", (*bench).measureSearch},
	{"points", (*bench).measurePoints},
	{"pictures", (*bench).measurePictures},
	{"animation", (*bench).measureAnimation},
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) > 0 && args[0] == plainCommand {
		return servePlain(args[1:])
	}
	http.DefaultClient.Timeout = 10 * time.Minute // nobody waits for ever for an answer
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	rounds := flags.Int("rounds", 5, "how often each side is measured")
	seconds := flags.Int("seconds", 3, "how long one side is asked, each time")
	small := flags.Bool("small", false, "with little data, in one short round: shows only that all of it runs")
	only := flags.String("only", "", "the subjects to measure, with commas between: "+names())
	out := flags.String("out", "", "a file to keep the table in, besides printing it")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	b, err := newBench(*rounds, *seconds, *small)
	if err != nil {
		return err
	}
	defer b.close()
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	for _, m := range measures {
		if !chosen(m.name) {
			continue
		}
		b.say("measuring %s", m.name)
		before := len(b.rows)
		err := b.measure(m.run)
		if err != nil && *small { // one of its requests may fail on a busy machine
			b.say("measuring %s once more, for: %v", m.name, err)
			b.rows = b.rows[:before]
			err = b.measure(m.run)
		}
		if err != nil {
			return fmt.Errorf("measuring %s: %w", m.name, err)
		}
	}
	return b.show(*out)
}

// choose reads the list of subjects; an empty one is all of them.
func choose(only string) (chosen func(name string) bool, err error) {
	wanted := map[string]bool{}
	for name := range strings.SplitSeq(only, ",") {
		if name = strings.TrimSpace(name); name != "" {
			wanted[name] = true
		}
	}
	for name := range wanted {
		if !strings.Contains(" "+names()+" ", " "+name+" ") {
			return nil, fmt.Errorf("-only knows no subject %q; there are %s", name, names())
		}
	}
	return func(name string) bool { return len(wanted) == 0 || wanted[name] }, nil
}

func names() string {
	var all []string
	for _, m := range measures {
		all = append(all, m.name)
	}
	return strings.Join(all, " ")
}

// show prints the table, and keeps it in a file where one is named.
func (b *bench) show(file string) error {
	text := b.markdown()
	if _, err := io.WriteString(os.Stdout, text); err != nil {
		return err
	}
	if file == "" {
		return nil
	}
	return os.WriteFile(file, []byte(text), 0o644)
}
