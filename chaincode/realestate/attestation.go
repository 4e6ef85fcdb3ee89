package realestate

import (
	"henanchain/chaincode/ledger"
)

// Attestation is a department's yes or no to one question about one person
// (婚姻、户籍、身份核验): the person's file stays where it is. The answer is in the
// private half. Its id is the person's key and the question.
type Attestation struct {
	SubjectKey string `json:"subjectKey" is:"subject" zh:"被核验人标识"`
	Question   string `json:"question" is:"enum=MARRIED|IDENTITY_VALID|LOCAL_HOUSEHOLD" zh:"核验事项"`
	AnsweredOn string `json:"answeredOn" is:"date" zh:"答复日期"`
}

// Answered is the one status of an attestation: a later answer is its next version.
const Answered = "ANSWERED"

const attestationType = "attestation"

// Questions of an attestation.
const (
	Married        = "MARRIED"
	IdentityValid  = "IDENTITY_VALID"
	LocalHousehold = "LOCAL_HOUSEHOLD"
)

// YesNo is the private half of an attestation.
type YesNo struct {
	Answer bool `json:"answer" zh:"答复" doc:"Yes or no"`
}

type attest struct {
	SubjectKey string `json:"subjectKey" is:"subject" zh:"被核验人标识"`
	Question   string `json:"question" is:"enum=MARRIED|IDENTITY_VALID|LOCAL_HOUSEHOLD" zh:"核验事项" doc:"MARRIED is answered by civil affairs (民政), the others by public security (公安)"`
}

func attestationID(subjectKey, question string) string { return subjectKey + "." + question }

// Reads lets a batch fetch the earlier answer with everything else.
func (in *attest) Reads() []string {
	return []string{ledger.Key(attestationType, attestationID(in.SubjectKey, in.Question))}
}

func (b *book) attest(c *ledger.Call, in *attest, private *ledger.Private[YesNo]) error {
	if _, err := half(private); err != nil {
		return err
	}
	role := RolePolice
	if in.Question == Married {
		role = RoleCivil
	}
	if !c.Caller().Has(role) {
		return ledger.RefuseField(QuestionOfOthers, "question", "the question %s is answered by departments with the role %s", in.Question, role)
	}
	id := attestationID(in.SubjectKey, in.Question)
	e, err := b.attestations.Find(c, id)
	if err != nil {
		return err
	}
	body := Attestation{SubjectKey: in.SubjectKey, Question: in.Question, AnsweredOn: c.Today()}
	if e == nil {
		e, err = b.attestations.Create(c, id, Answered, body)
	} else if e, err = b.attestations.OpenAny(c, id); err == nil {
		e.Body = body
		err = e.Keep(c)
	}
	if err != nil {
		return err
	}
	return ledger.PutPrivate(c, e, private)
}

// answer gives a question's answer where it is recent enough to be relied on.
func (b *book) answer(c *ledger.Call, subjectKey, question string) (bool, error) {
	e, err := b.attestations.Find(c, attestationID(subjectKey, question))
	if err != nil {
		return false, err
	}
	missing := func(format string, args ...any) error {
		r := ledger.Refuse(AttestationMissing, format, args...)
		r.Type, r.ID = attestationType, attestationID(subjectKey, question)
		return r
	}
	if e == nil {
		return false, missing("the question %s about the party %s was not answered; the department answers it first (Attest)", question, subjectKey)
	}
	rules, err := b.rules.InForce(c)
	if err != nil {
		return false, err
	}
	age, err := ledger.DaysBetween(e.Body.AnsweredOn, c.Today())
	if err != nil {
		return false, err
	}
	if age > rules.AttestationDays {
		return false, missing("the question %s about the party %s was answered %d days ago; an answer is relied on for %d days", question, subjectKey, age, rules.AttestationDays)
	}
	a, err := ledger.GetPrivate[Attestation, YesNo](c, e)
	if err != nil {
		return false, err
	}
	if a == nil {
		return false, missing("the answer to %s about the party %s was purged; the department answers it anew (Attest)", question, subjectKey)
	}
	return a.Answer, nil
}
