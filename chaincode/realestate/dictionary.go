package realestate

import (
	"maps"
	"slices"
)

// The vocabularies of the registration databases. They come from the trade's
// data standards and differ in places from one system to the next: everything
// that decides by a code decides by these tables.

// Code is one entry of a vocabulary (数据字典).
type Code struct {
	Code    string `json:"code" zh:"代码"`
	Title   string `json:"title" zh:"英文名称"`
	TitleZh string `json:"titleZh" zh:"中文名称"`
	// Elsewhere names the same thing in systems that number it otherwise.
	Elsewhere string `json:"elsewhere,omitempty" zh:"其他系统代码" doc:"The code that other registration systems use for it"`
}

// Registration types (登记类型).
const (
	RegFirst        = "100"
	RegTransfer     = "200"
	RegChange       = "300"
	RegCancellation = "400"
	RegCorrection   = "500"
)

// Types of a seizure (查封类型).
const (
	SeizureInForce            = "1"
	SeizureInQueue            = "2"
	SeizurePreliminary        = "3"
	SeizurePreliminaryInQueue = "4"
	SeizureRenewed            = "5"
)

// E-licence types (证照类型代码) of a certificate and of a proof.
const (
	certificateLicenceType = "11100000MB03271699001"
	proofLicenceType       = "11100000MB03271699022"
)

var dictionaries = map[string][]Code{
	"registrationType": {
		{RegFirst, "first registration", "首次登记", ""}, {RegTransfer, "transfer", "转移登记", ""}, {RegChange, "change", "变更登记", ""},
		{RegCancellation, "cancellation", "注销登记", ""}, {RegCorrection, "correction", "更正登记", ""}, {"600", "objection", "异议登记", ""},
		{"700", "notice", "预告登记", ""}, {"800", "seizure", "查封登记", ""}, {"900", "other", "其他登记", ""},
	},
	"rightStatus": {{"0", "temporary", "临时", ""}, {"1", "in force", "现势", ""}, {"2", "historical", "历史", ""}, {"3", "terminated", "终止", ""}},
	"seizureType": {
		{SeizureInForce, "seizure", "查封", ""}, {SeizureInQueue, "seizure waiting", "轮候查封", ""}, {SeizurePreliminary, "preliminary seizure", "预查封", ""},
		{SeizurePreliminaryInQueue, "preliminary seizure waiting", "轮候预查封", ""}, {SeizureRenewed, "renewed seizure", "续封", ""},
	},
	"rightType": {
		{"1", "collective land ownership", "集体土地所有权", ""}, {"2", "state land ownership", "国家土地所有权", ""},
		{"3", "right to use state construction land", "国有建设用地使用权", ""}, {"4", "the same, with ownership of the building", "国有建设用地使用权/房屋所有权", ""},
		{"5", "right to use a homestead", "宅基地使用权", ""}, {"6", "the same, with ownership of the house", "宅基地使用权/房屋所有权", ""},
		{"7", "right to use collective construction land", "集体建设用地使用权", ""}, {"8", "the same, with ownership of the building", "集体建设用地使用权/房屋所有权", ""},
		{"9", "right to contracted management of land", "土地承包经营权", ""}, {"10", "the same, with ownership of the trees", "土地承包经营权/森林、林木所有权", ""},
		{"11", "right to use forest land", "林地使用权", ""}, {"12", "the same, with use of the trees", "林地使用权/森林、林木使用权", ""},
		{"13", "right to use grassland", "草原使用权", ""}, {"14", "right to aquaculture", "水域滩涂养殖权", ""},
		{"15", "right to use a sea area", "海域使用权", ""}, {"16", "the same, with ownership of structures", "海域使用权/构（建）筑物所有权", ""},
		{"17", "right to use an uninhabited island", "无居民海岛使用权", ""}, {"18", "the same, with ownership of structures", "无居民海岛使用权/构（建）筑物所有权", ""},
		{"19", "easement", "地役权", ""},
		{"MORTGAGE", "mortgage", "抵押权", "23, 37"}, {"NOTICE", "notice", "预告登记", "96"}, {"RESIDENCE", "residence right", "居住权", ""},
	},
	"holdMode":     {{Sole, "sole ownership", "单独所有", "0"}, {Joint, "joint co-ownership", "共同共有", "1"}, {ByShares, "co-ownership by shares", "按份共有", "2"}},
	"mortgageMode": {{"1", "ordinary mortgage", "一般抵押", ""}, {"2", "maximum-amount mortgage", "最高额抵押", ""}},
	"noticeType": {
		{"1", "purchase of a flat before completion", "预售商品房买卖预告登记", ""}, {"2", "other purchase", "其它不动产买卖预告登记", ""},
		{"3", "mortgage of a flat before completion", "预售商品房抵押权预告登记", ""}, {"4", "other mortgage", "其它不动产抵押权预告登记", ""},
	},
	"fixtureType": {{"F", "building", "房屋等建筑物、构筑物", ""}, {"L", "trees", "森林或林木", ""}, {"Q", "other", "其他定着物", ""}, {"W", "none", "无定着物", ""}},
	"houseUsage": {
		{"10", "residential", "住宅", ""}, {"11", "flats", "成套住宅", ""}, {"12", "other dwellings", "非成套住宅", ""}, {"13", "dormitories", "集体宿舍", ""},
		{"20", "industry, transport, storage", "工业、交通、仓储", ""}, {"30", "commerce, finance, information", "商业、金融、信息", ""},
		{"40", "education, health, research", "教育、医疗、卫生、科研", ""}, {"50", "culture and sport", "文化、娱乐、体育", ""},
		{"60", "offices", "办公", ""}, {"70", "military", "军事", ""}, {"80", "other", "其它", ""},
	},
	"taxType": {{DeedTax, "deed tax", "契税", ""}, {"VAT", "value-added tax", "增值税", ""}, {"INCOME", "individual income tax", "个人所得税", ""}, {"LAND_VAT", "land appreciation tax", "土地增值税", ""}, {"STAMP", "stamp duty", "印花税", ""}},
}

