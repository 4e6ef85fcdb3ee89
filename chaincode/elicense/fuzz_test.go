package elicense_test

import (
	"testing"

	"henanchain/chaincode/elicense"
	"henanchain/chaincode/ledger/ledgertest"
)

// The examples' licences are issued by this department.
const exampleDept = "11410100MB0Y0001XD"

func FuzzApply(f *testing.F) { ledgertest.FuzzApply(f, elicense.New, exampleDept) }
