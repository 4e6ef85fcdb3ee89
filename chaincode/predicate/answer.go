package predicate

import "henanchain/chaincode/ledger"

// Answered is the status of a question's record that has an answer.
const Answered = "ANSWERED"

// NotTheAsker refuses whoever did not ask. A contract that answers declares it.
const NotTheAsker = "NOT_THE_ASKER"

// Answer is what the asker is told.
type Answer struct {
	Outcome    string `json:"outcome" zh:"结果" doc:"The status of the question's record: there is an answer where it is ANSWERED"`
	Answer     bool   `json:"answer" zh:"答复" doc:"Yes or no; false where the outcome is not ANSWERED"`
	Reason     string `json:"reason,omitempty" zh:"拒绝原因"`
	ResultHash string `json:"resultHash,omitempty" zh:"结果摘要"`
}

// Sealed is the private half of a question's record, which carries the answer.
type Sealed struct {
	Answer bool `json:"answer"`
}

// Seal makes the private half of an answer.
func Seal(salt string, yes bool) *ledger.Private[Sealed] {
	return &ledger.Private[Sealed]{Salt: salt, Data: Sealed{yes}}
}

// Tell gives the asker of a question its outcome, and its answer where there is
// one. out is what else is told.
func Tell[B any](c *ledger.Call, question *ledger.Entity[B], out Answer) (*Answer, error) {
	if question.Dept != c.Caller().Dept || question.Org != c.Caller().MSP {
		return nil, ledger.Refuse(NotTheAsker, "the question was asked by another organisation")
	}
	out.Outcome = question.Status
	if out.Outcome != Answered {
		return &out, nil
	}
	sealed, err := ledger.GetPrivate[B, Sealed](c, question)
	if err != nil {
		return nil, err
	}
	if sealed == nil {
		return nil, ledger.Refuse(ledger.PrivateHalfMissing, "the answer was purged")
	}
	out.Answer = sealed.Answer
	return &out, nil
}
