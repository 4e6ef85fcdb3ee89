// Package ledger is what every contract of the province stands on.
//
// A contract is a table: record types with their state machines, operations
// with their inputs and roles, queries, refusals. From the table come the
// contract's functions, its metadata, its page in the documentation and its
// REST routes.
//
// Every write is an operation on one entity. An operation can be called alone,
// as a contract function of its name, or with up to a thousand others through
// Apply, in one transaction: what a transaction costs is then shared by all of
// them. Inside Apply an operation that is refused changes nothing and says why,
// and its neighbours go on.
//
// Fabric does not show a transaction its own writes. The overlay in state.go
// does: operations read what the operations before them wrote, each has a
// savepoint to return to, everything that will be read is fetched at once
// before, and everything written is sent at once at the end.
//
// Code in a contract is executed by several peers that must come to the same
// bytes: no clock but Call.Now, no randomness, no map order, no goroutines.
package ledger
