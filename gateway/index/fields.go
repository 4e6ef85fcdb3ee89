package index

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/buger/jsonparser"
	"golang.org/x/text/unicode/norm"

	"henanchain/internal/identifier"
)

// memberBody is the member of a record in which its ledger's own fields are.
const memberBody = "body"

// members are an object's, each as it was written, so that an object is read
// once for all of its fields.
type members map[string]struct {
	value []byte
	kind  jsonparser.ValueType
}

// membersOf reads the members of a record, and those of its body.
func membersOf(record []byte) (top, body members) {
	top = readMembers(record)
	if b, ok := top[memberBody]; ok && b.kind == jsonparser.Object {
		body = readMembers(b.value)
	}
	return top, body
}

func readMembers(object []byte) members {
	all := make(members, 24)
	jsonparser.ObjectEach(object, func(name, value []byte, kind jsonparser.ValueType, _ int) error { //nolint:errcheck // what cannot be read is not found by
		all[string(name)] = struct {
			value []byte
			kind  jsonparser.ValueType
		}{value, kind}
		return nil
	})
	return all
}

// values calls visit with each value under a path.
func (m members) values(path []string, visit func(value string, t jsonparser.ValueType)) {
	name, list := strings.CutSuffix(path[0], "[]")
	if at, ok := m[name]; ok {
		descendInto(at.value, at.kind, list, path[1:], visit)
	}
}

// values calls visit with each value that the field has in a record's JSON:
// none, one, or several where its path goes through a list.
func (f field) values(record []byte, visit func(value string, t jsonparser.ValueType)) {
	descend(record, jsonparser.Object, f.path, visit)
}

func descend(value []byte, t jsonparser.ValueType, path []string, visit func(string, jsonparser.ValueType)) {
	if len(path) == 0 {
		switch t {
		case jsonparser.String:
			if s, err := jsonparser.ParseString(value); err == nil {
				visit(s, t)
			}
		case jsonparser.Number, jsonparser.Boolean:
			visit(string(value), t)
		}
		return
	}
	if t != jsonparser.Object {
		return
	}
	name, list := strings.CutSuffix(path[0], "[]")
	inner, kind, _, err := jsonparser.Get(value, name)
	if err != nil {
		return
	}
	descendInto(inner, kind, list, path[1:], visit)
}

func descendInto(inner []byte, kind jsonparser.ValueType, list bool, path []string, visit func(string, jsonparser.ValueType)) {
	if !list {
		descend(inner, kind, path, visit)
		return
	}
	if kind != jsonparser.Array {
		return
	}
	jsonparser.ArrayEach(inner, func(item []byte, kind jsonparser.ValueType, _ int, _ error) { //nolint:errcheck // what cannot be read is not found by
		descend(item, kind, path, visit)
	})
}

// point is a value of a number or a date field as a number: points in time are
// Unix seconds, and a day is its beginning in China (UTC+8).
func (f field) point(v string, t jsonparser.ValueType) (int64, bool) {
	if f.kind == number {
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil && t == jsonparser.Number
	}
	if at, ok := dayStart(v); ok {
		return at / 1000, true
	}
	at, err := identifier.ParseTimestamp(v)
	return at.Unix(), err == nil
}

var china = time.FixedZone("UTC+8", 8*60*60)

// dayStart is when a day (YYYYMMDD) begins in China, Unix milliseconds.
func dayStart(s string) (int64, bool) {
	d, err := identifier.ParseDate(s)
	if err != nil || len(s) != 8 {
		return 0, false
	}
	return millis(time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, china)), true
}

// dayEnd is when the day after begins.
func dayEnd(s string) (int64, bool) {
	at, ok := dayStart(s)
	return at + 24*60*60*1000, ok
}

// maxWords bounds what one text is found by.
const maxWords = 512

// words are what a text is found by: of Chinese, each two neighbouring
// characters; of other scripts, each word. Full-width and half-width forms,
// capital and small letters are the same.
func words(s string) []string {
	var all []string
	for _, run := range runs(s) {
		if len(all) >= maxWords {
			break
		}
		if !run.ideographs {
			all = append(all, run.text)
			continue
		}
		r := []rune(run.text)
		for i := 0; i+1 < len(r); i++ {
			all = append(all, string(r[i:i+2]))
		}
		if len(r) == 1 {
			all = append(all, run.text)
		}
	}
	return all
}

// proposingWords are the words by which what somebody searches is looked for. A
// single ideograph may stand in the middle of a longer run, where it is no
// word; it is compared with what the others find.
func proposingWords(searched string) []string {
	var all []string
	for _, r := range runs(searched) {
		if !r.ideographs || len([]rune(r.text)) > 1 {
			all = append(all, words(r.text)...)
		}
	}
	return all
}

// run is a stretch of a text: ideographs, or letters and digits of another script.
type run struct {
	text       string
	ideographs bool
}

func runs(s string) []run {
	var all []run
	var b strings.Builder
	ideographs := false
	end := func() {
		if b.Len() > 0 {
			all = append(all, run{b.String(), ideographs})
			b.Reset()
		}
	}
	for _, r := range strings.ToLower(norm.NFKC.String(s)) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			end()
			continue
		}
		if han := unicode.Is(unicode.Han, r); han != ideographs {
			end()
			ideographs = han
		}
		b.WriteRune(r)
	}
	end()
	return all
}

// contains tells whether a text holds what somebody searches: every stretch of
// it, in any order.
func contains(s, searched string) bool {
	have := runs(s)
	for _, want := range runs(searched) {
		if !slices.ContainsFunc(have, func(r run) bool {
			return r.ideographs == want.ideographs && (r.text == want.text || r.ideographs && strings.Contains(r.text, want.text))
		}) {
			return false
		}
	}
	return true
}

// distinct sorts a list and leaves out what stands there twice.
func distinct[T int64 | point](list []T) []T {
	slices.SortFunc(list, func(a, b T) int {
		switch a := any(a).(type) {
		case int64:
			return cmp.Compare(a, any(b).(int64))
		case point:
			b := any(b).(point)
			return cmp.Or(cmp.Compare(a.field, b.field), cmp.Compare(a.value, b.value))
		}
		return 0
	})
	return slices.Compact(list)
}
