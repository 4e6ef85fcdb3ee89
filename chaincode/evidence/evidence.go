package evidence

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
)

// Evidence is one file's digest and what is known of the file (存证记录).
type Evidence struct {
	FileHash string `json:"fileHash,omitempty" is:"sm3" zh:"数据摘要" doc:"SM3 of the file, or SHA-256 where algo says so; none yet while it is COLLECTED"`
	Algo     string `json:"algo,omitempty" is:"enum=SM3|SHA-256" zh:"摘要算法" doc:"SM3 where it is left out"`
	Described
	Capture
	Facts
	ImportedFrom  string        `json:"importedFrom,omitempty" is:"maxLen=128" zh:"导入来源平台"`
	ImportedID    string        `json:"importedId,omitempty" is:"maxLen=128" zh:"来源平台存证编号"`
	Timestamp     *TimestampFix `json:"timestamp,omitempty" zh:"可信时间戳"`
	TransactionID string        `json:"transactionId,omitempty" is:"maxLen=64" zh:"存证事务编号"`
	PhaseNo       int64         `json:"phaseNo,omitempty" is:"min=1" zh:"阶段序号"`
	CollectionNo  string        `json:"collectionNo,omitempty" is:"maxLen=64" zh:"取证编号"`
	Notarised     *Notarisation `json:"notarised,omitempty" zh:"公证"`
	Custody       *Custody      `json:"custody,omitempty" zh:"保管" doc:"Who holds the data now; the depositor, with the deposited digest, where it is left out"`
	Sealed        string        `json:"sealed,omitempty" is:"enum=STATE_SECRET|MINOR|TRADE_SECRET|PRIVACY" zh:"封存" doc:"Why it is sealed: 涉密, 未成年人, 商业秘密, 隐私"`
	UnsealOrder   string        `json:"unsealOrder,omitempty" is:"maxLen=64" zh:"解封文书号"`
	Proceeding
}

// Described is what every deposit says of the file.
type Described struct {
	Name          string `json:"name" is:"maxLen=256" zh:"文件名" eg:"购销合同.pdf"`
	Size          int64  `json:"size" is:"min=0" zh:"文件大小" doc:"Bytes"`
	DataType      string `json:"dataType" is:"enum=1|2|3|4|5" zh:"数据类型" doc:"1 file 文件, 2 picture 图片, 3 video 视频, 4 audio 音频, 5 other 其他"`
	DepositorType string `json:"depositorType" is:"enum=PERSON|ORGANISATION" zh:"存证人类型"`
	DepositorKey  string `json:"depositorKey" is:"subject" zh:"存证人标识" doc:"HMAC-SM3 of the depositor's identifier, made by the gateway (实名); never the identifier"`
	CollectedAt   string `json:"collectedAt" is:"timestamp" zh:"取证时间"`
}

// Capture is how and where the data was taken, and where it lies.
type Capture struct {
	DeviceID   string `json:"deviceId,omitempty" is:"maxLen=128" zh:"取证设备"`
	Geo        string `json:"geo,omitempty" is:"pattern=^-?[0-9]{1,2}\\.[0-9]{1,6},-?[0-9]{1,3}\\.[0-9]{1,6}$" zh:"取证地点" doc:"Latitude and longitude, CGCS2000" eg:"34.746600,113.625400"`
	Tool       string `json:"tool,omitempty" is:"maxLen=128" zh:"取证工具" doc:"Name and version"`
	StorageURI string `json:"storageUri,omitempty" is:"maxLen=512" zh:"存储位置" doc:"Where the file is kept, off chain"`
}

