package evidence

// The dictionaries of this ledger: what the rules name, as codes. Who reads
// the rules otherwise changes these tables, not the state machine.

// Factors by which evidence on chain is challenged (在线诉讼规则 arts. 17 and 18).
const (
	FactorPlatform    = "PLATFORM"    // 17(1) 存证平台是否符合规定
	FactorInterest    = "INTEREST"    // 17(2) 当事人与平台的利害关系、不当干预
	FactorEnvironment = "ENVIRONMENT" // 17(3) 系统的清洁性、安全性、可靠性、可用性
	FactorProcess     = "PROCESS"     // 17(4) 存证技术和过程是否符合加密、传输、校验标准
	FactorSource      = "SOURCE"      // 18 上链前：来源、生成机制、存储过程、公证见证、关联印证
)

// Outcomes of an appraisal (鉴定意见).
const (
	Authentic    = "AUTHENTIC"    // 未发现篡改
	Altered      = "ALTERED"      // 存在篡改
	Undetermined = "UNDETERMINED" // 无法判断
)

// Acts of custody (保管行为). Only a conversion may change the digest without
// breaking the chain.
const (
	ActTransfer = "TRANSFER" // 移交
	ActConsign  = "CONSIGN"  // 送检、送存
	ActReturn   = "RETURN"   // 返还
	ActCopy     = "COPY"     // 复制
	ActExamine  = "EXAMINE"  // 检验
	ActStore    = "STORE"    // 入库
	ActConvert  = "CONVERT"  // 格式转换
)

// Algorithms of digests.
const (
	SM3    = "SM3"
	SHA256 = "SHA-256"
)

// sealedName is all that a sealed piece of evidence is called in public.
const sealedName = "封存材料"
