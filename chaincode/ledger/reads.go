package ledger

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

// maxPage bounds a page of Range.
const maxPage = 200

// recordType finds a record type that a caller named.
func (c *Contract) recordType(name string) (*recordInfo, error) {
	if r := c.records[name]; r != nil {
		return r, nil
	}
	return nil, RefuseField(InputInvalid, "type", "the contract %s keeps no records of the type %.64q", c.Name(), name)
}

func (c *Contract) get(stub shim.ChaincodeStubInterface, recordType, id string) ([]byte, error) {
	info, err := c.recordType(recordType)
	if err != nil {
		return nil, err
	}
	data, err := stub.GetState(Key(recordType, id))
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", recordType, id, err)
	}
	if data == nil {
		return nil, Refuse(NotFound, "there is no %s %s on %s", info.Title, id, stub.GetChannelID())
	}
	if info.Veil == nil {
		return data, nil
	}
	record, err := operation.DecodeRecord(data)
	if err != nil {
		return nil, err
	}
	if err := c.mayRead(stub, record); err != nil {
		return nil, err
	}
	return data, nil
}

// mayRead refuses whoever has no part in a record that is hidden.
func (c *Contract) mayRead(stub shim.ChaincodeStubInterface, record *operation.Record) error {
	hidden, err := c.hides(stub, record)
	if err == nil && hidden {
		info := c.records[record.Type]
		return Refuse(info.Veil.Code, "the %s %s is sealed: only those who have a part in it may see it", info.Title, record.ID)
	}
	return err
}

// MayRead refuses a caller who has no part in the record, where it is hidden
// (Veil). It goes by the record as it was read.
func (e *Entity[B]) MayRead(c *Call) error { return c.tx.contract.mayRead(c.tx.stub, &e.Record) }

func (c *Contract) hides(stub shim.ChaincodeStubInterface, record *operation.Record) (bool, error) {
	if info := c.records[record.Type]; info == nil || info.Veil == nil {
		return false, nil
	}
	caller, err := callerOf(stub)
	if err != nil {
		return false, err
	}
	return c.info.Hides(record, catalog.Reader{Org: caller.MSP, Dept: caller.Dept}, func(recordType, id string) (*operation.Record, error) {
		data, err := stub.GetState(Key(recordType, id))
		if err != nil || data == nil {
			return nil, err
		}
		return operation.DecodeRecord(data)
	})
}

func (c *Contract) history(stub shim.ChaincodeStubInterface, recordType, id string) ([]operation.Change, error) {
	info, err := c.recordType(recordType)
	if err != nil {
		return nil, err
	}
	it, err := stub.GetHistoryForKey(Key(recordType, id))
	if err != nil {
		return nil, fmt.Errorf("read the history of %s %s: %w", recordType, id, err)
	}
	defer it.Close()
	var changes []operation.Change
	for it.HasNext() {
		m, err := it.Next()
		if err != nil {
			return nil, fmt.Errorf("read the history of %s %s: %w", recordType, id, err)
		}
		change := operation.Change{TxID: m.TxId, Time: m.Timestamp.AsTime().UTC().Format(time.RFC3339)}
		if !m.IsDelete {
			if change.Record, err = operation.DecodeRecord(m.Value); err != nil {
				return nil, err
			}
		}
		changes = append(changes, change)
	}
	if len(changes) == 0 {
		return nil, Refuse(NotFound, "there is no %s %s on %s", info.Title, id, stub.GetChannelID())
	}
	// Who may see it now may see what it was.
	if latest := changes[0].Record; latest != nil {
		if err := c.mayRead(stub, latest); err != nil {
			return nil, err
		}
	}
	sort.SliceStable(changes, func(i, j int) bool { return version(changes[i]) < version(changes[j]) })
	for i := range changes {
		var before *operation.Record
		if i > 0 {
			before = changes[i-1].Record
		}
		if changes[i].Changed, err = operation.Differences(before, changes[i].Record); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// version orders a record's history, which Fabric gives newest first.
func version(c operation.Change) int {
	if c.Record == nil {
		return 1 << 30
	}
	return c.Record.Version
}

func (c *Contract) scan(stub shim.ChaincodeStubInterface, recordType, start string, pageSize int, bookmark string) (*operation.Page, error) {
	if _, err := c.recordType(recordType); err != nil {
		return nil, err
	}
	if pageSize < 1 || pageSize > maxPage {
		return nil, RefuseField(InputInvalid, "pageSize", "the page size is %d and must be from 1 to %d", pageSize, maxPage)
	}
	prefix := Key(recordType, "")
	if bookmark != "" && !strings.HasPrefix(bookmark, prefix) {
		return nil, RefuseField(InputInvalid, "bookmark", "the bookmark is not one of a page of %s", recordType)
	}
	it, next, err := stub.GetStateByRangeWithPagination(prefix+start, recordType+"0", int32(pageSize), bookmark)
	if err != nil {
		return nil, fmt.Errorf("read a page of %s: %w", recordType, err)
	}
	defer it.Close()
	page := &operation.Page{Records: []operation.Record{}, Bookmark: next.GetBookmark()}
	for it.HasNext() {
		kv, err := it.Next()
		if err != nil {
			return nil, fmt.Errorf("read a page of %s: %w", recordType, err)
		}
		r, err := operation.DecodeRecord(kv.Value)
		if err != nil {
			return nil, err
		}
		hidden, err := c.hides(stub, r)
		if err != nil {
			return nil, err
		}
		if !hidden {
			page.Records = append(page.Records, *r)
		}
	}
	return page, nil
}
