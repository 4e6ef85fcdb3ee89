package workload

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"henanchain/chaincode/contracts"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/operation"
	"henanchain/network/topology"
)

// alone is a contract without a network, with the business systems that
// topology.yaml names.
type alone struct {
	t        testing.TB
	ledger   *ledgertest.Ledger
	topology *topology.File
	systems  map[string]*ledgertest.App
}

func newAlone(t testing.TB, contract string) *alone {
	t.Helper()
	c, ok := contracts.Find(contract)
	if !ok {
		t.Fatalf("there is no contract %s", contract)
	}
	file, err := topology.Read(filepath.Join("..", "..", "..", "network", "topology.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return &alone{t, ledgertest.New(t, c), file, map[string]*ledgertest.App{}}
}

func (a *alone) dept(system string) string {
	for _, app := range a.topology.Applications {
		if app.Name == system {
			return app.Department
		}
	}
	a.t.Fatalf("topology.yaml has no application %s", system)
	return ""
}

func (a *alone) system(name string) *ledgertest.App {
	if a.systems[name] == nil {
		for _, app := range a.topology.Applications {
			if app.Name == name {
				msp := map[string]string{"henan": "HenanMSP", "zhengzhou": "ZhengzhouMSP"}[app.Organisation]
				a.systems[name] = a.ledger.App(msp, name, app.Department, app.Roles...)
			}
		}
	}
	return a.systems[name]
}

// texts are the arguments of a step's transaction.
func texts(t testing.TB, s Step) (requests string, transient map[string][]byte) {
	t.Helper()
	raw, err := json.Marshal(s.Requests)
	if err != nil {
		t.Fatal(err)
	}
	if s.Private != nil {
		private, err := json.Marshal(s.Private)
		if err != nil {
			t.Fatal(err)
		}
		transient = map[string][]byte{operation.TransientPrivate: private}
	}
	return string(raw), transient
}

// do runs a step and fails the test where an operation is refused.
func (a *alone) do(s Step) {
	a.t.Helper()
	requests, transient := texts(a.t, s)
	payload, failure := a.system(s.System).Invoke(transient, operation.Apply, requests)
	if failure != "" {
		a.t.Fatal(failure)
	}
	results, err := operation.DecodeResults(payload)
	if err != nil {
		a.t.Fatal(err)
	}
	for i, r := range results {
		if r.Refusal != nil {
			a.t.Fatalf("operation %d of %s: %v", i, s.Requests[i].Op, r.Refusal)
		}
	}
}

func (l Load) setup(r *Run, n int) []Step {
	if l.Setup == nil {
		return nil
	}
	return l.Setup(r, n)
}

// What is measured are operations that succeed, as many keys as it says, with
// few exchanges with the peer whatever they read.
func TestEveryLoadRunsAndReadsInBulk(t *testing.T) {
	for _, l := range All() {
		t.Run(l.Contract+"/"+l.Op, func(t *testing.T) {
			a := newAlone(t, l.Contract)
			r := &Run{ID: "20260302010203", Size: 100, Dept: a.dept}
			for n := range 2 {
				for _, s := range l.setup(r, n) {
					a.do(s)
				}
				s := l.Batch(r, n)
				if len(s.Requests) != r.Size || s.Requests[0].Op != l.Op {
					t.Fatalf("the batch has %d operations %s", len(s.Requests), s.Requests[0].Op)
				}
				a.ledger.Reads, a.ledger.Writes = 0, 0
				a.do(s)
				if a.ledger.Reads > 12 {
					t.Errorf("%d operations took %d exchanges with the peer to read", r.Size, a.ledger.Reads)
				}
				checkEvent(t, a.ledger, s)
				if keys := (a.ledger.Writes + r.Size/2) / r.Size; keys != l.Keys {
					t.Errorf("%d operations wrote %d keys, and the load says %d for each", r.Size, a.ledger.Writes, l.Keys)
				}
			}
		})
	}
}

// maxEvent is how many bytes of a transaction's event an operation may take: a
// thousand of them stay far below what a block takes.
const maxEvent = 512

// checkEvent holds the one event to naming every record that the transaction
// changed, in few bytes.
func checkEvent(t *testing.T, l *ledgertest.Ledger, s Step) {
	t.Helper()
	if l.Event == nil {
		t.Fatal("the transaction has no event")
	}
	named := map[string]bool{}
	for _, e := range l.Event.Records {
		r := l.Record(e.Type, e.ID)
		if r == nil || r.Version < e.Version {
			t.Fatalf("the event names %+v, which is not on the ledger", e)
		}
		named[e.Type+"/"+e.ID] = true
	}
	for key := range l.Changed {
		if key[0] != '~' && !named[key] {
			t.Errorf("the event does not name %s, which changed", key)
		}
	}
	if size := len(l.Event.Encode()); size > maxEvent*len(s.Requests) {
		t.Errorf("the event of %d operations takes %d bytes", len(s.Requests), size)
	}
}

// cpu is what this process has taken of the processors' time.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkContract is what a contract alone takes for an operation, in a
// transaction of a thousand. The figure cpu-ns/operation is the processors'
// time, collecting garbage included: on a busy machine the steadier one.
func BenchmarkContract(b *testing.B) {
	for _, l := range All() {
		b.Run(l.Contract+"/"+l.Op, func(b *testing.B) {
			a := newAlone(b, l.Contract)
			r := &Run{ID: "20260302010203", Size: operation.MaxPerTransaction, Dept: a.dept}
			var spent time.Duration
			for n := 0; b.Loop(); n++ {
				b.StopTimer()
				for _, s := range l.setup(r, n) {
					a.do(s)
				}
				s := l.Batch(r, n)
				requests, transient := texts(b, s)
				app := a.system(s.System)
				before := cpu(b)
				b.StartTimer()
				if _, failure := app.Invoke(transient, operation.Apply, requests); failure != "" {
					b.Fatal(failure)
				}
				spent += cpu(b) - before
			}
			b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N)/operation.MaxPerTransaction, "cpu-ns/operation")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/operation.MaxPerTransaction, "ns/operation")
		})
	}
}
