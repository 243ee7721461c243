package kit

import (
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how many bytes of a file are done, on a terminal only.
type progress struct {
	bar      *progressbar.ProgressBar // nil elsewhere
	terminal *os.File
}

func newProgress(terminal *os.File, what string, size int64) *progress {
	p := &progress{terminal: terminal}
	if size > 0 && term.IsTerminal(int(terminal.Fd())) {
		p.bar = progressbar.NewOptions64(size,
			progressbar.OptionSetWriter(terminal),
			progressbar.OptionSetDescription(what),
			progressbar.OptionShowBytes(true),
			progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(100*time.Millisecond),
		)
	}
	return p
}

// Write counts bytes; it never fails, however the terminal does.
func (p *progress) Write(b []byte) (int, error) {
	if p.bar != nil {
		_ = p.bar.Add(len(b))
	}
	return len(b), nil
}

// end leaves the bar as it stands on a line of its own.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Exit()
		fmt.Fprintln(p.terminal)
	}
}
