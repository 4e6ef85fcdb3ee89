package genesis

import (
	"slices"
	"strings"
)

// Callers are the rules by which a channel's application part lets the members
// with these MSP IDs read and write: whoever is one of them may read, its
// administrators and clients may write.
//
// They name every member, where Fabric's usual rule asks each member's own in turn
// ("ANY Readers"): for that, a peer checks the same signature again for each member
// that it asks, until one says yes. With twenty members that is ten times on
// average, for each message that peers send each other of where they stand, and it
// was two thirds of what peers did while a contract was upgraded.
func Callers(mspIDs []string) map[string]string {
	return map[string]string{"Readers": anyOf(mspIDs, "member"), "Writers": anyOf(mspIDs, "admin", "client")}
}

// anyOf is the rule that one of the roles of one of the members suffices.
func anyOf(mspIDs []string, roles ...string) string {
	var principals []string
	for _, id := range slices.Sorted(slices.Values(mspIDs)) {
		for _, r := range roles {
			principals = append(principals, "'"+id+"."+r+"'")
		}
	}
	return "OR(" + strings.Join(principals, ", ") + ")"
}
