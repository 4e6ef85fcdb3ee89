//go:build e2e

package readmodel

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"henanchain/gateway/client"
	"henanchain/test/testnet"
)

type asOf struct {
	Channel string
	Block   uint64
}

type page struct {
	Records []struct {
		ID     string
		Status string
		Body   fields
	}
	Next  string
	Count *struct {
		N     int
		Exact bool
	}
	AsOf asOf
}

func (p *page) ids() []string {
	var all []string
	for _, r := range p.Records {
		all = append(all, r.ID)
	}
	return all
}

const evidences = "/v1/" + city + "/evidence/evidences"

// What callers get of the read model, on both databases.
func TestTheReadModelOverREST(t *testing.T) {
	for name, dsn := range databases {
		t.Run(name, func(t *testing.T) {
			p := serve(t, settings(t, dsn(t)))
			p.caughtUp()
			prefix := "合同" + name + run
			ids := made(t, p.system(notary), prefix, 45)
			t.Run("a record is read as the ledger has it", func(t *testing.T) { readsARecord(t, p.in(t), ids[0]) })
			t.Run("a caller's own write is seen at once", func(t *testing.T) { seesItsOwnWrites(t, p.in(t), name) })
			t.Run("lists are whole, in order, while blocks arrive", func(t *testing.T) { listsAreWhole(t, p.in(t), prefix, name, ids) })
			t.Run("a search combines filters", func(t *testing.T) { searches(t, p.in(t), prefix, ids) })
			t.Run("a history tells what changed and who did it", func(t *testing.T) { tellsTheHistory(t, p.in(t), ids[1], name) })
			t.Run("a document is verified by its digest", func(t *testing.T) { verifies(t, p.in(t), prefix, ids[2]) })
			t.Run("statistics count records and operations", func(t *testing.T) { counts(t, p.in(t), len(ids)) })
			t.Run("the explorer shows blocks and decodes transactions", func(t *testing.T) { explores(t, p.in(t), name) })
		})
	}
}

func readsARecord(t *testing.T, p *program, id string) {
	testnet.Eventually(t, "the read model has the record", func() error { return p.holds(id) })
	status, header, indexed := p.call(notary, http.MethodGet, evidences+"/"+id, nil)
	if status != 200 || header.Get("ETag") != `"1"` || !strings.Contains(string(indexed), `"asOf":{"channel":"zhengzhou"`) {
		t.Fatalf("%d %v %s", status, header, indexed)
	}
	_, _, ledger := p.call(notary, http.MethodGet, evidences+"/"+id+"?consistency=ledger", nil)
	var a, b map[string]json.RawMessage
	if json.Unmarshal(indexed, &a) != nil || json.Unmarshal(ledger, &b) != nil || b["asOf"] != nil {
		t.Fatalf("%s %s", indexed, ledger)
	}
	for name, value := range b {
		if string(a[name]) != string(value) {
			t.Errorf("%s is %s in the read model and %s on the ledger", name, a[name], value)
		}
	}
	if status, _, body := p.call(notary, http.MethodGet, evidences+"/"+id, nil, "If-None-Match", `"1"`); status != 304 || len(body) > 0 {
		t.Errorf("unchanged: %d %s", status, body)
	}
	if status, _, body := p.call(notary, http.MethodGet, evidences+"/"+id+"?consistency=maybe", nil); status != 422 {
		t.Errorf("another consistency: %d %s", status, body)
	}
	if status, _, body := p.call(notary, http.MethodGet, evidences+"/"+id+"?atLeast=999999", nil); status != 200 || strings.Contains(string(body), "asOf") {
		t.Errorf("a block that is not there yet, and the ledger answers: %d %s", status, body)
	}
	if status, _, body := p.call(notary, http.MethodGet, evidences+"?atLeast=999999", nil); status != 503 || !strings.Contains(string(body), "INDEX_BEHIND") {
		t.Errorf("a list of a block that is not there yet: %d %s", status, body)
	}
	if status, _, body := p.call(notary, http.MethodGet, evidences+"/"+strings.Repeat("0", 32), nil); status != 404 || !strings.Contains(string(body), "as of block") {
		t.Errorf("no such record: %d %s", status, body)
	}
}

