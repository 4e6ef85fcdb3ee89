package sharing

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

const good = `目录代码,数据资源名称,摘要,数据项,共享类型,共享条件,依据,安全级别,含个人信息,更新周期,上链方式,更新日期
306001/000001,纳税信用信息,,taxGrade 纳税信用等级 等级 A|B|M|C|D；taxPaid 近一年纳税额 整数,有条件共享,用于融资审核,税收征管法,敏感,否,每年,私密,2026-01-05
306001/000002,不动产登记信息,权属,units 名下不动产数 整数,有条件共享,"用于交易,核验",不动产登记暂行条例,敏感,是,每月,私密,2026/3/1
,,,,,,,,,,,
306001/000003,行政区划,,code 代码 文本,无条件共享,,地名管理条例,一般,,不定期,明文,2026年1月1日
`

func TestACatalogueIsReadInEveryEncodingThatDepartmentsUse(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(good)
	if err != nil {
		t.Fatal(err)
	}
	var first string
	for name, text := range map[string]string{"UTF-8": good, "with a mark": "\xef\xbb\xbf" + good, "GBK": gbk, "CRLF": strings.ReplaceAll(good, "\n", "\r\n")} {
		rows, wrong := ReadCatalogue([]byte(text))
		if len(wrong) > 0 || len(rows) != 3 {
			t.Fatalf("%s: %d rows, wrong: %v", name, len(rows), wrong)
		}
		got := fmt.Sprintf("%s %s %s", rows[0].Input, rows[1].Input, rows[2].Input)
		if first == "" {
			first = got
		}
		if got != first || rows[0].Line != 2 || rows[2].Line != 5 {
			t.Errorf("%s: lines %d and %d, %s", name, rows[0].Line, rows[2].Line, got)
		}
	}
	rows, _ := ReadCatalogue([]byte(good))
	var in map[string]any
	if err := json.Unmarshal(rows[1].Input, &in); err != nil {
		t.Fatal(err)
	}
	if in["condition"] != "用于交易,核验" || in["personal"] != true || in["mode"] != "PRIVATE" || in["updatedOn"] != "20260301" || in["cycle"] != "MONTHLY" {
		t.Errorf("the second row is %v", in)
	}
}

func TestEverythingThatIsWrongIsNamedByItsLineAndColumn(t *testing.T) {
	bad := strings.NewReplacer("有条件共享,用于融资审核", "半共享,用于融资审核", "每月", "每旬", "2026年1月1日", "去年", "units 名下不动产数 整数", "units 整数", "306001/000003", "306001/000001", ",地名管理条例", ",").Replace(good)
	_, wrong := ReadCatalogue([]byte(bad))
	var got []string
	for _, w := range wrong {
		got = append(got, fmt.Sprint(w.Line, " ", w.Column, " ", w.Code))
	}
	want := "2 共享类型 ENUM|3 数据项 FORMAT|3 更新周期 ENUM|5 依据 REQUIRED|5 更新日期 FORMAT|5 目录代码 DUPLICATE"
	if strings.Join(got, "|") != want {
		t.Errorf("wrong are %s, and should be %s", strings.Join(got, "|"), want)
	}
	if !strings.Contains(wrong[0].Message, "有条件共享、不予共享、无条件共享") {
		t.Errorf("the message does not say what would be right: %s", wrong[0].Message)
	}
}

func TestAFileThatIsNoCatalogueSaysWhy(t *testing.T) {
	header, _, _ := strings.Cut(good, "\n")
	for name, c := range map[string]struct{ text, want string }{
		"nothing":        {"", "1  FORMAT"},
		"no row":         {header + "\n", "0  REQUIRED"},
		"no encoding":    {header + "\n\xff\xff\xff", "0  FORMAT"},
		"other column":   {strings.Replace(good, "摘要", "备注", 1), "1 备注 UNKNOWN"},
		"missing column": {"目录代码\n1\n", "1 数据资源名称 REQUIRED"},
		"column twice":   {strings.Replace(good, "摘要", "依据", 1), "1 依据 DUPLICATE"},
		"short row":      {header + "\n306001/000001,名称\n", "2  LENGTH"},
		"open quotation": {header + "\n306001/000001,\"名称\n", "2  FORMAT"},
	} {
		_, wrong := ReadCatalogue([]byte(c.text))
		if len(wrong) == 0 {
			t.Errorf("%s is taken", name)
			continue
		}
		if got := fmt.Sprint(wrong[0].Line, " ", wrong[0].Column, " ", wrong[0].Code); got != c.want {
			t.Errorf("%s: %s, and should be %s", name, got, c.want)
		}
	}
	if ColumnOf("fields[0].name") != "数据项" || ColumnOf("catalogCode") != "目录代码" || ColumnOf("x") != "x" {
		t.Error("a field is told under another column")
	}
}

func FuzzReadCatalogue(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("\xef\xbb\xbf目录代码\n\""))
	f.Add([]byte{0xb5, 0xc4, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, wrong := ReadCatalogue(data)
		if len(rows) == 0 && len(wrong) == 0 {
			t.Fatal("neither a row nor what is wrong")
		}
		for _, r := range rows {
			if !json.Valid(r.Input) {
				t.Fatalf("line %d gave %q", r.Line, r.Input)
			}
		}
	})
}
