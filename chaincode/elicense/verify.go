package elicense

import (
	"encoding/json"
	"fmt"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/identifier"
)

type verifyInput struct {
	CertID    string `json:"certId" is:"licence-id" zh:"电子证照标识"`
	FileHash  string `json:"fileHash,omitempty" is:"sm3" zh:"文件摘要" doc:"SM3 of the OFD file in hand"`
	HolderKey string `json:"holderKey,omitempty" is:"subject" zh:"持证主体标识" doc:"Whoever presents it"`
}

// Verdict says whether a licence can be relied on, and what took its place
// where it cannot.
type Verdict struct {
	Exists        bool   `json:"exists" zh:"是否存在"`
	InForce       bool   `json:"inForce" zh:"是否具有效力" doc:"Valid, and within its period"`
	StatusNow     string `json:"statusNow,omitempty" zh:"当前状态" doc:"A status that ended the licence counts before its period"`
	StatusCode    string `json:"statusCode,omitempty" zh:"状态代码" doc:"01 to 07 and 99, as national platforms exchange it"`
	HashMatch     *bool  `json:"hashMatch,omitempty" zh:"文件是否一致" doc:"Where a digest was given"`
	HolderMatch   *bool  `json:"holderMatch,omitempty" zh:"持证主体是否一致" doc:"Where a subject was given"`
	LatestVersion string `json:"latestVersion,omitempty" zh:"最新版本" doc:"Version of the licence that holds the place now"`
	LatestCertID  string `json:"latestCertId,omitempty" zh:"最新证照标识"`
	LatestStatus  string `json:"latestStatus,omitempty" zh:"最新证照状态"`
	SupersededBy  string `json:"supersededBy,omitempty" zh:"替代证照标识" doc:"What took this version's place at once"`
	ValidFrom     string `json:"validFrom,omitempty" zh:"有效期起"`
	ValidTo       string `json:"validTo,omitempty" zh:"有效期止"`
	Reason        string `json:"reason" zh:"说明"`
}

// maxHops bounds the walk to the latest version, in exchanges with the peer:
// a serial number has 999 versions at most, and a licence is seldom
// transferred.
const (
	maxHops  = 40
	hopAhead = 32
)

func (b *book) answerVerify(c *ledger.Contract) {
	ledger.Answer(c, catalog.Query{
		Name: "VerifyLicence", Title: "Verify a licence", TitleZh: "核验证照", Path: "verify-licence", Roles: []string{ledger.AnyRole},
		Doc:     "Whether the licence holds now, whether file and holder are its own, and which version has its place. Match or no match: never a value that the question did not carry.",
		Example: json.RawMessage(`{"certId":"` + exampleID + `","fileHash":"` + exampleHash + `","holderKey":"` + exampleKey + `"}`),
	}, b.verify)
}

func (b *book) verify(c *ledger.Call, in *verifyInput) (*Verdict, error) {
	l, err := b.licences.Find(c, in.CertID)
	if err != nil {
		return nil, err
	}
	if l == nil {
		return &Verdict{Reason: "there is no such licence on this ledger"}, nil
	}
	v := &Verdict{
		Exists: true, InForce: inForce(c, l), StatusNow: l.StatusNow(c), SupersededBy: l.Body.SupersededBy,
		ValidFrom: l.Body.ValidFrom, ValidTo: l.Body.ValidTo,
	}
	v.StatusCode = StatusCode(v.StatusNow)
	if in.FileHash != "" {
		match := in.FileHash == l.Body.FileHash
		v.HashMatch = &match
	}
	if in.HolderKey != "" {
		match := l.Body.holds(in.HolderKey)
		v.HolderMatch = &match
	}
	latest, err := b.latest(c, l)
	if err != nil {
		return nil, err
	}
	v.LatestCertID, v.LatestStatus = latest.ID, latest.StatusNow(c)
	if id, err := identifier.ParseLicenceID(latest.ID); err == nil {
		v.LatestVersion = id.Version
	}
	v.Reason = reason(v, c.Today())
	return v, nil
}

func reason(v *Verdict, today string) string {
	switch {
	case v.HashMatch != nil && !*v.HashMatch:
		return "the file is not the one that was issued"
	case v.HolderMatch != nil && !*v.HolderMatch:
		return "the subject is not a holder of the licence"
	case v.SupersededBy != "":
		return "superseded by " + v.SupersededBy
	case v.StatusNow == Expired:
		return "expired: it was valid to " + v.ValidTo
	case v.StatusNow != Valid:
		return "the licence is " + v.StatusNow
	case v.ValidFrom > today:
		return "not in force before " + v.ValidFrom
	default:
		return "in force"
	}
}

// latest walks to the version that holds a licence's place now. Versions of
// one serial number are read ahead, many at once.
func (b *book) latest(c *ledger.Call, l *ledger.Entity[Licence]) (*ledger.Entity[Licence], error) {
	for step := 0; l.Body.SupersededBy != ""; step++ {
		if step == maxHops*hopAhead {
			return nil, fmt.Errorf("the licence %s is followed by more than %d others", l.ID, maxHops*hopAhead)
		}
		if step%hopAhead == 0 {
			if err := readAhead(c, l.Body.SupersededBy); err != nil {
				return nil, err
			}
		}
		next, err := b.licences.Load(c, l.Body.SupersededBy)
		if err != nil {
			return nil, err
		}
		l = next
	}
	return l, nil
}

func readAhead(c *ledger.Call, certID string) error {
	id, err := identifier.ParseLicenceID(certID)
	if err != nil {
		return err
	}
	var keys []string
	for range hopAhead {
		keys = append(keys, ledger.Key(recordType, id.String()))
		if id, err = id.Next(); err != nil {
			break
		}
	}
	return c.Prefetch(keys...)
}
