package ledger

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"henanchain/internal/operation"
)

// Door is a contract as Fabric calls it. Its methods are the functions that
// every contract has; the contract's own operations and queries come in by
// their names, through call.
type Door struct {
	contractapi.Contract
	contract *Contract
}

// Chaincode makes the contract a chaincode of fabric-contract-api, whose
// metadata tells of every operation and query.
func (c *Contract) Chaincode(version string) (shim.Chaincode, error) {
	door := &Door{contract: c}
	door.Name = c.Name()
	door.Info.Title, door.Info.Description, door.Info.Version = c.info.Title+" "+c.info.TitleZh, c.info.Doc, version
	door.UnknownTransaction = door.call
	inner, err := contractapi.NewChaincode(door)
	if err != nil {
		return nil, fmt.Errorf("contract %s: %w", c.Name(), err)
	}
	inner.DefaultContract = c.Name()
	inner.Info = door.Info
	return &chaincode{inner, c}, nil
}

// GetEvaluateTransactions names the functions that change nothing.
func (d *Door) GetEvaluateTransactions() []string {
	return []string{operation.Get, operation.History, operation.Range, operation.Verify, operation.Read, operation.Describe}
}

// GetIgnoredFunctions names the methods that are no contract functions.
func (d *Door) GetIgnoredFunctions() []string {
	return []string{"GetEvaluateTransactions", "GetIgnoredFunctions"}
}

// Apply runs a JSON array of requests in one transaction and answers a JSON
// array of results.
func (d *Door) Apply(ctx contractapi.TransactionContextInterface, requests string) (string, error) {
	answer, err := d.contract.applyText(ctx.GetStub(), []byte(requests))
	return string(answer), err
}

func (c *Contract) applyText(stub shim.ChaincodeStubInterface, requests []byte) ([]byte, error) {
	list, err := operation.DecodeRequests(requests)
	if err != nil {
		return nil, Refuse(BatchInvalid, "the argument is not a JSON array of requests: %v", err)
	}
	results, err := c.apply(stub, list)
	if err != nil {
		return nil, err
	}
	return operation.EncodeResults(results)
}

// Get answers the record with that id, or RECORD_NOT_FOUND.
func (d *Door) Get(ctx contractapi.TransactionContextInterface, recordType, id string) (string, error) {
	data, err := d.contract.get(ctx.GetStub(), recordType, id)
	return string(data), err
}

// History answers every version of a record, oldest first, and what changed.
func (d *Door) History(ctx contractapi.TransactionContextInterface, recordType, id string) (string, error) {
	changes, err := d.contract.history(ctx.GetStub(), recordType, id)
	if err != nil {
		return "", err
	}
	return text(changes)
}

// Range answers a page of a type's records in the order of their ids, from the
// id start, or from the bookmark that the page before gave.
func (d *Door) Range(ctx contractapi.TransactionContextInterface, recordType, start string, pageSize int, bookmark string) (string, error) {
	page, err := d.contract.scan(ctx.GetStub(), recordType, start, pageSize, bookmark)
	if err != nil {
		return "", err
	}
	return text(page)
}

// Verify answers whether a claim about a record holds.
func (d *Door) Verify(ctx contractapi.TransactionContextInterface, claim string) (string, error) {
	read, err := d.contract.claim(claim)
	if err != nil {
		return "", err
	}
	verdict, err := d.contract.verifyText(ctx.GetStub(), read)
	return string(verdict), err
}

// Describe answers the contract's tables.
func (d *Door) Describe(contractapi.TransactionContextInterface) (string, error) {
	return text(d.contract.Describe())
}

// call runs the operation or the query that the function name says, with one
// argument: its input. An operation's refusal fails the transaction here.
func (d *Door) call(ctx contractapi.TransactionContextInterface) (string, error) {
	stub := ctx.GetStub()
	name, args := stub.GetFunctionAndParameters()
	name = name[strings.LastIndexByte(name, ':')+1:]
	q, o := d.contract.queries[name], d.contract.ops[name]
	if q == nil && o == nil {
		return "", Refuse(OperationUnknown, "the contract %s has no function %.64q", d.contract.Name(), name)
	}
	if len(args) != 1 {
		return "", Refuse(InputInvalid, "%s takes one argument, its input as JSON, and got %d", name, len(args))
	}
	if q != nil {
		answer, err := d.contract.ask(stub, q, json.RawMessage(args[0]))
		return string(answer), err
	}
	results, err := d.contract.apply(stub, []operation.Request{{Op: name, In: json.RawMessage(args[0])}})
	if err != nil {
		return "", err
	}
	if r := results[0].Refusal; r != nil {
		return "", r
	}
	return text(results[0])
}

func text(v any) (string, error) {
	out, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode the answer: %w", err)
	}
	return string(out), nil
}

// chaincode completes the metadata of contract-api, which knows only methods,
// with the operations and queries of the tables.
type chaincode struct {
	*contractapi.ContractChaincode
	contract *Contract
}

const metadataFunction = contractapi.SystemContractName + ":GetMetadata"

// Invoke calls Apply and Read itself: contract-api would take a batch of a thousand
// operations through a validator of texts first, at a sixth of what the
// operations themselves cost.
func (c *chaincode) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	if args := stub.GetArgs(); len(args) == 2 {
		var many func(shim.ChaincodeStubInterface, []byte) ([]byte, error)
		switch strings.TrimPrefix(string(args[0]), c.contract.Name()+":") {
		case operation.Apply:
			many = c.contract.applyText
		case operation.Read:
			many = c.contract.readText
		}
		if many != nil {
			answer, err := many(stub, args[1])
			if err != nil {
				return shim.Error(err.Error())
			}
			return shim.Success(answer)
		}
	}
	response := c.ContractChaincode.Invoke(stub)
	if name, _ := stub.GetFunctionAndParameters(); name != metadataFunction || response.Status != shim.OK {
		return response
	}
	completed, err := c.contract.completeMetadata(response.Payload)
	if err != nil {
		return shim.Error(err.Error())
	}
	return shim.Success(completed)
}
