package ledger

import (
	"fmt"
	"time"
)

const dayForm = "20060102"

// AddDays gives the date (YYYYMMDD) n days after a date, or before it where n
// is negative. The date must be one: inputs of the kind date are.
func AddDays(date string, n int) (string, error) {
	t, err := day(date)
	if err != nil {
		return "", err
	}
	return t.AddDate(0, 0, n).Format(dayForm), nil
}

// AddMonths gives the corresponding date n months later, and the month's last
// day where it has no such day (民法典 art. 202).
func AddMonths(date string, n int) (string, error) {
	t, err := day(date)
	if err != nil {
		return "", err
	}
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1).Format(dayForm), nil
}

// DaysBetween counts the days from one date to another, negative where the
// second is the earlier.
func DaysBetween(from, to string) (int, error) {
	a, err := day(from)
	if err != nil {
		return 0, err
	}
	b, err := day(to)
	if err != nil {
		return 0, err
	}
	return int(b.Sub(a) / (24 * time.Hour)), nil
}

func day(date string) (time.Time, error) {
	t, err := time.Parse(dayForm, date)
	if err != nil {
		return t, fmt.Errorf("read the date %.16q: %w", date, err)
	}
	return t, nil
}
