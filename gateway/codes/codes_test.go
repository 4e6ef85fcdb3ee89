package codes

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"image/png"
	"slices"
	"strings"
	"testing"

	"henanchain/gateway/index/indextest"
	"henanchain/gateway/subject"
	"henanchain/internal/catalog"
	"henanchain/internal/identifier"
	"henanchain/internal/operation"
)

type m = map[string]any

const (
	dept    = "91410100MA9YTT01X0"
	unit    = "410105001002GB00001F00010001"
	citizen = "410105190001010010"
)

// province is a read model of two channels, with the real contracts' tables.
func province(t testing.TB) (*Resolver, *subject.Key, []Channel) {
	t.Helper()
	all, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	secret, _ := hex.DecodeString(strings.Repeat("5a", 32))
	key, err := subject.NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	x := indextest.New(t, all)
	person, _ := key.Resolve(m{"type": "111", "number": citizen})
	firm, _ := key.Resolve(m{"type": "001", "number": dept})
	x.Put("zhengzhou", "realestate", dept, "unit", unit, "ACTIVE", m{})
	x.Put("zhengzhou", "sharing", dept, "item", "306001/000001", "PUBLISHED", m{"name": "甲"})
	x.Put("henan", "sharing", dept, "item", "306001/000001", "PUBLISHED", m{"name": "甲"})
	x.Put("zhengzhou", "sharing", dept, "right", "306001/000001.OWNER."+dept, "HELD", m{"catalogCode": "306001/000001", "holderDept": dept})
	x.Put("zhengzhou", "sharing", dept, "use", "U1", "ALLOWED", m{"catalogCode": "306001/000001", "subjectKey": person, "userDept": dept})
	x.Put("zhengzhou", "finance", dept, "self-report", "R1", "REPORTED", m{"subjectKey": firm})
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.Name
	}
	return &Resolver{Source: x, Contracts: all, Subjects: key.Resolve}, key, []Channel{{"zhengzhou", "410100", names}, {"henan", "410000", []string{"sharing"}}}
}

func everybody(*catalog.Contract) bool { return true }

func found(t *testing.T, r *Resolver, req Request) []string {
	t.Helper()
	out, err := r.Resolve(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, h := range out.Records {
		all = append(all, fmt.Sprint(h.Channel, " ", h.Ledger, " ", h.Type, " ", h.ID, " ", h.Field))
	}
	slices.Sort(all)
	return all
}

func TestACodeIsFoundOnEveryChannelOfTheCaller(t *testing.T) {
	r, _, channels := province(t)
	for code, want := range map[string][]string{
		" ３06001/000001 ": {"henan sharing item 306001/000001 id", "zhengzhou sharing item 306001/000001 id", "zhengzhou sharing right 306001/000001.OWNER." + dept + " catalogCode", "zhengzhou sharing use U1 catalogCode"},
		unit:              {"zhengzhou realestate unit " + unit + " id"},
		citizen:           {"zhengzhou sharing use U1 subjectKey"},
		dept:              {"zhengzhou finance self-report R1 subjectKey", "zhengzhou sharing right 306001/000001.OWNER." + dept + " holderDept", "zhengzhou sharing use U1 userDept"},
		"306001/000002":   nil,
		"U1":              {"zhengzhou sharing use U1 id"},
		"what is this":    nil,
	} {
		if got := found(t, r, Request{Code: code, Channels: channels, Persons: everybody}); !slices.Equal(got, want) {
			t.Errorf("%q is carried by\n%s\nand should be by\n%s", code, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	if got := found(t, r, Request{Code: "306001/000001", Channels: channels[1:]}); len(got) != 1 {
		t.Errorf("who may call the main channel alone is told of %v", got)
	}
}

func TestPersonsAreFoundWhereTheCallerHasARoleAlone(t *testing.T) {
	r, _, channels := province(t)
	if got := found(t, r, Request{Code: citizen, Channels: channels}); got != nil {
		t.Errorf("without a role the caller is told of %v", got)
	}
	only := func(c *catalog.Contract) bool { return c.Name == "finance" }
	if got := found(t, r, Request{Code: citizen, Channels: channels, Persons: only}); got != nil {
		t.Errorf("with a role elsewhere the caller is told of %v", got)
	}
	out, err := r.Resolve(t.Context(), Request{Code: citizen, Channels: channels, Persons: everybody})
	if err != nil || len(out.Kinds) == 0 || out.Kinds[0].Code != "" || !out.Kinds[0].Personal || !IsPersonal(citizen) || IsPersonal(dept) {
		t.Errorf("a person's number is told as %+v %v", out.Kinds, err)
	}
}

func TestWhatIsHiddenIsNotTold(t *testing.T) {
	r, _, channels := province(t)
	got := found(t, r, Request{Code: "306001/000001", Channels: channels, Hidden: func(_ string, _ *catalog.Contract, rec *operation.Record) (bool, error) {
		return rec.Type != "right", nil
	}})
	if len(got) != 1 || !strings.Contains(got[0], " right ") {
		t.Errorf("told are %v", got)
	}
}

func TestARecordsUnifiedCodeNamesThatRecordAlone(t *testing.T) {
	r, _, channels := province(t)
	out, err := r.Resolve(t.Context(), Request{Code: "306001/000001", Channels: channels})
	if err != nil || len(out.Records) != 4 {
		t.Fatal(out, err)
	}
	for _, h := range out.Records {
		want := fmt.Sprint(h.Channel, " ", h.Ledger, " ", h.Type, " ", h.ID, " id")
		if got := found(t, r, Request{Code: h.Code, Channels: channels}); len(got) != 1 || got[0] != want {
			t.Errorf("%s names %v, not %s", h.Code, got, want)
		}
	}
	code := out.Records[0].Code
	for _, c := range []struct {
		why string
		req Request
	}{
		{"of another channel", Request{Code: code, Channels: []Channel{{"luoyang", "410300", channels[0].Contracts}}}},
		{"of a ledger that the caller may not see", Request{Code: code, Channels: []Channel{{"zhengzhou", "410100", []string{"evidence"}}}}},
		{"mistyped", Request{Code: strings.Replace(code, "000001", "000010", 1), Channels: channels}},
		{"of a hidden record", Request{Code: code, Channels: channels, Hidden: func(string, *catalog.Contract, *operation.Record) (bool, error) { return true, nil }}},
	} {
		if got := found(t, r, c.req); got != nil {
			t.Errorf("a code %s finds %v", c.why, got)
		}
	}
}

func TestAUnifiedCodeOfAPersonsNumberIsPersonal(t *testing.T) {
	c, err := identifier.NewHNCode("410100", "medical", "patient", citizen)
	if err != nil || !IsPersonal(c.String()) {
		t.Error(c, err)
	}
}

func TestACodesImageIsAnImage(t *testing.T) {
	for _, size := range []int{MinSize, DefaultSize, MaxSize} {
		raw, err := QR("豫（2023）郑州市不动产权第0000001号", size)
		if err != nil {
			t.Fatal(err)
		}
		if i, err := png.Decode(bytes.NewReader(raw)); err != nil || i.Bounds().Dx() != size {
			t.Errorf("of %d pixels the image is %v %v", size, i, err)
		}
	}
	if _, err := QR(strings.Repeat("长", 2000), 256); err == nil {
		t.Error("a text that fits no image was drawn")
	}
}
