package backup

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/term"
)

// tellEvery is how often the progress is told.
const tellEvery = 200 * time.Millisecond

// progress tells on a terminal how far a command came, in a line that it writes
// over and over. Elsewhere it only counts.
type progress struct {
	terminal io.Writer // nil where there is none
	doing    string

	mu                 sync.Mutex
	blobs, rows, bytes int64
	told               time.Time
}

func newProgress(doing string) *progress {
	p := &progress{doing: doing}
	if term.IsTerminal(int(os.Stderr.Fd())) {
		p.terminal = os.Stderr
	}
	return p
}

func (p *progress) blob(size int64) { p.count(1, 0, size) }
func (p *progress) someRows(n int)  { p.count(0, int64(n), 0) }
func (p *progress) all() (text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text()
}

func (p *progress) text() string {
	return fmt.Sprintf("%s rows, %s blobs (%s)", humanize.Comma(p.rows), humanize.Comma(p.blobs), humanize.Bytes(uint64(p.bytes)))
}

func (p *progress) count(blobs, rows, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.blobs, p.rows, p.bytes = p.blobs+blobs, p.rows+rows, p.bytes+bytes
	if p.terminal == nil || time.Since(p.told) < tellEvery {
		return
	}
	p.told = time.Now()
	fmt.Fprintf(p.terminal, "\r%s: %s\x1b[K", p.doing, p.text())
}

// end takes the line away.
func (p *progress) end() {
	if p.terminal != nil {
		fmt.Fprint(p.terminal, "\r\x1b[K")
	}
}
