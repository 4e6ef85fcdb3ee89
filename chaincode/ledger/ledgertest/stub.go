package ledgertest

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/queryresult"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// stub is one transaction's view of a Ledger, with Fabric's rules: a read
// never sees the transaction's own writes, keys are valid UTF-8 and not empty,
// a paginated range may not stand in a transaction that writes. What contracts
// here do not use of the interface is nil and would panic.
type stub struct {
	shim.ChaincodeStubInterface
	ledger    *Ledger
	creator   []byte
	args      []string
	transient map[string][]byte
	txID      string
	time      *timestamppb.Timestamp

	writes    map[place]write
	policies  map[string][]byte
	event     []byte
	eventName string
	batching  bool
	paginated bool
}

type place struct{ collection, key string }

type write struct {
	value  []byte
	delete bool
	purge  bool
}

func (s *stub) GetChannelID() string { return s.ledger.Channel }
func (s *stub) GetTxID() string      { return s.txID }
func (s *stub) GetCreator() ([]byte, error) {
	return s.creator, nil
}
func (s *stub) GetTxTimestamp() (*timestamppb.Timestamp, error) { return s.time, nil }
func (s *stub) GetTransient() (map[string][]byte, error)        { return s.transient, nil }
func (s *stub) GetStringArgs() []string                         { return s.args }

func (s *stub) GetArgs() [][]byte {
	out := make([][]byte, len(s.args))
	for i, a := range s.args {
		out[i] = []byte(a)
	}
	return out
}

func (s *stub) GetFunctionAndParameters() (string, []string) {
	if len(s.args) == 0 {
		return "", nil
	}
	return s.args[0], s.args[1:]
}

func (s *stub) GetState(key string) ([]byte, error) {
	s.ledger.Reads++
	if err := checkKey(key); err != nil {
		return nil, err
	}
	return s.ledger.state[place{key: key}], nil
}

func (s *stub) GetMultipleStates(keys ...string) ([][]byte, error) {
	s.ledger.Reads++
	out := make([][]byte, len(keys))
	for i, k := range keys {
		if err := checkKey(k); err != nil {
			return nil, err
		}
		out[i] = s.ledger.state[place{key: k}]
	}
	return out, nil
}

func (s *stub) PutState(key string, value []byte) error {
	if value == nil {
		return errors.New("a nil value may not be written: it would be a deletion")
	}
	return s.write(place{key: key}, write{value: value})
}

func (s *stub) DelState(key string) error { return s.write(place{key: key}, write{delete: true}) }

func (s *stub) SetStateValidationParameter(key string, policy []byte) error {
	s.policies[key] = policy
	return checkKey(key)
}

func (s *stub) GetStateValidationParameter(key string) ([]byte, error) {
	return s.ledger.Policies[key], nil
}

func (s *stub) GetPrivateData(collection, key string) ([]byte, error) {
	s.ledger.Reads++
	if collection == "" {
		return nil, errors.New("collection must not be an empty string")
	}
	return s.ledger.state[place{collection, key}], checkKey(key)
}

func (s *stub) GetMultiplePrivateData(collection string, keys ...string) ([][]byte, error) {
	s.ledger.Reads++
	if collection == "" {
		return nil, errors.New("collection must not be an empty string")
	}
	out := make([][]byte, len(keys))
	for i, k := range keys {
		if err := checkKey(k); err != nil {
			return nil, err
		}
		out[i] = s.ledger.state[place{collection, k}]
	}
	return out, nil
}

func (s *stub) PutPrivateData(collection, key string, value []byte) error {
	if collection == "" || value == nil {
		return errors.New("collection must not be empty, value must not be nil")
	}
	return s.write(place{collection, key}, write{value: value})
}

func (s *stub) DelPrivateData(collection, key string) error {
	return s.write(place{collection, key}, write{delete: true})
}

func (s *stub) PurgePrivateData(collection, key string) error {
	return s.write(place{collection, key}, write{delete: true, purge: true})
}

func (s *stub) write(at place, w write) error {
	if s.paginated {
		return errors.New("transaction has already performed a paginated query. Writes are not allowed")
	}
	s.writes[at] = w
	return checkKey(at.key)
}

func (s *stub) StartWriteBatch() { s.batching = true }

func (s *stub) FinishWriteBatch() error {
	if !s.batching {
		return errors.New("FinishWriteBatch without StartWriteBatch")
	}
	s.batching = false
	return nil
}

func (s *stub) SetEvent(name string, payload []byte) error {
	if name == "" {
		return errors.New("event name can not be empty string")
	}
	s.eventName, s.event = name, payload
	return nil
}

func (s *stub) CreateCompositeKey(objectType string, attributes []string) (string, error) {
	return shim.CreateCompositeKey(objectType, attributes)
}

func (s *stub) GetHistoryForKey(key string) (shim.HistoryQueryIteratorInterface, error) {
	all := s.ledger.history[key]
	newestFirst := make([]*queryresult.KeyModification, 0, len(all))
	for i := len(all) - 1; i >= 0; i-- {
		newestFirst = append(newestFirst, all[i])
	}
	return &iterator[*queryresult.KeyModification]{items: newestFirst}, checkKey(key)
}

func (s *stub) GetStateByRange(start, end string) (shim.StateQueryIteratorInterface, error) {
	return &iterator[*queryresult.KV]{items: s.inRange(start, end, 0)}, nil
}

func (s *stub) GetStateByRangeWithPagination(start, end string, pageSize int32, bookmark string) (shim.StateQueryIteratorInterface, *peer.QueryResponseMetadata, error) {
	if len(s.writes) > 0 {
		return nil, nil, errors.New("writes before a paginated query are not allowed")
	}
	s.paginated = true
	if bookmark != "" {
		start = bookmark
	}
	items := s.inRange(start, end, int(pageSize)+1)
	meta := &peer.QueryResponseMetadata{}
	if len(items) > int(pageSize) {
		meta.Bookmark = items[pageSize].Key
		items = items[:pageSize]
	}
	meta.FetchedRecordsCount = int32(len(items))
	return &iterator[*queryresult.KV]{items: items}, meta, nil
}

// inRange lists the committed public keys from start to before end, in order.
func (s *stub) inRange(start, end string, limit int) []*queryresult.KV {
	s.ledger.Reads++
	var keys []string
	for at := range s.ledger.state {
		if at.collection == "" && at.key >= start && (end == "" || at.key < end) && !strings.HasPrefix(at.key, "\x00") {
			keys = append(keys, at.key)
		}
	}
	sort.Strings(keys)
	if limit > 0 && len(keys) > limit {
		keys = keys[:limit]
	}
	items := make([]*queryresult.KV, len(keys))
	for i, k := range keys {
		items[i] = &queryresult.KV{Key: k, Value: s.ledger.state[place{key: k}]}
	}
	return items
}

type iterator[T any] struct {
	items []T
	next  int
}

func (i *iterator[T]) HasNext() bool { return i.next < len(i.items) }
func (i *iterator[T]) Close() error  { return nil }
func (i *iterator[T]) Next() (T, error) {
	if !i.HasNext() {
		var none T
		return none, errors.New("no such item")
	}
	i.next++
	return i.items[i.next-1], nil
}

func checkKey(key string) error {
	if key == "" {
		return errors.New("key must not be an empty string")
	}
	if !utf8.ValidString(key) {
		return fmt.Errorf("not a valid utf8 string: [%x]", key)
	}
	return nil
}
