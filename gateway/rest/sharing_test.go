package rest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"henanchain/gateway/index/indextest"
)

// shared serves the real contracts with a read model, to the depositor with
// these roles.
func shared(t *testing.T, roles ...string) (*door, *indextest.Model) {
	t.Helper()
	x := indextest.New(t, contracts(t))
	d := open(t, realContracts(t), func(o *Options) {
		o.Index, o.IndexWait = x, time.Second
		application(o.Network.Connection(), "depositor").Roles = roles
	})
	return d, x
}

const catalogueHead = "目录代码,数据资源名称,数据项,共享类型,依据,安全级别,更新周期,上链方式,更新日期\n"

func TestACatalogueFileIsPublishedAsABatchOrNotAtAll(t *testing.T) {
	d, _ := shared(t, sharingProvider)
	path := "/v1/zhengzhou/sharing/items:import"
	good := catalogueHead + "306001/000001,行政区划,code 代码 文本,无条件共享,地名管理条例,一般,不定期,明文,2026-01-01\n306001/000002,地名,code 代码 文本,无条件共享,地名管理条例,一般,不定期,明文,2026-01-01\n"
	a := d.call(t, "POST", path, good, "Content-Type", "text/csv")
	var out struct{ Succeeded int }
	if err := json.Unmarshal(a.body, &out); err != nil || a.status != 200 || out.Succeeded != 2 || len(d.calls) != 1 || len(d.calls[0].Requests) != 2 {
		t.Fatalf("the file is answered with %d %s; calls %+v", a.status, a.body, d.calls)
	}
	if in := string(d.calls[0].Requests[0].In); d.calls[0].Requests[0].Op != publishItem || !strings.Contains(in, `"catalogCode":"306001/000001"`) || !strings.Contains(in, `"updatedOn":"20260101"`) {
		t.Errorf("the first row went as %s", in)
	}
	// A code that is none, a name that is too long: line and column are named, once
	// each, and nothing goes to the ledger.
	bad := strings.NewReplacer("306001/000001", "3O6001/1", "地名,code", strings.Repeat("名", 65)+",code", "文本,无条件共享,地名管理条例,一般,不定期,明文,2026-01-01\n3", "文本,无条件共享,地名管理条例,一般,不定期,明文,2026-02-30\n3").Replace(good)
	p := d.call(t, "POST", path, bad, "Content-Type", "text/csv; charset=UTF-8").problem(t)
	var where []string
	for _, f := range p.Errors {
		where = append(where, f.Field)
	}
	if p.Status != 422 || strings.Join(where, "|") != "line 2, 目录代码|line 2, 更新日期|line 3, 数据资源名称" || len(d.calls) != 1 {
		t.Errorf("a wrong file is answered with %d %v", p.Status, p.Errors)
	}
	for media, status := range map[string]int{"application/json": 415, "text/csv; charset=latin1": 415, "": 415} {
		if a := d.call(t, "POST", path, good, "Content-Type", media); a.status != status {
			t.Errorf("as %q the file is answered with %d %s", media, a.status, a.body)
		}
	}
}

