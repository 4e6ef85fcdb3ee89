package ledger

import (
	"fmt"
	"slices"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"henanchain/internal/operation"
)

// Read answers many questions, a JSON array, in one call.
func (d *Door) Read(ctx contractapi.TransactionContextInterface, questions string) (string, error) {
	answer, err := d.contract.readText(ctx.GetStub(), []byte(questions))
	return string(answer), err
}

// question is what a caller of Read wants to know.
type question struct {
	key    string // of the record that it is about, where it names one
	answer func(shim.ChaincodeStubInterface) ([]byte, error)
}

// readText answers many questions, each as its function alone would: a refusal is
// the answer to its own question. What they need of the state is read in one
// exchange with the peer.
func (c *Contract) readText(stub shim.ChaincodeStubInterface, text []byte) ([]byte, error) {
	list, err := operation.DecodeQuestions(text)
	if err != nil {
		return nil, Refuse(InputInvalid, "the argument is not a JSON array of questions: %v", err)
	}
	if len(list) > operation.MaxQuestions {
		return nil, Refuse(InputInvalid, "there are %d questions, and %s takes at most %d", len(list), operation.Read, operation.MaxQuestions)
	}
	readings, questions := make([]operation.Reading, len(list)), make([]question, len(list))
	var keys []string
	for i, q := range list {
		questions[i], err = c.question(q)
		if err = noted(&readings[i], err); err != nil {
			return nil, err
		}
		if key := questions[i].key; key != "" {
			keys = append(keys, key)
		}
	}
	read, err := readAhead(stub, keys)
	if err != nil {
		return nil, err
	}
	for i, q := range questions {
		if q.answer == nil {
			continue
		}
		readings[i].Answer, err = q.answer(read)
		if err = noted(&readings[i], err); err != nil {
			return nil, err
		}
	}
	return operation.EncodeReadings(readings)
}

// noted takes a refusal as the answer to its question; any other error fails the
// whole call.
func noted(r *operation.Reading, err error) error {
	if r.Refusal = operation.RefusalOf(err); r.Refusal != nil {
		return nil
	}
	return err
}

func (c *Contract) question(q operation.Question) (question, error) {
	switch {
	case q.Function == operation.Get && len(q.Args) == 2:
		recordType, id := q.Args[0], q.Args[1]
		if _, err := c.recordType(recordType); err != nil {
			return question{}, err
		}
		return question{Key(recordType, id), func(stub shim.ChaincodeStubInterface) ([]byte, error) { return c.get(stub, recordType, id) }}, nil
	case q.Function == operation.Verify && len(q.Args) == 1:
		claim, err := c.claim(q.Args[0])
		if err != nil {
			return question{}, err
		}
		asked := question{answer: func(stub shim.ChaincodeStubInterface) ([]byte, error) { return c.verifyText(stub, claim) }}
		if claim.ID != "" {
			asked.key = Key(claim.Type, claim.ID)
		}
		return asked, nil
	default:
		return question{}, Refuse(OperationUnknown, "a question is %s with 2 arguments or %s with 1; this one is %.64q with %d", operation.Get, operation.Verify, q.Function, len(q.Args))
	}
}

// ahead is a stub that has read some keys of the state before.
type ahead struct {
	shim.ChaincodeStubInterface
	values map[string][]byte
}

// readAhead reads keys in one exchange with the peer.
func readAhead(stub shim.ChaincodeStubInterface, keys []string) (shim.ChaincodeStubInterface, error) {
	if keys = slices.Compact(slices.Sorted(slices.Values(keys))); len(keys) < 2 {
		return stub, nil
	}
	values, err := stub.GetMultipleStates(keys...)
	if err != nil {
		return nil, fmt.Errorf("read %d keys: %w", len(keys), err)
	}
	if len(values) != len(keys) {
		return nil, fmt.Errorf("read %d keys: the peer answered %d values", len(keys), len(values))
	}
	p := ahead{stub, make(map[string][]byte, len(keys))}
	for i, key := range keys {
		p.values[key] = values[i]
	}
	return p, nil
}

// GetState answers what was read before, and else asks the peer.
func (p ahead) GetState(key string) ([]byte, error) {
	if value, read := p.values[key]; read {
		return value, nil
	}
	return p.ChaincodeStubInterface.GetState(key)
}
