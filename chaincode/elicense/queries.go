package elicense

import (
	"encoding/json"
	"sort"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

const (
	// A count looks at no more than countPages pages; who needs all of many
	// licences goes on from the bookmark, or asks the read model.
	countPage  = 200
	countPages = 5
)

type historyInput struct {
	CertID    string `json:"certId" is:"licence-id" zh:"电子证照标识"`
	HolderKey string `json:"holderKey,omitempty" is:"subject" zh:"持证主体标识" doc:"For a holder's platform: the holder whom it has identified"`
	Bookmark  string `json:"bookmark,omitempty" is:"maxLen=256" zh:"翻页标记" doc:"As the page before gave it"`
}

// UseHistory is a page of the uses of a licence.
type UseHistory struct {
	CertID   string    `json:"certId" zh:"电子证照标识"`
	Uses     []UseItem `json:"uses" zh:"用证记录"`
	Bookmark string    `json:"bookmark,omitempty" zh:"翻页标记"`
}

// UseItem is one use, with who used it and when.
type UseItem struct {
	UseID string `json:"useId" zh:"用证记录编号"`
	Dept  string `json:"dept" zh:"用证单位"`
	App   string `json:"app" zh:"用证系统"`
	Time  string `json:"time" zh:"用证时间"`
	Use
}

func (b *book) answerHistory(c *ledger.Contract) {
	ledger.Answer(c, catalog.Query{
		Name: "UseHistory", Title: "Uses of a licence", TitleZh: "用证记录查询", Path: "use-history", Roles: []string{RoleIssuer, RoleHolder, RoleAuditor},
		Doc:     "Who has used a licence, for what, and what was found. For the authority that issued it, for its holder, and for auditors.",
		Example: json.RawMessage(`{"certId":"` + exampleID + `"}`),
	}, b.history)
}

func (b *book) history(c *ledger.Call, in *historyInput) (*UseHistory, error) {
	l, err := b.licences.Load(c, in.CertID)
	if err != nil {
		return nil, err
	}
	if !c.Caller().Has(RoleAuditor) && l.OwnedBy(c) != nil {
		if !c.Caller().Has(RoleHolder) {
			return nil, l.OwnedBy(c)
		}
		if !l.Body.holds(in.HolderKey) {
			return nil, ledger.RefuseField(NotTheHolder, "holderKey", "name a holder of the licence %s, whom the platform has identified", l.ID)
		}
	}
	uses, next, err := ledger.Lines(c, b.uses, in.CertID+"-", in.Bookmark, func(u *ledger.Entity[Use]) UseItem {
		return UseItem{UseID: u.ID, Dept: u.Dept, App: u.App, Time: u.Time, Use: u.Body}
	})
	if err != nil {
		return nil, err
	}
	return &UseHistory{CertID: in.CertID, Uses: uses, Bookmark: next}, nil
}

type verifyCopyInput struct {
	CopyID string `json:"copyId" is:"maxLen=128" zh:"加注件编号"`
	Hash   string `json:"hash" is:"sm3" zh:"加注件摘要" doc:"SM3 of the annotated file in hand"`
}

// CopyVerdict says whether an annotated copy can be relied on.
type CopyVerdict struct {
	Exists        bool   `json:"exists" zh:"是否存在"`
	InForce       bool   `json:"inForce" zh:"是否有效" doc:"The copy is, and its licence is in force"`
	HashMatch     bool   `json:"hashMatch" zh:"文件是否一致"`
	StatusNow     string `json:"statusNow,omitempty" zh:"加注件当前状态"`
	LicenceStatus string `json:"licenceStatus,omitempty" zh:"证照当前状态"`
	Maker         string `json:"maker,omitempty" zh:"加注单位"`
	ExpireAt      string `json:"expireAt,omitempty" zh:"失效时间"`
}

func (b *book) answerCopy(c *ledger.Contract) {
	ledger.Answer(c, catalog.Query{
		Name: "VerifyCopy", Title: "Verify an annotated copy", TitleZh: "核验加注件", Path: "verify-copy", Roles: []string{ledger.AnyRole},
		Doc:     "Whether the copy holds now, and its licence with it.",
		Example: json.RawMessage(`{"copyId":"` + CopyID(exampleID, "11410100MB0Y0001XD", exampleHash) + `","hash":"` + exampleHash + `"}`),
	}, b.verifyCopy)
}

func (b *book) verifyCopy(c *ledger.Call, in *verifyCopyInput) (*CopyVerdict, error) {
	e, err := b.copies.Find(c, in.CopyID)
	if err != nil || e == nil {
		return &CopyVerdict{}, err
	}
	l, err := b.licences.Load(c, e.Body.CertID)
	if err != nil {
		return nil, err
	}
	v := &CopyVerdict{
		Exists: true, HashMatch: in.Hash == e.Body.Hash, StatusNow: e.StatusNow(c), LicenceStatus: l.StatusNow(c), Maker: e.Dept, ExpireAt: e.Body.ExpireAt,
	}
	v.InForce = v.StatusNow == copyActive && inForce(c, l)
	return v, nil
}

type countInput struct {
	CertTypeCode string `json:"certTypeCode" is:"licence-type" zh:"证照类型代码"`
	Issuer       string `json:"issuer,omitempty" is:"uscc" zh:"颁发机构" doc:"All authorities where it is left out"`
	Bookmark     string `json:"bookmark,omitempty" is:"maxLen=256" zh:"翻页标记" doc:"As the count before gave it"`
}

// Counts is how many licences of a type there are, as far as one question goes.
type Counts struct {
	Examined   int64   `json:"examined" zh:"已统计数"`
	ByStatus   []Count `json:"byStatus" zh:"按当前状态"`
	ByDivision []Count `json:"byDivision" zh:"按属地（有效证照）"`
	Bookmark   string  `json:"bookmark,omitempty" zh:"翻页标记" doc:"Where the next count goes on; the counts add up"`
}

// Count is a number of licences.
type Count struct {
	Key   string `json:"key" zh:"分类"`
	Count int64  `json:"count" zh:"数量"`
}

func (b *book) answerCount(c *ledger.Contract) {
	ledger.Answer(c, catalog.Query{
		Name: "CountLicences", Title: "Count licences of a type", TitleZh: "证照数量统计", Path: "count-licences", Roles: []string{RoleIssuer, RoleCatalogue, RoleAuditor},
		Doc:     "By status as of now, and those in force by division; up to 1,000 licences at a time. Statistics over everything are the read model's.",
		Example: json.RawMessage(`{"certTypeCode":"` + exampleType + `"}`),
	}, b.count)
}

func (b *book) count(c *ledger.Call, in *countInput) (*Counts, error) {
	prefix := licencePrefix(in.CertTypeCode, in.Issuer)
	statuses, divisions := map[string]int64{}, map[string]int64{}
	a := &Counts{Bookmark: in.Bookmark}
	for range countPages {
		page, next, err := b.licences.Scan(c, prefix, a.Bookmark, countPage)
		if err != nil {
			return nil, err
		}
		for _, l := range page {
			statuses[l.StatusNow(c)]++
			if inForce(c, l) {
				divisions[l.Body.DivisionCode]++
			}
		}
		a.Examined += int64(len(page))
		if a.Bookmark = next; next == "" {
			break
		}
	}
	a.ByStatus, a.ByDivision = counted(statuses), counted(divisions)
	return a, nil
}

// identifierRoot is what every e-licence identifier begins with (GB/T 36904).
const identifierRoot = "1.2.156.3005.2."

// licencePrefix is what the identifiers of a type, and of an issuer where one
// is named, begin with.
func licencePrefix(certTypeCode, issuer string) string {
	prefix := identifierRoot + certTypeCode + "."
	if issuer != "" {
		prefix += issuer + "."
	}
	return prefix
}

func counted(counts map[string]int64) []Count {
	list := make([]Count, 0, len(counts))
	for key, n := range counts {
		list = append(list, Count{key, n})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Key < list[j].Key })
	return list
}

