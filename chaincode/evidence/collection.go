package evidence

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// What is collected on site comes on the ledger in steps, each of which the
// rules ask about: collected, its digest fixed, anchored.

type collectInput struct {
	CollectionNo  string `json:"collectionNo" is:"pattern=^[0-9A-Za-z-]{4,64}$" zh:"取证编号" doc:"The department's own number of the collection" eg:"QZ-2026-000127"`
	Name          string `json:"name" is:"maxLen=256" zh:"文件名"`
	DataType      string `json:"dataType" is:"enum=1|2|3|4|5" zh:"数据类型" doc:"1 file 文件, 2 picture 图片, 3 video 视频, 4 audio 音频, 5 other 其他"`
	DepositorType string `json:"depositorType" is:"enum=PERSON|ORGANISATION" zh:"存证人类型"`
	DepositorKey  string `json:"depositorKey" is:"subject" zh:"存证人标识" doc:"HMAC-SM3 of the depositor's identifier, made by the gateway; never the identifier"`
	CollectedAt   string `json:"collectedAt" is:"timestamp" zh:"取证时间"`
	Capture
	Facts
	TransactionID string `json:"transactionId,omitempty" is:"maxLen=64" zh:"存证事务编号"`
	PhaseNo       int64  `json:"phaseNo,omitempty" is:"min=1,max=100" zh:"阶段序号"`
	Sealed        string `json:"sealed,omitempty" is:"enum=STATE_SECRET|MINOR|TRADE_SECRET|PRIVACY" zh:"封存"`
}

// ReadsOf names what a collection will look up.
func (in *collectInput) ReadsOf(who *ledger.Caller) []string {
	keys := append(in.Facts.reads(), ledger.Key(recordType, CollectionID(who.Dept, in.CollectionNo)))
	if in.TransactionID != "" {
		keys = append(keys, ledger.Key(matterType, in.TransactionID))
	}
	return keys
}

type fixInput struct {
	EvidenceID  string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	FileHash    string `json:"fileHash" is:"sm3" zh:"数据摘要" doc:"SM3 of the file"`
	Size        int64  `json:"size" is:"min=0" zh:"文件大小" doc:"Bytes"`
	EnvCheckLog string `json:"envCheckLog,omitempty" is:"sm3" zh:"环境检查日志摘要" doc:"SM3 of the log that shows the environment clean, safe, reliable and available (art. 17)"`
	Stamp
}

// ReadsOf names what fixing will look up.
func (in *fixInput) ReadsOf(who *ledger.Caller) []string {
	return append(knownKeys(who.Dept, in.FileHash), in.Stamp.reads()...)
}

type anchorInput struct {
	EvidenceID string `json:"evidenceId" is:"maxLen=32" zh:"存证编号"`
	FileHash   string `json:"fileHash" is:"sm3" zh:"数据摘要" doc:"SM3 of the file as it was stored: it must be the fixed one"`
	StorageURI string `json:"storageUri,omitempty" is:"maxLen=512" zh:"存储位置" doc:"Where the file is kept, off chain; of sealed evidence it belongs into the private half"`
}

// CollectionID derives the id of evidence that is collected before its digest
// is known.
func CollectionID(dept, collectionNo string) string { return ID(dept, "collection/"+collectionNo) }

