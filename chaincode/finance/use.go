package finance

import (
	"slices"

	"henanchain/chaincode/ledger"
	"henanchain/chaincode/predicate"
)

// Use is one question that was asked about a subject (数据使用记录), whether it was
// answered or denied. The answer itself is in the private half. Its id begins
// with the subject's key, so that a subject finds every question about it.
type Use struct {
	AuthID      string    `json:"authId" zh:"授权编号"`
	SubjectKey  string    `json:"subjectKey" is:"subject" zh:"被查询主体标识"`
	CatalogCode string    `json:"catalogCode" is:"resource-code" zh:"目录代码"`
	Purpose     string    `json:"purpose" zh:"用途"`
	QueryNo     string    `json:"queryNo" zh:"查询流水号"`
	Predicate   Predicate `json:"predicate" zh:"核验条件"`
	QueryHash   string    `json:"queryHash" is:"sm3" zh:"查询摘要"`
	ResultHash  string    `json:"resultHash,omitempty" is:"sm3" zh:"结果摘要" doc:"SM3 of the salted answer in the private half"`
	Reason      string    `json:"reason,omitempty" zh:"拒绝原因" doc:"Dictionary denial"`
}

// Statuses of a use.
const (
	UseAnswered = predicate.Answered
	UseNoData   = "NO_DATA"
	UseDenied   = "DENIED"
)

const useType = "use"

// Reasons of a denial.
const (
	NoAuthorization = "NO_AUTHORIZATION"
	NotGrantee      = "NOT_GRANTEE"
	WrongSubject    = "WRONG_SUBJECT"
	NotGranted      = "NOT_GRANTED"
	Revoked         = "REVOKED"
	Exhausted       = "EXHAUSTED"
	Expired         = "EXPIRED"
	NotYetValid     = "NOT_YET_VALID"
	WrongPurpose    = "WRONG_PURPOSE"
	OutOfScope      = "OUT_OF_SCOPE"
	ItemWithdrawn   = "ITEM_WITHDRAWN"
)

type useData struct {
	QueryNo     string    `json:"queryNo" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"查询流水号" doc:"The asking organisation's own number; each is used once"`
	AuthID      string    `json:"authId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"授权编号"`
	SubjectKey  string    `json:"subjectKey" is:"subject" zh:"被查询主体标识"`
	CatalogCode string    `json:"catalogCode" is:"resource-code" zh:"目录代码"`
	Purpose     string    `json:"purpose" is:"enum=PRE_LOAN|IN_LOAN|POST_LOAN" zh:"用途"`
	Predicate   Predicate `json:"predicate" zh:"核验条件"`
}

// ReadsOf lets a batch fetch all that the question touches.
func (in *useData) ReadsOf(caller *ledger.Caller) []string {
	return []string{ledger.Key(useType, in.id(caller.Dept)), ledger.Key(authorizationType, in.AuthID),
		ledger.Key(itemType, in.CatalogCode), ledger.Key(factType, predicate.HoldingID(in.SubjectKey, in.CatalogCode))}
}

func (in *useData) id(dept string) string {
	return predicate.UseID(in.SubjectKey, dept, in.QueryNo)
}

// Outcome is what the asker learns from the operation: it stands in the block,
// so it carries no answer. The asker reads that with the query UseAnswer.
type Outcome struct {
	UseID   string `json:"useId"`
	Outcome string `json:"outcome"`
	Reason  string `json:"reason,omitempty"`
}

// useData asks one question. Without a live authorization that covers it there
// is no answer, and that it was asked stays on record all the same: the
// operation succeeds with the outcome DENIED.
func (b *book) useData(c *ledger.Call, in *useData, private *ledger.Private[NoFigures]) error {
	digest, err := ledger.Digest(in)
	if err != nil {
		return err
	}
	use := Use{AuthID: in.AuthID, SubjectKey: in.SubjectKey, CatalogCode: in.CatalogCode, Purpose: in.Purpose,
		QueryNo: in.QueryNo, Predicate: in.Predicate, QueryHash: digest}
	auth, item, reason, err := b.judge(c, in)
	if err != nil {
		return err
	}
	if use.Reason = reason; reason != "" {
		_, err = b.record(c, in, UseDenied, use)
		return err
	}
	if _, err := half(private); err != nil {
		return err
	}
	field, err := in.Predicate.Check(item.Body.Fields)
	if err != nil {
		return err
	}
	auth.Body.Uses++
	status := AuthGranted
	if auth.Body.Uses >= auth.Body.MaxUses {
		status = AuthExhausted
	}
	if err := auth.Move(c, status); err != nil {
		return err
	}
	value, found, err := b.look(c, in)
	if err != nil {
		return err
	}
	if !found {
		_, err = b.record(c, in, UseNoData, use)
		return err
	}
	out := predicate.Seal(private.Salt, in.Predicate.Holds(field, value))
	if use.ResultHash, err = ledger.Digest(out); err != nil {
		return err
	}
	e, err := b.record(c, in, UseAnswered, use)
	if err != nil {
		return err
	}
	return ledger.PutPrivate(c, e, out)
}

