package evidence_test

import (
	"testing"

	"henanchain/chaincode/evidence"
	"henanchain/chaincode/ledger/ledgertest"
)

func FuzzApply(f *testing.F) { ledgertest.FuzzApply(f, evidence.New) }
