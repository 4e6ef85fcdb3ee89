package elicense

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/gm"
	"henanchain/internal/identifier"
	"henanchain/internal/strictjson"
)

// Licence is one version of an e-licence (电子证照).
type Licence struct {
	CertTypeCode string `json:"certTypeCode" is:"licence-type" zh:"证照类型代码"`
	Face
	PrevCertID   string      `json:"prevCertId,omitempty" is:"licence-id" zh:"关联证照标识" doc:"What it superseded, or was transferred from"`
	SupersededBy string      `json:"supersededBy,omitempty" is:"licence-id" zh:"替代证照标识" doc:"What took its place"`
	Imported     bool        `json:"imported,omitempty" zh:"存量入链" doc:"Issued before this ledger, with a later version"`
	Ground       string      `json:"ground,omitempty" is:"maxLen=32" zh:"事由代码"`
	DecisionNo   string      `json:"decisionNo,omitempty" is:"maxLen=64" zh:"决定文号"`
	Reason       string      `json:"reason,omitempty" is:"maxLen=512" zh:"变更原因"`
	TransferTo   *Department `json:"transferTo,omitempty" zh:"转入机构"`
	TransferFrom string      `json:"transferFrom,omitempty" is:"enum=SUSPENDED" zh:"转出前的状态" doc:"Where it was not VALID: a suspension goes with the licence"`
	OtherFrom    string      `json:"otherFrom,omitempty" is:"enum=DRAFT|VALID|SUSPENDED" zh:"转为其他前的状态"`
}

// Face is what the licence says (照面), as far as everybody may read it.
type Face struct {
	CertTypeName string   `json:"certTypeName" is:"maxLen=128" zh:"证照类型名称"`
	CertNo       string   `json:"certNo" is:"maxLen=128" zh:"证照编号"`
	IssuerName   string   `json:"issuerName" is:"maxLen=128" zh:"颁发机构"`
	HolderKey    string   `json:"holderKey" is:"subject" zh:"持证主体标识" doc:"A keyed hash of the holder's identifier, never the identifier"`
	IssueDate    string   `json:"issueDate" is:"date" zh:"颁发日期"`
	ValidFrom    string   `json:"validFrom" is:"date" zh:"有效期起"`
	ValidTo      string   `json:"validTo" is:"date" zh:"有效期止" doc:"99991231 is open-ended (长期)"`
	FileHash     string   `json:"fileHash" is:"sm3" zh:"文件摘要" doc:"SM3 of the OFD file"`
	HolderIDType string   `json:"holderIdType,omitempty" is:"holder-id-type" zh:"持证主体代码类型"`
	CoHolders    []Holder `json:"coHolders,omitempty" is:"maxItems=50" zh:"共有持证主体" doc:"Beside the holder, where there are several"`
	DivisionCode string   `json:"divisionCode,omitempty" is:"division" zh:"管辖属地"`
	FaceHash     string   `json:"faceHash,omitempty" is:"sm3" zh:"照面摘要" doc:"SM3 of the face data's canonical JSON (RFC 8785)"`
}

// Holder is a further holder (共有人).
type Holder struct {
	HolderKey    string `json:"holderKey" is:"subject" zh:"持证主体标识" doc:"A keyed hash of the holder's identifier, never the identifier"`
	HolderIDType string `json:"holderIdType,omitempty" is:"holder-id-type" zh:"持证主体代码类型"`
}

// Private is the private half of a licence: who the holders are, and what the
// licence says of them.
type Private struct {
	Holders []Identity      `json:"holders" is:"minItems=1,maxItems=51" zh:"持证主体"`
	Face    json.RawMessage `json:"face,omitempty" zh:"照面数据" doc:"Any JSON object; faceHash is its digest"`
}

// Identity is a holder in the private half.
type Identity struct {
	HolderKey string `json:"holderKey" is:"subject" zh:"持证主体标识" doc:"As in the public half"`
	Name      string `json:"name" is:"maxLen=128" zh:"持证主体名称"`
	IDType    string `json:"idType" is:"holder-id-type" zh:"持证主体代码类型"`
	IDNumber  string `json:"idNumber" is:"maxLen=32" zh:"持证主体代码"`
}

// Department is a department by its organisation and its USCC.
type Department struct {
	Org  string `json:"org" is:"maxLen=64" zh:"组织" doc:"The organisation (MSP) whose certificate the department holds"`
	Dept string `json:"dept" is:"uscc" zh:"部门" doc:"USCC of the department"`
}

// isCaller tells whether the transaction comes from this department; from no
// department it never does.
func (d *Department) isCaller(c *ledger.Call) bool {
	return d != nil && d.Org == c.Caller().MSP && d.Dept == c.Caller().Dept
}

// holders are the keys of all holders, the first one first.
func (f *Face) holders() []string {
	keys := []string{f.HolderKey}
	for _, h := range f.CoHolders {
		keys = append(keys, h.HolderKey)
	}
	return keys
}

// holds tells whether the subject is one of the holders.
func (f *Face) holds(key string) bool {
	for _, k := range f.holders() {
		if k == key {
			return true
		}
	}
	return false
}

// sameHolders tells whether two faces have the same holders, in whatever order.
func sameHolders(a, b *Face) bool {
	if len(a.CoHolders) != len(b.CoHolders) {
		return false
	}
	for _, k := range a.holders() {
		if !b.holds(k) {
			return false
		}
	}
	return true
}

// inForce tells whether a licence can be relied on today: valid, and within
// its period.
func inForce(c *ledger.Call, l *ledger.Entity[Licence]) bool {
	return l.StatusNow(c) == Valid && l.Body.ValidFrom <= c.Today()
}

// checkHolders refuses holders that stand twice, and a private half that does
// not tell of the same ones. Numbers are never repeated.
func checkHolders(f *Face, private *ledger.Private[Private]) error {
	open := map[string]bool{}
	for _, k := range f.holders() {
		if open[k] {
			return ledger.RefuseField(HoldersInvalid, "coHolders", "the holder %s stands twice; each holder stands once", k)
		}
		open[k] = true
	}
	if private == nil {
		return nil
	}
	if n := len(private.Data.Holders); n != len(open) {
		return ledger.RefuseField(HoldersInvalid, "private.holders", "the private half names %d holders and the public half %d", n, len(open))
	}
	for _, h := range private.Data.Holders {
		if !open[h.HolderKey] {
			return ledger.RefuseField(HoldersInvalid, "private.holders", "the private half names a holder twice, or one that the public half does not name")
		}
		delete(open, h.HolderKey)
		t, err := identifier.ParseHolderIDType(h.IDType)
		if err != nil {
			return err
		}
		if _, err := t.ParseNumber(h.IDNumber); err != nil {
			return ledger.RefuseField(HoldersInvalid, "private.holders", "the number of the holder %s is not one of the type %s (%s)", h.HolderKey, t.Code, t.TitleZh)
		}
	}
	return nil
}

// checkFaceData compares the face data with its digest.
func checkFaceData(f *Face, private *ledger.Private[Private]) error {
	if private == nil || len(private.Data.Face) == 0 {
		return nil
	}
	canonical, err := strictjson.Canonical(private.Data.Face)
	if err != nil || canonical[0] != '{' {
		return ledger.RefuseField(FaceInvalid, "private.face", "the face data must be a JSON object")
	}
	if hash := gm.HexDigest(canonical); f.FaceHash != hash {
		return ledger.RefuseField(FaceInvalid, "faceHash", "the digest of the face data is %s", hash)
	}
	return nil
}
