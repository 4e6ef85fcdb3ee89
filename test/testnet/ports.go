package testnet

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"henanchain/network/topology"
)

// Where tests take ports: all below those that Linux gives to outgoing
// connections, so that none is taken between two processes of one test. Single
// ports and networks keep apart.
const (
	firstSingle, lastSingle   = 19000, 20000
	firstNetwork, lastNetwork = 22000, 32000
)

// Ports reserves the ports of one network, until the test ends.
func Ports(t testing.TB) (base int) {
	t.Helper()
	base, free, err := ReservePorts()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(free)
	return base
}

// ReservePorts reserves the ports of one network, until free is called.
func ReservePorts() (base int, free func(), err error) {
	return reserve(firstNetwork, lastNetwork, topology.PortSpan)
}

// Address reserves one port of this machine, until the test ends.
func Address(t testing.TB) string {
	t.Helper()
	port, free, err := reserve(firstSingle, lastSingle, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(free)
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

// reserve finds n free ports in a row, and keeps other tests off them, in
// whatever process: theirs may not be taken yet when they are looked at.
func reserve(from, to, n int) (base int, free func(), err error) {
	for base := from; base+n <= to; base += n {
		lock, err := os.OpenFile(filepath.Join(os.TempDir(), "henanchain-test-ports-"+strconv.Itoa(base)), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return 0, nil, fmt.Errorf("reserve ports: %w", err)
		}
		if unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil && listens(base, n) {
			return base, func() { lock.Close() }, nil
		}
		lock.Close()
	}
	return 0, nil, fmt.Errorf("no %d free ports in a row between %d and %d on this machine", n, from, to)
}

// listens tells whether each of the ports can be listened on.
func listens(base, n int) bool {
	for p := base; p < base+n; p++ {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p)))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}
