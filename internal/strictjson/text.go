package strictjson

import (
	"encoding/json"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// string reads a text, which the scanner stands before.
func (s *scanner) string() (string, error) {
	s.at++ // the quote
	from := s.at
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return s.text[from : s.at-1], nil
		case c == '\\':
			return s.escaped(append(make([]byte, 0, s.at-from+32), s.text[from:s.at]...))
		case c < ' ':
			return "", s.fail("a control character in a text")
		}
		s.at++
	}
	return "", s.fail("")
}

// escaped reads the rest of a text that has an escape.
func (s *scanner) escaped(out []byte) (string, error) {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return string(out), nil
		case c < ' ':
			return "", s.fail("a control character in a text")
		case c != '\\':
			out = append(out, c)
			s.at++
		default:
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
		}
	}
	return "", s.fail("")
}

// escapes are what the letter after a backslash stands for.
var escapes = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (s *scanner) escape() (rune, error) {
	s.at++ // the backslash
	if s.at >= len(s.text) {
		return 0, s.fail("")
	}
	if r, ok := escapes[s.text[s.at]]; ok {
		s.at++
		return r, nil
	}
	if s.text[s.at] != 'u' {
		return 0, s.unexpected("an escape")
	}
	r, err := s.unit()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if s.at+1 < len(s.text) && s.text[s.at] == '\\' && s.text[s.at+1] == 'u' {
		s.at++
		low, err := s.unit()
		if err != nil {
			return 0, err
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, nil
		}
	}
	return 0, s.fail("half of a surrogate pair")
}

// unit reads uXXXX.
func (s *scanner) unit() (rune, error) {
	if s.at+5 > len(s.text) {
		s.at = len(s.text)
		return 0, s.fail("")
	}
	var r rune
	for range 4 {
		s.at++
		c := s.text[s.at]
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, s.unexpected("a hexadecimal digit")
		}
	}
	s.at++
	return r, nil
}

// scalar reads a number, true, false or null.
func (s *scanner) scalar() (any, error) {
	text, err := s.literal()
	switch {
	case err != nil:
		return nil, err
	case text == "true" || text == "false":
		return text == "true", nil
	case text == "null":
		return nil, nil
	default:
		return json.Number(text), nil
	}
}

func (s *scanner) literal() (string, error) {
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(s.text[s.at:], word) {
			s.at += len(word)
			return word, nil
		}
	}
	from := s.at
	err := s.number()
	return s.text[from:s.at], err
}

func (s *scanner) number() error {
	if s.at < len(s.text) && s.text[s.at] == '-' {
		s.at++
	}
	switch {
	case s.at < len(s.text) && s.text[s.at] == '0':
		s.at++
	case s.digits() == 0:
		return s.unexpected("a value")
	}
	if s.at < len(s.text) && s.text[s.at] == '.' {
		s.at++
		if s.digits() == 0 {
			return s.unexpected("a digit")
		}
	}
	if s.at < len(s.text) && s.text[s.at]|0x20 == 'e' {
		s.at++
		if s.at < len(s.text) && (s.text[s.at] == '+' || s.text[s.at] == '-') {
			s.at++
		}
		if s.digits() == 0 {
			return s.unexpected("a digit")
		}
	}
	return nil
}

func (s *scanner) digits() (n int) {
	for s.at < len(s.text) && '0' <= s.text[s.at] && s.text[s.at] <= '9' {
		s.at++
		n++
	}
	return n
}
