package ledger

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"henanchain/internal/operation"
)

// claim reads a claim about a record of a type that the contract keeps.
func (c *Contract) claim(raw string) (*operation.Claim, error) {
	var claim operation.Claim
	dec := json.NewDecoder(strings.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&claim); err != nil {
		return nil, Refuse(InputInvalid, "the claim is not readable: %v", err)
	}
	_, err := c.recordType(claim.Type)
	return &claim, err
}

// verifyText answers a claim as JSON.
func (c *Contract) verifyText(stub shim.ChaincodeStubInterface, claim *operation.Claim) ([]byte, error) {
	verdict, err := c.verify(stub, claim)
	if err != nil {
		return nil, err
	}
	return json.Marshal(verdict)
}

// verify answers whether a claim holds: match or no match for each part of it,
// and the record's status as of now. A value that the claim did not carry is
// never in the answer.
func (c *Contract) verify(stub shim.ChaincodeStubInterface, claim *operation.Claim) (*operation.Verdict, error) {
	info, err := c.recordType(claim.Type)
	if err != nil {
		return nil, err
	}
	if claim.ID == "" && c.locate != nil {
		tx, err := begin(stub, c)
		if err != nil {
			return nil, err
		}
		if claim.ID, err = c.locate(&Call{tx: tx, op: operation.Verify}, claim); err != nil {
			return nil, err
		}
		if claim.ID == "" {
			return operation.NoRecord(claim.Type, ""), nil
		}
	}
	if claim.ID == "" {
		return nil, RefuseField(InputInvalid, "id", "the claim names no %s", info.Title)
	}
	data, err := stub.GetState(Key(claim.Type, claim.ID))
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", claim.Type, claim.ID, err)
	}
	if data == nil {
		return operation.NoRecord(claim.Type, claim.ID), nil
	}
	latest, err := operation.DecodeRecord(data)
	if err != nil {
		return nil, err
	}
	if err := c.mayRead(stub, latest); err != nil {
		return nil, err
	}
	meant := latest
	if claim.Version != 0 && claim.Version != latest.Version {
		if meant, err = c.versionOf(stub, claim); err != nil {
			return nil, err
		}
	}
	stamp, err := stub.GetTxTimestamp()
	if err != nil {
		return nil, fmt.Errorf("read the transaction time: %w", err)
	}
	return operation.Judge(claim, latest, meant, info.HashFields, info.StatusAt(latest.Status, latest.Body, stamp.AsTime()), info.SuccessorOf(latest.Body))
}

// versionOf finds an earlier version of a record; nil where there is none.
func (c *Contract) versionOf(stub shim.ChaincodeStubInterface, claim *operation.Claim) (*operation.Record, error) {
	changes, err := c.history(stub, claim.Type, claim.ID)
	if err != nil {
		return nil, err
	}
	for _, ch := range changes {
		if ch.Record != nil && ch.Record.Version == claim.Version {
			return ch.Record, nil
		}
	}
	return nil, nil
}
