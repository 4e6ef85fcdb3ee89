package sharing

import (
	"slices"
	"time"

	"henanchain/chaincode/ledger"
)

// Settings are what rules fix and may fix anew (共享规则). There is one record, with the
// id rules; without it the defaults hold.
type Settings struct {
	ApprovalDays int      `json:"approvalDays" is:"min=1,max=60" zh:"审批期限（工作日）" doc:"Working days to decide an application; default 10"`
	Holidays     []string `json:"holidays,omitempty" is:"maxItems=100,unique,date" zh:"法定节假日" doc:"Days from Monday to Friday on which nobody works"`
	Workdays     []string `json:"workdays,omitempty" is:"maxItems=60,unique,date" zh:"调休工作日" doc:"Saturdays and Sundays on which one works"`
}

func (b *book) setRules(c *ledger.Call, in *Settings) error { return b.rules.Set(c, *in) }

// deadline is the last day to decide what came in on a day: so many working
// days after it.
func (s *Settings) deadline(from string) (string, error) {
	day := from
	for left := s.ApprovalDays; left > 0; {
		next, err := ledger.AddDays(day, 1)
		if err != nil {
			return "", err
		}
		day = next
		works, err := s.works(day)
		if err != nil {
			return "", err
		}
		if works {
			left--
		}
		if day >= "99990101" {
			break
		}
	}
	return day, nil
}

func (s *Settings) works(day string) (bool, error) {
	if slices.Contains(s.Workdays, day) {
		return true, nil
	}
	if slices.Contains(s.Holidays, day) {
		return false, nil
	}
	// 2024-01-01 was a Monday.
	n, err := ledger.DaysBetween("20240101", day)
	if err != nil {
		return false, err
	}
	weekday := time.Weekday(((n+1)%7 + 7) % 7)
	return weekday != time.Saturday && weekday != time.Sunday, nil
}