func seesItsOwnWrites(t *testing.T, p *program, name string) {
	c := p.system(notary)
	for i := range 10 {
		ack, err := c.Create(t.Context(), city, "evidence", "evidences", deposit(fmt.Sprintf("own %s %d", name, i), "自证", 1))
		if err != nil {
			t.Fatal(err)
		}
		got := get[struct {
			ID   string
			AsOf *asOf // none where the read model is behind, and a peer was asked
		}](p, evidences+"/"+ack.ID)
		if got.ID != ack.ID || got.AsOf != nil && got.AsOf.Block < ack.Receipt.Block {
			t.Errorf("%s was written in block %d, %s is read as of %+v", ack.ID, ack.Receipt.Block, got.ID, got.AsOf)
		}
		if list := get[page](p, evidences+"?fileHash="+hash(fmt.Sprintf("own %s %d", name, i))); len(list.Records) != 1 || list.Records[0].ID != ack.ID {
			t.Errorf("the list has %v, written was %s", list.ids(), ack.ID)
		}
	}
}

func listsAreWhole(t *testing.T, p *program, prefix, name string, want []string) {
	c := p.system(notary)
	for _, order := range []string{"", "id", "-id", "created", "-created", "collectedAt", "-collectedAt"} {
		query := url.Values{"name": {prefix}, "limit": {"7"}}
		if order != "" {
			query.Set("sort", order)
		}
		var all []string
		var last string
		for n := 0; ; n++ {
			got := get[page](p, evidences+"?"+query.Encode())
			for _, r := range got.Records {
				if at, _ := r.Body["collectedAt"].(string); order == "collectedAt" && at < last || order == "-collectedAt" && last != "" && at > last {
					t.Errorf("%s: %s after %s", order, at, last)
				} else {
					last = at
				}
			}
			all = append(all, got.ids()...)
			if got.Next == "" || n > 100 {
				break
			}
			query.Set("cursor", got.Next)
			if n == 2 { // blocks arrive between two pages
				if _, err := c.Create(t.Context(), city, "evidence", "evidences", deposit("between "+name+order, "别的", 3)); err != nil {
					t.Fatal(err)
				}
			}
		}
		slices.Sort(all)
		wanted := slices.Sorted(slices.Values(want))
		if !slices.Equal(all, wanted) {
			t.Errorf("sorted by %q: %d records, of %d", order, len(all), len(wanted))
		}
	}
	if got := get[page](p, evidences+"?count=true&limit=1&name="+url.QueryEscape(prefix)); got.Count == nil || got.Count.N != len(want) || !got.Count.Exact {
		t.Errorf("counted %+v, there are %d", got.Count, len(want))
	}
}

func searches(t *testing.T, p *program, prefix string, ids []string) {
	one := ask[page](p, http.MethodPost, evidences+":search", fields{"filters": fields{"name": prefix + "第7号"}})
	if len(one.Records) != 1 || one.Records[0].ID != ids[7] {
		t.Errorf("by its Chinese name: %v", one.ids())
	}
	// The identifier stands for its keyed hash; the days are those of China.
	question := fields{"limit": 100, "count": true, "filters": fields{
		"name": prefix, "depositorKey": fields{"type": "001", "number": "91410100MA9YTT01X0"}, "status": []string{"ANCHORED"}, "collectedAt": fields{"from": "20260203", "to": "20260204"}}}
	found := 0
	for { // a page may hold a part of them and lead on
		got := ask[page](p, http.MethodPost, evidences+":search", question)
		if want := 6; got.Count.N != want { // 45 records over 20 days: 3 on each of the first five
			t.Errorf("counted %d records of two days, there are %d", got.Count.N, want)
		}
		if found += len(got.Records); got.Next == "" {
			break
		}
		question["cursor"] = got.Next
	}
	if found != 6 {
		t.Errorf("%d records of two days, there are 6", found)
	}
	if none := ask[page](p, http.MethodPost, evidences+":search", fields{"filters": fields{"name": prefix, "depositorKey": fields{"type": "001", "number": "91410105MA00A0108Y"}}}); len(none.Records) != 0 {
		t.Errorf("somebody else's: %v", none.ids())
	}
	for body, code := range map[string]string{`{"filters":{"colour":"red"}}`: "INPUT_INVALID", `{"filters":{"collectedAt":"20260203"}}`: "INPUT_INVALID", `{"sort":"name"}`: "INPUT_INVALID", `{"cursor":"nonsense"}`: "INPUT_INVALID"} {
		if status, _, answer := p.call(notary, http.MethodPost, evidences+":search", json.RawMessage(body)); status != 422 || !strings.Contains(string(answer), code) {
			t.Errorf("%s: %d %s", body, status, answer)
		}
	}
	if status, _, answer := p.call(notary, http.MethodGet, "/v1/luoyang/evidence/evidences", nil); status != 403 && status != 404 {
		t.Errorf("another city: %d %s", status, answer)
	}
}

