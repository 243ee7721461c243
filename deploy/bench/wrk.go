package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// connections are how many clients ask at once, where a subject names no other
// number.
const connections = 64

// tellInTheEnd has wrk print what it counted in one line, after a script's own
// functions. Every answer that is an error ends the measuring.
const tellInTheEnd = `
function done(summary, latency, requests)
	local e = summary.errors
	io.write(string.format("COUNTED %d %d %d\n", summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
end
`

// wrk gives a side that asks for url by many connections at once. script is Lua of
// wrk's own kind, "" for a plain GET; the processes of pids are those whose time
// is measured.
func (b *bench) wrk(url, script string, connections int, pids ...int) func() (sample, error) {
	file := filepath.Join(b.folder, fmt.Sprintf("wrk-%d.lua", time.Now().UnixNano()))
	err := os.WriteFile(file, []byte(script+tellInTheEnd), 0o600)
	return func() (sample, error) {
		if err != nil {
			return sample{}, err
		}
		before, err := processorTime(pids...)
		if err != nil {
			return sample{}, err
		}
		out, err := exec.Command("wrk", "-t", strconv.Itoa(min(2, connections)), "-c", strconv.Itoa(connections),
			"-d", strconv.Itoa(b.seconds)+"s", "--timeout", "10s", "-s", file, url).CombinedOutput()
		if err != nil {
			return sample{}, fmt.Errorf("running wrk: %w\n%s", err, out)
		}
		after, err := processorTime(pids...)
		if err != nil {
			return sample{}, err
		}
		return counted(string(out), after-before)
	}
}

// counted reads what wrk counted.
func counted(said string, used time.Duration) (sample, error) {
	var requests, microseconds, failed int64
	_, line, _ := strings.Cut(said, "COUNTED ")
	if _, err := fmt.Sscanf(line, "%d %d %d", &requests, &microseconds, &failed); err != nil {
		return sample{}, fmt.Errorf("reading what wrk counted: %w\n%s", err, said)
	}
	if failed > 0 || requests == 0 {
		return sample{}, fmt.Errorf("%d of %d requests failed\n%s", failed, requests, said)
	}
	return sample{
		Rate: float64(requests) / (float64(microseconds) / 1e6),
		CPU:  float64(used.Microseconds()) / float64(requests),
	}, nil
}
