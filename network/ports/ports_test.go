package ports

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"henanchain/network/failure"
)

func TestATakenPortIsNamedWithItsHolder(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	err = Check([]Wanted{{"127.0.0.1:0", "nobody"}, {ln.Addr().String(), "peer0.zhengzhou"}})
	for _, part := range []string{"port " + port + ", for peer0.zhengzhou, is taken", fmt.Sprintf("by process %d (", os.Getpid()), "--port-base"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("got %v, want it to say %q", err, part)
		}
	}
	if got := failure.ExitStatus(err); got != failure.Port {
		t.Errorf("exit status %d, want %d", got, failure.Port)
	}
}

func TestAnAddressOfAnotherMachineIsNamedAsSuch(t *testing.T) {
	err := Check([]Wanted{{"192.0.2.77:21000", "orderer0.henan"}})
	if err == nil || !strings.Contains(err.Error(), "no address 192.0.2.77:21000") {
		t.Fatalf("got %v, want a refusal that names the address", err)
	}
}

func TestFreePortsPass(t *testing.T) {
	if err := Check([]Wanted{{"127.0.0.1:0", "a"}, {"127.0.0.1:0", "b"}}); err != nil {
		t.Fatal(err)
	}
}