func tellsTheHistory(t *testing.T, p *program, id, name string) {
	c := p.system(notary)
	if _, err := c.Do(t.Context(), city, "evidence", "evidences", id, "submit", fields{"caseNo": "（2026）豫01民初" + run[8:] + "号"}); err != nil {
		t.Fatal(err)
	}
	got := indexed[struct {
		Changes []struct {
			TxID, Org, App string
			Block          uint64
			Record         struct {
				Version int `json:"ver"`
				Status  string
			}
			Changed []struct {
				Field    string
				From, To json.RawMessage
			}
		}
		AsOf asOf
	}](p, http.MethodGet, evidences+"/"+id+"/history", nil)
	if len(got.Changes) != 2 || got.Changes[1].Record.Version != 2 || got.Changes[1].App != notary || got.Changes[1].Org != "ZhengzhouMSP" || got.Changes[1].Block <= got.Changes[0].Block {
		t.Fatalf("%+v", got)
	}
	found := false
	for _, ch := range got.Changes[1].Changed {
		found = found || ch.Field == "status" && string(ch.From) == `"ANCHORED"` && string(ch.To) == `"SUBMITTED"`
	}
	if !found {
		t.Errorf("the change of the status is not told: %+v", got.Changes[1].Changed)
	}
	peers, err := p.system(notary).History(t.Context(), city, "evidence", "evidences", id)
	if err != nil || len(peers) != 2 {
		t.Errorf("%v %v", peers, err)
	}
}

func verifies(t *testing.T, p *program, prefix, id string) {
	type verdict struct {
		Match bool
		ID    string
		AsOf  *asOf
	}
	claim := fields{"fileHash": hash(prefix + "-2")}
	if v := indexed[verdict](p, http.MethodPost, evidences+":verify", claim); !v.Match || v.ID != id {
		t.Errorf("the true document: %+v", v)
	}
	if v := ask[verdict](p, http.MethodPost, evidences+":verify", fields{"id": id, "fileHash": hash("a forgery")}); v.Match {
		t.Errorf("a forgery: %+v", v)
	}
	claim["id"] = id
	if v := ask[verdict](p, http.MethodPost, evidences+":verify?consistency=ledger", claim); !v.Match || v.AsOf != nil {
		t.Errorf("by the ledger: %+v", v)
	}
}

func counts(t *testing.T, p *program, least int) {
	got := get[struct {
		Records []struct {
			Ledger, Type string
			Total        int
			Statuses     map[string]int
		}
		Activity []struct {
			Ledger, Operation, Org string
			Count                  int
		}
		AsOf asOf
	}](p, "/v1/"+city+"/statistics?ledger=evidence")
	for _, r := range got.Records {
		sum := 0
		for _, n := range r.Statuses {
			sum += n
		}
		if r.Ledger != "evidence" || r.Type == "evidence" && r.Total < least || sum != r.Total {
			t.Errorf("%+v", r)
		}
	}
	deposits := 0
	for _, a := range got.Activity {
		if a.Operation == "Deposit" && a.Org == "ZhengzhouMSP" {
			deposits += a.Count
		}
	}
	if deposits < least {
		t.Errorf("%d deposits today, of %d", deposits, least)
	}
}

