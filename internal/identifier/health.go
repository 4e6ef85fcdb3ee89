package identifier

const healthRecordName = "ehr"

var healthRecordKind = &Kind{
	Name: healthRecordName, Title: "resident health record number", TitleZh: "居民健康档案编号",
	Standard: "国家基本公共卫生服务规范 (城乡居民健康档案)", Example: "41010500100100001",
	Pattern:   "^[0-9]{9}(0[0-9]{2}|1[0-9]{2}|9[0-9]{2})[0-9]{5}$",
	MaxLength: 17, Personal: true, Parse: text(ParseHealthRecord),
}

var healthRecordLayout = &layout{
	kind: healthRecordName, noun: "health record number", personal: true, size: 17,
	spans: []span{digitSpan("division", 6), digitSpan("township", 3), digitSpan("committee", 3), digitSpan("serial", 5)},
}

// HealthRecord is the number of a resident's health record (健康档案编号). It
// identifies a natural person.
type HealthRecord struct {
	Division  string // 县级, 6 digits
	Township  string // 乡镇、街道, 3 digits
	Committee string // 001–099 居委会, 101–199 村委会, 901–999 others
	Serial    string // 5 digits
}

// ParseHealthRecord reads a health record number of 17 digits. Messages repeat
// nothing of it.
func ParseHealthRecord(s string) (HealthRecord, error) {
	s = normalise(s, packed)
	if e := healthRecordLayout.check(s); e != nil {
		return HealthRecord{}, e
	}
	if n := number(s[9:12]); (n < 1 || n > 99) && (n < 101 || n > 199) && n < 901 {
		return HealthRecord{}, fail(healthRecordName, "committee", CodeForm,
			"digits 10 to 12 must be 001–099 (居委会), 101–199 (村委会) or 901–999 (others)")
	}
	return HealthRecord{Division: s[:6], Township: s[6:9], Committee: s[9:12], Serial: s[12:]}, nil
}

// String is the normalised form, 17 digits. It must not be logged.
func (r HealthRecord) String() string { return r.Division + r.Township + r.Committee + r.Serial }
