// Command api is a contract of Fabric's contract API.
package main

import (
	"log"
	"strconv"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"
)

// Tally counts.
type Tally struct{ contractapi.Contract }

// Add adds to a count.
func (Tally) Add(ctx contractapi.TransactionContextInterface, key string, by int) (int, error) {
	had, err := Tally{}.Get(ctx, key)
	if err != nil {
		return 0, err
	}
	return had + by, ctx.GetStub().PutState(key, []byte(strconv.Itoa(had+by)))
}

// Get reads a count.
func (Tally) Get(ctx contractapi.TransactionContextInterface, key string) (int, error) {
	value, err := ctx.GetStub().GetState(key)
	if err != nil || value == nil {
		return 0, err
	}
	return strconv.Atoi(string(value))
}

func main() {
	chaincode, err := contractapi.NewChaincode(&Tally{})
	if err != nil {
		log.Fatal(err)
	}
	if err := chaincode.Start(); err != nil {
		log.Fatal(err)
	}
}
