package finance

import "henanchain/chaincode/ledger"

// Settings are what rules fix and may fix anew (监管参数). There is one record,
// with the id rules; without it the defaults hold.
type Settings struct {
	MentionDays         int   `json:"mentionDays" is:"min=0,max=3650" zh:"关注类逾期天数" doc:"More days overdue are at least class 02; default 7 (2023 办法: technical delays apart)"`
	SubstandardDays     int   `json:"substandardDays" is:"min=0,max=3650" zh:"次级类逾期天数" doc:"More days overdue are at least class 03; default 90"`
	DoubtfulDays        int   `json:"doubtfulDays" is:"min=0,max=3650" zh:"可疑类逾期天数" doc:"More days overdue are at least class 04; default 270"`
	LossDays            int   `json:"lossDays" is:"min=0,max=3650" zh:"损失类逾期天数" doc:"More days overdue are class 05; default 360"`
	ShortTermMonths     int   `json:"shortTermMonths" is:"min=1,max=600" zh:"短期贷款期限（月）" doc:"Up to so many months a loan is extended by its own term at most; default 12"`
	MediumTermMonths    int   `json:"mediumTermMonths" is:"min=1,max=600" zh:"中期贷款期限（月）" doc:"Up to so many months by half its term; default 60"`
	LongExtensionMonths int   `json:"longExtensionMonths" is:"min=1,max=600" zh:"长期贷款展期上限（月）" doc:"Longer loans by so many months; default 36"`
	InclusiveLimitFen   int64 `json:"inclusiveLimitFen" is:"min=1" zh:"普惠口径单户授信上限" doc:"分; default 1000000000 (1000 万元)"`
}

var defaults = Settings{MentionDays: 7, SubstandardDays: 90, DoubtfulDays: 270, LossDays: 360,
	ShortTermMonths: 12, MediumTermMonths: 60, LongExtensionMonths: 36, InclusiveLimitFen: 1_000_000_000}

func (b *book) setRules(c *ledger.Call, s *Settings) error {
	if !(s.MentionDays <= s.SubstandardDays && s.SubstandardDays <= s.DoubtfulDays && s.DoubtfulDays <= s.LossDays && s.ShortTermMonths <= s.MediumTermMonths) {
		return ledger.RefuseField(PeriodInvalid, "substandardDays", "the thresholds must not fall from one class, or one term, to the next")
	}
	return b.rules.Set(c, *s)
}
