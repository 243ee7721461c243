package stores

import (
	"context"
	"net"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Of two sockets with one address, as of two configurations, the one gets all
// connections that is to get them; once the first is closed the second gets them
// all the same.
func TestSendNewConnections(t *testing.T) {
	first := listenShared(t, "127.0.0.1:0")
	second := listenShared(t, first.Addr().String())
	for _, c := range []struct {
		to   side
		want net.Listener
	}{{toPredecessor, first}, {toSuccessor, second}, {toPredecessor, first}} {
		if err := sendNewConnections(c.to); err != nil {
			t.Fatal(err)
		}
		expectConnections(t, c.want)
	}
	first.Close()
	for _, to := range []side{toSuccessor, toPredecessor} {
		if err := sendNewConnections(to); err != nil {
			t.Fatal(err)
		}
		expectConnections(t, second)
	}
}

// listenShared listens as Caddy does.
func listenShared(t *testing.T, address string) net.Listener {
	t.Helper()
	config := net.ListenConfig{Control: func(_, _ string, socket syscall.RawConn) (err error) {
		controlErr := socket.Control(func(fd uintptr) {
			err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
		})
		if controlErr != nil {
			return controlErr
		}
		return err
	}}
	listener, err := config.Listen(context.Background(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

// expectConnections makes connections and accepts each one at this socket: one
// that came to another would never be accepted.
func expectConnections(t *testing.T, at net.Listener) {
	t.Helper()
	for range 32 {
		made, err := net.Dial("tcp", at.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = at.(*net.TCPListener).SetDeadline(time.Now().Add(5 * time.Second))
		accepted, err := at.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if made.LocalAddr().String() != accepted.RemoteAddr().String() {
			t.Errorf("%s was accepted, and %s connected", accepted.RemoteAddr(), made.LocalAddr())
		}
		accepted.Close()
		made.Close()
	}
}