// cause is one ground of a registration (登记原因).
type cause struct {
	Code
	registration string // its registration type
	// voluntary: the owner disposes of the unit, so that notices, objections
	// and agreed restrictions stand in the way. What passes by law or by
	// judgment (民法典 229, 230) only a seizure stops.
	voluntary bool
	taxed     bool // a deed-tax voucher, paid or exempt, comes before it
}

// CauseSale is the cause of a case that began with a net-signed contract.
const CauseSale = "SALE"

var causes = []cause{
	{Code{CauseSale, "sale", "买卖", ""}, RegTransfer, true, true},
	{Code{"GIFT", "gift", "赠与", ""}, RegTransfer, true, true},
	{Code{"EXCHANGE", "exchange", "互换", ""}, RegTransfer, true, true},
	{Code{"PARTITION", "partition among co-owners", "析产", ""}, RegTransfer, true, true},
	{Code{"INHERITANCE", "inheritance", "继承、受遗赠", ""}, RegTransfer, false, true},
	{Code{"COURT", "judgment or arbitral award", "人民法院、仲裁机构的法律文书", ""}, RegTransfer, false, true},
	{Code{"FIRST", "first registration", "首次登记", ""}, RegFirst, false, false},
	{Code{"CHANGE", "change of particulars", "变更登记", ""}, RegChange, false, false},
	{Code{"CORRECTION", "correction", "更正登记", ""}, RegCorrection, false, false},
	{Code{"CANCELLATION", "cancellation", "注销登记（灭失、放弃、征收）", ""}, RegCancellation, false, false},
}

func causeOf(code string) cause {
	for _, c := range causes {
		if c.Code.Code == code {
			return c
		}
	}
	return cause{}
}

// buildingRights are the right types (权利类型) that include a building, and
// landRights those that must not.
var (
	buildingRights = []string{"4", "6", "8"}
	landRights     = []string{"1", "2", "3", "5", "7"}
)

// vocabularies are the dictionaries, the causes among them.
func vocabularies() map[string][]Code {
	all := maps.Clone(dictionaries)
	for _, e := range causes {
		all["cause"] = append(all["cause"], e.Code)
	}
	return all
}

func known(dictionary, code string) bool {
	return slices.ContainsFunc(dictionaries[dictionary], func(e Code) bool { return e.Code == code })
}
