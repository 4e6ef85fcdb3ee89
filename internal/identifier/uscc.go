package identifier

const usccName = "uscc"

var usccKind = &Kind{
	Name: usccName, Title: "unified social credit code", TitleZh: "统一社会信用代码",
	Standard: "GB 32100-2015", Example: "91410100MA9YTT01X0",
	Pattern:   "^[1-9ANY][1-9][0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}$",
	MaxLength: 18, Parse: text(ParseUSCC),
}

const gb32100Want = "a digit or a capital letter other than I, O, S, V, Z"

var (
	gb32100Set = newCharset(gb32100Alphabet)
	usccLayout = newLayout(usccName, "unified social credit code",
		span{"registrar", 1, newCharset("123456789ANY"), "1–9, A, N or Y (登记管理部门)"},
		span{"category", 1, newCharset("123456789"), "1–9 (机构类别)"},
		digitSpan("division", 6),
		span{"orgCode", 9, gb32100Set, gb32100Want},
		span{"check", 1, gb32100Set, gb32100Want},
	)
)

// USCC is a unified social credit code (统一社会信用代码, GB 32100): the key of
// every organisation.
type USCC struct {
	Registrar byte // 登记管理部门: 1 机构编制, 5 民政, 9 市场监管, N 农业农村 …
	Category  byte // 机构类别, read together with Registrar
	// Division is the registrar's division (登记机关行政区划). It may be one that
	// exists no more, so it is held to no list.
	Division string
	OrgCode  string // 主体标识码 (组织机构代码), 9 characters, GB 11714
	Check    byte   // 校验码
}

// ParseUSCC reads a unified social credit code; small letters and full-width
// characters are taken for what they mean. An organisation code whose own check
// character does not fit is accepted: see Warning.
func ParseUSCC(s string) (USCC, error) {
	return result(parseUSCC(normalise(s, upper)))
}

// parseUSCC reads what is normalised already.
func parseUSCC(s string) (USCC, *Error) {
	if e := usccLayout.check(s); e != nil {
		return USCC{}, e
	}
	if want := CheckGB32100(s[:17]); s[17] != want {
		return USCC{}, wrongCheck(usccName, want, s[17])
	}
	return USCC{Registrar: s[0], Category: s[1], Division: s[2:8], OrgCode: s[8:17], Check: s[17]}, nil
}

// Warning tells of an organisation code inside whose own check character
// (GB 11714) does not fit, and is nil where it does. Such codes are in use, so
// it is no error.
func (u USCC) Warning() *Error {
	if len(u.OrgCode) != 9 {
		return nil
	}
	if want := CheckGB11714(u.OrgCode[:8]); u.OrgCode[8] != want {
		return fail(usccName, "orgCode", CodeCheck,
			"the organisation code (characters 9 to 17) should end in %c by GB 11714, not %c", want, u.OrgCode[8])
	}
	return nil
}

// String is the normalised form, 18 characters.
func (u USCC) String() string {
	return string([]byte{u.Registrar, u.Category}) + u.Division + u.OrgCode + string([]byte{u.Check})
}
