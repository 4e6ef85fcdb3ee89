package identifier

const (
	scLicenceName = "sc-licence"
	jyLicenceName = "jy-licence"
	earTagName    = "ear-tag"
)

var scLicenceKind = &Kind{
	Name: scLicenceName, Title: "food production licence number", TitleZh: "食品生产许可证编号",
	Standard: "食品生产许可管理办法", Example: "SC10441010500017",
	Pattern: "^SC[12][0-9]{13}$", MaxLength: 16, Parse: text(ParseSCLicence),
}

var jyLicenceKind = &Kind{
	Name: jyLicenceName, Title: "food business licence number", TitleZh: "食品经营许可证编号",
	Standard: "食品经营许可和备案管理办法", Example: "JY14101050000018",
	Pattern: "^JY[123][0-9]{13}$", MaxLength: 16, Parse: text(ParseJYLicence),
}

var earTagKind = &Kind{
	Name: earTagName, Title: "livestock ear tag", TitleZh: "畜禽标识编码",
	Standard: "畜禽标识和养殖档案管理办法", Example: "141010500000001",
	Pattern: "^[123][0-9]{14}$", MaxLength: 15, Parse: text(ParseEarTag),
}

var (
	scLayout = newLayout(scLicenceName, "food production licence number",
		span{"prefix", 2, newCharset("SC"), "SC"},
		span{"class", 1, newCharset("12"), "1 (food) or 2 (food additive)"},
		digitSpan("category", 2), digitSpan("division", 6), digitSpan("serial", 4), digitSpan("check", 1))
	jyLayout = newLayout(jyLicenceName, "food business licence number",
		span{"prefix", 2, newCharset("JY"), "JY"},
		span{"class", 1, newCharset("123"), "1 (sale), 2 (catering) or 3 (canteen)"},
		digitSpan("division", 6), digitSpan("serial", 6), digitSpan("check", 1))
	earTagLayout = newLayout(earTagName, "ear tag",
		span{"species", 1, newCharset("123"), "1 (pig), 2 (cattle) or 3 (sheep)"},
		digitSpan("division", 6), digitSpan("serial", 8))
)

// SCLicence is the number of a food production licence (食品生产许可证).
type SCLicence struct {
	Class    byte   // 1 food, 2 food additive
	Category string // 食品类别, with Class the code of three digits
	Division string // 6 digits
	Serial   string // 4 digits
	Check    byte   // MOD 11,10 over the 13 digits before it
}

// ParseSCLicence reads a food production licence number.
func ParseSCLicence(s string) (SCLicence, error) {
	s = normalise(s, upper|packed)
	if e := needPrefix(scLicenceName, scLayout.noun, s, "SC"); e != nil {
		return SCLicence{}, e
	}
	if e := scLayout.check(s); e != nil {
		return SCLicence{}, e
	}
	if want := CheckMod11_10(s[2:15]); s[15] != want {
		return SCLicence{}, wrongCheck(scLicenceName, want, s[15])
	}
	return SCLicence{Class: s[2], Category: s[3:5], Division: s[5:11], Serial: s[11:15], Check: s[15]}, nil
}

// String is the normalised form, 16 characters.
func (l SCLicence) String() string {
	return "SC" + string([]byte{l.Class}) + l.Category + l.Division + l.Serial + string([]byte{l.Check})
}

// JYLicence is the number of a food business licence (食品经营许可证). Its check
// digit follows no rule that real numbers agree on, so it is not checked.
type JYLicence struct {
	Class    byte   // 主体业态: 1 sale, 2 catering, 3 canteen
	Division string // 6 digits
	Serial   string // 6 digits
	Check    byte   // not verified
}

// ParseJYLicence reads a food business licence number.
func ParseJYLicence(s string) (JYLicence, error) {
	s = normalise(s, upper|packed)
	if e := needPrefix(jyLicenceName, jyLayout.noun, s, "JY"); e != nil {
		return JYLicence{}, e
	}
	if e := jyLayout.check(s); e != nil {
		return JYLicence{}, e
	}
	return JYLicence{Class: s[2], Division: s[3:9], Serial: s[9:15], Check: s[15]}, nil
}

// String is the normalised form, 16 characters.
func (l JYLicence) String() string {
	return "JY" + string([]byte{l.Class}) + l.Division + l.Serial + string([]byte{l.Check})
}

// EarTag is the number on a farm animal's ear tag (畜禽标识).
type EarTag struct {
	Species  byte   // 1 pig, 2 cattle, 3 sheep
	Division string // county of the farm, 6 digits
	Serial   string // 8 digits
}

// ParseEarTag reads an ear tag of 15 digits.
func ParseEarTag(s string) (EarTag, error) {
	s = normalise(s, 0)
	if e := earTagLayout.check(s); e != nil {
		return EarTag{}, e
	}
	return EarTag{Species: s[0], Division: s[1:7], Serial: s[7:]}, nil
}

// String is the normalised form, 15 digits.
func (t EarTag) String() string { return string([]byte{t.Species}) + t.Division + t.Serial }
