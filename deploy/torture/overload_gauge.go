package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// gauge is what a gateway holds.
type gauge struct{ goroutines, files int }

func (g gauge) String() string {
	return fmt.Sprintf("%d goroutines and %d open files", g.goroutines, g.files)
}

// What a gateway may hold more than before: connections that its pools keep for the
// next time, with two goroutines each.
const (
	moreFiles      = 150
	moreGoroutines = 300
)

// like says whether a gateway holds no more than before.
func (g gauge) like(before gauge) bool {
	return g.files <= before.files+moreFiles && g.goroutines <= before.goroutines+moreGoroutines
}

// gauge asks the gateway's metrics.
func (s *siege) gauge() (g gauge, err error) {
	response, err := healthClient.Get(s.g.metrics + "/metrics")
	if err != nil {
		return g, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return g, fmt.Errorf("asking for metrics: %s", response.Status)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		switch name {
		case "go_goroutines":
			g.goroutines, err = strconv.Atoi(value)
		case "process_open_fds":
			g.files, err = strconv.Atoi(value)
		}
		if err != nil {
			return g, fmt.Errorf("reading metrics: %w", err)
		}
	}
	return g, lines.Err()
}

func (g *gateway) pid() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.process.Process.Pid
}

// forgetPeak has the kernel begin anew to note what the gateway holds at most.
func (s *siege) forgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.g.pid()), []byte("5"), 0o200)
}

// peak is how many bytes of the gateway were resident at most.
func (s *siege) peak() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.g.pid()))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
			return kilobytes * 1024, err
		}
	}
	return 0, fmt.Errorf("the system does not tell the peak of a process")
}
