package servers

import (
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
)

// given are the ports that this process has been given.
var given sync.Map // int → what claims it

// claim keeps a port for this process, until it ends, from all others that use this
// package: what a test starts may come to its port much later.
func claim(port int) error {
	if runtime.GOOS != "linux" {
		return nil // no names that go with a process
	}
	claimed, err := net.Listen("unix", fmt.Sprintf("@sekisho-test-port-%d", port))
	if err == nil {
		given.Store(port, claimed) // or it would be closed with the garbage
	}
	return err
}

// FreePort finds a free TCP port of 127.0.0.1 below those that the kernel gives
// to outgoing connections, so that it is still free when a server comes to it,
// also after a restart. It never gives the same one twice, nor to two processes.
func FreePort() (int, error) {
	var last error
	for range 200 {
		port := 15000 + rand.IntN(15000)
		if _, before := given.LoadOrStore(port, struct{}{}); before {
			continue
		}
		if last = claim(port); last != nil {
			continue
		}
		var listener net.Listener
		if listener, last = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); last == nil {
			return port, listener.Close()
		}
	}
	return 0, fmt.Errorf("finding a free port: none of 200 was free: %w", last)
}
