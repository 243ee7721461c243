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

// memory is what a process holds, in bytes.
type memory struct {
	all   int64 // resident
	apart int64 // without what is mapped from files, its own program above all
}

// resident is how much memory a process holds.
func resident(pid int) (memory, error) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return memory{}, fmt.Errorf("reading the resident memory: %w", err)
	}
	var size, all, mapped int64 // in pages
	if _, err := fmt.Sscan(string(statm), &size, &all, &mapped); err != nil {
		return memory{}, fmt.Errorf("reading the resident memory: %w", err)
	}
	page := int64(os.Getpagesize())
	return memory{all * page, (all - mapped) * page}, nil
}