func (b *book) handleCollection(c *ledger.Contract) {
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "Collect", Title: "Register a collection", TitleZh: "取证登记", Record: recordType, Creates: true, Lane: "collectionNo",
		Roles: depositing, Refusals: []string{CollectedInFuture, SealedInPublic, IdentityInvalid, CorroborationGone, PhaseOutOfOrder, MatterFull},
		Doc:            "Registers data that was collected on site, before its digest is fixed. The same number again answers the earlier record.",
		Example:        json.RawMessage(`{"collectionNo":"QZ-2026-000127","name":"现场勘验视频.mp4","dataType":"3","depositorType":"ORGANISATION","depositorKey":"` + exampleKey + `","collectedAt":"2026-03-01T02:00:00Z","deviceId":"执法记录仪-21","geo":"34.746600,113.625400","tool":"取证塔 5.1","sourceType":"现场取证"}`),
		PrivateExample: depositorExample,
	}, b.collect)
	ledger.Handle(c, catalog.Operation{
		Name: "Fix", Title: "Fix the digest", TitleZh: "固定", Record: recordType, Verb: "fix", ID: "evidenceId",
		Roles: depositing, Refusals: []string{DigestDeposited, FactStated, TimestampUnknown, TimestampInvalid, TimestampDiffers},
		Doc:     "Fixes the digest of collected data, where there is one with a trusted time stamp.",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","fileHash":"` + exampleHash + `","size":73400320}`),
	}, b.fix)
	ledger.Handle(c, catalog.Operation{
		Name: "Anchor", Title: "Anchor fixed evidence", TitleZh: "上链", Record: recordType, Verb: "anchor", ID: "evidenceId",
		Roles: depositing, Refusals: []string{DigestDiffers, SealedInPublic},
		Doc:     "Confirms that what is kept in storage is what was fixed; from then on the data is deposited.",
		Example: json.RawMessage(`{"evidenceId":"` + exampleID + `","fileHash":"` + exampleHash + `","storageUri":"evidence-store/2026/03/QZ-2026-000127"}`),
	}, b.anchor)
}

func (b *book) collect(c *ledger.Call, in *collectInput, private *ledger.Private[Depositor]) error {
	id := CollectionID(c.Caller().Dept, in.CollectionNo)
	earlier, err := b.evidences.Find(c, id)
	if err != nil {
		return err
	}
	if earlier != nil {
		earlier.AnswerExisting(c)
		return nil
	}
	for _, check := range []error{
		checkCollected(c, in.CollectedAt), checkSealed(in.Sealed, in.Name, &in.Capture, &in.Facts), checkDepositor(private),
		b.checkCorroboration(c, id, &in.Facts), b.enterPhase(c, in.TransactionID, in.PhaseNo, id),
	} {
		if check != nil {
			return check
		}
	}
	e, err := b.evidences.Create(c, id, Collected, Evidence{
		Described: Described{Name: in.Name, DataType: in.DataType, DepositorType: in.DepositorType, DepositorKey: in.DepositorKey, CollectedAt: in.CollectedAt},
		Capture:   in.Capture, Facts: in.Facts, TransactionID: in.TransactionID, PhaseNo: in.PhaseNo, CollectionNo: in.CollectionNo, Sealed: in.Sealed,
	})
	if err != nil || private == nil {
		return err
	}
	return ledger.PutPrivate(c, e, private)
}

func (b *book) fix(c *ledger.Call, in *fixInput) error {
	e, err := b.evidences.Open(c, in.EvidenceID)
	if err != nil {
		return err
	}
	direct := ID(e.Dept, in.FileHash)
	same, err := b.known(c, direct)
	if err != nil {
		return err
	}
	if same != nil {
		r := ledger.RefuseField(DigestDeposited, "fileHash", "the department has the same data on the ledger as %s", same.ID)
		r.Type, r.ID = recordType, same.ID
		return r
	}
	if in.EnvCheckLog != "" {
		if err := e.Body.Facts.add(&Facts{EnvCheckLog: in.EnvCheckLog}); err != nil {
			return err
		}
	}
	if e.Body.Timestamp, err = b.checkTimestamp(c, &in.Stamp, SM3, in.FileHash); err != nil {
		return err
	}
	e.Body.FileHash, e.Body.Size = in.FileHash, in.Size
	c.SetGuard(hashGuard, direct, e.ID)
	return e.Move(c, Fixed)
}

func (b *book) anchor(c *ledger.Call, in *anchorInput) error {
	e, err := b.evidences.Open(c, in.EvidenceID)
	if err != nil {
		return err
	}
	if in.FileHash != e.Body.FileHash {
		return ledger.RefuseField(DigestDiffers, "fileHash", "the stored file's digest must be the fixed one, %s", e.Body.FileHash)
	}
	if e.Body.Sealed != "" && in.StorageURI != "" {
		return ledger.RefuseField(SealedInPublic, "storageUri", "of sealed evidence this belongs into the private half")
	}
	if in.StorageURI != "" {
		e.Body.StorageURI = in.StorageURI
	}
	return e.Move(c, Anchored)
}
