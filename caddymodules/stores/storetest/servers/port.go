package servers

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// given are the ports that this process has been given.
var given sync.Map // int → struct{}

// FreePort finds a free TCP port of 127.0.0.1 below those that the kernel gives
// to outgoing connections, so that it is still free when a server comes to it,
// also after a restart. It never gives a process the same one twice. Another
// process may be quicker than the server.
func FreePort() (int, error) {
	for range 200 {
		port := 15000 + rand.IntN(15000)
		if _, before := given.LoadOrStore(port, struct{}{}); before {
			continue
		}
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return port, listener.Close()
		}
	}
	return 0, errors.New("finding a free port: none of 200 was free")
}
