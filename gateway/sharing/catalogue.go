package sharing

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// MaxRows bounds the rows of one catalogue file.
const MaxRows = 5000

// Row is one row of a catalogue file as the operation PublishItem takes it.
type Row struct {
	Line  int // in the file, from 1
	Input json.RawMessage
}

// Wrong is one thing that is wrong with a catalogue file.
type Wrong struct {
	Line    int // 0: the file as a whole
	Column  string
	Code    string // REQUIRED, UNKNOWN, ENUM, FORMAT, DUPLICATE, LENGTH
	Message string
}

// column is one column of a catalogue file.
type column struct {
	title    string // as departments write it
	field    string // of PublishItem's input
	optional bool
	words    map[string]string // what its values mean; nil: taken as they are
	read     func(string) (any, error)
}

var columns = []column{
	{title: "目录代码", field: "catalogCode"},
	{title: "数据资源名称", field: "name"},
	{title: "摘要", field: "abstract", optional: true},
	{title: "数据项", field: "fields", read: readFields},
	{title: "共享类型", field: "sharing", words: map[string]string{"无条件共享": "UNCONDITIONAL", "有条件共享": "CONDITIONAL", "不予共享": "NOT_SHARED"}},
	{title: "共享条件", field: "condition", optional: true},
	{title: "依据", field: "legalBasis"},
	{title: "安全级别", field: "security", words: map[string]string{"一般": "GENERAL", "敏感": "SENSITIVE", "重要": "IMPORTANT", "核心": "CORE"}},
	{title: "含个人信息", field: "personal", optional: true, read: readYes},
	{title: "更新周期", field: "cycle", words: map[string]string{"每日": "DAILY", "每周": "WEEKLY", "每月": "MONTHLY", "每季度": "QUARTERLY", "每年": "YEARLY", "不定期": "IRREGULAR"}},
	{title: "上链方式", field: "mode", words: map[string]string{"明文": "PLAIN", "摘要": "HASH", "加密": "ENCRYPTED", "私密": "PRIVATE"}},
	{title: "更新日期", field: "updatedOn", read: readDay},
}

// Columns are the titles of a catalogue file, in their usual order.
func Columns() []string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.title
	}
	return all
}

// ColumnOf is the title of the column that an input field comes from; the field
// itself where there is none.
func ColumnOf(field string) string {
	name, _, _ := strings.Cut(strings.ReplaceAll(field, "[", "."), ".")
	for _, c := range columns {
		if c.field == name {
			return c.title
		}
	}
	return field
}

// ReadCatalogue reads a catalogue as departments keep it: CSV with a header row,
// in UTF-8 (with a byte order mark or without) or in GBK. It answers the rows, or
// everything that is wrong, each by its line and column.
func ReadCatalogue(data []byte) ([]Row, []Wrong) {
	text, err := decode(data)
	if err != nil {
		return nil, []Wrong{{Code: "FORMAT", Message: err.Error()}}
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		return nil, []Wrong{{Line: 1, Code: "FORMAT", Message: "the first line must name the columns: " + strings.Join(Columns(), ",")}}
	}
	at, wrong := readHeader(header)
	if len(wrong) > 0 {
		return nil, wrong
	}
	return readRows(r, at, len(header))
}

// decode makes UTF-8 of a file's bytes.
func decode(data []byte) ([]byte, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if utf8.Valid(data) {
		return data, nil
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return nil, errors.New("the file is neither UTF-8 nor GBK")
	}
	return out, nil
}

// readHeader finds the place of every column.
func readHeader(header []string) (map[int]*column, []Wrong) {
	at, there := map[int]*column{}, map[string]bool{}
	var wrong []Wrong
	for i, title := range header {
		title = strings.TrimSpace(title)
		found := false
		for k := range columns {
			if columns[k].title == title {
				found, at[i] = true, &columns[k]
			}
		}
		switch {
		case !found:
			wrong = append(wrong, Wrong{1, title, "UNKNOWN", "is not a column of a catalogue; the columns are " + strings.Join(Columns(), ",")})
		case there[title]:
			wrong = append(wrong, Wrong{1, title, "DUPLICATE", "stands twice"})
		}
		there[title] = true
	}
	for _, c := range columns {
		if !c.optional && !there[c.title] {
			wrong = append(wrong, Wrong{1, c.title, "REQUIRED", "is missing among the columns"})
		}
	}
	return at, wrong
}