func explores(t *testing.T, p *program, name string) {
	ack, err := p.system(notary).Create(t.Context(), city, "evidence", "evidences", deposit("explored "+name, "浏览", 2))
	if err != nil {
		t.Fatal(err)
	}
	tx := get[struct {
		TxID, Code, Contract, Function string
		Block                          uint64
		Creator                        struct{ MSP, App string }
		Endorsers                      []struct{ MSP string }
		Operations                     struct{ Asked map[string]int }
		Writes                         []struct{ Contract, Type, ID, Op string }
	}](p, "/v1/"+city+"/transactions/"+ack.Receipt.TxID)
	wrote := false
	for _, w := range tx.Writes {
		wrote = wrote || w.Contract == "evidence" && w.ID == ack.ID && w.Op == "Deposit"
	}
	if !wrote || tx.Code != "VALID" || tx.Block != ack.Receipt.Block || tx.Creator.App != notary || len(tx.Endorsers) < 2 || tx.Operations.Asked["Deposit"] != 1 {
		t.Errorf("the transaction is %+v", tx)
	}
	exploresBlocks(t, p, ack.Receipt.Block, ack.Receipt.TxID)
	exploresChannel(t, p, ack.Receipt.Block)
	var missing *client.Problem
	if status, _, body := p.call(notary, http.MethodGet, "/v1/"+city+"/transactions/none", nil); status != 404 || json.Unmarshal(body, &missing) != nil || missing.Code != "TRANSACTION_NOT_FOUND" {
		t.Errorf("no such transaction: %d %s", status, body)
	}
}

// exploresBlocks looks at the block of a transaction, and at the list of all.
func exploresBlocks(t *testing.T, p *program, number uint64, txID string) {
	t.Helper()
	block := get[struct {
		Number uint64
		Hash   string
		List   []struct{ TxID string }
	}](p, fmt.Sprintf("/v1/%s/blocks/%d", city, number))
	if block.Number != number || len(block.Hash) != 64 || !slices.ContainsFunc(block.List, func(x struct{ TxID string }) bool { return x.TxID == txID }) {
		t.Errorf("the block is %+v", block)
	}
	type blocks struct {
		Blocks []struct{ Number uint64 }
		Next   string
	}
	seen, cursor := uint64(0), ""
	for {
		got := get[blocks](p, "/v1/"+city+"/blocks?limit=20"+cursor)
		seen += uint64(len(got.Blocks))
		if got.Next == "" {
			break
		}
		cursor = "&cursor=" + got.Next
	}
	if seen < number+1 {
		t.Errorf("%d blocks listed, and block %d is there", seen, number)
	}
}

// exploresChannel looks at what the channel has beside its records, as of a block
// or later.
func exploresChannel(t *testing.T, p *program, number uint64) {
	t.Helper()
	if c := get[struct {
		Contracts []struct{ Name, Version string }
	}](p, "/v1/"+city+"/contract-versions"); !slices.ContainsFunc(c.Contracts, func(x struct{ Name, Version string }) bool { return x.Name == "evidence" && x.Version != "" }) {
		t.Errorf("the contracts are %+v", c)
	}
	if c := get[struct {
		Configurations []struct {
			Ordering      string
			Organisations []string
		}
	}](p, "/v1/"+city+"/configurations"); len(c.Configurations) == 0 || c.Configurations[0].Ordering == "" || len(c.Configurations[0].Organisations) < 2 {
		t.Errorf("the configurations are %+v", c)
	}
	if c := get[struct {
		Channels []struct {
			Name string
			AsOf *asOf
		}
	}](p, "/v1/channels"); !slices.ContainsFunc(c.Channels, func(x struct {
		Name string
		AsOf *asOf
	}) bool {
		return x.Name == city && x.AsOf != nil && x.AsOf.Block >= number
	}) {
		t.Errorf("the channels are %+v", c)
	}
}
