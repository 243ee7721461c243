package stores

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Go's servers listen for multipath TCP unless told otherwise, and the kernel
// takes no program of prefer's for such sockets. Who sets GODEBUG has the last
// word.
func init() {
	os.Setenv("GODEBUG", strings.TrimSuffix("multipathtcp=0,"+os.Getenv("GODEBUG"), ","))
}

// sendNewConnections has the kernel give each connection that comes from now on
// to one side of a reload.
//
// Every configuration of Caddy listens on sockets of its own, and the kernel
// spreads connections over those that share an address (SO_REUSEPORT). One that
// closes resets the connections that it has not accepted yet, and a server that
// ends drops those whose first request it has not read. So none may come to the
// sockets of a new configuration before it is sure to stay, and none to those of
// the old one in its farewell.
func sendNewConnections(to side) error {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return fmt.Errorf("looking for listening sockets: %w", err)
	}
	var all error
	for _, file := range files {
		socket, err := strconv.Atoi(file.Name())
		if err != nil || !sharesItsAddress(socket) {
			continue
		}
		if err := prefer(socket, to); err != nil {
			all = errors.Join(all, fmt.Errorf("sending new connections to one side of a reload: %w", err))
		}
	}
	return all
}

func sharesItsAddress(socket int) bool {
	listening, err1 := unix.GetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	shared, err2 := unix.GetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_REUSEPORT)
	return err1 == nil && err2 == nil && listening != 0 && shared != 0
}

// prefer gives all sockets of an address a program that picks one, by the order
// in which they began to listen. Where there are too few, as after a farewell,
// the kernel chooses.
func prefer(socket int, picked side) error {
	program := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: uint32(picked)}
	return unix.SetsockoptSockFprog(socket, unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF, &unix.SockFprog{Len: 1, Filter: &program})
}
