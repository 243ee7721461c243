package servers

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
)

var lastingThread = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for do := range work {
			do()
		}
	}()
	return work
})

// Start starts cmd, as cmd.Start does, and has the kernel send it the signal
// orphan when this process dies. It is started on a thread that lives as long as
// this process: the kernel sends that signal when the thread that started a
// child ends, not the process.
func Start(cmd *exec.Cmd, orphan syscall.Signal) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Pdeathsig = orphan
	result := make(chan error)
	lastingThread() <- func() { result <- cmd.Start() }
	return <-result
}

// killTree kills the process pid and all that descend from it. They are stopped
// first, so that none can have children meanwhile or notice that another went.
func killTree(pid int) {
	for _, p := range signalTree(pid, syscall.SIGSTOP) {
		_ = syscall.Kill(p, syscall.SIGKILL)
	}
}

// signalTree sends sig to the process pid and all that descend from it, parents
// first, until it finds no new ones, and gives those that it reached. A process
// group is not enough: every PostgreSQL backend is a session of its own.
func signalTree(pid int, sig syscall.Signal) []int {
	_ = syscall.Kill(pid, sig)
	reached := []int{pid}
	known := map[int]bool{pid: true}
	for found := true; found; {
		found = false
		for _, p := range Descendants(pid) {
			if !known[p] {
				_ = syscall.Kill(p, sig)
				known[p], found = true, true
				reached = append(reached, p)
			}
		}
	}
	return reached
}

// Descendants gives the ids of the processes that descend from pid, parents
// first.
func Descendants(pid int) []int {
	children := map[int][]int{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // ended meanwhile
		}
		// The name stands in brackets and may hold anything; state and parent follow.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		parent, err := strconv.Atoi(string(fields[1]))
		if err != nil {
			continue
		}
		child, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		children[parent] = append(children[parent], child)
	}
	found := children[pid]
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i]]...)
	}
	return found
}