func TestAnApplicationForAServiceCallsWhatWasProvisionedAndNothingElse(t *testing.T) {
	d, x := shared(t, ServiceConsumer, "evidence.depositor")
	dept := application(d.Network.Connection(), "depositor").Dept
	list := "/v1/zhengzhou/sharing/items"
	provision := func(id, dept, status string, body map[string]any) {
		x.Put("zhengzhou", sharingLedger, dept, "application", id, status, body)
	}
	x.Put("zhengzhou", sharingLedger, dept, "item", "306001/1", "PUBLISHED", map[string]any{"name": "甲"})
	terms := map[string]any{"system": "depositor", "routes": []string{"GET /v1/{city}/sharing/items"}, "maxPerDay": 2}
	closed := func(why string) {
		t.Helper()
		if a := d.call(t, "GET", list, ""); a.status != 403 || a.code(t) != "SERVICE_NOT_PROVISIONED" {
			t.Errorf("%s: %d %s", why, a.status, a.body)
		}
	}
	closed("without an application")
	provision("A0", dept, "APPROVED", terms)
	closed("approved and not provisioned")
	provision("A1", "92410302MA9YTT0284", "PROVISIONED", terms)
	closed("provisioned for another department")
	provision("A2", dept, "PROVISIONED", terms)
	for range 2 {
		if a := d.call(t, "GET", list, ""); a.status != 200 {
			t.Fatalf("provisioned: %d %s", a.status, a.body)
		}
	}
	if a := d.call(t, "GET", list, ""); a.status != 429 || a.code(t) != "QUOTA_EXCEEDED" {
		t.Errorf("beyond its quota: %d %s", a.status, a.body)
	}
	provision("A3", dept, "PROVISIONED", terms)
	if a := d.call(t, "GET", list, ""); a.status != 200 {
		t.Errorf("with a second application: %d %s", a.status, a.body)
	}
	provision("A3", dept, "REVOKED", terms)
	if a := d.call(t, "POST", evidences, d.example(t, "evidence", "Deposit")); a.status != 403 || a.code(t) != "SERVICE_NOT_PROVISIONED" {
		t.Errorf("what its role allows and nobody provisioned: %d %s", a.status, a.body)
	}
	if a := d.call(t, "GET", "/v1/network", ""); a.status != 200 {
		t.Errorf("the network: %d %s", a.status, a.body)
	}
	provision("A2", dept, "REVOKED", terms)
	closed("revoked")
	if len(d.calls) > 0 {
		t.Errorf("a refused call came to the writer: %+v", d.calls)
	}
}

func TestAServiceConsumerIsRefusedWhereNobodyCanTellWhatWasProvisioned(t *testing.T) {
	d := open(t, realContracts(t), func(o *Options) { application(o.Network.Connection(), "depositor").Roles = []string{ServiceConsumer} })
	if a := d.call(t, "GET", "/v1/zhengzhou/sharing/items", ""); a.status != 503 {
		t.Errorf("without a read model: %d %s", a.status, a.body)
	}
}

func TestCodesAreToldOfTheCallersChannelsAlone(t *testing.T) {
	d, x := shared(t, "sharing.user")
	for _, channel := range []string{"zhengzhou", "kaifeng"} {
		x.Put(channel, sharingLedger, "91410100MA9YTT01X0", "item", "306001/000001", "PUBLISHED", map[string]any{"name": "甲"})
	}
	a := d.call(t, "GET", "/v1/codes/306001%2F000001", "")
	if a.status != 200 || strings.Count(string(a.body), `"id":"306001/000001"`) != 1 || strings.Contains(string(a.body), "kaifeng") {
		t.Errorf("the code is answered with %d %s", a.status, a.body)
	}
	if a := d.call(t, "GET", "/v1/codes/410105190001010010", ""); a.status != 422 || strings.Contains(string(a.body), "410105") {
		t.Errorf("a person's number in a path: %d %s", a.status, a.body)
	}
	if a := d.call(t, "POST", "/v1/codes:resolve", `{"code":"410105190001010010"}`); a.status != 200 || strings.Contains(string(a.body), "410105") {
		t.Errorf("a person's number: %d %s", a.status, a.body)
	}
	if a := d.call(t, "GET", "/v1/codes/306001%2F000001/qr.png?size=128", ""); a.status != 200 || a.header.Get("Content-Type") != typePNG {
		t.Errorf("the image: %d %s", a.status, a.header)
	}
	for _, query := range []string{"size=5", "size=x", "colour=red"} {
		if a := d.call(t, "GET", "/v1/codes/306001%2F000001/qr.png?"+query, ""); a.status != 422 {
			t.Errorf("the image with %s: %d %s", query, a.status, a.body)
		}
	}
	if a := d.call(t, "GET", "/v1/zhengzhou/sharing/items/306001%2F000001/lineage.svg", ""); a.status != 200 || !strings.Contains(string(a.body), "<svg") {
		t.Errorf("the drawing: %d %s", a.status, a.body)
	}
	if a := d.call(t, "GET", "/v1/zhengzhou/sharing/items/none/lineage", ""); a.status != 404 {
		t.Errorf("the lineage of nothing: %d %s", a.status, a.body)
	}
}
