package lineage

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"henanchain/gateway/index/indextest"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

const (
	registry = "91410100MA9YTT01X0"
	bank     = "92410302MA9YTT0284"
)

type m = map[string]any

// city is a ledger with one item, two grants, three uses and what became of them.
func city(t testing.TB) (*indextest.Model, *operation.Record) {
	t.Helper()
	all, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	x := indextest.New(t, all)
	put := func(channel, dept, kind, id, status string, body m) *operation.Record {
		return x.Put(channel, Ledger, dept, kind, id, status, body)
	}
	put("zhengzhou", registry, Item, "306001/1", "PUBLISHED", m{"name": "不动产<登记>"})
	put("zhengzhou", registry, Grant, "G1", "GRANTED", m{"purpose": "核验", "granteeDept": bank, "items": []string{"306001/1"}})
	put("zhengzhou", registry, Grant, "G2", "GRANTED", m{"purpose": "别的", "granteeDept": bank, "items": []string{"306001/9"}})
	use := put("zhengzhou", bank, Use, "U1", "ALLOWED", m{"purpose": "核验", "userDept": bank, "catalogCode": "306001/1", "grantId": "G1"})
	put("zhengzhou", bank, Use, "U2", "DENIED", m{"purpose": "营销", "userDept": bank, "catalogCode": "306001/1", "grantId": "G9"})
	put("zhengzhou", bank, Derivation, "D1", "DERIVED", m{"name": "结论", "inputs": []m{{"type": "use", "id": "U1"}}, "output": "306001/2"})
	put("zhengzhou", bank, Item, "306001/2", "PUBLISHED", m{"name": "结论库"})
	put("henan", bank, Derivation, "D2", "DERIVED", m{"name": "报告", "inputs": []m{{"channel": "zhengzhou", "type": "use", "id": "U1", "digest": use.Digest}}})
	put("henan", bank, Derivation, "D3", "DERIVED", m{"name": "假报告", "inputs": []m{{"channel": "zhengzhou", "type": "use", "id": "U1", "digest": strings.Repeat("0", 64)}}})
	put("henan", bank, Derivation, "D4", "DERIVED", m{"name": "同名", "inputs": []m{{"type": "use", "id": "U1", "channel": "xinyang"}}})
	return x, use
}

func graph(t *testing.T, x *indextest.Model, channel, kind, id string, channels ...string) (*Graph, []string) {
	t.Helper()
	g, err := (&Builder{Source: x, Channels: channels}).Of(t.Context(), channel, kind, id)
	if err != nil {
		t.Fatal(err)
	}
	var edges []string
	for _, e := range g.Edges {
		edges = append(edges, fmt.Sprint(e.From, ">", e.To, " ", e.Kind, " ", e.Proven))
	}
	slices.Sort(edges)
	return g, edges
}

func TestAnItemIsFollowedToWhatBecameOfItOnEveryChannel(t *testing.T) {
	x, _ := city(t)
	_, edges := graph(t, x, "zhengzhou", Item, "306001/1", "zhengzhou", "henan")
	want := []string{
		"department/" + registry + ">zhengzhou/item/306001/1 PRODUCED true",
		"department/" + bank + ">zhengzhou/item/306001/2 PRODUCED true",
		"zhengzhou/derivation/D1>zhengzhou/item/306001/2 PRODUCED true",
		"zhengzhou/grant/G1>zhengzhou/use/U1 USED true",
		"zhengzhou/item/306001/1>zhengzhou/grant/G1 SHARED true",
		"zhengzhou/item/306001/1>zhengzhou/use/U2 USED true",
		"zhengzhou/use/U1>henan/derivation/D2 DERIVED true",
		"zhengzhou/use/U1>henan/derivation/D3 DERIVED false",
		"zhengzhou/use/U1>zhengzhou/derivation/D1 DERIVED true",
	}
	if !slices.Equal(edges, want) {
		t.Errorf("the edges are\n%s\nand should be\n%s", strings.Join(edges, "\n"), strings.Join(want, "\n"))
	}
}