// judge answers why a question is denied; an empty reason where it is not.
func (b *book) judge(c *ledger.Call, in *useData) (*ledger.Entity[Authorization], *ledger.Entity[CatalogueItem], string, error) {
	a, err := b.authorizations.Find(c, in.AuthID)
	if err != nil {
		return nil, nil, "", err
	}
	if a == nil {
		return nil, nil, NoAuthorization, nil
	}
	reason, item, err := b.denial(c, a, c.Caller().Dept, in)
	if err == nil && reason == Expired && a.Status != AuthExpired {
		err = a.Move(c, AuthExpired)
	}
	return a, item, reason, err
}

// denial is why an authorization does not cover a question of an organisation
// today; empty where it does, with the item that the question is about.
func (b *book) denial(c *ledger.Call, a *ledger.Entity[Authorization], dept string, in *useData) (string, *ledger.Entity[CatalogueItem], error) {
	if reason := a.Body.denies(dept, in); reason != "" {
		return reason, nil, nil
	}
	switch a.StatusNow(c) {
	case AuthDraft:
		return NotGranted, nil, nil
	case AuthRevoked:
		return Revoked, nil, nil
	case AuthExhausted:
		return Exhausted, nil, nil
	case AuthExpired:
		return Expired, nil, nil
	}
	if c.Today() < a.Body.ValidFrom {
		return NotYetValid, nil, nil
	}
	item, err := b.items.Find(c, in.CatalogCode)
	if err == nil && (item == nil || item.Status != Published) {
		return ItemWithdrawn, nil, nil
	}
	return "", item, err
}

// denies compares the question with what the authorization says.
func (a *Authorization) denies(dept string, in *useData) string {
	switch {
	case a.GranteeDept != dept:
		return NotGrantee
	case a.SubjectKey != in.SubjectKey:
		return WrongSubject
	case a.Purpose != in.Purpose:
		return WrongPurpose
	case !slices.Contains(a.Scope, in.CatalogCode):
		return OutOfScope
	}
	return ""
}

// look finds the value that the question is about, where a department holds one
// that is still valid.
func (b *book) look(c *ledger.Call, in *useData) (value string, found bool, err error) {
	fact, err := b.facts.Find(c, predicate.HoldingID(in.SubjectKey, in.CatalogCode))
	if err != nil || fact == nil {
		return "", false, err
	}
	if fact.StatusNow(c) == FactExpired && fact.Status == FactHeld {
		return "", false, fact.Move(c, FactExpired)
	}
	if fact.Status != FactHeld {
		return "", false, nil
	}
	return predicate.ValueOf(c, fact, in.Predicate.Field)
}

// record writes the question with its outcome, and answers that.
func (b *book) record(c *ledger.Call, in *useData, status string, use Use) (*ledger.Entity[Use], error) {
	e, err := b.uses.Create(c, in.id(c.Caller().Dept), status, use)
	if err != nil {
		return nil, err
	}
	return e, c.Data(Outcome{e.ID, status, use.Reason})
}

type useAnswer struct {
	UseID string `json:"useId" is:"pattern=^[0-9a-f]{64}\\.[0-9a-f]{32}$" zh:"使用记录编号"`
}

func (b *book) useAnswer(c *ledger.Call, in *useAnswer) (*Answer, error) {
	use, err := b.uses.Load(c, in.UseID)
	if err != nil {
		return nil, err
	}
	return predicate.Tell(c, use, Answer{Reason: use.Body.Reason, ResultHash: use.Body.ResultHash})
}