type faceInput struct {
	CertID string `json:"certId" is:"licence-id" zh:"电子证照标识"`
}

// FaceData is the private half of a licence.
type FaceData struct {
	CertID  string          `json:"certId" zh:"电子证照标识"`
	Holders []Identity      `json:"holders" zh:"持证主体"`
	Face    json.RawMessage `json:"face,omitempty" zh:"照面数据"`
}

func (b *book) answerFace(c *ledger.Contract) {
	ledger.Answer(c, catalog.Query{
		Name: "FaceData", Title: "Read a licence's private half", TitleZh: "照面数据查询", Path: "face-data", Roles: issuers,
		Doc:     "For the authority that issued the licence, and nobody else. It is to be evaluated: submitted as a transaction, the answer would stand in a block.",
		Example: json.RawMessage(`{"certId":"` + exampleID + `"}`),
	}, b.face)
}

func (b *book) face(c *ledger.Call, in *faceInput) (*FaceData, error) {
	l, err := b.licences.Load(c, in.CertID)
	if err != nil {
		return nil, err
	}
	if err := l.OwnedBy(c); err != nil {
		return nil, err
	}
	half, err := ledger.GetPrivate[Licence, Private](c, l)
	if err != nil {
		return nil, err
	}
	if half == nil {
		return nil, ledger.Refuse(ledger.NotFound, "the licence %s has no private half on this ledger, or it was purged", l.ID)
	}
	return &FaceData{CertID: l.ID, Holders: half.Holders, Face: half.Face}, nil
}