func TestParcelsAndJointComputationsStandInTheLineage(t *testing.T) {
	x, _ := city(t)
	put := func(kind, id, status string, body m) { x.Put("zhengzhou", Ledger, bank, kind, id, status, body) }
	put(Item, "306001/5", "PUBLISHED", m{"name": "收入"})
	put(Grant, "G5", "GRANTED", m{"purpose": "核验", "granteeDept": bank, "items": []string{"306001/5"}})
	put(Parcel, "P1", "ACTIVE", m{"catalogCode": "306001/5"})
	put(Parcel, "P2", "ACTIVE", m{"catalogCode": "306001/5"})
	put(Use, "V1", "ALLOWED", m{"purpose": "核验", "userDept": bank, "catalogCode": "306001/5", "grantId": "G5", "parcelId": "P1"})
	put(Use, "V2", "ALLOWED", m{"purpose": "求和", "userDept": bank, "catalogCode": "306001/5", "jointId": "J1"})
	put(Joint, "J1", "COMPLETE", m{"purpose": "求和", "kind": "SUM", "parties": []m{{"dept": bank, "catalogCode": "306001/5"}}})
	put(Joint, "J2", "OPEN", m{"purpose": "求交", "kind": "INTERSECTION", "parties": []m{{"dept": bank, "catalogCode": "306001/5"}}})
	put(Joint, "J3", "OPEN", m{"purpose": "别的", "kind": "SUM", "parties": []m{{"dept": bank, "catalogCode": "306001/6"}}})
	put(Derivation, "D5", "DERIVED", m{"name": "结论", "inputs": []m{{"type": "use", "id": "V1"}}})
	g, edges := graph(t, x, "zhengzhou", Item, "306001/5", "zhengzhou")
	want := []string{
		"department/" + bank + ">zhengzhou/item/306001/5 PRODUCED true",
		"zhengzhou/grant/G5>zhengzhou/use/V1 USED true",
		"zhengzhou/item/306001/5>zhengzhou/grant/G5 SHARED true",
		"zhengzhou/item/306001/5>zhengzhou/joint/J2 USED true",
		"zhengzhou/item/306001/5>zhengzhou/parcel/P1 SHARED true",
		"zhengzhou/item/306001/5>zhengzhou/parcel/P2 SHARED true",
		"zhengzhou/item/306001/5>zhengzhou/use/V2 USED true",
		"zhengzhou/parcel/P1>zhengzhou/use/V1 USED true",
		"zhengzhou/use/V1>zhengzhou/derivation/D5 DERIVED true",
		"zhengzhou/use/V2>zhengzhou/joint/J1 DERIVED true",
	}
	if !slices.Equal(edges, want) {
		t.Errorf("the edges are\n%s\nand should be\n%s", strings.Join(edges, "\n"), strings.Join(want, "\n"))
	}
	if svg := g.SVG(); !bytes.Contains(svg, []byte("联合计算")) || !bytes.Contains(svg, []byte("加密数据")) {
		t.Errorf("the drawing is %s", svg)
	}
	_, edges = graph(t, x, "zhengzhou", Derivation, "D5", "zhengzhou")
	if !slices.Contains(edges, "zhengzhou/parcel/P1>zhengzhou/use/V1 USED true") || slices.Contains(edges, "zhengzhou/item/306001/5>zhengzhou/parcel/P2 SHARED true") {
		t.Errorf("back from what was made of a parcel lead %v", edges)
	}
}

func TestAResultIsFollowedBackToWhoProducedItsData(t *testing.T) {
	x, _ := city(t)
	_, edges := graph(t, x, "henan", Derivation, "D2", "zhengzhou", "henan")
	want := []string{
		"department/" + registry + ">zhengzhou/item/306001/1 PRODUCED true", "zhengzhou/grant/G1>zhengzhou/use/U1 USED true",
		"zhengzhou/item/306001/1>zhengzhou/grant/G1 SHARED true", "zhengzhou/use/U1>henan/derivation/D2 DERIVED true",
	}
	if !slices.Equal(edges, want) {
		t.Errorf("the edges are\n%s\nand should be\n%s", strings.Join(edges, "\n"), strings.Join(want, "\n"))
	}
	// Who may not call the city sees that there is an origin, unproven, and no more.
	g, edges := graph(t, x, "henan", Derivation, "D2", "henan")
	if !slices.Equal(edges, []string{"zhengzhou/use/U1>henan/derivation/D2 DERIVED false"}) {
		t.Errorf("the edges of the main channel alone are %v", edges)
	}
	for _, n := range g.Nodes {
		if n.Channel == "zhengzhou" && (n.Dept != "" || n.Status != "" || n.Title != "") {
			t.Errorf("of a channel that is not the caller's the graph tells %+v", n)
		}
	}
	if _, err := (&Builder{Source: x, Channels: []string{"henan"}}).Of(t.Context(), "henan", Item, "none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("what is not there is %v", err)
	}
}

func TestTheDrawingIsXMLAndEscapesWhatPeopleWrite(t *testing.T) {
	x, _ := city(t)
	g, _ := graph(t, x, "zhengzhou", Item, "306001/1", "zhengzhou", "henan")
	svg := g.SVG()
	dec := xml.NewDecoder(bytes.NewReader(svg))
	boxes := 0
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the drawing is no XML: %v", err)
		}
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "g" {
			boxes++
		}
	}
	if boxes != len(g.Nodes) || bytes.Contains(svg, []byte("<登记>")) || !bytes.Contains(svg, []byte("不动产&lt;登记&gt;")) || !bytes.Contains(svg, []byte("stroke-dasharray")) {
		t.Errorf("the drawing has %d boxes for %d nodes: %s", boxes, len(g.Nodes), svg)
	}
	at, _, _ := arrange(g, g.layers())
	seen := map[place]string{}
	for key, p := range at {
		if seen[p] != "" {
			t.Errorf("%s and %s stand in one place", key, seen[p])
		}
		seen[p] = key
	}
	for _, e := range g.Edges {
		if at[e.From].x >= at[e.To].x {
			t.Errorf("the edge from %s to %s leads back", e.From, e.To)
		}
	}
}

func TestALoopIsDrawnAll(t *testing.T) {
	g := &Graph{Start: "a", Nodes: []Node{{Key: "a", Kind: Use}, {Key: "b", Kind: Use}}, Edges: []Edge{{"a", "b", Derived, true}, {"b", "a", Derived, true}}}
	if len(g.SVG()) == 0 || short("不动产登记信息", 6) != "不动产…" || short("abc", 3) != "abc" {
		t.Error("a loop, or a long name, is not drawn")
	}
}

func TestALargeGraphIsCutAndSaysSo(t *testing.T) {
	x, _ := city(t)
	for i := range MaxNodes + 20 {
		x.Put("zhengzhou", Ledger, bank, Use, fmt.Sprint("V", i), "ALLOWED", m{"purpose": "核验", "userDept": bank, "catalogCode": "306001/1"})
	}
	g, _ := graph(t, x, "zhengzhou", Item, "306001/1", "zhengzhou", "henan")
	if !g.Cut || len(g.Nodes) > MaxNodes || !bytes.Contains(g.SVG(), []byte("节点过多")) {
		t.Errorf("the graph has %d nodes, cut %v", len(g.Nodes), g.Cut)
	}
}
