package ledgertest

import (
	"slices"
	"sort"
	"testing"

	"henanchain/chaincode/ledger"
	"henanchain/internal/operation"
)

// CheckRoles calls every operation and query with every role that the contract
// knows, and with none: only the roles of its table get past the door. What
// the operation says then is not the question here.
func CheckRoles(t *testing.T, c *ledger.Contract) {
	t.Helper()
	l := New(t, c)
	type function struct {
		name    string
		roles   []string
		example []byte
	}
	d := c.Describe()
	var functions []function
	known := map[string]bool{"": true}
	for _, o := range d.Operations {
		functions = append(functions, function{o.Name, o.Roles, o.Example})
	}
	for _, q := range d.Queries {
		functions = append(functions, function{q.Name, q.Roles, q.Example})
	}
	for _, f := range functions {
		for _, r := range f.roles {
			known[r] = true
		}
	}
	roles := make([]string, 0, len(known))
	for r := range known {
		roles = append(roles, r)
	}
	sort.Strings(roles)
	for _, role := range roles {
		app := l.App("ZhengzhouMSP", "zz-roles", DeptA, role)
		for _, f := range functions {
			if f.example == nil {
				f.example = []byte(`{}`)
			}
			_, failure := app.Invoke(nil, f.name, string(f.example))
			refusal := operation.ParseRefusal(failure)
			refused := refusal != nil && refusal.Code == ledger.RoleRequired
			allowed := slices.Contains(f.roles, role) || slices.Contains(f.roles, ledger.AnyRole)
			if refused == allowed {
				t.Errorf("%s with the role %q: allowed by the table %v, and answered %q", f.name, role, allowed, failure)
			}
		}
	}
}
