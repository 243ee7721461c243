package servers

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
)

// given are the ports that this process has been given.
var given sync.Map // int → what claims it

// claim has a port be of this process among all that ask for one here, until it ends:
// what a test starts may come to its port much later. It says whether it was free.
func claim(port int) bool {
	if runtime.GOOS != "linux" {
		return true // no names that go with a process
	}
	claimed, err := net.Listen("unix", fmt.Sprintf("@sekisho-test-port-%d", port))
	if err == nil {
		given.Store(port, claimed) // or it would be closed with the garbage
	}
	return err == nil
}

// FreePort finds a free TCP port of 127.0.0.1 below those that the kernel gives
// to outgoing connections, so that it is still free when a server comes to it,
// also after a restart. It never gives the same one twice, nor to two processes.
func FreePort() (int, error) {
	for range 200 {
		port := 15000 + rand.IntN(15000)
		if _, before := given.LoadOrStore(port, struct{}{}); before || !claim(port) {
			continue
		}
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return port, listener.Close()
		}
	}
	return 0, errors.New("finding a free port: none of 200 was free")
}
