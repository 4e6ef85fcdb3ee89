// Package tally is a contract that this project did not write: it stands for
// any that a department brings along, in the ways in which such programs start.
package tally

import (
	"strconv"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

// Contract counts. Init sets the first count.
type Contract struct{}

// Init sets the count named start.
func (Contract) Init(stub shim.ChaincodeStubInterface) *peer.Response {
	if function, args := stub.GetFunctionAndParameters(); function == "Begin" && len(args) == 1 {
		return put(stub, "start", args[0])
	}
	return shim.Success(nil)
}

// Invoke adds to a count, reads it, or keeps a note among the members of a
// collection.
func (c Contract) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	function, args := stub.GetFunctionAndParameters()
	switch {
	case function == "add" && len(args) == 2:
		return add(stub, args[0], args[1])
	case function == "get" && len(args) == 1:
		value, err := stub.GetState(args[0])
		if err != nil {
			return shim.Error(err.Error())
		}
		return shim.Success(value)
	case function == "note" && len(args) == 2:
		if err := stub.PutPrivateData("notes", args[0], []byte(args[1])); err != nil {
			return shim.Error(err.Error())
		}
		return shim.Success(nil)
	}
	return shim.Error("add KEY N, get KEY, or note KEY TEXT")
}

func add(stub shim.ChaincodeStubInterface, key, by string) *peer.Response {
	value, err := stub.GetState(key)
	if err != nil {
		return shim.Error(err.Error())
	}
	had, _ := strconv.Atoi(string(value)) // nothing yet counts as 0
	n, err := strconv.Atoi(by)
	if err != nil {
		return shim.Error(by + " is no number")
	}
	return put(stub, key, strconv.Itoa(had+n))
}

func put(stub shim.ChaincodeStubInterface, key, value string) *peer.Response {
	if err := stub.PutState(key, []byte(value)); err != nil {
		return shim.Error(err.Error())
	}
	return shim.Success([]byte(value))
}
