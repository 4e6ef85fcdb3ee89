package ledger

import (
	"fmt"
	"strings"

	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/cid"
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"henanchain/internal/operation"
)

// Caller is the business system (业务系统) that a transaction comes from, as
// its certificate says. Nothing of it is ever an argument.
type Caller struct {
	MSP   string   // organisation whose CA issued the certificate
	App   string   // hnc.app
	Dept  string   // hnc.dept, USCC of the department
	Roles []string // hnc.roles
}

// Has tells whether the caller has the role.
func (c *Caller) Has(role string) bool {
	for _, r := range c.Roles {
		if r == role {
			return true
		}
	}
	return false
}

// hasAny tells whether the caller has one of the roles.
func (c *Caller) hasAny(roles []string) bool {
	for _, r := range roles {
		if r == AnyRole || c.Has(r) {
			return true
		}
	}
	return false
}

// callerOf reads the caller from the certificate that signed the proposal.
func callerOf(stub shim.ChaincodeStubInterface) (*Caller, error) {
	id, err := cid.New(stub)
	if err != nil {
		return nil, fmt.Errorf("read the caller's certificate: %w", err)
	}
	c := &Caller{}
	if c.MSP, err = id.GetMSPID(); err != nil {
		return nil, fmt.Errorf("read the caller's organisation: %w", err)
	}
	var roles string
	for _, a := range []struct {
		name string
		to   *string
	}{
		{operation.AttributeApp, &c.App},
		{operation.AttributeDept, &c.Dept},
		{operation.AttributeRoles, &roles},
	} {
		if *a.to, _, err = id.GetAttributeValue(a.name); err != nil {
			return nil, fmt.Errorf("read the caller's attribute %s: %w", a.name, err)
		}
	}
	for _, r := range strings.Split(roles, ",") {
		if r = strings.TrimSpace(r); r != "" {
			c.Roles = append(c.Roles, r)
		}
	}
	return c, nil
}
