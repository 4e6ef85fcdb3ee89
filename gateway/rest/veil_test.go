package rest

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"henanchain/gateway/index"
	"henanchain/gateway/index/indextest"
)

// What is sealed the read model hides as the contract does: from whoever has no
// part in it, by every way of reading, and what is on record of it as well.
func TestWhatIsSealedIsHiddenInTheReadModel(t *testing.T) {
	d, x := shared(t, "evidence.depositor")
	own, other := application(d.Network.Connection(), "depositor").Dept, "92410302MA9YTT0284"
	put := func(dept, recordType, id string, body map[string]any) {
		x.Put("zhengzhou", "evidence", dept, recordType, id, "ANCHORED", body)
	}
	digest := strings.Repeat("ab", 32)
	sealed := map[string]any{"fileHash": digest, "name": "封存材料", "sealed": "MINOR"}
	put(other, "evidence", "foreign", sealed)
	put(own, "evidence", "own", sealed)
	put(other, "evidence", "held", map[string]any{"fileHash": digest, "sealed": "MINOR", "custody": map[string]any{"holder": map[string]any{"org": application(d.Network.Connection(), "depositor").MSPID, "dept": own}}})
	put(other, "evidence", "open", map[string]any{"fileHash": digest, "name": "购销合同"})
	for _, id := range []string{"foreign", "own", "held", "open"} {
		put(other, "verification", id+"-000001", map[string]any{"evidenceId": id, "fileHash": digest, "result": "MATCH"})
	}
	const root = "/v1/zhengzhou/evidence/"
	for _, id := range []string{"foreign", "own", "held", "open"} {
		for _, path := range []string{"evidences/" + id, "evidences/" + id + "/history", "verifications/" + id + "-000001", "verifications/" + id + "-000001/history"} {
			a := d.call(t, "GET", root+path, "")
			if id == "foreign" && (a.status != 403 || a.code(t) != "EVIDENCE_SEALED" || strings.Contains(string(a.body), digest)) || id != "foreign" && a.status != 200 {
				t.Errorf("%s answers %d %s", path, a.status, a.body)
			}
		}
		a := d.call(t, "POST", root+"evidences:verify", `{"id":"`+id+`","fileHash":"`+digest+`"}`)
		if (id == "foreign") != (a.status == 403) {
			t.Errorf("the verification of %s answers %d %s", id, a.status, a.body)
		}
	}
	for _, path := range []string{"evidences", "evidences?fileHash=" + digest, "verifications"} {
		if a := d.call(t, "GET", root+path, ""); a.status != 200 || strings.Contains(string(a.body), "foreign") || strings.Count(string(a.body), `"dept"`) < 3 {
			t.Errorf("the list %s answers %d %s", path, a.status, a.body)
		}
	}
	if a := d.call(t, "POST", root+"evidences:search", `{"filters":{"fileHash":"`+digest+`"}}`); a.status != 200 || strings.Contains(string(a.body), "foreign") {
		t.Errorf("the search answers %d %s", a.status, a.body)
	}
	// Neither a count nor a next page tells that there is more than is shown.
	if a := d.call(t, "GET", root+"evidences?count=true&fileHash="+digest, ""); !strings.Contains(string(a.body), `"count":{"n":3,"exact":true}`) {
		t.Errorf("the count is %d %s", a.status, a.body)
	}
	if a := d.call(t, "GET", root+"verifications?count=true&evidenceId=foreign", ""); !strings.Contains(string(a.body), `"count":{"n":0,"exact":true}`) || strings.Contains(string(a.body), `"next"`) {
		t.Errorf("the count of what is hidden is %d %s", a.status, a.body)
	}
	var page struct {
		Records []struct{ ID string }
		Next    string
	}
	var ids []string
	for at := root + "evidences?limit=1&fileHash=" + digest; ; {
		a := d.call(t, "GET", at+page.Next, "")
		page.Records, page.Next = nil, ""
		if err := json.Unmarshal(a.body, &page); err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Records {
			ids = append(ids, r.ID)
		}
		if page.Next == "" {
			break
		}
		if len(page.Records) != 1 {
			t.Errorf("a page between has %d records", len(page.Records))
		}
		page.Next = "&cursor=" + page.Next
	}
	if slices.Sort(ids); strings.Join(ids, " ") != "held open own" {
		t.Errorf("the pages show %v", ids)
	}
}

// A record that was removed is hidden as it was; what was about it is not lost.
func TestWhatWasSealedStaysHiddenWhenItIsRemoved(t *testing.T) {
	d, x := shared(t, "evidence.depositor")
	own, other := application(d.Network.Connection(), "depositor").Dept, "92410302MA9YTT0284"
	digest := strings.Repeat("ab", 32)
	for id, dept := range map[string]string{"foreign": other, "own": own} {
		x.Put("zhengzhou", "evidence", dept, "evidence", id, "ANCHORED", map[string]any{"fileHash": digest, "name": "封存材料", "sealed": "MINOR"})
		x.Remove("zhengzhou", "evidence", "evidence", id)
		x.Put("zhengzhou", "evidence", other, "verification", id+"-000001", "RECORDED", map[string]any{"evidenceId": id, "fileHash": digest})
	}
	for id, want := range map[string]int{"foreign": 403, "own": 200} {
		if a := d.call(t, "GET", "/v1/zhengzhou/evidence/evidences/"+id+"/history", ""); a.status != want || want == 403 && strings.Contains(string(a.body), digest) {
			t.Errorf("the history of %s answers %d %s", id, a.status, a.body)
		}
	}
	if a := d.call(t, "GET", "/v1/codes/"+digest, ""); a.status != 200 || !strings.Contains(string(a.body), "own-000001") {
		t.Errorf("the code resolves to %d %s", a.status, a.body)
	}
}

// tiring is a read model that looks through one record for a page, as a real one
// looks through some thousands.
type tiring struct {
	*indextest.Model
	pages int
}

func (m *tiring) List(ctx context.Context, q index.Query) (*index.Page, error) {
	m.pages++
	most := q.Limit
	q.Limit = 1
	page, err := m.Model.List(ctx, q)
	if err == nil && most > 1 && page.Next != "" {
		page.Values = nil
	}
	return page, err
}

// Where few of many records match, a page ends where the read model stops looking:
// it is not looked on for what is hidden, which would take as long again and again.
func TestAPageOfFewIsNotFilledWithWhatTakesLongToFind(t *testing.T) {
	model := &tiring{Model: indextest.New(t, contracts(t))}
	d := open(t, realContracts(t), func(o *Options) { o.Index, o.IndexWait = model, time.Second })
	for _, id := range []string{"a", "b", "c"} {
		model.Put("zhengzhou", "evidence", "92410302MA9YTT0284", "evidence", id, "ANCHORED", map[string]any{"name": "购销合同"})
	}
	a := d.call(t, "GET", "/v1/zhengzhou/evidence/evidences", "")
	if a.status != 200 || model.pages != 1 || !strings.Contains(string(a.body), `"records":[],"next":`) {
		t.Errorf("after %d pages the answer is %d %s", model.pages, a.status, a.body)
	}
	if a := d.call(t, "GET", "/v1/zhengzhou/evidence/evidences?count=true", ""); !strings.Contains(string(a.body), `"count":{"n":1,"exact":true}`) {
		t.Errorf("the count, which goes on to the end, is %s", a.body)
	}
}
