package finance

import "henanchain/chaincode/predicate"

// Questions about private values, and the values themselves, are those of every
// ledger that answers with yes or no.
type (
	Field     = predicate.Field
	Predicate = predicate.Predicate
	Values    = predicate.Values
	Value     = predicate.Value
	Answer    = predicate.Answer
)
