package leak

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"henanchain/internal/gm"
)

// Whoever writes one of these into a block is found out.
func TestAValueIsFoundInEveryForm(t *testing.T) {
	name, number := Value{Text: "陈示例"}, Value{Text: "41010519040404003X", Type: "111"}
	s := New(name, number)
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(name.Text)
	if err != nil {
		t.Fatal(err)
	}
	sha := sha256.Sum256([]byte(number.Text))
	sm3 := gm.Digest([]byte("111:" + number.Text))
	twice := sha256.Sum256(sha[:])
	for what, hay := range map[string]string{
		"as it is":                 `{"name":"陈示例"}`,
		"escaped":                  `{"name":"\u9648\u793a\u4f8b"}`,
		"in GBK":                   "x" + gbk + "y",
		"in hex":                   "x" + hex.EncodeToString([]byte(name.Text)) + "y",
		"in base64, first":         base64.StdEncoding.EncodeToString([]byte(name.Text + " and more")),
		"in base64, second":        base64.StdEncoding.EncodeToString([]byte("1" + name.Text + " and more")),
		"in base64, third":         base64.StdEncoding.EncodeToString([]byte("12" + name.Text + " and more")),
		"in base64 after more":     base64.RawURLEncoding.EncodeToString([]byte(`{"a":1,"n":"` + number.Text + `"}`)),
		"in a URL":                 "?q=%E9%99%88%E7%A4%BA%E4%BE%8B&x",
		"a number":                 "x" + number.Text + "y",
		"a number with a small x":  "x" + strings.ToLower(number.Text) + "y",
		"SHA-256":                  "x" + string(sha[:]) + "y",
		"SHA-256 in hex":           `"` + hex.EncodeToString(sha[:]) + `"`,
		"SHA-256 in capitals":      `"` + strings.ToUpper(hex.EncodeToString(sha[:])) + `"`,
		"SHA-256 in base64":        base64.StdEncoding.EncodeToString(sha[:]),
		"SM3 with the type in hex": gm.HexDigest([]byte("111:" + number.Text)),
		"SM3 in base64url":         base64.RawURLEncoding.EncodeToString(sm3[:]),
		"hashed twice":             string(twice[:]),
	} {
		if found := s.In(what, []byte(hay)); len(found) == 0 {
			t.Errorf("%s: nothing was found in %q", what, hay)
		}
	}
	other := New(Value{Text: "陈示倒"}, Value{Text: "410105190404040046", Type: "111"})
	raw, err := json.Marshal([]string{name.Text, number.Text, gm.HexDigest([]byte(number.Text)), gbk})
	if err != nil {
		t.Fatal(err)
	}
	if found := other.In("other", raw); len(found) > 0 {
		t.Errorf("another value was found: %v", found)
	}
	if keyed := hex.EncodeToString(gm.HMAC([]byte("key"), []byte(number.Text))); len(s.In("keyed", []byte(keyed))) > 0 {
		t.Error("a keyed hash was taken for a bare one")
	}
}
