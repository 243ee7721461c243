package main

import (
	"bufio"
	"fmt"
	"os"
	"sync"
	"time"
)

// memory is the list of all calls, in a file: what was called when, by whom, at
// which gateway, and what came of it. Nobody reads it unless something was lost.
type memory struct {
	begun time.Time

	mu    sync.Mutex
	file  *os.File
	lines *bufio.Writer
}

func newMemory(path string) (*memory, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("making the list of calls: %w", err)
	}
	return &memory{begun: time.Now(), file: file, lines: bufio.NewWriterSize(file, 1<<16)}, nil
}

func (m *memory) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	_ = m.lines.Flush()
	_ = m.file.Close()
}

// note writes a call down, once it is over.
func (m *memory) note(c *caller, k call, g *gateway, v verdict, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fmt.Fprintf(m.lines, "%.3f\t%s %d\t%s\t%s\tgateway %d\t%s\t%d ms\n",
		time.Since(m.begun).Seconds(), c.api, c.number, k.operation, k.about, g.number, verdictNames[v], took.Milliseconds())
}
