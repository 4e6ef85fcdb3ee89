package strictjson

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gowebpki/jcs"
)

// maxExact is the largest whole number that every reader of JSON agrees on,
// and whose canonical form is its digits (RFC 8785, IEEE 754).
const maxExact = 1<<53 - 1

// Canonical returns a value in canonical form (RFC 8785).
func Canonical(raw []byte) ([]byte, error) {
	v, err := Parse(raw)
	if err != nil {
		return nil, err
	}
	out, ok := appendValue(make([]byte, 0, len(raw)), v)
	if ok {
		return out, nil
	}
	// A number that is not a plain whole one: the general form has rules of its own.
	if out, err = jcs.Transform(raw); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotJSON, err)
	}
	return out, nil
}

// Append writes a value of the kinds that Parse returns, and int64, in
// canonical form, except that numbers stay as they are.
func Append(out []byte, v any) []byte {
	out, _ = appendValue(out, v)
	return out
}

// appendValue also tells whether every number is written as RFC 8785 does.
func appendValue(out []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case nil:
		return append(out, "null"...), true
	case bool:
		return strconv.AppendBool(out, v), true
	case string:
		return AppendText(out, v), true
	case int64:
		return strconv.AppendInt(out, v, 10), -maxExact <= v && v <= maxExact
	case json.Number:
		return append(out, v...), plain(string(v))
	case []any:
		return appendList(out, v)
	case map[string]any:
		return appendObject(out, v)
	default:
		panic(fmt.Sprintf("strictjson: a %T is not a value of JSON", v))
	}
}

// plain tells whether a number is a whole one in its canonical form.
func plain(number string) bool {
	n, err := strconv.ParseInt(number, 10, 64)
	return err == nil && -maxExact <= n && n <= maxExact && number != "-0"
}

func appendList(out []byte, list []any) ([]byte, bool) {
	canonical := true
	out = append(out, '[')
	for i, v := range list {
		if i > 0 {
			out = append(out, ',')
		}
		var ok bool
		out, ok = appendValue(out, v)
		canonical = canonical && ok
	}
	return append(out, ']'), canonical
}

func appendObject(out []byte, object map[string]any) ([]byte, bool) {
	var few [16]string
	names := few[:0]
	for name := range object {
		names = append(names, name)
	}
	slices.SortFunc(names, compare)
	canonical := true
	out = append(out, '{')
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(AppendText(out, name), ':')
		var ok bool
		out, ok = appendValue(out, object[name])
		canonical = canonical && ok
	}
	return append(out, '}'), canonical
}

// compare orders names by their UTF-16 code units, as RFC 8785 does. UTF-8 has
// another order only beyond the basic plane.
func compare(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			continue
		}
		if a[i] >= 0xee && b[i] >= 0xee {
			return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		}
		break
	}
	return strings.Compare(a, b)
}

// plainBytes stand in a JSON string as they are, and are characters by themselves.
var plainBytes = func() (plain [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		plain[c] = c != '"' && c != '\\'
	}
	return plain
}()

const hexDigits = "0123456789abcdef"

// AppendText writes a text as a JSON string, with the escapes of RFC 8785 only.
// Bytes that are not UTF-8 become U+FFFD.
func AppendText(out []byte, text string) []byte {
	out = append(out, '"')
	from := 0
	for i := 0; i < len(text); {
		c := text[i]
		if plainBytes[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && size == 1 {
				out = append(append(out, text[from:i]...), "\uFFFD"...)
				from = i + 1
			}
			i += size
			continue
		}
		out = append(out, text[from:i]...)
		out = appendEscape(out, c)
		i++
		from = i
	}
	return append(append(out, text[from:]...), '"')
}

func appendEscape(out []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(out, '\\', c)
	case '\b':
		return append(out, `\b`...)
	case '\f':
		return append(out, `\f`...)
	case '\n':
		return append(out, `\n`...)
	case '\r':
		return append(out, `\r`...)
	case '\t':
		return append(out, `\t`...)
	default:
		return append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
}
