//go:build e2e

// Package relay tries the relay on a real network: questions between cities and
// to a system outside, forged and late answers, business over several chains,
// and carriers, gateways and peers that are killed in the middle of it.
package relay

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"henanchain/gateway/client"
	"henanchain/gateway/fabric"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
	"henanchain/network/supervise"
	"henanchain/test/journey"
	"henanchain/test/testnet"
)

var (
	net    *testnet.Net
	ledger *fabric.Network // as a carrier has it, past the gateway
)

// Applications of the pilot network.
const (
	asker        = "xinyang-notary"
	carrier      = "province-relay"
	depositor    = "zhengzhou-notary"
	from, source = "xinyang", "zhengzhou"
)

func TestMain(m *testing.M) { testnet.Main(m, &net) }

type object = map[string]any

// run tells this run's records from those of other runs on the same network.
var run = time.Now().UTC().Format("20060102150405.000")

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// ready registers the chains with each other and opens the carrier's door, once.
func ready(t *testing.T) {
	t.Helper()
	if ledger != nil {
		return
	}
	out, err := net.Gateway("relay", "register", "--offer", "evidence.Get", "--offer", "relay.Get").CombinedOutput()
	if err != nil {
		t.Fatalf("register the chains: %v\n%s", err, out)
	}
	if ledger, err = fabric.New(net.Connection, fabric.Options{}); err != nil {
		t.Fatal(err)
	}
}

func caller(t *testing.T, system string) *client.Client {
	t.Helper()
	c, err := net.Client(system)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// deposited is a piece of evidence on the source's ledger.
func deposited(t *testing.T) string {
	t.Helper()
	a, err := caller(t, depositor).Create(t.Context(), source, "evidence", "evidences", journey.Evidence("购销合同.pdf", gm.HexDigest([]byte("relay "+run))))
	if err != nil {
		t.Fatal(err)
	}
	return a.ID
}

var serial int

func question(evidence string) object {
	serial++
	return object{"reference": fmt.Sprintf("%s-%d", run, serial), "from": from, "source": source, "contract": "evidence", "function": "Get",
		"args": []string{"evidence", evidence}, "purpose": "异地诉讼证据核验"}
}

func ask(t *testing.T, in object) string {
	t.Helper()
	a, err := caller(t, asker).Create(t.Context(), from, "relay", "requests", in)
	if err != nil {
		t.Fatal(err)
	}
	return a.ID
}

// amply is a deadline that nothing is to come near, on however slow a machine.
const amply = 20 * time.Minute

// shortly is a deadline that is to pass while the test waits: far enough that
// what has it is made before.
const shortly = 10 * time.Second

func in(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }

// ends waits for a request's end.
func ends(t *testing.T, id string) string {
	t.Helper()
	return ended(t, asker, from, "requests", id)
}

// ended waits until the status of a record is one that nothing leads out of.
func ended(t *testing.T, system, city, collection, id string) string {
	t.Helper()
	for deadline := time.Now().Add(testnet.Patience); ; {
		r, err := caller(t, system).WithWait(25*time.Second).Get(t.Context(), city, "relay", collection, id)
		if err != nil {
			t.Fatal(err)
		}
		if terminal(r.Status) || time.Now().After(deadline) {
			return r.Status
		}
	}
}

func terminal(status string) bool {
	return slices.Contains([]string{"ACCEPTED", "REFUSED", "EXPIRED", "DONE", "UNDONE"}, status)
}

// request is a request as the main channel has it.
type request struct {
	From, Source, Contract, Function, Nonce, Deadline string
	Args                                              []string
}

func read(t *testing.T, id string) (r request) {
	t.Helper()
	body(t, fabric.Place{Channel: "henan", Contract: "relay", App: carrier}, "request", id, &r)
	return r
}

// body reads the body of a record from the ledger, once the peer that is asked,
// which may be a block behind, has it.
func body(t *testing.T, place fabric.Place, recordType, id string, out any) {
	t.Helper()
	var record *operation.Record
	testnet.Eventually(t, "the "+recordType+" "+id+" is on the ledger", func() (err error) {
		record, err = ledger.Get(t.Context(), place, recordType, id)
		return err
	})
	if err := json.Unmarshal(record.Body, out); err != nil {
		t.Fatal(err)
	}
}

// answer has the peers of a channel sign the answer to a request, as an honest
// carrier would, or one that asks another channel.
func answer(t *testing.T, r request, channel string, members ...string) []byte {
	t.Helper()
	nonce, err := hex.DecodeString(r.Nonce)
	if err != nil {
		t.Fatal(err)
	}
	p := fabric.Proposal{Channel: channel, Contract: r.Contract, App: carrier, Function: r.Function}
	for _, a := range r.Args {
		p.Args = append(p.Args, []byte(a))
	}
	view, err := ledger.Attest(within(t, testnet.Patience), p, nonce, members...)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := view.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// half is the private half that carries a proof.
func half(t *testing.T, proof []byte) json.RawMessage {
	t.Helper()
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(map[string]string{"proof": base64.StdEncoding.EncodeToString(proof)})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(operation.Private{Salt: hex.EncodeToString(salt), Data: data})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// attest submits a proof past the gateway, as a carrier does; it returns the
// contract's refusal.
func attest(t *testing.T, in object, proof []byte) *operation.Refusal {
	t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	halves, err := json.Marshal([]json.RawMessage{half(t, proof)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = ledger.Endorse(within(t, testnet.Patience), fabric.Proposal{Channel: "henan", Contract: "relay", App: carrier, Function: "Attest",
		Args: [][]byte{raw}, Transient: map[string][]byte{operation.TransientPrivate: halves}})
	var e *fabric.Error
	if errors.As(err, &e) && e.Refusal != nil {
		return e.Refusal
	}
	if err != nil {
		t.Fatal(err)
	}
	return nil
}

// service is a process of the network.
func service(t *testing.T, name string) supervise.Status {
	t.Helper()
	all, err := supervise.NewClient(net.State).Services()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("the network has no process %s", name)
	return supervise.Status{}
}

// paused stops the network's own carrier until the returned function is called,
// so that a test can be the only one that carries.
func paused(t *testing.T) (resume func()) {
	t.Helper()
	pid := service(t, "relay").PID
	if err := unix.Kill(pid, unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	done := false
	resume = func() {
		if !done {
			done = true
			unix.Kill(pid, unix.SIGCONT) //nolint:errcheck // it ended meanwhile
		}
	}
	t.Cleanup(resume)
	return resume
}

func fileOf(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := t.TempDir() + "/" + name
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