// Proceeding is where the evidence stands in the case that caseNo names. It
// begins anew with each submission; what the court found before stands in the
// submission to that case.
type Proceeding struct {
	CaseNo       string      `json:"caseNo,omitempty" is:"case-number" zh:"案号"`
	Court        *Department `json:"court,omitempty" zh:"受理法院" doc:"The court that has taken the evidence up"`
	LastCheck    string      `json:"lastCheck,omitempty" is:"enum=MATCH|MISMATCH" zh:"最近核验结果"`
	Disputed     []string    `json:"disputed,omitempty" is:"enum=PLATFORM|INTEREST|ENVIRONMENT|PROCESS|SOURCE" zh:"被质疑因素"`
	Appraiser    *Department `json:"appraiser,omitempty" zh:"受托鉴定机构"`
	CommissionNo string      `json:"commissionNo,omitempty" is:"maxLen=64" zh:"委托书号"`
	Conclusion   string      `json:"conclusion,omitempty" is:"enum=AUTHENTIC|ALTERED|UNDETERMINED" zh:"最近鉴定结论"`
	Decision     string      `json:"decision,omitempty" is:"maxLen=512" zh:"认定理由"`
	ArchiveNo    string      `json:"archiveNo,omitempty" is:"maxLen=64" zh:"档号"`
	Retention    string      `json:"retention,omitempty" is:"enum=10Y|30Y|PERMANENT" zh:"保管期限"`
	Checks       int64       `json:"checks,omitempty" is:"min=1" zh:"核验次数" doc:"Of all proceedings together"`
	Challenges   int64       `json:"challenges,omitempty" is:"min=1" zh:"质疑次数" doc:"Of all proceedings together"`
	Appraisals   int64       `json:"appraisals,omitempty" is:"min=1" zh:"鉴定次数" doc:"Of all proceedings together"`
}

// Depositor is the private half of a deposit (存证人身份): who deposited, and
// what else of a sealed file nobody may read on chain.
type Depositor struct {
	Name       string `json:"name,omitempty" is:"maxLen=128" zh:"姓名或名称"`
	IDType     string `json:"idType,omitempty" is:"holder-id-type" zh:"证件类型"`
	IDNumber   string `json:"idNumber,omitempty" is:"maxLen=32" zh:"证件号码"`
	FileName   string `json:"fileName,omitempty" is:"maxLen=256" zh:"文件名" doc:"The real name of sealed evidence"`
	DeviceID   string `json:"deviceId,omitempty" is:"maxLen=128" zh:"取证设备"`
	Geo        string `json:"geo,omitempty" is:"maxLen=64" zh:"取证地点"`
	StorageURI string `json:"storageUri,omitempty" is:"maxLen=512" zh:"存储位置"`
	Statement  string `json:"statement,omitempty" is:"maxLen=2000" zh:"说明"`
}

// ID derives a piece of evidence's id from its depositor and its digest.
func ID(dept, fileHash string) string {
	return gm.HexDigest([]byte(dept + "/" + fileHash))[:32]
}

// hashGuard finds evidence that was collected before its digest was fixed by
// the id that a deposit of the same digest would have.
const hashGuard = "hash"

// known finds a department's evidence by the id that its digest gives (ID),
// however it came on the ledger; nil where there is none.
func (b *book) known(c *ledger.Call, id string) (*ledger.Entity[Evidence], error) {
	e, err := b.evidences.Find(c, id)
	if err != nil || e != nil {
		return e, err
	}
	collected, err := c.Guard(hashGuard, id)
	if err != nil || collected == "" {
		return nil, err
	}
	return b.evidences.Load(c, collected)
}

// knownKeys are the keys that known reads.
func knownKeys(dept, fileHash string) []string {
	id := ID(dept, fileHash)
	return []string{ledger.Key(recordType, id), ledger.GuardKey(hashGuard, id)}
}

// locate finds a department's own evidence by the file alone.
func (b *book) locate(c *ledger.Call, claim *operation.Claim) (string, error) {
	e, err := b.known(c, ID(c.Caller().Dept, claim.FileHash))
	if err != nil || e == nil {
		return "", err
	}
	return e.ID, nil
}

// holds tells whether the digest is the deposited one, or the one that the
// custody chain leads to without a break.
func (e *Evidence) holds(fileHash string) bool {
	return fileHash == e.FileHash || e.Custody != nil && e.Custody.BrokenAt == 0 && fileHash == e.Custody.Hash
}
