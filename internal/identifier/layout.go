package identifier

import (
	"strings"
	"unicode/utf8"
)

// charset is a set of ASCII characters.
type charset struct{ low, high uint64 }

func newCharset(members string) charset {
	var c charset
	for _, b := range []byte(members) {
		if b < 64 {
			c.low |= 1 << b
		} else {
			c.high |= 1 << (b - 64)
		}
	}
	return c
}

func (c charset) has(b byte) bool {
	if b < 64 {
		return c.low>>b&1 == 1
	}
	return b < 128 && c.high>>(b-64)&1 == 1
}

const (
	digitChars = "0123456789"
	// letterChars leaves out none; the standards that do have their own sets.
	letterChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	alnumChars  = digitChars + letterChars
)

var (
	digits = newCharset(digitChars)
	alnum  = newCharset(alnumChars)
)

const (
	aDigit  = "a digit"
	anAlnum = "a digit or a letter A–Z"
)

// span is one part of an identifier of fixed length.
type span struct {
	part string // its name, as Error.Part gives it
	size int    // in characters
	set  charset
	want string // what belongs there, in words
}

func digitSpan(part string, size int) span { return span{part, size, digits, aDigit} }

// layout is the sequence of parts of an identifier of fixed length.
type layout struct {
	kind     string
	noun     string // how messages call the identifier
	personal bool   // messages repeat nothing of it
	spans    []span
	size     int
}

func newLayout(kind, noun string, spans ...span) *layout {
	l := &layout{kind: kind, noun: noun, spans: spans}
	for _, sp := range spans {
		l.size += sp.size
	}
	return l
}

// check holds s, normalised, to the layout's length and characters.
func (l *layout) check(s string) *Error {
	if len(s) == l.size {
		at := 0
		for i := range l.spans {
			for end := at + l.spans[i].size; at < end; at++ {
				if !l.spans[i].set.has(s[at]) {
					return l.wrongCharacter(s)
				}
			}
		}
		return nil
	}
	if n := utf8.RuneCountInString(s); n != l.size {
		return l.wrongLength(n)
	}
	return l.wrongCharacter(s)
}

func (l *layout) wrongLength(n int) *Error {
	if n == 0 {
		return fail(l.kind, PartWhole, CodeLength, "the %s is empty and must have %d characters", l.noun, l.size)
	}
	return fail(l.kind, PartWhole, CodeLength, "the %s must have %d characters, not %d", l.noun, l.size, n)
}

// wrongCharacter names the first character that is out of place. It counts
// characters, not bytes, as people do.
func (l *layout) wrongCharacter(s string) *Error {
	n, i, left := 0, 0, l.spans[0].size
	for _, r := range s {
		for left == 0 && i < len(l.spans)-1 {
			i++
			left = l.spans[i].size
		}
		n++
		left--
		sp := &l.spans[i]
		if r < utf8.RuneSelf && sp.set.has(byte(r)) {
			continue
		}
		not := ""
		if !l.personal {
			not = ", not " + quote(string(r))
		}
		return fail(l.kind, sp.part, CodeCharacter, "character %d of the %s (%s) must be %s%s", n, l.noun, sp.part, sp.want, not)
	}
	return l.wrongLength(n) // bytes that are no text: they count otherwise as characters
}

// wrongCheck refuses a check character.
func wrongCheck(kind string, want, got byte) *Error {
	return fail(kind, "check", CodeCheck, "the check character must be %c, not %c", want, got)
}

// needPrefix refuses an identifier that does not begin with the prefix.
func needPrefix(kind, noun, s, prefix string) *Error {
	if s == "" {
		return fail(kind, PartWhole, CodeLength, "the %s is empty", noun)
	}
	if !strings.HasPrefix(s, prefix) {
		return fail(kind, "prefix", CodePrefix, "the %s must begin with %s", noun, prefix)
	}
	return nil
}

// within makes the refusal of a part that is an identifier of its own the
// refusal of the whole: same code, the part's name in front.
func within(kind, part string, inner *Error) *Error {
	name := part
	if inner.Part != PartWhole {
		name += "." + inner.Part
	}
	return fail(kind, name, inner.Code, "in the %s: %s", part, inner.Message)
}

// allDigits tells that s holds nothing but ASCII digits.
func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// leadingDigits counts the ASCII digits that s begins with.
func leadingDigits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// number reads a run of at most nine digits that was checked before.
func number(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
