package realestate

import "henanchain/chaincode/ledger"

// Settings are the periods that rules fix and may fix anew (业务参数). There is
// one record, with the id rules; without it the defaults hold.
type Settings struct {
	ObjectionDays    int `json:"objectionDays" is:"min=1,max=365" zh:"异议登记失效天数" doc:"Days in which an action must be brought; default 15 (民法典 220)"`
	NoticeDays       int `json:"noticeDays" is:"min=1,max=730" zh:"预告登记失效天数" doc:"Days in which registration must be applied for; default 90 (民法典 221)"`
	SeizureMaxMonths int `json:"seizureMaxMonths" is:"min=1,max=120" zh:"查封最长期限（月）" doc:"Longest seizure and renewal; default 36 (民诉法解释 485)"`
	LossNoticeDays   int `json:"lossNoticeDays,omitempty" is:"min=1,max=365" zh:"遗失公告天数" doc:"How long a certificate's loss is published before another is issued; default 21, for 15 working days (实施细则 22)"`
	AttestationDays  int `json:"attestationDays" is:"min=1,max=365" zh:"核验答复有效天数" doc:"How long an answer on marriage or household may be relied on; default 30"`
}

var defaults = Settings{ObjectionDays: 15, NoticeDays: 90, SeizureMaxMonths: 36, AttestationDays: 30, LossNoticeDays: 21}

// lossNotice is LossNoticeDays, also of settings that were made before there
// was such a period.
func (s Settings) lossNotice() int {
	if s.LossNoticeDays == 0 {
		return defaults.LossNoticeDays
	}
	return s.LossNoticeDays
}

func (b *book) setRules(c *ledger.Call, in *Settings) error { return b.rules.Set(c, *in) }