func readRows(r *csv.Reader, at map[int]*column, width int) (rows []Row, wrong []Wrong) {
	first := map[string]int{}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := r.FieldPos(0)
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			return nil, append(wrong, Wrong{Line: broken.StartLine, Code: "FORMAT", Message: "a quotation mark is not closed, or stands where none may"})
		}
		if empty(cells) {
			continue
		}
		if len(cells) != width {
			wrong = append(wrong, Wrong{Line: line, Code: "LENGTH", Message: fmt.Sprintf("has %d cells, and the first line %d", len(cells), width)})
			continue
		}
		input, bad := readRow(cells, at)
		for i := range bad {
			bad[i].Line = line
		}
		wrong = append(wrong, bad...)
		code, _ := input["catalogCode"].(string)
		if before, twice := first[code]; twice && code != "" {
			wrong = append(wrong, Wrong{line, "目录代码", "DUPLICATE", fmt.Sprintf("%s stands in line %d already", code, before)})
		}
		first[code] = line
		raw, err := json.Marshal(input)
		if err != nil { // texts, truths and lists of them always encode
			return nil, append(wrong, Wrong{Line: line, Code: "FORMAT", Message: err.Error()})
		}
		if rows = append(rows, Row{line, raw}); len(rows) > MaxRows {
			return nil, []Wrong{{Code: "LENGTH", Message: fmt.Sprintf("the file has more than %d rows; send it in parts", MaxRows)}}
		}
	}
	if len(rows) == 0 && len(wrong) == 0 {
		wrong = []Wrong{{Code: "REQUIRED", Message: "the file has no row"}}
	}
	return rows, wrong
}

func empty(cells []string) bool { return strings.TrimSpace(strings.Join(cells, "")) == "" }

// readRow makes an input of one row's cells.
func readRow(cells []string, at map[int]*column) (map[string]any, []Wrong) {
	input := map[string]any{}
	var wrong []Wrong
	for i, cell := range cells {
		c := at[i]
		cell = strings.TrimSpace(cell)
		switch {
		case cell == "" && !c.optional:
			wrong = append(wrong, Wrong{0, c.title, "REQUIRED", "is empty"})
		case cell == "":
		case c.words != nil:
			word, known := c.words[cell]
			if !known {
				wrong = append(wrong, Wrong{0, c.title, "ENUM", fmt.Sprintf("%.40q is none of %s", cell, listed(c))})
				continue
			}
			input[c.field] = word
		case c.read != nil:
			value, err := c.read(cell)
			if err != nil {
				wrong = append(wrong, Wrong{0, c.title, "FORMAT", err.Error()})
				continue
			}
			input[c.field] = value
		default:
			input[c.field] = cell
		}
	}
	return input, wrong
}

// listed names a column's words, in the order of their meanings' codes.
func listed(c *column) string {
	return strings.Join(slices.SortedFunc(maps.Keys(c.words), func(a, b string) int { return strings.Compare(c.words[a], c.words[b]) }), "、")
}

func readYes(cell string) (any, error) {
	switch cell {
	case "是":
		return true, nil
	case "否":
		return false, nil
	}
	return nil, fmt.Errorf("%.40q is neither 是 nor 否", cell)
}

var dayForm = regexp.MustCompile(`^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?$`)

// readDay takes 2026-03-01, 2026/3/1, 2026年3月1日 and 20260301.
func readDay(cell string) (any, error) {
	m := dayForm.FindStringSubmatch(cell)
	if m == nil {
		return nil, fmt.Errorf("%.40q is not a day such as 2026-03-01", cell)
	}
	return fmt.Sprintf("%s%02s%02s", m[1], m[2], m[3]), nil
}

// fieldTypes are the words for the types of fields.
var fieldTypes = map[string]string{"整数": "INTEGER", "文本": "TEXT", "等级": "GRADE"}

// readFields takes "taxGrade 纳税信用等级 等级 A|B|M|C|D；paid 纳税额 整数": name, Chinese name, type
// and the grades of a graded one, the best first.
func readFields(cell string) (any, error) {
	var all []map[string]any
	for _, part := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == '；' || r == '\n' }) {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		if len(words) < 3 || len(words) > 4 || fieldTypes[words[2]] == "" {
			return nil, fmt.Errorf("%.60q is not a field such as “units 名下不动产数 整数”: name, Chinese name, 整数、文本或等级, the grades (A|B|C) of a 等级", strings.TrimSpace(part))
		}
		f := map[string]any{"name": words[0], "titleZh": words[1], "type": fieldTypes[words[2]]}
		if len(words) == 4 {
			f["grades"] = strings.Split(words[3], "|")
		}
		all = append(all, f)
	}
	return all, nil
}
