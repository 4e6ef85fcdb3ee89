// A contract and the program that serves it, in one package.
package main

import (
	"os"
	"time"

	"example.test/contracts/contractapi"
)

type contract struct{ contractapi.Contract }

func (contract) Put(ctx contractapi.TransactionContextInterface) error {
	return helper(ctx.GetStub())
}

func (contract) Name() string { return os.Getenv("NAME") } // want `os.Getenv is used`

func helper(stub contractapi.Stub) error {
	return stub.PutState("k", []byte(both()))
}

func both() string { return time.Now().String() } // want `time.Now is used`

func unreached() { _ = time.Now() } // want `time.Now is used`

func main() {
	_ = os.Getenv("ADDRESS")
	serve()
}

func serve() {
	go func() { time.Sleep(time.Second) }()
	_ = both()
	_, _ = os.ReadFile("key.pem")
}
