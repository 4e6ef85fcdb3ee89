// Package contractapi has the shape of the contract API, as far as the rules see it.
package contractapi

type Contract struct{ Name string }

type Stub interface {
	PutState(key string, value []byte) error
	GetTxID() string
}

type TransactionContextInterface interface{ GetStub() Stub }
