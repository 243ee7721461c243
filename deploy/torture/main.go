// Command torture lets clients of all five APIs call two gateways while what
// these stand on fails, and afterwards compares what is there with what the
// clients were told:
//
//	make -f xcaddy.mk torture [MINUTES=30] [SEED=…]
//
// Nothing that was answered may be lost, nothing may be there twice, and of what
// was not answered nothing but what was under way. After each fault everything
// works again within ten seconds. What happened is told in a report; what may
// never happen ends the run with 1.
//
// A file is one subject. The world: world, gateway, link (the network). What
// befalls it: fault*. Who calls: photocloak, customers, ydits, avatarplay, crm,
// each with what it audits, on the frame of client, call and memory. What is
// found: audit, report.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	t := &torture{begun: time.Now(), options: options{seed: uint64(time.Now().UnixNano())}}
	flags := flag.NewFlagSet("torture", flag.ContinueOnError)
	flags.Float64Var(&t.minutes, "minutes", 30, "how long the gateways on servers are tortured; the embedded one is for a third of that")
	flags.Uint64Var(&t.seed, "seed", t.seed, "which faults come when, and what clients do; that of a report gives the same again")
	flags.StringVar(&t.only, "only", "", "the parts to do, with commas between: "+partNames())
	flags.StringVar(&t.apis, "apis", "", "the APIs whose clients call, with commas between; all by default")
	flags.StringVar(&t.faults, "faults", "", "the faults whose names have this in them; all by default")
	flags.StringVar(&t.keep, "keep", "", "a folder for the logs and the list of calls, kept also where all is well")
	out := flags.String("out", "", "a file to keep the report in, besides printing it")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if err := t.prepare(); err != nil {
		return err
	}
	defer t.end()
	go t.endAtSignal()
	for _, p := range parts {
		if !among(t.only, p.name) {
			continue
		}
		if err := t.part(p); err != nil {
			return fmt.Errorf("%s (seed %d): %w", p.name, t.seed, err)
		}
	}
	text := t.report.text(t)
	if _, err := io.WriteString(os.Stdout, text); err != nil {
		return err
	}
	if *out != "" {
		if err := os.WriteFile(*out, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if n := t.report.bad(); n > 0 {
		return fmt.Errorf("%d things happened that may never happen; logs and calls are in %s", n, t.folder)
	}
	return nil
}
