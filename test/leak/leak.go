// Package leak looks for values that must not be public: as they are, in
// whatever encoding, and as a bare hash, which for an identity number is as
// good as the number (some 10¹⁰ of them are tried in minutes).
package leak

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"

	"henanchain/internal/gm"
)

// minPattern is the shortest pattern that is looked for: random bytes, of which
// a ledger is full of, hold shorter ones by chance.
const minPattern = 6

// Value is something to look for.
type Value struct {
	Text string
	// Type is the kind of an identity number, such as 111, where it is one: the
	// two are hashed together as well.
	Type string
}

// Finding is a value that was found, and in which form.
type Finding struct {
	Value, Form, Where string
	At                 int // offset in what was looked through
}

func (f Finding) String() string {
	return fmt.Sprintf("%s stands as %s in %s, at byte %d", f.Value, f.Form, f.Where, f.At)
}

// Search looks for values.
type Search struct {
	patterns []pattern
	by       map[uint32][]int // patterns by their first four bytes
	heads    [1 << 16]bool    // which of them there are, so that few are looked up
}

type pattern struct{ value, form, bytes string }

// New prepares a search.
func New(values ...Value) *Search {
	s := &Search{by: map[uint32][]int{}}
	for _, v := range values {
		for _, text := range v.spellings() {
			s.text(v.Text, "", text)
			for name, digest := range hashes(text) {
				s.binary(v.Text, "a bare "+name, digest)
			}
		}
	}
	return s
}

// spellings are what somebody might hash: the number alone, or with its type.
func (v Value) spellings() []string {
	all := []string{v.Text}
	if lower := strings.ToLower(v.Text); lower != v.Text {
		all = append(all, lower)
	}
	if v.Type != "" {
		for _, between := range []string{"", ":", "/", "|", "\x00"} {
			all = append(all, v.Type+between+v.Text)
		}
	}
	return all
}

func hashes(text string) map[string][]byte {
	sm3 := gm.Digest([]byte(text))
	sum256, sum512, sum1, sumMD5 := sha256.Sum256([]byte(text)), sha512.Sum512([]byte(text)), sha1.Sum([]byte(text)), md5.Sum([]byte(text))
	twice := sha256.Sum256(sum256[:])
	return map[string][]byte{"SM3": sm3[:], "SHA-256": sum256[:], "SHA-512": sum512[:], "SHA-1": sum1[:], "MD5": sumMD5[:], "double SHA-256": twice[:]}
}

// text adds a text in every encoding.
func (s *Search) text(value, form, text string) {
	s.add(value, form+"UTF-8", text)
	s.add(value, form+"JSON with escapes", escaped(text, "%04x"))
	s.add(value, form+"JSON with escapes in capitals", escaped(text, "%04X"))
	s.add(value, form+"a URL's path", url.PathEscape(text))
	s.add(value, form+"a URL's query", url.QueryEscape(text))
	s.binary(value, form+"UTF-8", []byte(text))
	if gbk, err := simplifiedchinese.GB18030.NewEncoder().String(text); err == nil {
		s.binary(value, form+"GB18030", []byte(gbk))
	}
	units := utf16.Encode([]rune(text))
	little, big := make([]byte, 0, 2*len(units)), make([]byte, 0, 2*len(units))
	for _, u := range units {
		little, big = binary.LittleEndian.AppendUint16(little, u), binary.BigEndian.AppendUint16(big, u)
	}
	s.binary(value, form+"UTF-16LE", little)
	s.binary(value, form+"UTF-16BE", big)
}

// binary adds bytes as they are, in hex, and in base64 wherever they begin in a
// longer text.
func (s *Search) binary(value, form string, data []byte) {
	s.add(value, form, string(data))
	s.add(value, form+" in hex", hex.EncodeToString(data))
	s.add(value, form+" in HEX", strings.ToUpper(hex.EncodeToString(data)))
	for shift := range 3 {
		for name, encoding := range map[string]*base64.Encoding{"base64": base64.StdEncoding, "base64url": base64.URLEncoding} {
			text := encoding.EncodeToString(append(make([]byte, shift), data...))
			from := (shift*8 + 5) / 6         // the first character that is of the data alone
			to := (shift + len(data)) * 8 / 6 // and the last
			s.add(value, form+" in "+name, text[from:to])
		}
	}
}

// escaped writes every character that is no ASCII as \uXXXX.
func escaped(text, form string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		if u < 0x80 {
			b.WriteByte(byte(u))
		} else {
			b.WriteString(`\u` + fmt.Sprintf(form, u))
		}
	}
	return b.String()
}

func (s *Search) add(value, form, bytes string) {
	if len(bytes) < minPattern {
		return
	}
	head := binary.LittleEndian.Uint32([]byte(bytes))
	for _, i := range s.by[head] {
		if s.patterns[i].bytes == bytes {
			return
		}
	}
	s.by[head] = append(s.by[head], len(s.patterns))
	s.heads[spread(head)] = true
	s.patterns = append(s.patterns, pattern{value, form, bytes})
}

// In answers each pattern that stands in data, where it stands first.
func (s *Search) In(where string, data []byte) []Finding {
	var found []Finding
	seen := map[int]bool{}
	for at := 0; at+4 <= len(data); at++ {
		head := binary.LittleEndian.Uint32(data[at:])
		if !s.heads[spread(head)] {
			continue
		}
		for _, i := range s.by[head] {
			p := s.patterns[i]
			if !seen[i] && len(data)-at >= len(p.bytes) && string(data[at:at+len(p.bytes)]) == p.bytes {
				seen[i] = true
				found = append(found, Finding{strconv.Quote(p.value), p.form, where, at})
			}
		}
	}
	return found
}

// spread makes 16 bits of a pattern's first four bytes.
func spread(head uint32) uint32 { return head * 2654435761 >> 16 }

// Patterns is how many patterns are looked for.
func (s *Search) Patterns() int { return len(s.patterns) }
