//go:build e2e

package sharing

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"image/png"
	"io"
	"strings"
	"testing"
)

func trace(t *testing.T) {
	analysis := as(t, "zhengzhou-analysis")
	registry := as(t, "zhengzhou-registry")
	registry.allow(letters, "GA"+run, analysis, "风险评估", 3)
	o := analysis.use("uses", fields{"useNo": "D1" + run, "catalogCode": letters, "grantId": "GA" + run, "purpose": "风险评估"})
	used, err := analysis.Get(t.Context(), city, ledger, "uses", o.UseID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = analysis.Create(t.Context(), city, ledger, "derivations", fields{"derivationId": "X" + run, "name": "无来源成果", "method": "无", "inputs": []fields{{"type": "use", "id": strings.Repeat("0", 32)}}, "outputHash": hash("无")})
	refused(t, "RECORD_NOT_FOUND", err)
	result := "PS" + run
	analysis.make("derivations", fields{"derivationId": result, "name": "区域风险指数", "method": "加权平均", "inputs": []fields{{"type": "use", "id": o.UseID}}, "outputHash": hash("指数")})
	// On the main channel a report is made of the city's use, with its digest, and
	// another one that claims a digest which the use never had.
	for id, digest := range map[string]string{"BG" + run: used.Digest, "BX" + run: hash("别的")} {
		if _, err := analysis.Create(t.Context(), "henan", ledger, "derivations", fields{"derivationId": id, "name": "全省风险报告", "method": "汇总",
			"inputs": []fields{{"channel": city, "type": "use", "id": o.UseID, "digest": digest}}, "outputHash": hash(id)}); err != nil {
			t.Fatal(err)
		}
	}
	checkGraph(t, analysis, result)
	status, drawing := analysis.call("GET", "/v1/zhengzhou/sharing/derivations/"+result+"/lineage.svg", "", nil)
	if status != 200 || !bytes.Contains(drawing, []byte("区域风险指数")) || !bytes.Contains(drawing, []byte("不动产登记明细")) {
		t.Fatalf("the drawing is %d %.300s", status, drawing)
	}
	dec := xml.NewDecoder(bytes.NewReader(drawing))
	for {
		if _, err := dec.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("the drawing is no XML: %v", err)
		}
	}
}

// checkGraph looks at the item's lineage, as two callers see it.
func checkGraph(t *testing.T, analysis *system, result string) {
	t.Helper()
	type graph struct {
		Nodes []struct{ Kind, Channel, ID string }
		Edges []struct {
			From, To, Kind string
			Proven         bool
		}
	}
	status, body := analysis.call("GET", "/v1/zhengzhou/sharing/items/"+escape(letters)+"/lineage", "", nil)
	var g graph
	if err := json.Unmarshal(body, &g); err != nil || status != 200 {
		t.Fatalf("the lineage is %d %s", status, body)
	}
	kinds := map[string]int{}
	for _, n := range g.Nodes {
		kinds[n.Kind]++
	}
	proven := map[string]bool{}
	for _, e := range g.Edges {
		if e.Kind == "DERIVED" {
			proven[e.To] = e.Proven
		}
	}
	want := map[string]bool{"zhengzhou/derivation/" + result: true, "henan/derivation/BG" + run: true, "henan/derivation/BX" + run: false}
	for to, is := range want {
		if got, there := proven[to]; !there || got != is {
			t.Errorf("the edge to %s is there %v, proven %v", to, there, got)
		}
	}
	if kinds["department"] != 1 || kinds["item"] != 1 || kinds["grant"] < 3 || kinds["use"] < 5 || kinds["derivation"] != 3 {
		t.Errorf("the nodes are %v", kinds)
	}
	// Who may not call the main channel sees the city's part.
	_, body = as(t, "zhengzhou-bank").call("GET", "/v1/zhengzhou/sharing/items/"+escape(letters)+"/lineage", "", nil)
	if strings.Contains(string(body), "henan/derivation") {
		t.Error("a channel that the caller may not call is in its graph")
	}
}

// resolution is what a code is and where.
type resolution struct {
	Kinds   []struct{ Name, Code string }
	Records []struct{ Channel, Ledger, Type, ID, Field, Path string }
}

// resolve asks for a code; in is the body of a POST.
func (s *system) resolve(method, path string, in any) (int, resolution, string) {
	s.t.Helper()
	var raw []byte
	contentType := ""
	if in != nil {
		raw, _ = json.Marshal(in) // a text
		contentType = "application/json"
	}
	status, body := s.call(method, path, contentType, raw)
	var r resolution
	if err := json.Unmarshal(body, &r); err != nil && status == 200 {
		s.t.Fatal(err)
	}
	return status, r, string(body)
}

func resolveCodes(t *testing.T) {
	bank := as(t, "zhengzhou-bank")
	status, r, body := bank.resolve("GET", "/v1/codes/"+escape(houses), nil)
	if status != 200 || len(r.Kinds) == 0 || r.Kinds[0].Name != "resource-code" {
		t.Fatalf("the code is %d %s", status, body)
	}
	types := map[string]int{}
	for _, rec := range r.Records {
		types[rec.Ledger+"/"+rec.Type]++
		if s, b := bank.call("GET", rec.Path, "", nil); s != 200 {
			t.Errorf("the path %s is answered with %d %s", rec.Path, s, b)
		}
	}
	for _, want := range []string{"sharing/item", "sharing/right", "sharing/grant", "sharing/use", "sharing/holding"} {
		if types[want] == 0 {
			t.Errorf("no %s carries the code: %v", want, types)
		}
	}
	if status, _, body := bank.resolve("GET", "/v1/codes/"+citizen, nil); status != 422 || !strings.Contains(body, "PERSONAL") || strings.Contains(body, citizen) {
		t.Errorf("a person's number in a path is answered with %d %s", status, body)
	}
	status, r, body = bank.resolve("POST", "/v1/codes:resolve", fields{"code": citizen})
	found := 0
	for _, rec := range r.Records {
		if rec.Field == "subjectKey" && rec.Ledger == "sharing" {
			found++
		}
	}
	if status != 200 || found == 0 || strings.Contains(body, citizen) {
		t.Errorf("a person's records are %d %s", status, body)
	}
	// Who has no role in a ledger finds nobody there.
	_, others := as(t, "zhengzhou-farm").call("POST", "/v1/codes:resolve", "application/json", []byte(`{"code":"`+citizen+`"}`))
	if strings.Contains(string(others), `"ledger":"sharing"`) {
		t.Errorf("an application without a role in the ledger found a person: %s", others)
	}
	status, image := bank.call("GET", "/v1/codes/"+escape(houses)+"/qr.png?size=300", "", nil)
	if status != 200 {
		t.Fatalf("the QR image is answered with %d %s", status, image)
	}
	if i, err := png.Decode(bytes.NewReader(image)); err != nil || i.Bounds().Dx() != 300 {
		t.Errorf("the QR image is %v %v", i, err)
	}
}
