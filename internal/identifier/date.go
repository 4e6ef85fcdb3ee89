package identifier

import "time"

const (
	dateName      = "date"
	timestampName = "timestamp"
)

var dateKind = &Kind{
	Name: dateName, Title: "date", TitleZh: "日期",
	Standard: "GB/T 7408 (basic form); 99991231 is the open end (长期)", Example: "20230105",
	Pattern:   "^[0-9]{4}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])$",
	MaxLength: 8, Parse: text(ParseDate),
}

var timestampKind = &Kind{
	Name: timestampName, Title: "point in time", TitleZh: "时间",
	Standard: "RFC 3339, in UTC and whole seconds", Example: "2023-01-05T08:30:00Z",
	Pattern:   "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
	MaxLength: 20, Parse: text(ParseTimestamp),
}

const (
	firstYear = 1900
	lastYear  = 2999
)

var dateLayout = newLayout(dateName, "date", digitSpan("year", 4), digitSpan("month", 2), digitSpan("day", 2))

// Date is a calendar day (UTC+8) as licences write it, YYYYMMDD.
type Date struct{ Year, Month, Day int }

// OpenEnd is the end of what has no end (长期).
var OpenEnd = Date{9999, 12, 31}

// ParseDate reads a day from 1900 to 2999 as YYYYMMDD, or the open end:
// 99991231, or 长期 as forms show it.
func ParseDate(s string) (Date, error) {
	s = normalise(s, 0)
	if s == "长期" {
		return OpenEnd, nil
	}
	if e := dateLayout.check(s); e != nil {
		return Date{}, e
	}
	d, ok := dateOf(s)
	switch {
	case d == OpenEnd:
		return d, nil
	case d.Month < 1 || d.Month > 12:
		return Date{}, fail(dateName, "month", CodeDate, "the month must be from 01 to 12, not %02d", d.Month)
	case !ok:
		return Date{}, fail(dateName, "day", CodeDate, "the day must be from 01 to %02d in that month, not %02d", daysIn(d.Year, d.Month), d.Day)
	case d.Year < firstYear || d.Year > lastYear:
		return Date{}, fail(dateName, "year", CodeDate, "the year must be from %d to %d, not %04d; the open end is 99991231", firstYear, lastYear, d.Year)
	}
	return d, nil
}

// dateOf splits eight digits, and tells whether there is such a day.
func dateOf(s string) (Date, bool) {
	d := Date{number(s[:4]), number(s[4:6]), number(s[6:8])}
	return d, d.Month >= 1 && d.Month <= 12 && d.Day >= 1 && d.Day <= daysIn(d.Year, d.Month)
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// Compare is negative where d is before e, 0 where they are the same day, and
// positive where d is after e. The open end is after all others.
func (d Date) Compare(e Date) int {
	return (d.Year*10000 + d.Month*100 + d.Day) - (e.Year*10000 + e.Month*100 + e.Day)
}

// String is YYYYMMDD.
func (d Date) String() string {
	n := d.Year*10000 + d.Month*100 + d.Day
	var b [8]byte
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = digitChars[n%10]
		n /= 10
	}
	return string(b[:])
}

// DateOf gives the day in China (UTC+8, no summer time) that a point in time
// falls on.
func DateOf(t time.Time) Date {
	t = t.UTC().Add(8 * time.Hour)
	return Date{t.Year(), int(t.Month()), t.Day()}
}

// Timestamp is a point in time, in UTC and whole seconds.
type Timestamp struct{ time.Time }

// ParseTimestamp reads an RFC 3339 time with any offset, from 1900 to 2999;
// fractions of a second are cut off.
func ParseTimestamp(s string) (Timestamp, error) {
	s = normalise(s, upper)
	const form = "the time must be as in 2023-01-05T08:30:00Z or 2023-01-05T16:30:00+08:00"
	if s == "" {
		return Timestamp{}, fail(timestampName, PartWhole, CodeLength, "the time is empty; %s", form)
	}
	// time.Parse also takes one-digit hours and a comma before the fraction.
	if len(s) < 20 || !timestampShape(s[:19]) || (s[19] != 'Z' && s[19] != '.' && s[19] != '+' && s[19] != '-') {
		return Timestamp{}, fail(timestampName, PartWhole, CodeForm, "%s", form)
	}
	t, err := time.ParseInLocation(time.RFC3339Nano, s, time.UTC)
	if err != nil {
		if _, ok := dateOf(s[:4] + s[5:7] + s[8:10]); !ok {
			return Timestamp{}, fail(timestampName, "date", CodeDate, "there is no day %s; %s", s[:10], form)
		}
		return Timestamp{}, fail(timestampName, "time", CodeForm, "%s", form)
	}
	t = t.UTC().Truncate(time.Second)
	if t.Year() < firstYear || t.Year() > lastYear {
		return Timestamp{}, fail(timestampName, "year", CodeDate, "the year in UTC must be from %d to %d", firstYear, lastYear)
	}
	return Timestamp{t}, nil
}

// timestampShape compares with dddd-dd-ddTdd:dd:dd.
func timestampShape(s string) bool {
	const shape = "dddd-dd-ddTdd:dd:dd"
	for i := range len(shape) {
		if shape[i] == 'd' != digits.has(s[i]) || shape[i] != 'd' && shape[i] != s[i] {
			return false
		}
	}
	return true
}

// String is the RFC 3339 form in UTC and whole seconds.
func (t Timestamp) String() string { return t.UTC().Format("2006-01-02T15:04:05Z") }
