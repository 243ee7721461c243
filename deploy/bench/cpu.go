package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"sekisho/caddymodules/stores/storetest/servers"
)

// ticks is how many a second /proc counts in; it is 100 on every Linux.
const ticks = 100

// processorTime is what processes have used so far, with all that are below them.
func processorTime(pids ...int) (time.Duration, error) {
	var all time.Duration
	for _, pid := range pids {
		for _, one := range append(servers.Descendants(pid), pid) {
			used, err := usedBy(one)
			if err != nil && one == pid {
				return 0, err
			}
			all += used // a child that has just ended counts with its parent
		}
	}
	return all, nil
}

// usedBy is the time of one process, and of the children that it has buried.
func usedBy(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("reading the processor's time: %w", err)
	}
	// The name before the bracket may hold blanks.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 15 {
		return 0, errors.New("reading the processor's time: /proc has another form")
	}
	var all int64
	for _, field := range fields[11:15] { // utime, stime, cutime, cstime
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("reading the processor's time: %w", err)
		}
		all += n
	}
	return time.Duration(all) * time.Second / ticks, nil
}

// resident is how much memory a process holds, in bytes.
func resident(pid int) (int64, error) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, fmt.Errorf("reading the resident memory: %w", err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
