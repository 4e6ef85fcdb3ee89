package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
)

// overlay is the state as one transaction sees it: the committed state with
// the transaction's own writes over it. Nothing reaches the stub before flush.
type overlay struct {
	stub  shim.ChaincodeStubInterface
	base  map[address][]byte // committed values, as far as they were read
	dirty map[address][]byte // the transaction's writes; nil deletes
	log   []undo             // how to take writes back, newest last
	// postpone makes a read of what is not there yet end the operation with a
	// missing, instead of an exchange with the peer of its own.
	postpone bool
}

// address is a key in the public state (no collection) or in a collection of
// private data.
type address struct{ collection, key string }

type undo struct {
	at    address
	value []byte
	was   bool // whether the address was dirty before
}

func newOverlay(stub shim.ChaincodeStubInterface) *overlay {
	return &overlay{stub: stub, base: map[address][]byte{}, dirty: map[address][]byte{}}
}

// missing is the panic that ends an operation whose reads are postponed.
type missing struct{ at []address }

// prefetch reads many public keys in one exchange with the peer. A single one
// is left to be read when it is needed.
func (o *overlay) prefetch(keys []string) error {
	wanted := make([]address, len(keys))
	for i, k := range keys {
		wanted[i] = address{key: k}
	}
	return o.prefetchAll(wanted)
}

// prefetchAll is prefetch for addresses in whatever collections.
func (o *overlay) prefetchAll(wanted []address) error {
	if wanted = o.unread(wanted); len(wanted) < 2 {
		return nil
	}
	if o.postpone {
		panic(missing{wanted})
	}
	return o.fetch(wanted)
}

// unread are those of the addresses that were not read yet, each once and in
// order: every peer has to ask for the same.
func (o *overlay) unread(addresses []address) []address {
	wanted := make([]address, 0, len(addresses))
	seen := make(map[address]bool, len(addresses))
	for _, at := range addresses {
		if _, have := o.base[at]; !have && !seen[at] {
			seen[at] = true
			wanted = append(wanted, at)
		}
	}
	slices.SortFunc(wanted, compareAddresses)
	return wanted
}

// fetch reads unread addresses: with one exchange with the peer for the public
// ones, and with one for each collection.
func (o *overlay) fetch(wanted []address) error {
	for len(wanted) > 0 {
		n := 1
		for n < len(wanted) && wanted[n].collection == wanted[0].collection {
			n++
		}
		keys := make([]string, n)
		for i, at := range wanted[:n] {
			keys[i] = at.key
		}
		values, err := o.read(wanted[0].collection, keys)
		if err != nil {
			return fmt.Errorf("read %d keys: %w", n, err)
		}
		if len(values) != n {
			return fmt.Errorf("read %d keys: the peer answered %d values", n, len(values))
		}
		for i, at := range wanted[:n] {
			o.base[at] = values[i]
		}
		wanted = wanted[n:]
	}
	return nil
}

func (o *overlay) read(collection string, keys []string) ([][]byte, error) {
	if collection == "" {
		return o.stub.GetMultipleStates(keys...)
	}
	return o.stub.GetMultiplePrivateData(collection, keys...)
}

// get returns the value at an address, nil where there is none.
func (o *overlay) get(at address) ([]byte, error) {
	if v, ok := o.dirty[at]; ok {
		return v, nil
	}
	if v, ok := o.base[at]; ok {
		return v, nil
	}
	if o.postpone {
		panic(missing{[]address{at}})
	}
	var v []byte
	var err error
	if at.collection == "" {
		v, err = o.stub.GetState(at.key)
	} else {
		v, err = o.stub.GetPrivateData(at.collection, at.key)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", at.key, err)
	}
	o.base[at] = v
	return v, nil
}

// put writes a value; a nil value deletes, and purges private data.
func (o *overlay) put(at address, value []byte) {
	old, was := o.dirty[at]
	o.log = append(o.log, undo{at, old, was})
	o.dirty[at] = value
}

// savepoint marks a place to roll back to.
func (o *overlay) savepoint() int { return len(o.log) }

// rollback takes back every write since the savepoint.
func (o *overlay) rollback(to int) {
	for i := len(o.log) - 1; i >= to; i-- {
		u := o.log[i]
		if u.was {
			o.dirty[u.at] = u.value
		} else {
			delete(o.dirty, u.at)
		}
	}
	o.log = o.log[:to]
}

// flush sends the writes to the peer in one exchange, in the order of their
// keys. policy answers the key-level endorsement policy of a new public key,
// nil where the contract's policy suffices.
func (o *overlay) flush(policy func(key string) ([]byte, error)) error {
	if len(o.dirty) == 0 {
		return nil
	}
	o.stub.StartWriteBatch()
	for _, at := range o.addresses() {
		if err := o.send(at, policy); err != nil {
			return fmt.Errorf("write %s: %w", at.key, err)
		}
	}
	if err := o.stub.FinishWriteBatch(); err != nil {
		return fmt.Errorf("write %d keys: %w", len(o.dirty), err)
	}
	return nil
}

func (o *overlay) send(at address, policy func(key string) ([]byte, error)) error {
	value := o.dirty[at]
	switch {
	case at.collection != "" && value == nil:
		// Purge rather than delete: the peers drop the earlier values as well.
		return o.stub.PurgePrivateData(at.collection, at.key)
	case at.collection != "":
		return o.stub.PutPrivateData(at.collection, at.key, value)
	case value == nil:
		return o.stub.DelState(at.key)
	}
	if err := o.stub.PutState(at.key, value); err != nil {
		return err
	}
	if o.base[at] != nil {
		return nil
	}
	p, err := policy(at.key)
	if err != nil || p == nil {
		return err
	}
	return o.stub.SetStateValidationParameter(at.key, p)
}

func (o *overlay) addresses() []address {
	all := make([]address, 0, len(o.dirty))
	for at := range o.dirty {
		all = append(all, at)
	}
	slices.SortFunc(all, compareAddresses)
	return all
}

func compareAddresses(a, b address) int {
	return cmp.Or(strings.Compare(a.collection, b.collection), strings.Compare(a.key, b.key))
}
