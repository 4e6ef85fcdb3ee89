package globals

import (
	"encoding/json"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"

	"example.test/contracts/contractapi"
)

var (
	count   int
	seen    = map[string]bool{}
	order   []string
	limits  struct{ Max int }
	pattern = regexp.MustCompile("^a")
	once    sync.Once
	mu      sync.Mutex                    // want `the package variable mu holds a sync.Mutex`
	cache   sync.Map                      // want `the package variable cache holds a sync.Map`
	serial  atomic.Int64                  // want `the package variable serial holds a atomic.Int64`
	shared  = struct{ m *sync.RWMutex }{} // want `the package variable shared holds a sync.RWMutex`
	queue   = make(chan int)              // want `the package variable queue holds a channel`
)

func init() { seen["a"] = true }

func change(data []byte) {
	count++                           // want `the package variable count is changed`
	seen["b"] = true                  // want `the package variable seen is changed`
	delete(seen, "b")                 // want `the package variable seen is changed by delete`
	order = append(order, "x")        // want `the package variable order is changed`
	limits.Max = 3                    // want `the package variable limits is changed`
	slices.Sort(order)                // want `the package variable order is changed by slices.Sort`
	_ = json.Unmarshal(data, &limits) // want `a pointer to the package variable limits is taken`
}

type Ledger struct {
	contractapi.Contract
	calls int
	last  map[string]string
}

func (l *Ledger) Put(ctx contractapi.TransactionContextInterface, id string) error {
	l.calls++        // want `a field of the contract l is changed`
	l.last[id] = "x" // want `a field of the contract l is changed`
	var local struct{ n int }
	local.n++
	return ctx.GetStub().PutState(id, []byte{byte(l.calls)})
}

func (l Ledger) Copy(contractapi.TransactionContextInterface) { l.calls++ }

type plain struct{ n int }

func (p *plain) add() { p.n++ }

func fine(s string) bool {
	order := []string{}
	order = append(order, s)
	return pattern.MatchString(s) && seen[s] && len(order) > limits.Max
}
