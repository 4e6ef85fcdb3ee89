package index

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/buger/jsonparser"

	"henanchain/internal/identifier"
)

// Orders in which lists come, beside those by a number or a date field.
const (
	ByID      = "id"
	ByCreated = "created" // the order in which records were made
	ByUpdated = "updated" // the order in which they were changed last
)

// Query asks for records of one type.
type Query struct {
	Channel, Contract, Type string
	Filters                 []Filter
	// Sort is one of the orders above or a number or date field; empty is by
	// id where there is no filter, else the newest first.
	Sort string
	Desc bool
	// Start is the least id, by id only.
	Start  string
	Limit  int
	Cursor string
	// Now is when lapsed statuses are looked at (default: now).
	Now time.Time
}

// Filter is one condition; all must hold.
type Filter struct {
	Field string
	// Equal: the field has one of these values.
	Equal []string
	// Text: the field holds these words or characters.
	Text string
	// From and To bound a number, or a point in time in Unix seconds, both
	// included.
	From, To *int64
}

// Problem says what is wrong with a query.
type Problem struct{ Field, Code, Message string }

// Error reads "field: message".
func (p *Problem) Error() string { return p.Field + ": " + p.Message }

func wrong(field, code, format string, args ...any) error {
	return &Problem{field, code, fmt.Sprintf(format, args...)}
}

// condition is a filter ready to be decided.
type condition struct {
	Filter
	field field
	// terms propose records; each group must have one that does.
	groups [][]int64
}

// plan is a query ready to run.
type plan struct {
	Query
	kind       *kind
	conditions []condition
	sortField  *field
	after      *position
}

// position is where a page ended: sort key and record.
type position struct {
	Sort   string `json:"s"`
	Text   string `json:"t,omitempty"`
	Number int64  `json:"n,omitempty"`
	Record int64  `json:"r"`
	Of     string `json:"q"` // what was asked
}

// prepare checks a query against the fields of the kind.
func (q *Query) prepare(k *kind) (*plan, error) {
	p := &plan{Query: *q, kind: k}
	if p.Now.IsZero() {
		p.Now = time.Now()
	}
	if p.Sort == "" {
		p.Sort, p.Desc = ByID, false
		if len(p.Filters) > 0 && p.Start == "" {
			p.Sort, p.Desc = ByCreated, true
		}
	}
	switch p.Sort {
	case ByID, ByCreated, ByUpdated:
	default:
		f, ok := k.field(p.Sort)
		if !ok || f.kind != number && f.kind != date {
			return nil, wrong("sort", "ENUM", "must be id, created, updated%s, with a minus before it for the reverse", k.namesOf(number, date))
		}
		p.sortField = &f
	}
	if p.Start != "" && (p.Sort != ByID || p.Desc) {
		return nil, wrong("start", "UNKNOWN", "goes with the order by id only")
	}
	for _, f := range p.Filters {
		c, err := p.condition(f)
		if err != nil {
			return nil, err
		}
		p.conditions = append(p.conditions, c)
	}
	return p, p.readCursor()
}

func (k *kind) namesOf(kinds ...string) string {
	var b strings.Builder
	for _, f := range k.fields[1:] {
		if slices.Contains(kinds, f.kind) {
			b.WriteString(", " + f.name)
		}
	}
	return b.String()
}

