package medical

import "fmt"

// Dictionaries of this ledger. What the rules may change is a Setting.

// documentTypes are the shared documents of electronic health records
// (WS/T 500.1 to 500.53-2016) [K], C0001 to C0053.
var documentTypes = numbered([]string{
	"病历概要", "门（急）诊病历", "急诊留观病历", "西药处方", "中药处方", "检查报告", "检验报告", "治疗记录", "一般手术记录", "麻醉术前访视记录",
	"麻醉记录", "麻醉术后访视记录", "输血记录", "待产记录", "阴道分娩记录", "剖宫产记录", "一般护理记录", "病重（病危）护理记录", "手术护理记录", "生命体征测量记录",
	"出入量记录", "高值耗材使用记录", "入院评估", "护理计划", "出院评估与指导", "手术知情同意书", "麻醉知情同意书", "输血治疗同意书", "特殊检查及特殊治疗同意书", "病危（重）通知书",
	"其他知情告知同意书", "住院病案首页", "中医住院病案首页", "入院记录", "24小时内入出院记录", "24小时内入院死亡记录", "首次病程记录", "日常病程记录", "上级医师查房记录", "疑难病例讨论记录",
	"交接班记录", "转科记录", "阶段小结", "抢救记录", "会诊记录", "术前小结", "术前讨论", "术后首次病程记录", "出院记录", "死亡记录",
	"死亡病例讨论记录", "住院医嘱", "出院小结",
})

func numbered(names []string) map[string]string {
	all := make(map[string]string, len(names))
	for n, name := range names {
		all[fmt.Sprintf("C%04d", n+1)] = name
	}
	return all
}

// recognisable are the documents that hospitals recognise of each other:
// examinations and laboratory tests (检查检验结果互认).
var recognisable = map[string]bool{"C0006": true, "C0007": true}

// Kinds of institution.
const (
	MAH         = "MAH"         // 上市许可持有人
	Distributor = "DISTRIBUTOR" // 流通企业
	Hospital    = "HOSPITAL"    // 医疗机构
	Pharmacy    = "PHARMACY"    // 零售药店
	Insurer     = "INSURER"     // 医保、商保经办
)

// Bounds that keep every operation's work small.
const (
	maxShipped = 200 // codes of one shipment
	maxInPack  = 200 // children of one pack
	maxNotices = 500 // institutions that one recall notifies
	maxLevels  = 3   // big, middle, small
)
