package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// options are what a run is told.
type options struct {
	minutes            float64
	seed               uint64
	only, apis, faults string
	keep               string
}

// torture is one run.
type torture struct {
	options
	begun  time.Time
	folder string // for logs, data and the gateway's binary
	binary string // deploy/torture/gateway
	report report

	mu     sync.Mutex
	worlds []*world
}

// parts are what a run consists of, in their order.
var parts = []struct {
	name string
	run  func(*torture, *found) error
}{
	{"servers", (*torture).onServers},
	{"embedded", (*torture).onEmbedded},
	{"deploys", (*torture).deploys},
	{"overload", (*torture).overload},
}

func partNames() string {
	var all []string
	for _, p := range parts {
		all = append(all, p.name)
	}
	return strings.Join(all, " ")
}

// among says whether a list, where there is one, has the name.
func among(list, name string) bool {
	for part := range strings.SplitSeq(list, ",") {
		if part == "" || strings.TrimSpace(part) == name {
			return true
		}
	}
	return false
}

// prepare makes a folder and builds the gateway.
func (t *torture) prepare() (err error) {
	for name := range strings.SplitSeq(t.only, ",") {
		if name = strings.TrimSpace(name); name != "" && !strings.Contains(" "+partNames()+" ", " "+name+" ") {
			return fmt.Errorf("-only knows no part %q; there are %s", name, partNames())
		}
	}
	if os.Getenv("GOFLAGS") == "" {
		return errors.New("GOFLAGS must have the gateway's build tags: `make -f xcaddy.mk torture` sees to it")
	}
	if t.folder = t.keep; t.folder != "" {
		err = os.MkdirAll(t.folder, 0o755)
	} else {
		t.folder, err = os.MkdirTemp("", "sekisho-torture-*")
	}
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	if err := os.Chmod(t.folder, 0o755); err != nil { // PostgreSQL has a user of its own
		return err
	}
	t.binary = filepath.Join(t.folder, "sekisho")
	t.say("building the gateway; seed %d", t.seed)
	if said, err := exec.Command("go", "build", "-o", t.binary, "./deploy/torture/gateway").CombinedOutput(); err != nil {
		return fmt.Errorf("building the gateway: %w\n%s", err, said)
	}
	return nil
}

// end leaves nothing behind, unless something is to be looked at.
func (t *torture) end() {
	if t.keep == "" && t.report.bad() == 0 {
		_ = os.RemoveAll(t.folder)
	}
}

// endAtSignal ends what runs, and unmounts what is mounted, when the run is broken
// off.
func (t *torture) endAtSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	<-signals
	t.mu.Lock()
	for _, w := range t.worlds {
		w.close()
	}
	os.Exit(1)
}

// part does one part and keeps what was found.
func (t *torture) part(p struct {
	name string
	run  func(*torture, *found) error
},
) error {
	f := newFound(p.name)
	t.report.parts = append(t.report.parts, f)
	begun := time.Now()
	defer func() { f.lasted = time.Since(begun) }()
	return p.run(t, f)
}

// onServers has two gateways over PostgreSQL, Redis and a bucket, each with
// network links of its own.
func (t *torture) onServers(f *found) error { return t.chaos(f, onServers, t.lasting(1)) }

// onEmbedded has one gateway with all it needs in one folder on a small disk.
func (t *torture) onEmbedded(f *found) error { return t.chaos(f, embedded, t.lasting(1.0/3)) }

func (t *torture) lasting(share float64) time.Duration {
	return time.Duration(t.minutes * share * float64(time.Minute))
}

// say tells what is being done.
func (t *torture) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format(time.TimeOnly)+" "+format+"\n", args...)
}
