package identifier

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// style says what normalising does to an identifier, beside trimming it and
// turning full-width letters, digits and signs into ASCII.
type style uint8

const (
	upper    style = 1 << iota // letters to capitals
	lower                      // letters to small ones
	packed                     // no space anywhere
	brackets                   // brackets of any sort to full-width （）
	unmarked                   // packed, and none of the separators that are printed on plates
)

// normalise gives the one spelling that an identifier is checked, kept and
// compared in. Normalising twice changes nothing more.
func normalise(s string, st style) string {
	if isNormal(s, st) {
		return s
	}
	s = strings.TrimSpace(s)
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if r = fold(r, st); r >= 0 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isNormal spares the usual ASCII identifier the copy.
func isNormal(s string, st style) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case c <= ' ' || c >= utf8.RuneSelf,
			st&upper != 0 && 'a' <= c && c <= 'z',
			st&lower != 0 && 'A' <= c && c <= 'Z',
			st&brackets != 0 && (c == '(' || c == ')' || c == '[' || c == ']'),
			st&unmarked != 0 && (c == '.' || c == '-'):
			return false
		}
	}
	return true
}

// fold maps one rune, or returns -1 for one that is left out.
func fold(r rune, st style) rune {
	if '！' <= r && r <= '～' {
		r -= '！' - '!'
	}
	switch {
	case st&upper != 0 && 'a' <= r && r <= 'z':
		return r - 'a' + 'A'
	case st&lower != 0 && 'A' <= r && r <= 'Z':
		return r - 'A' + 'a'
	case st&(packed|unmarked) != 0 && unicode.IsSpace(r):
		return -1
	case st&unmarked != 0 && strings.ContainsRune("·•・.-", r):
		return -1
	case st&brackets != 0 && strings.ContainsRune("([〔【", r):
		return '（'
	case st&brackets != 0 && strings.ContainsRune(")]〕】", r):
		return '）'
	}
	return r
}

// quote shows a piece of an identifier in a message: bounded, and the same
// whatever Unicode tables the program was built with.
func quote(s string) string {
	const most = 24
	var b strings.Builder
	b.WriteByte('"')
	n := 0
	for _, r := range s {
		if n == most {
			b.WriteString("…")
			break
		}
		n++
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case ' ' <= r && r <= '~', isHan(r), r == '（', r == '）':
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u%04X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// isHan tells a Chinese character of the range that Pattern calls 一-龥.
func isHan(r rune) bool { return '一' <= r && r <= '龥' }
