package evidence

import (
	"encoding/json"
	"slices"
	"time"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/identifier"
)

const (
	exampleHash = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
	exampleKey  = "0f2b5c3d4e6a79881706f5e4d3c2b1a0918273645546372819aabbccddeeff00"
	exampleID   = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
)

// depositInput is a deposit. What is optional in it stands where the
// depositor knows it: the rules let it be stated later as well.
type depositInput struct {
	FileHash string `json:"fileHash" is:"sm3" zh:"数据摘要" doc:"SM3 of the file; SHA-256 for imports, where algo says so"`
	Described
	Algo string `json:"algo,omitempty" is:"enum=SM3|SHA-256" zh:"摘要算法" doc:"SM3 where it is left out; SHA-256 for imports only"`
	Capture
	Facts
	Stamp
	ImportedFrom  string `json:"importedFrom,omitempty" is:"maxLen=128" zh:"导入来源平台"`
	ImportedID    string `json:"importedId,omitempty" is:"maxLen=128" zh:"来源平台存证编号"`
	TransactionID string `json:"transactionId,omitempty" is:"maxLen=64" zh:"存证事务编号" doc:"The open transaction of which this is a phase"`
	PhaseNo       int64  `json:"phaseNo,omitempty" is:"min=1,max=100" zh:"阶段序号" doc:"The transaction's current phase or its next"`
	Sealed        string `json:"sealed,omitempty" is:"enum=STATE_SECRET|MINOR|TRADE_SECRET|PRIVACY" zh:"封存" doc:"Seals it from the start: name is then 封存材料, and what describes it is in the private half"`
}

// ReadsOf names what a deposit will look up.
func (in *depositInput) ReadsOf(who *ledger.Caller) []string {
	keys := slices.Concat(knownKeys(who.Dept, in.FileHash), in.Facts.reads(), in.Stamp.reads())
	if in.TransactionID != "" {
		keys = append(keys, ledger.Key(matterType, in.TransactionID))
	}
	return keys
}

var (
	depositExample   = json.RawMessage(`{"fileHash":"` + exampleHash + `","name":"购销合同.pdf","size":20480,"dataType":"1","depositorType":"ORGANISATION","depositorKey":"` + exampleKey + `","collectedAt":"2026-03-01T02:00:00Z","sourceType":"业务系统导出","genMechanism":"合同签署系统自动生成","deviceId":"取证终端-07","tool":"固证客户端 3.2","geo":"34.746600,113.625400"}`)
	depositorExample = json.RawMessage(`{"name":"郑州示例商贸有限公司","idType":"001","idNumber":"91410100MA9YTT01X0"}`)
)

func (b *book) handleDeposit(c *ledger.Contract) {
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "Deposit", Title: "Deposit evidence", TitleZh: "存证", Record: recordType, Creates: true, Lane: "fileHash",
		Roles: depositing, Example: depositExample, PrivateExample: depositorExample,
		Refusals: []string{CollectedInFuture, AlgorithmInvalid, SealedInPublic, IdentityInvalid, CorroborationGone, PhaseOutOfOrder, MatterFull, TimestampUnknown, TimestampInvalid, TimestampDiffers},
		Doc:      "Fixes a file's digest on the ledger. The same file by the same department answers the earlier record, unchanged.",
	}, b.deposit)
}

func (b *book) deposit(c *ledger.Call, in *depositInput, private *ledger.Private[Depositor]) error {
	id := ID(c.Caller().Dept, in.FileHash)
	earlier, err := b.known(c, id)
	if err != nil {
		return err
	}
	if earlier != nil {
		earlier.AnswerExisting(c)
		return nil
	}
	body, err := b.checked(c, id, in, private)
	if err != nil {
		return err
	}
	if err := b.enterPhase(c, in.TransactionID, in.PhaseNo, id); err != nil {
		return err
	}
	e, err := b.evidences.Create(c, id, Anchored, *body)
	if err != nil || private == nil {
		return err
	}
	return ledger.PutPrivate(c, e, private)
}

// checked is the body of a deposit that nothing speaks against.
func (b *book) checked(c *ledger.Call, id string, in *depositInput, private *ledger.Private[Depositor]) (*Evidence, error) {
	for _, check := range []error{
		checkCollected(c, in.CollectedAt), checkAlgorithm(in), checkSealed(in.Sealed, in.Name, &in.Capture, &in.Facts), checkDepositor(private),
		b.checkCorroboration(c, id, &in.Facts),
	} {
		if check != nil {
			return nil, check
		}
	}
	stamp, err := b.checkTimestamp(c, &in.Stamp, in.Algo, in.FileHash)
	if err != nil {
		return nil, err
	}
	return &Evidence{
		FileHash: in.FileHash, Algo: otherThanSM3(in.Algo), Described: in.Described, Capture: in.Capture, Facts: in.Facts,
		ImportedFrom: in.ImportedFrom, ImportedID: in.ImportedID, Timestamp: stamp,
		TransactionID: in.TransactionID, PhaseNo: in.PhaseNo, Sealed: in.Sealed,
	}, nil
}

func checkCollected(c *ledger.Call, at string) error {
	collected, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return err
	}
	if collected.After(c.Now()) {
		return ledger.RefuseField(CollectedInFuture, "collectedAt", "collected at %s, after the transaction at %s", at, c.Timestamp())
	}
	return nil
}

// checkAlgorithm keeps SHA-256 to imports: what is new here is digested with
// the national algorithm.
func checkAlgorithm(in *depositInput) error {
	if in.Algo == SHA256 && (in.ImportedFrom == "" || in.ImportedID == "") {
		return ledger.RefuseField(AlgorithmInvalid, "algo", "SHA-256 is accepted for imports only: name importedFrom and importedId, or digest the file with SM3")
	}
	return nil
}

// otherThanSM3 leaves the usual algorithm out of the record.
func otherThanSM3(algo string) string {
	if algo == SM3 {
		return ""
	}
	return algo
}

// checkSealed refuses to put on chain what sealing is to keep from everybody:
// a block is never sealed again.
func checkSealed(ground, name string, capture *Capture, facts *Facts) error {
	if ground == "" {
		return nil
	}
	if name != sealedName {
		return ledger.RefuseField(SealedInPublic, "name", "the name of sealed evidence is %s; its real name is fileName of the private half", sealedName)
	}
	for _, f := range []struct{ name, value string }{
		{"deviceId", capture.DeviceID}, {"geo", capture.Geo}, {"storageUri", capture.StorageURI},
		{"genMechanism", facts.GenMechanism}, {"storageHistory", facts.StorageHistory},
	} {
		if f.value != "" {
			return ledger.RefuseField(SealedInPublic, f.name, "of sealed evidence this belongs into the private half")
		}
	}
	return nil
}

// checkDepositor refuses an identity number that is none of its type, without
// repeating it.
func checkDepositor(private *ledger.Private[Depositor]) error {
	if private == nil || private.Data.IDNumber == "" {
		return nil
	}
	t, err := identifier.ParseHolderIDType(private.Data.IDType)
	if err != nil {
		return ledger.RefuseField(IdentityInvalid, "private.idType", "name the type of the identity number, such as 001 or 111")
	}
	if _, err := t.ParseNumber(private.Data.IDNumber); err != nil {
		return ledger.RefuseField(IdentityInvalid, "private.idNumber", "the number is not one of the type %s (%s)", t.Code, t.TitleZh)
	}
	return nil
}
