package evidence

import (
	"fmt"

	"henanchain/chaincode/ledger"
)

// Department is a department that acts on the evidence of others.
type Department struct {
	Org  string `json:"org" is:"maxLen=64" zh:"组织" doc:"The organisation (MSP) whose certificate the department holds"`
	Dept string `json:"dept" is:"uscc" zh:"部门" doc:"USCC of the department"`
}

// caller is the department that the transaction comes from.
func caller(c *ledger.Call) Department {
	return Department{c.Caller().MSP, c.Caller().Dept}
}

// owner is the department that the evidence belongs to.
func owner(e *ledger.Entity[Evidence]) Department { return Department{e.Org, e.Dept} }

// isCaller tells whether the transaction comes from this department; from no
// department it never does.
func (d *Department) isCaller(c *ledger.Call) bool { return d != nil && *d == caller(c) }

// entryID is the id of the nth record under a piece of evidence: all of them
// make one page in their order.
func entryID(evidenceID string, n int64) string { return fmt.Sprintf("%s-%06d", evidenceID, n) }
