package agritrace

// Dictionaries of this ledger. What the rules may change is a Setting.

// Categories of goods (产品类别).
const (
	Plant         = "PLANT"          // 种植产品
	Livestock     = "LIVESTOCK"      // 活畜禽
	AnimalProduct = "ANIMAL_PRODUCT" // 动物产品
	Aquatic       = "AQUATIC"        // 水产品
	Processed     = "PROCESSED"      // 加工食品
	ImportedCold  = "IMPORTED_COLD"  // 进口冷链食品
)

// What a category needs before it may be sold.
const (
	needsCompliance = "承诺达标合格证 (compliance certificate)"
	needsQuarantine = "产品检疫证 (product quarantine certificate, A or B)"
	needsAnimal     = "动物检疫证 (animal quarantine certificate, A or B)"
	needsTest       = "出厂检验 (a passed factory test)"
	needsEntry      = "入境检验检疫证明 (entry inspection certificate)"
)

// saleNeeds is what goods must have to be sold, by their category [K:
// 农产品质量安全法 art. 39, 动物防疫法 art. 51, 食品安全法 art. 52 and 92].
var saleNeeds = map[string]string{
	Plant:         needsCompliance,
	Livestock:     needsAnimal,
	AnimalProduct: needsQuarantine,
	Aquatic:       needsCompliance,
	Processed:     needsTest,
	ImportedCold:  needsEntry,
}

// Activities that a subject is registered for (业务环节).
const (
	ActivityGrow      = "GROW"      // 种植养殖
	ActivitySlaughter = "SLAUGHTER" // 屠宰
	ActivityProcess   = "PROCESS"   // 加工
	ActivityStore     = "STORE"     // 仓储
	ActivityTransport = "TRANSPORT" // 运输
	ActivitySell      = "SELL"      // 批发零售
)

// Kinds of transformation (加工类型).
const (
	KindSplit     = "SPLIT"     // 拆分
	KindMerge     = "MERGE"     // 合并
	KindPrimary   = "PRIMARY"   // 初加工: cleaning, drying, peeling; no SC licence
	KindProcess   = "PROCESS"   // 食品生产: needs the SC licence
	KindSlaughter = "SLAUGHTER" // 屠宰: needs the slaughter licence and ear tags
)

// recallRule gives a food recall's deadlines (食品召回管理办法 art. 13, 18) [K]: hours
// until it starts, working days until it is done.
type recallRule struct{ startHours, workingDays int }

var recallRules = map[string]recallRule{
	"1": {24, 10}, // 一级: serious harm or death
	"2": {48, 20}, // 二级: harm
	"3": {72, 30}, // 三级: mislabelled and the like
}

// Bounds that keep every operation's work small.
const (
	maxUses        = 200  // transformations that take from one batch
	maxGenerations = 64   // transformations one after the other
	maxCustody     = 64   // hands that one batch goes through
	maxAncestors   = 2000 // batches that a guard looks at
	spreadPerStep  = 100  // batches that one step of a recall marks
	traceLimit     = 500  // batches in the answer of a trace
)
