package kit

import (
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how much of something is done, on a terminal only.
type progress struct {
	bar      *progressbar.ProgressBar // nil elsewhere
	terminal *os.File
}

// Counting shows on standard error, where that is a terminal, how many of total
// things are done. Call one for each that is, from any goroutine, and end at
// last.
func Counting(what string, total int) (one, end func()) {
	p := newProgress(os.Stderr, what, int64(total), progressbar.OptionShowCount())
	return func() { p.add(1) }, p.end
}

func newProgress(terminal *os.File, what string, size int64, options ...progressbar.Option) *progress {
	p := &progress{terminal: terminal}
	if size > 0 && term.IsTerminal(int(terminal.Fd())) {
		p.bar = progressbar.NewOptions64(size, append(options,
			progressbar.OptionSetWriter(terminal),
			progressbar.OptionSetDescription(what),
			progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(100*time.Millisecond),
		)...)
	}
	return p
}

// Write counts bytes; it never fails.
func (p *progress) Write(b []byte) (int, error) {
	p.add(len(b))
	return len(b), nil
}

// add counts, however the terminal does.
func (p *progress) add(n int) {
	if p.bar != nil {
		_ = p.bar.Add(n)
	}
}

// end leaves the bar as it stands on a line of its own.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Exit()
		fmt.Fprintln(p.terminal)
	}
}
