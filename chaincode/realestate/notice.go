package realestate

import (
	"slices"

	"henanchain/chaincode/ledger"
)

// Notice is a notice of a future right (预告登记): without its holder's consent
// a disposal has no effect. It lapses when registration is not applied for in
// time, counted from the day on which registration becomes possible (民法典
// 221). Its id is the number of its proof.
type Notice struct {
	UnitCode        string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	BizNo           string `json:"bizNo" zh:"业务号"`
	NoticeType      string `json:"noticeType" is:"enum=1|2|3|4" zh:"预告登记种类" doc:"Dictionary noticeType"`
	Holder          Party  `json:"holder" zh:"预告登记权利人"`
	ContractHash    string `json:"contractHash" is:"sm3" zh:"合同摘要"`
	RegistrableFrom string `json:"registrableFrom,omitempty" is:"date" zh:"能够进行不动产登记之日" doc:"Empty while registration is not possible"`
	ExpireAt        string `json:"expireAt,omitempty" is:"date" zh:"失效日期" doc:"Its last day; empty while no period runs"`
	CertID          string `json:"certId,omitempty" is:"licence-id" zh:"电子证照标识"`
	FileHash        string `json:"fileHash,omitempty" is:"sm3" zh:"证照文件摘要"`
	CancelHash      string `json:"cancelHash,omitempty" is:"sm3" zh:"注销依据摘要"`
}

// Statuses of a notice.
const (
	NoticeRegistered = "REGISTERED"
	NoticeFulfilled  = "FULFILLED"
	NoticeCancelled  = "CANCELLED"
)

const noticeType = "notice"

type registerNotice struct {
	proofInput
	UnitCode        string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	BizNo           string `json:"bizNo" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"业务号"`
	NoticeType      string `json:"noticeType" is:"enum=1|2|3|4" zh:"预告登记种类" doc:"Dictionary noticeType"`
	Holder          Party  `json:"holder" zh:"预告登记权利人"`
	ContractHash    string `json:"contractHash" is:"sm3" zh:"合同摘要"`
	RegistrableFrom string `json:"registrableFrom,omitempty" is:"date" zh:"能够进行不动产登记之日" doc:"Where it is known"`
}

// Reads lets a batch fetch the unit with everything else.
func (in *registerNotice) Reads() []string {
	return []string{ledger.Key(unitType, in.UnitCode), ledger.RulesKey(ledger.RulesID)}
}

type markRegistrable struct {
	ProofNo         string `json:"proofNo" is:"realestate-certificate" zh:"不动产登记证明号"`
	RegistrableFrom string `json:"registrableFrom" is:"date" zh:"能够进行不动产登记之日"`
}

func (b *book) registerNotice(c *ledger.Call, in *registerNotice, private *ledger.Private[Identity]) error {
	if err := b.checkEntry(c, &in.proofInput, noticeType, in.Holder, private); err != nil {
		return err
	}
	u, err := b.ownUnit(c, in.UnitCode)
	if err != nil {
		return err
	}
	s, err := b.burdensOf(c, u)
	if err != nil {
		return err
	}
	if all := s.blocks(false); len(all) > 0 {
		return all[0].refusal()
	}
	if err := enlist(c, b.notices, &u.Body.Notices, noticeType, in.ProofNo); err != nil {
		return err
	}
	expire, err := b.noticeEnd(c, in.RegistrableFrom)
	if err != nil {
		return err
	}
	n, err := b.notices.Create(c, in.ProofNo, NoticeRegistered, Notice{
		UnitCode: in.UnitCode, BizNo: in.BizNo, NoticeType: in.NoticeType, Holder: in.Holder, ContractHash: in.ContractHash,
		RegistrableFrom: in.RegistrableFrom, ExpireAt: expire, CertID: in.CertID, FileHash: in.FileHash,
	})
	if err != nil {
		return err
	}
	if err := ledger.PutPrivate(c, n, private); err != nil {
		return err
	}
	return u.Keep(c)
}

// noticeEnd is the last day of a notice whose period runs.
func (b *book) noticeEnd(c *ledger.Call, registrableFrom string) (string, error) {
	if registrableFrom == "" {
		return "", nil
	}
	rules, err := b.rules.InForce(c)
	if err != nil {
		return "", err
	}
	return ledger.AddDays(registrableFrom, rules.NoticeDays)
}

func (b *book) markRegistrable(c *ledger.Call, in *markRegistrable) error {
	n, err := b.notices.Open(c, in.ProofNo)
	if err != nil {
		return err
	}
	if n.StatusNow(c) == Lapsed {
		return ledger.Refuse(NoticeLapsed, "the notice lapsed after %s and cannot be brought back", n.Body.ExpireAt)
	}
	n.Body.RegistrableFrom = in.RegistrableFrom
	if n.Body.ExpireAt, err = b.noticeEnd(c, in.RegistrableFrom); err != nil {
		return err
	}
	return n.Keep(c)
}

func (b *book) cancelNotice(c *ledger.Call, in *cancelEntry) error {
	n, err := b.notices.Open(c, in.ProofNo)
	if err != nil {
		return err
	}
	if err := b.unlist(c, n.Body.UnitCode, n.ID, func(u *Unit) *[]string { return &u.Notices }); err != nil {
		return err
	}
	n.Body.CancelHash = in.BasisHash
	return n.Move(c, NoticeCancelled)
}

// fulfilNotices ends the notices of those who now own the unit: what they
// announced has come about.
func (b *book) fulfilNotices(c *ledger.Call, u *ledger.Entity[Unit], owners []string) error {
	s, err := b.burdensOf(c, u)
	if err != nil {
		return err
	}
	for _, n := range s.notices {
		if !slices.Contains(owners, n.Body.Holder.Key) {
			continue
		}
		ledger.Strike(&u.Body.Notices, n.ID)
		if err := n.Move(c, NoticeFulfilled); err != nil {
			return err
		}
	}
	return nil
}
