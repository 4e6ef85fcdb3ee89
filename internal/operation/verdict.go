package operation

import (
	"strconv"

	"henanchain/internal/strictjson"
)

// AppendJSON writes the verdict behind out with the members that json.Marshal
// writes: an answer to a verification is little else.
func (v *Verdict) AppendJSON(out []byte) []byte {
	text := func(name, value string) {
		if value != "" {
			out = strictjson.AppendText(append(out, name...), value)
		}
	}
	out = strconv.AppendBool(append(out, `{"match":`...), v.Match)
	out = strconv.AppendBool(append(out, `,"exists":`...), v.Exists)
	text(`,"type":`, v.Type)
	text(`,"id":`, v.ID)
	text(`,"status":`, v.Status)
	if v.Version != 0 {
		out = strconv.AppendInt(append(out, `,"version":`...), int64(v.Version), 10)
	}
	for i, c := range v.Checks {
		if i == 0 {
			out = append(out, `,"checks":[`...)
		} else {
			out = append(out, ',')
		}
		out = strictjson.AppendText(append(out, `{"field":`...), c.Field)
		out = append(strconv.AppendBool(append(out, `,"match":`...), c.Match), '}')
	}
	if len(v.Checks) > 0 {
		out = append(out, ']')
	}
	out = strictjson.AppendText(append(out, `,"reason":`...), v.Reason)
	text(`,"supersededBy":`, v.SupersededBy)
	return append(out, '}')
}