func (p *plan) condition(f Filter) (condition, error) {
	c := condition{Filter: f}
	var ok bool
	if c.field, ok = p.kind.field(f.Field); !ok {
		return c, wrong(f.Field, "UNKNOWN", "is not a field to search by; the fields are%s", strings.TrimPrefix(p.kind.namesOf(keyword, text, number, date), ","))
	}
	ranged := f.From != nil || f.To != nil
	switch c.field.kind {
	case keyword:
		if ranged || f.Text != "" || len(f.Equal) == 0 {
			return c, wrong(f.Field, "TYPE", "is compared as a whole: give the value")
		}
		var group []int64
		for _, v := range p.proposing(f) {
			group = append(group, p.kind.term(c.field, v))
		}
		c.groups = [][]int64{group}
	case text:
		if c.Text == "" && len(f.Equal) == 1 {
			c.Text, c.Equal = f.Equal[0], nil
		}
		if ranged || len(c.Equal) > 0 {
			return c, wrong(f.Field, "TYPE", "is searched for words")
		}
		for _, w := range proposingWords(c.Text) {
			c.groups = append(c.groups, []int64{p.kind.term(c.field, w)})
		}
		if len(c.groups) == 0 {
			return c, wrong(f.Field, "LENGTH", "must hold words, or at least two Chinese characters side by side")
		}
	default:
		if len(f.Equal) > 0 || f.Text != "" || !ranged {
			return c, wrong(f.Field, "TYPE", "is searched from and to: give %s.from, %s.to or both", f.Field, f.Field)
		}
	}
	return c, nil
}

// proposing are the stored values of which a filter may hold: a status that
// records lapse into is stored as the one before.
func (p *plan) proposing(f Filter) []string {
	l := p.kind.record.Lapse
	if f.Field != "status" || l == nil || !slices.Contains(f.Equal, l.To) {
		return f.Equal
	}
	return append(slices.Clone(f.Equal), l.From...)
}

// holds decides a condition by the record itself.
func (p *plan) holds(c *condition, value []byte, status string) bool {
	if c.field.name == "status" {
		body, _, _, err := jsonparser.Get(value, "body")
		return err == nil && slices.Contains(c.Equal, p.kind.record.StatusAt(status, body, p.Now))
	}
	found := false
	c.field.values(value, func(v string, t jsonparser.ValueType) {
		switch c.field.kind {
		case keyword:
			found = found || slices.Contains(c.Equal, v)
		case text:
			found = found || contains(v, c.Text)
		default:
			n, ok := c.field.point(v, t)
			found = found || ok && (c.From == nil || n >= *c.From) && (c.To == nil || n <= *c.To)
		}
	})
	return found
}

// asked is what a cursor belongs to: the same question, but for the page.
func (p *plan) asked() string {
	raw, err := json.Marshal(struct {
		Q    []string
		F    []Filter
		Desc bool
	}{[]string{p.Channel, p.Contract, p.Type, p.Sort}, p.Filters, p.Desc})
	if err != nil { // texts and numbers only: cannot happen
		panic("index: " + err.Error())
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:6])
}

func (p *plan) cursor(at position) string {
	at.Sort, at.Of = p.Sort, p.asked()
	raw, err := json.Marshal(at)
	if err != nil { // texts and numbers only: cannot happen
		panic("index: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func (p *plan) readCursor() error {
	if p.Cursor == "" {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	var at position
	if err != nil || json.Unmarshal(raw, &at) != nil || at.Of != p.asked() {
		return wrong("cursor", "FORMAT", "is not of a page of this list; leave it out to begin again")
	}
	p.after = &at
	return nil
}

// Point reads a bound of a range: a whole number, a day (YYYYMMDD or
// YYYY-MM-DD, in China) or a point in time (RFC 3339). A day as an upper bound
// is its end.
func Point(kind, s string, upper bool) (int64, error) {
	if kind == number {
		var n int64
		if _, err := fmt.Sscanf(s, "%d", &n); err != nil || fmt.Sprint(n) != s {
			return 0, fmt.Errorf("must be a whole number")
		}
		return n, nil
	}
	day := s
	if len(s) == 10 {
		day = strings.ReplaceAll(s, "-", "")
	}
	if at, ok := dayStart(day); ok {
		if upper {
			return at/1000 + 24*60*60 - 1, nil
		}
		return at / 1000, nil
	}
	at, err := identifier.ParseTimestamp(s)
	if err != nil {
		return 0, fmt.Errorf("must be a day, as in 20260301, or a point in time, as in 2026-03-01T08:30:00Z")
	}
	return at.Unix(), nil
}
