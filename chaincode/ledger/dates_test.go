package ledger_test

import (
	"testing"

	"henanchain/chaincode/ledger"
)

func TestMonthsEndOnTheCorrespondingDayOrOnTheMonthsLast(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"20260131", 1, "20260228"}, {"20240131", 1, "20240229"}, {"20260331", -1, "20260228"},
		{"20260302", 36, "20290302"}, {"20261130", 3, "20270228"}, {"20260115", -13, "20241215"}, {"20260831", 0, "20260831"},
	} {
		if got, err := ledger.AddMonths(c.from, c.n); err != nil || got != c.want {
			t.Errorf("%d months after %s is %s, %v; it should be %s", c.n, c.from, got, err, c.want)
		}
	}
}

func TestDaysAreCountedOverMonthsAndLeapYears(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{{"20260228", 1, "20260301"}, {"20240228", 1, "20240229"}, {"20260302", 15, "20260317"}, {"20260101", -1, "20251231"}, {"20231231", 366, "20241231"}} {
		if got, err := ledger.AddDays(c.from, c.n); err != nil || got != c.want {
			t.Errorf("%d days after %s is %s, %v; it should be %s", c.n, c.from, got, err, c.want)
		}
		if n, err := ledger.DaysBetween(c.from, c.want); err != nil || n != c.n {
			t.Errorf("from %s to %s are %d days, %v; it should be %d", c.from, c.want, n, err, c.n)
		}
	}
}

func TestWhatIsNoDateIsAnError(t *testing.T) {
	for _, s := range []string{"", "20260230", "2026-01-01", "长期"} {
		if _, err := ledger.AddDays(s, 1); err == nil {
			t.Errorf("%q was taken for a date", s)
		}
		if _, err := ledger.AddMonths(s, 1); err == nil {
			t.Errorf("%q was taken for a date", s)
		}
		if _, err := ledger.DaysBetween("20260101", s); err == nil {
			t.Errorf("%q was taken for a date", s)
		}
	}
}
